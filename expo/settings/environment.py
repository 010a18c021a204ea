"""The environment, read once, refused in one sentence when a variable is missing or malformed."""

import secrets
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent.parent
env = environ.Env()
env.prefix = ""


def read(kind: str, name: str, default: Any = environ.Env.NOTSET, *, expected: str = "") -> Any:
    """Read variable `name` as `kind` (a django-environ cast such as "bool", "int", "list", "db_url").

    Raises:
        ImproperlyConfigured: one sentence naming the variable and what was expected.
    """
    wanted = expected or {"bool": "true or false", "int": "a whole number"}.get(kind, kind)
    try:
        return getattr(env, kind)(name, default=default)
    except ImproperlyConfigured as missing:
        raise ImproperlyConfigured(f"Set the environment variable {name} ({wanted}).") from missing
    except (ValueError, TypeError) as wrong:
        raise ImproperlyConfigured(f"The environment variable {name} is malformed; expected {wanted}.") from wrong


def flag(name: str, *, default: bool) -> bool:
    """Read a yes/no variable strictly: a typing error must not silently mean "no"."""
    text = str(read("str", name, "true" if default else "false")).strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"The environment variable {name} is malformed; expected true or false.")


def secret_key(*, development: bool, folder: Path) -> str:
    """Return SECRET_KEY; in development one is made on first run and kept in `folder`."""
    key = str(read("str", "SECRET_KEY", ""))
    if not key and development:
        kept = folder / "secret_key"
        if not kept.exists():
            folder.mkdir(parents=True, exist_ok=True)
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(50))
        key = kept.read_text().strip()
    if not key:
        raise ImproperlyConfigured("Set the environment variable SECRET_KEY (at least 50 random characters).")
    if not development and (len(key) < 50 or len(set(key)) < 5):
        raise ImproperlyConfigured("The environment variable SECRET_KEY is too weak; expected at least 50 random characters.")
    return key
