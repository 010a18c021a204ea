"""The environment, read once, refused in one sentence when a variable is missing or malformed."""

import importlib.util
import ipaddress
import os
import re
import secrets
import tempfile
import warnings
from email.utils import parseaddr
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.http.request import split_domain_port, validate_host

ROOT = Path(__file__).resolve().parent.parent.parent
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
SHORTEST_KEY = 50
SHORTEST_PASSWORD = 12
SHORTEST_TOKEN = 24
MOST_PROXIES = 5
LARGEST_NETWORK = {4: 8, 6: 32}
SAFE_SSL_MODES = {"require", "verify-ca", "verify-full"}
PLACEHOLDER = re.compile("django-insecure|change.?me|replace.?me|your.?secret", re.IGNORECASE)
HOST_NAME = re.compile(r"[a-z](?:[a-z0-9.-]{0,251}[a-z0-9])?")
LAST_PORT = 65536
YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


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


def one_line(name: str, default: str) -> str:
    """Read a text that ends up in the headers of mails: a line break or another control character would write headers of its own."""
    word = os.environ.get(name, "").strip(" ") or default
    if not word.isprintable():
        malformed(name, "one line of text")
    return word


def whole_number(name: str, default: int | None, *, expected: str = "a whole number") -> int:
    """Read a whole number, 0 or more; without a default the variable must be set."""
    word = text(name)
    if not word and default is None:
        missing(name, expected)
    if word and not word.isdecimal():
        malformed(name, expected)
    return int(word) if word else int(default or 0)


def ports(name: str, default: list[int]) -> frozenset[int]:
    """Read port numbers separated by commas."""
    found = [word.strip() for word in text(name, ",".join(map(str, default))).split(",")]
    if not all(word.isascii() and word.isdecimal() and 0 < int(word) < LAST_PORT for word in found):
        malformed(name, "port numbers separated by commas")
    return frozenset(map(int, found))


def host_names(name: str) -> frozenset[str]:
    """Read names of hosts separated by commas; none without the variable."""
    found = [word.strip().lower() for word in text(name).split(",") if word.strip()]
    if not all(HOST_NAME.fullmatch(word) for word in found):
        malformed(name, "names of hosts separated by commas, no addresses")
    return frozenset(found)


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
    if not development and (len(key) < SHORTEST_KEY or len(set(key)) < 10 or PLACEHOLDER.search(key)):  # noqa: PLR2004 - one letter repeated
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


def proxies(*, https: bool) -> int:
    """Read TRUSTED_PROXY_COUNT. Behind https it must be said: a wrong guess would loop redirects or trust forged addresses."""
    expected = "how many proxies stand in front of the site, usually 1"
    count = whole_number("TRUSTED_PROXY_COUNT", None if https else 0, expected=expected)
    if count > MOST_PROXIES:
        malformed("TRUSTED_PROXY_COUNT", expected)
    return count


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
    if is_public(address, development=development) and parts.scheme == "http" and not flag("PLAIN_HTTP", default=False):
        malformed("SITE_URL", "an https:// address: over http anybody on the way reads passwords (PLAIN_HTTP=true where that is meant)")
    return address


def is_public(address: str, *, development: bool) -> bool:
    """Whether strangers reach the site there, so that what is merely convenient on one's own machine must be refused."""
    return not development and not is_near(str(urlsplit(address).hostname))


def allowed_hosts(*, development: bool, address: str) -> list[str]:
    """Return the host names the site answers to: that of SITE_URL unless told otherwise, never all of them.

    A development site shows its inside to whoever asks, so it answers to names of this machine and its own network only.
    """
    default = LOCAL_HOSTS if development else [str(urlsplit(address).hostname)]
    hosts = [host.strip() for host in text("ALLOWED_HOSTS", ",".join(default)).split(",") if host.strip()]
    if not all(host.startswith(".") or split_domain_port(host)[0] for host in hosts) or not hosts:
        malformed("ALLOWED_HOSTS", "host names separated by commas; * is not allowed")
    if any(host.startswith(".") and "." not in host[1:] for host in hosts):
        malformed("ALLOWED_HOSTS", "host names, not all names that end alike")
    if development and not all(is_near(host) for host in hosts):
        malformed("ALLOWED_HOSTS", "names of this machine only while DEBUG is on")
    own = str(urlsplit(address).hostname)
    if not development and not validate_host(f"[{own}]" if ":" in own else own, hosts):
        malformed("ALLOWED_HOSTS", "the host of SITE_URL among them: links in mails lead there")
    return hosts


def is_near(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local"))


def database(default: str, *, public: bool = False) -> dict[str, Any]:
    """Read DATABASE_URL. A PostgreSQL socket is named in the query: postgres://user@/name?host=/run/postgresql.

    For a public site a server on the network must want a password, and one beyond the own network TLS too.
    """
    expected = "postgres://user:password@host/name or sqlite:////path/to/file"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found: dict[str, Any] = environ.Env.db_url_config(text("DATABASE_URL", default))
    except (ImproperlyConfigured, LookupError, ValueError, Warning):
        malformed("DATABASE_URL", expected)
    if found.get("ENGINE") not in {"django.db.backends.sqlite3", "django.db.backends.postgresql"} or not found.get("NAME"):
        malformed("DATABASE_URL", expected)
    if public and found.get("HOST"):
        refuse_open_database(found)
    return found


def refuse_open_database(found: dict[str, Any]) -> None:
    password = found.get("PASSWORD") or ""
    if len(password) < SHORTEST_PASSWORD or password in {found.get("USER"), found["NAME"]}:
        malformed("DATABASE_URL", f"a password of at least {SHORTEST_PASSWORD} characters, or a local socket")
    if is_far(found["HOST"]) and found.get("OPTIONS", {}).get("sslmode") not in SAFE_SSL_MODES:
        malformed("DATABASE_URL", "?sslmode=require at the end for a server that is not in this network")


def is_far(host: str) -> bool:
    """Whether a host is beyond the own network; a name without a dot is one of the own network, such as a container's."""
    return not is_near(host) and ("." in host or ":" in host)


def email(default: str, *, public: bool = False) -> dict[str, Any]:
    """Read EMAIL_URL. A public site must truly send its mail, and no password in the clear to somewhere else."""
    expected = "smtp://user:password@host:25, smtp+tls://…:587, smtp+ssl://…:465 or consolemail://"
    try:
        found: dict[str, Any] = environ.Env.email_url_config(text("EMAIL_URL", default))
    except (ImproperlyConfigured, LookupError, ValueError):
        malformed("EMAIL_URL", expected)
    if found["EMAIL_BACKEND"].endswith("smtp.EmailBackend") and not found.get("EMAIL_HOST"):
        malformed("EMAIL_URL", expected)
    if public and not found["EMAIL_BACKEND"].endswith("smtp.EmailBackend"):
        malformed("EMAIL_URL", "a mail server, smtp+tls://user:password@host:587: otherwise nobody could confirm an address")
    is_open = not (found.get("EMAIL_USE_TLS") or found.get("EMAIL_USE_SSL"))
    if public and is_open and found.get("EMAIL_HOST_PASSWORD") and is_far(found["EMAIL_HOST"]):
        malformed("EMAIL_URL", "smtp+tls:// or smtp+ssl:// where a password goes to another machine")
    return found


def sender(default: str) -> str:
    """Read FROM_EMAIL, the sender of the site's mail."""
    word = one_line("FROM_EMAIL", default)
    if "@" not in parseaddr(word)[1]:
        malformed("FROM_EMAIL", "an address, or a name with one: Expo <expo@example.org>")
    return word


def redis_url(*, public: bool = False) -> str:
    """Read REDIS_URL, '' where there is no Redis. For a public site it must want a password: whoever writes there writes our cache."""
    address = text("REDIS_URL")
    if address and not address.startswith(("redis://", "rediss://", "unix://")):
        malformed("REDIS_URL", "redis://host:6379/0")
    if address and importlib.util.find_spec("redis") is None:
        raise ImproperlyConfigured("The environment variable REDIS_URL needs the Python package redis, which is not installed.")
    if public and address and not address.startswith("unix://"):
        try:
            parts = urlsplit(address)
        except ValueError:
            malformed("REDIS_URL", "redis://host:6379/0")
        if len(parts.password or "") < SHORTEST_PASSWORD:
            malformed("REDIS_URL", f"a password of at least {SHORTEST_PASSWORD} characters: redis://:password@host:6379/0")
        if parts.scheme != "rediss" and is_far(str(parts.hostname)):
            malformed("REDIS_URL", "rediss:// for a server that is not in this network")
    return address


def tasks_backend(redis: str) -> str:
    """Read TASKS_BACKEND: where shards of matching runs wait, "database" unless it is "redis"."""
    named = text("TASKS_BACKEND") or "database"
    if named not in {"database", "redis"}:
        malformed("TASKS_BACKEND", "database, or redis where REDIS_URL names one")
    if named == "redis" and not redis:
        raise ImproperlyConfigured("TASKS_BACKEND=redis needs the environment variable REDIS_URL: redis://host:6379/0")
    return named


def metrics_token() -> str:
    """Read METRICS_TOKEN, '' where nobody gets the figures by a token."""
    token = text("METRICS_TOKEN")
    if token and (len(token) < SHORTEST_TOKEN or len(set(token)) < 10 or not token.isascii()):  # noqa: PLR2004 - one letter repeated
        malformed("METRICS_TOKEN", f"at least {SHORTEST_TOKEN} random characters")
    return token


def metrics_networks() -> list[Network]:
    """Read METRICS_NETWORKS, the networks that may read the figures without a token; none by default, never the whole internet."""
    expected = "networks separated by commas, 127.0.0.1/32,10.0.3.0/24, none of them the whole internet"
    try:
        networks = [ipaddress.ip_network(word.strip()) for word in text("METRICS_NETWORKS").split(",") if word.strip()]
    except ValueError:
        malformed("METRICS_NETWORKS", expected)
    if any(network.prefixlen < LARGEST_NETWORK[network.version] for network in networks):
        malformed("METRICS_NETWORKS", expected)
    return networks


def apart_from(name: str, path: Path, served: list[Path]) -> Path:
    """Return the path unless it lies in a folder whose files visitors get."""
    if any(path.is_relative_to(folder) for folder in served):
        malformed(name, f"a place outside of {' and '.join(map(str, served))}, whose files visitors get")
    return path


def log_level() -> str:
    return choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])
