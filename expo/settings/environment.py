"""The environment, read once, refused in one sentence when a variable is missing or malformed."""

import importlib.util
import ipaddress
import os
import secrets
import tempfile
import warnings
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.http.request import split_domain_port

ROOT = Path(__file__).resolve().parent.parent.parent
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
SHORTEST_KEY = 50
YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def missing(name: str, expected: str) -> NoReturn:
    raise ImproperlyConfigured(f"Set the environment variable {name} ({expected}).")


def malformed(name: str, expected: str) -> NoReturn:
    raise ImproperlyConfigured(f"The environment variable {name} is malformed; expected {expected}.")


def text(name: str, default: str = "") -> str:
    """Read a variable; one that is set to nothing counts as not set."""
    return (os.environ.get(name, "").strip()) or default


def flag(name: str, *, default: bool) -> bool:
    """Read a yes/no variable strictly: a typing error must not silently mean "no"."""
    word = text(name, "true" if default else "false").lower()
    if word not in YES | NO:
        malformed(name, "true or false")
    return word in YES


def whole_number(name: str, default: int | None, *, expected: str = "a whole number") -> int:
    """Read a whole number, 0 or more; without a default the variable must be set."""
    word = text(name)
    if not word and default is None:
        missing(name, expected)
    if word and not word.isdecimal():
        malformed(name, expected)
    return int(word) if word else int(default or 0)


def choice(name: str, default: str, choices: list[str]) -> str:
    word = text(name, default).upper()
    if word not in choices:
        malformed(name, f"one of {', '.join(choices)}")
    return word


def folder(name: str, default: Path) -> Path:
    """Return a folder that can be written to, made where it is missing."""
    path = Path(text(name, str(default))).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        malformed(name, f"a folder that can be written to, not {path}")
    if not os.access(path, os.W_OK | os.X_OK):
        malformed(name, f"a folder that can be written to, not {path}")
    return path


def secret_key(*, development: bool, kept_in: Path) -> str:
    """Return SECRET_KEY; in development one is made on first run and kept."""
    expected = f"at least {SHORTEST_KEY} random characters"
    key = text("SECRET_KEY")
    if not key and not development:
        missing("SECRET_KEY", expected)
    if not development and (len(key) < SHORTEST_KEY or len(set(key)) < 10 or key.startswith("django-insecure")):  # noqa: PLR2004 - one letter repeated
        malformed("SECRET_KEY", expected)
    return key or kept_key(kept_in / "secret_key")


def kept_key(path: Path) -> str:
    """Return the key kept at `path`; of several processes that make one at once, the first wins."""
    if not path.exists():
        descriptor, name = tempfile.mkstemp(dir=path.parent)  # Readable by its owner alone.
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(SHORTEST_KEY))
        try:
            os.link(name, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(name)  # noqa: PTH108 - as made by mkstemp, a name and no Path
    return path.read_text().strip()


def site_url(*, development: bool) -> str:
    """Return where the site is reached, without a slash at the end: links in mails and calendars lead there."""
    expected = "the site's address, for example https://expo.example.org"
    address = text("SITE_URL", "http://localhost:8000" if development else "").rstrip("/")
    if not address:
        missing("SITE_URL", expected)
    try:
        parts = urlsplit(address)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.netloc.rpartition("@")[0] == "" and parts.port != 0
    except ValueError:
        fine = False
    if not fine or parts.path or parts.query or parts.fragment:
        malformed("SITE_URL", expected)
    if development and not is_near(str(parts.hostname)):
        malformed("SITE_URL", "an address of this machine or its own network while DEBUG is on")
    return address


def allowed_hosts(*, development: bool, address: str) -> list[str]:
    """Return the host names the site answers to: that of SITE_URL unless told otherwise, never all of them.

    A development site shows its inside to whoever asks, so it answers to names of this machine and its own network only.
    """
    default = LOCAL_HOSTS if development else [str(urlsplit(address).hostname)]
    hosts = [host.strip() for host in text("ALLOWED_HOSTS", ",".join(default)).split(",") if host.strip()]
    if not all(host.startswith(".") or split_domain_port(host)[0] for host in hosts) or not hosts:
        malformed("ALLOWED_HOSTS", "host names separated by commas; * is not allowed")
    if development and not all(is_near(host) for host in hosts):
        malformed("ALLOWED_HOSTS", "names of this machine only while DEBUG is on")
    return hosts


def is_near(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local"))


def database(default: str) -> dict[str, Any]:
    """Read DATABASE_URL. A PostgreSQL socket is named in the query: postgres://user@/name?host=/run/postgresql."""
    expected = "postgres://user:password@host/name or sqlite:////path/to/file"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found: dict[str, Any] = environ.Env.db_url_config(text("DATABASE_URL", default))
    except (ImproperlyConfigured, LookupError, ValueError, Warning):
        malformed("DATABASE_URL", expected)
    if found.get("ENGINE") not in {"django.db.backends.sqlite3", "django.db.backends.postgresql"} or not found.get("NAME"):
        malformed("DATABASE_URL", expected)
    return found


def email(default: str) -> dict[str, Any]:
    """Read EMAIL_URL."""
    expected = "smtp://user:password@host:25, smtp+tls://…:587, smtp+ssl://…:465 or consolemail://"
    try:
        found: dict[str, Any] = environ.Env.email_url_config(text("EMAIL_URL", default))
    except (ImproperlyConfigured, LookupError, ValueError):
        malformed("EMAIL_URL", expected)
    if found["EMAIL_BACKEND"].endswith("smtp.EmailBackend") and not found.get("EMAIL_HOST"):
        malformed("EMAIL_URL", expected)
    return found


def redis_url() -> str:
    """Read REDIS_URL, '' where there is no Redis."""
    address = text("REDIS_URL")
    if address and not address.startswith(("redis://", "rediss://", "unix://")):
        malformed("REDIS_URL", "redis://host:6379/0")
    if address and importlib.util.find_spec("redis") is None:
        raise ImproperlyConfigured("The environment variable REDIS_URL needs the Python package redis, which is not installed.")
    return address


def log_level() -> str:
    return choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])
