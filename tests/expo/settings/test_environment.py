"""What a wrong environment is answered with. The functions are tested directly; the last tests start the real program."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from expo.settings import environment

KEY = "k3y-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLM"
PRODUCTION = {
    "SECRET_KEY": KEY,
    "SITE_URL": "https://expo.example",
    "TRUSTED_PROXY_COUNT": "1",
    "DATABASE_URL": "sqlite://:memory:",
    "EMAIL_URL": "smtp://localhost:25",
}


@pytest.mark.parametrize("word", ["1", "true", "YES", "on"])
def test_a_flag_is_on(monkeypatch, word):
    monkeypatch.setenv("DEBUG", word)
    assert environment.flag("DEBUG", default=False) is True


def test_a_misspelt_flag_is_refused_and_not_taken_for_no(monkeypatch):
    monkeypatch.setenv("DEBUG", "ture")
    with pytest.raises(ImproperlyConfigured, match=r"^The environment variable DEBUG is malformed; expected true or false\.$"):
        environment.flag("DEBUG", default=False)


def test_an_empty_variable_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("SITE_NAME", " ")
    assert environment.text("SITE_NAME", "Interchange") == "Interchange"


@pytest.mark.parametrize("word", ["-1", "one", "1.5", "1e3"])
def test_a_number_that_is_none_is_refused(monkeypatch, word):
    monkeypatch.setenv("TRUSTED_PROXY_COUNT", word)
    with pytest.raises(ImproperlyConfigured, match=r"^The environment variable TRUSTED_PROXY_COUNT is malformed; expected a whole number"):
        environment.whole_number("TRUSTED_PROXY_COUNT", 0)


@pytest.mark.parametrize("key", ["short", "a" * 60, "django-insecure-" + KEY])
def test_a_weak_key_is_refused_in_production(monkeypatch, tmp_path, key):
    monkeypatch.setenv("SECRET_KEY", key)
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is malformed; expected at least 50 random characters"):
        environment.secret_key(development=False, kept_in=tmp_path)


def test_a_key_is_required_in_production(monkeypatch, tmp_path):
    monkeypatch.delenv("SECRET_KEY")
    with pytest.raises(ImproperlyConfigured, match=r"^Set the environment variable SECRET_KEY"):
        environment.secret_key(development=False, kept_in=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_in_development_and_kept_from_others(monkeypatch, tmp_path):
    monkeypatch.delenv("SECRET_KEY")
    first = environment.secret_key(development=True, kept_in=tmp_path)
    assert len(first) >= 50
    assert environment.secret_key(development=True, kept_in=tmp_path) == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize(
    "address", ["expo.example", "ftp://expo.example", "https://", "https://expo.example/path", "https://u:p@expo.example", "https://[::1"]
)
def test_a_site_address_that_is_none_is_refused(monkeypatch, address):
    monkeypatch.setenv("SITE_URL", address)
    with pytest.raises(ImproperlyConfigured, match=r"^The environment variable SITE_URL is malformed"):
        environment.site_url(development=False)


@pytest.mark.parametrize("address", ["https://expo.example", "http://8.8.8.8:8000", "https://localhost.expo.example"])
def test_a_development_site_has_no_public_address(monkeypatch, address):
    monkeypatch.setenv("SITE_URL", address)
    with pytest.raises(ImproperlyConfigured, match="while DEBUG is on"):
        environment.site_url(development=True)
    assert environment.site_url(development=False) == address


@pytest.mark.parametrize("address", ["http://localhost:8000", "http://127.0.0.1:8122", "http://[::1]:8000", "http://192.168.1.20"])
def test_a_development_site_has_an_address_near_by(monkeypatch, address):
    monkeypatch.setenv("SITE_URL", address)
    assert environment.site_url(development=True) == address


def test_the_site_answers_to_its_own_name_only(monkeypatch):
    monkeypatch.delenv("ALLOWED_HOSTS")
    assert environment.allowed_hosts(development=False, address="https://expo.example:8443") == ["expo.example"]


@pytest.mark.parametrize("hosts", ["*", "expo.example,*", "https://expo.example", ","])
def test_host_names_that_are_none_are_refused(monkeypatch, hosts):
    monkeypatch.setenv("ALLOWED_HOSTS", hosts)
    with pytest.raises(ImproperlyConfigured, match=r"^The environment variable ALLOWED_HOSTS is malformed"):
        environment.allowed_hosts(development=False, address="https://expo.example")


@pytest.mark.parametrize("hosts", ["expo.example", "localhost,8.8.8.8"])
def test_a_development_site_is_not_shown_to_the_world(monkeypatch, hosts):
    monkeypatch.setenv("ALLOWED_HOSTS", hosts)
    with pytest.raises(ImproperlyConfigured, match="names of this machine only while DEBUG is on"):
        environment.allowed_hosts(development=True, address="http://localhost:8000")


def test_a_development_site_may_be_seen_from_the_same_network(monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost, 192.168.1.20, phone.local")
    assert environment.allowed_hosts(development=True, address="http://localhost:8000") == ["localhost", "192.168.1.20", "phone.local"]


@pytest.mark.parametrize(
    "address", ["nonsense", "mysql://u:p@localhost/x", "postgres://localhost:port/x", "postgres://localhost", "oracle://u:p@h/x", "://"]
)
def test_a_database_address_that_is_none_is_refused(monkeypatch, address):
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(ImproperlyConfigured, match=r"^The environment variable DATABASE_URL is malformed; expected postgres://"):
        environment.database("sqlite://:memory:")


def test_a_database_may_be_reached_by_its_socket(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://expo@/expo?host=/run/postgresql")
    found = environment.database("sqlite://:memory:")
    assert (found["NAME"], found["USER"], found["OPTIONS"]) == ("expo", "expo", {"host": "/run/postgresql"})


@pytest.mark.parametrize("address", ["mail.example", "pigeon://mail.example", "smtp://", "smtp://mail.example:port"])
def test_a_mail_address_that_is_none_is_refused(monkeypatch, address):
    monkeypatch.setenv("EMAIL_URL", address)
    with pytest.raises(ImproperlyConfigured, match=r"^The environment variable EMAIL_URL is malformed"):
        environment.email("consolemail://")


def test_redis_is_refused_when_its_address_is_none(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "localhost:6379")
    with pytest.raises(ImproperlyConfigured, match=r"^The environment variable REDIS_URL is malformed"):
        environment.redis_url()


def test_a_log_level_is_one_of_four(monkeypatch):
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(ImproperlyConfigured, match="LOG_LEVEL is malformed; expected one of DEBUG, INFO, WARNING, ERROR"):
        environment.log_level()


def test_a_folder_that_cannot_be_made_is_refused(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "file" / "var"))
    with pytest.raises(ImproperlyConfigured, match="VAR_DIR is malformed; expected a folder that can be written to"):
        environment.folder("VAR_DIR", tmp_path)


def started(tmp_path, **variables):
    """Run a command that reads the settings, in an environment of nothing but `variables`."""
    code = "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.DEBUG)"
    variables = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **variables}
    return subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code], env=variables, capture_output=True, text=True, check=False
    )


def test_the_program_says_one_sentence_when_a_variable_is_missing(tmp_path):
    done = started(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Set the environment variable SECRET_KEY (at least 50 random characters).\n"


def test_production_needs_to_know_its_proxies(tmp_path):
    done = started(tmp_path, **{**PRODUCTION, "TRUSTED_PROXY_COUNT": ""})
    assert done.stderr == "Set the environment variable TRUSTED_PROXY_COUNT (how many proxies stand in front of the site, usually 1).\n"


def test_production_over_https_keeps_its_cookies_to_itself(tmp_path):
    done = started(tmp_path, **PRODUCTION)
    assert done.stdout == "__Host-sessionid True 63072000 False\n", done.stderr


def test_shards_wait_in_the_database_unless_a_redis_is_named_for_them(monkeypatch):
    monkeypatch.delenv("TASKS_BACKEND", raising=False)
    assert environment.tasks_backend("") == "database"
    monkeypatch.setenv("TASKS_BACKEND", "redis")
    assert environment.tasks_backend("redis://cache:6379/0") == "redis"
    with pytest.raises(ImproperlyConfigured, match="needs the environment variable REDIS_URL"):
        environment.tasks_backend("")
    monkeypatch.setenv("TASKS_BACKEND", "rabbits")
    with pytest.raises(ImproperlyConfigured, match="TASKS_BACKEND is malformed"):
        environment.tasks_backend("")
