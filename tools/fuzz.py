"""Ask the running site what nobody would ask, as its own description of the API allows: `python -m tools.fuzz`. See `make fuzz`.

Starts the site on SQLite and on PostgreSQL, filled with the demo, and lets schemathesis send it requests as nobody, a buyer, an exhibitor and staff,
each with a key of its own. An answer that the description does not know, or a 5xx, is a failure. Afterwards every public list must still answer.
"""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from tools.machine import PYTHON, ROOT, say
from tools.postgres import temporary_postgres
from tools.run import end_all, start, wait_until_it_answers

DATABASES = ("sqlite", "postgres")
WHO = ("nobody", "buyer", "exhibitor", "organiser")
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,"
    "negative_data_rejection,unsupported_method"
)
# A key that ends itself would turn every later answer into a 401; the address of the description is not part of it.
LEFT_OUT = r"^/api/v1/keys/"
MAKE_KEYS = """
from expo.accounts.actions import make_key
from expo.accounts.models import User
for who in {who!r}:
    person = User.objects.get(email=who + "@demo.example")
    print("KEY", who, make_key(person, by=person, name="fuzz", scope="write", days=1, with_second_factor=True)[1])
"""
NO_LIMITS = {f"API_{caller}_PER_{time}": "100000000" for caller in ("KEY", "ADDRESS") for time in ("MINUTE", "DAY")}


@dataclass(frozen=True)
class Site:
    """A site that runs, and the keys of the people who ask it."""

    host: str
    port: int
    keys: dict[str, str]

    def answer(self, path: str) -> tuple[int, bytes]:
        connection = HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def main(arguments: list[str]) -> int:
    numbers = [word for word in arguments if word.isdigit()]
    most = int(numbers[0]) if numbers else 40
    failed: list[str] = []
    asked = 0
    for database in [name for name in DATABASES if name in arguments] or DATABASES:
        with running_site(database) as site:
            for who in [name for name in WHO if name in arguments] or WHO:
                passed, count = fuzz(site, database, who, most)
                asked += count
                failed += [] if passed else [f"{who} on {database}"]
            failed += [f"{path} on {database} afterwards" for path in broken_lists(site)]
    say(f"\n{asked} requests. " + (f"Failed: {', '.join(failed)}" if failed else "Every answer was one that the description knows."))
    return 1 if failed else 0


@contextmanager
def running_site(database: str) -> Iterator[Site]:
    """Start the site on a database of its own, in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
        if database == "postgres":
            with temporary_postgres() as address:
                yield from started(folder, address)
        else:
            yield from started(folder, f"sqlite:///{folder}/fuzz.sqlite3")


def started(folder: str, address: str) -> Iterator[Site]:
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))},
        **NO_LIMITS,
        "DEBUG": "false",
        "PLAIN_HTTP": "true",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": address,
        "VAR_DIR": folder,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "LOG_LEVEL": "ERROR",
    }
    manage = [str(PYTHON), "manage.py"]
    subprocess.run(
        [*manage, "setup", "--fixtures", "fixtures/cisce", "--demo"], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    made = subprocess.run(
        [*manage, "shell", "-v", "0", "-c", MAKE_KEYS.format(who=WHO[1:])],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    children = {"web server": start([str(PYTHON.parent / "gunicorn"), "expo.wsgi"], environment)}
    try:
        wait_until_it_answers("127.0.0.1", port, children)
        yield Site("127.0.0.1", port, dict(re.findall(r"^KEY (\w+) (\S+)$", made, re.MULTILINE)))
    finally:
        end_all(children)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fuzz(site: Site, database: str, who: str, most: int) -> tuple[bool, int]:
    """Send requests as one person; return whether all was well, and how many there were."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
        report = Path(folder) / "report.ndjson"
        options = ["--max-examples", str(most), "--checks", CHECKS, "--seed", "1", "--no-shrink", "--suppress-health-check", "all"]
        options += [
            "--continue-on-failure",
            "--exclude-path-regex",
            LEFT_OUT,
            "--generation-database",
            "none",
            "--warnings",
            "off",
            "--no-color",
        ]
        options += ["--report", "ndjson", "--report-ndjson-path", str(report), "--generation-with-security-parameters", "false"]
        if who in site.keys:
            options += ["--header", f"Authorization: Bearer {site.keys[who]}"]
        address = f"http://{site.host}:{site.port}/api/v1/schema/?format=json"
        say(f"\n=== {who}, {database} ===")
        done = subprocess.run(
            [str(PYTHON.parent / "schemathesis"), "run", *options, address],
            cwd=folder,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "tools.fuzz_hooks", "PYTHONPATH": str(ROOT)},
            check=False,
            capture_output=True,
            text=True,
        )
        statuses = statuses_in(report)
        if done.returncode:
            say(done.stdout[-30_000:])
        say(f"{sum(statuses.values())} requests: " + ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items())))
        return done.returncode == 0, sum(statuses.values())


def statuses_in(report: Path) -> Counter[int]:
    """Count the answers in schemathesis' report by their status."""
    counts: Counter[int] = Counter()
    with report.open(encoding="utf-8") as lines:
        for line in lines:
            counts.update(int(code) for code in re.findall(r'"status_code": ?(\d{3})', line))
    return counts


def broken_lists(site: Site) -> list[str]:
    """Return the lists of the API's contents that no longer answer: what was written must never break reading."""
    _status, body = site.answer("/api/v1/")
    paths = [re.sub(r"^https?://[^/]+", "", address) for address in json.loads(body).values()]
    return [path for path in paths if site.answer(path)[0] >= HTTPStatus.INTERNAL_SERVER_ERROR]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
