"""The files for running the site elsewhere, read like the programs that use them would: names, switches and paths must be true.

Containers are not started here; docs/production.md says so.
"""

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
TIMERS = sorted((ROOT / "deploy" / "systemd").glob("*.timer"))
REQUIRED = {"SECRET_KEY", "SITE_URL", "TRUSTED_PROXY_COUNT", "EMAIL_URL", "DATABASE_URL"}
READ = re.compile(r"""(?:environ\.get|text|flag|one_line|whole_number|choice|folder|_number)\(\s*"([A-Z_]+)"|missing\("([A-Z_]+)""")
OF_THE_FILE = {"SITE_HOST", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}  # compose.yaml makes addresses of them


def read_by_the_program():
    """Return the names of all variables that the settings and the web server read."""
    files = ["expo/settings/api.py", "expo/settings/base.py", "expo/settings/environment.py", "gunicorn.conf.py"]
    return {name for file in files for pair in READ.findall((ROOT / file).read_text()) for name in pair if name}


def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def example():
    lines = [
        line.partition("=") for line in (ROOT / "deploy" / "env.example").read_text().splitlines() if line and not line.startswith("#")
    ]
    return {name: value for name, _sign, value in lines}


def test_the_search_for_names_finds_them():
    assert {"SECRET_KEY", "SITE_URL", "DATABASE_URL", "WEB_WORKERS", "VAR_DIR", "LOG_LEVEL", "METRICS_TOKEN"} <= read_by_the_program()


def test_every_variable_is_in_the_readme_and_none_is_invented():
    table = set(re.findall(r"`([A-Z][A-Z_]+)`", re.search(r"## Configuration\n(.*?)\n## ", (ROOT / "README.md").read_text(), re.DOTALL)[1]))
    said_elsewhere = {name for name in read_by_the_program() - table if name in (ROOT / "docs" / "operations.md").read_text()}
    assert read_by_the_program() - table - said_elsewhere == set()


def test_compose_sets_what_the_program_reads_and_all_that_it_needs():
    for name in ("web", "worker", "sweep", "setup"):
        given = set(compose()["services"][name]["environment"])
        assert given - read_by_the_program() == set(), name
        assert REQUIRED - given == set(), name


def test_compose_asks_for_what_the_example_lists():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert asked == set(example())
    must = set(re.findall(r"\$\{([A-Z_]+):\?", (ROOT / "compose.yaml").read_text()))
    assert must == OF_THE_FILE | {"SECRET_KEY", "EMAIL_URL"}
    assert {name for name, value in example().items() if not value} >= must


def test_the_example_holds_no_secret():
    assert {name: value for name, value in example().items() if value} == {"LOG_LEVEL": "INFO", "WEB_WORKERS": "2"}


def test_containers_have_no_more_rights_than_they_need():
    services = compose()["services"]
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert ("ports" in service) == (name == "proxy"), name
        assert "privileged" not in service, name
        assert not [volume for volume in service.get("volumes", []) if "docker.sock" in volume], name
        assert service.get("read_only") or name == "database", name
    for name in ("web", "worker", "sweep", "setup"):
        assert services[name]["user"] == "10001:10001"
    for name in ("database", "cache"):
        assert services[name]["networks"] == ["inside"]
    assert compose()["networks"]["inside"] == {"internal": True}


def test_everything_waits_for_what_it_needs():
    services = compose()["services"]
    for name in ("web", "worker", "sweep"):
        assert services[name]["depends_on"] == {"setup": {"condition": "service_completed_successfully"}}
    assert services["setup"]["depends_on"].keys() == {"database", "cache"}
    for name in ("database", "cache"):
        assert "healthcheck" in services[name]


def test_the_image_runs_as_nobody_of_importance_from_hashed_locks():
    text = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["10001:10001"]
    assert text.count("--require-hashes") == 2
    assert "HEALTHCHECK" in text
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for path in source.split():
            assert (ROOT / path).exists(), path
            assert f"!{path}" in (ROOT / ".dockerignore").read_text().splitlines(), f"{path} is not sent to the builder"


def test_nothing_private_is_sent_to_the_builder():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    assert not [line for line in lines if line.startswith("!") and any(word in line for word in ("var", ".git", ".env", "tests"))]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_is_hardened_and_starts_a_command_that_exists(path):
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(path)
    service = unit["Service"]
    for name in (
        "NoNewPrivileges",
        "PrivateTmp",
        "PrivateDevices",
        "ProtectHome",
        "RestrictNamespaces",
        "LockPersonality",
        "RestrictSUIDSGID",
    ):
        assert service[name] == "yes", name
    assert (service["User"], service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("interchange", "strict", "")
    words = service["ExecStart"].split()
    if words[1] == "manage.py":
        known = subprocess.run(
            [sys.executable, "manage.py", words[2], "--help"],
            cwd=ROOT,
            env={"DEBUG": "1", "PATH": ""},
            capture_output=True,
            check=False,
            text=True,
        )
        assert known.returncode == 0, known.stderr
        for word in words[3:]:
            assert word.split("=")[0] in known.stdout, word
    else:
        assert words[0].endswith("/gunicorn")


def test_each_timer_has_its_service():
    assert {path.stem for path in TIMERS} <= {path.stem for path in UNITS}
    assert {path.stem for path in TIMERS} == {"interchange-sweep", "interchange-backup", "interchange-doctor"}


def test_proxies_pass_on_what_the_site_believes():
    nginx, caddy = ((ROOT / "deploy" / path).read_text() for path in ("nginx/interchange.conf", "caddy/Caddyfile"))
    for words in (
        "X-Forwarded-For $remote_addr",
        "X-Forwarded-Proto $scheme",
        "X-Request-ID $request_id",
        "Host $host",
        "location = /metrics { return 404; }",
    ):
        assert words in nginx
    assert "respond /metrics 404" in caddy
    assert nginx.count("{") == nginx.count("}")
    assert caddy.count("{") == caddy.count("}")


def test_the_health_check_tells_life_from_death(monkeypatch):
    command = [sys.executable, str(ROOT / "deploy" / "healthcheck.py")]
    assert subprocess.run(command, env={"PORT": "9"}, check=False).returncode == 1
