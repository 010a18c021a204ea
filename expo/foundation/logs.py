"""Logs: one line of JSON for each record, without personal data. Free of Django: settings and the web server's own log use it too.

What a record holds is written by us and by libraries, so what comes out of here is what was let through: the time, the level, the
logger, the event with addresses and numbers of people blotted out, what the request was bound to, and of an exception its kind
and where it happened. Its words often quote what somebody typed ("Key (email)=(anna@…) already exists"), so they are kept only
for kinds that speak of code.
"""

import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from structlog.typing import ExcInfo, Processor

Record = MutableMapping[str, Any]
SPEAK_OF_CODE = (ImportError, NameError, AttributeError, TypeError, NotImplementedError, RecursionError, MemoryError)
ABOUT_CODE = {"ImproperlyConfigured", "TemplateDoesNotExist", "TemplateSyntaxError", "NoReverseMatch", "FieldError", "AppRegistryNotReady"}
CONSTRAINT = re.compile(r"constraint failed: (?:index )?'?([\w., ]+)|constraint \"(\w+)\"")
MOST_FRAMES = 25
LONGEST_EVENT = 2000
BLOTS = [
    (re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:]+"), "[mail]"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"), "[address]"),
    (re.compile(r"(?<![\w:])(?=[0-9a-fA-F:]*[0-9a-fA-F])(?:[0-9a-fA-F]{1,4}:|:){3,}:?(?:[0-9a-fA-F]{0,4})"), "[address]"),
    (re.compile(r"(?<![\w.:-])(?!\d{4}-\d\d-\d\d\b)\+?\d[\d ()/.-]{7,}\d(?![\w:-])"), "[number]"),
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])(?!(?:[0-9a-f]{4,12}-?){5}\b)[\w-]{32,}"), "[token]"),
]
# What a request binds (expo.foundation.access), and what our own lines carry; nothing else leaves.
LET_THROUGH = {"event", "level", "logger", "timestamp", "request", "actor", "key", "fault"}
OF_A_REQUEST = {"method", "route", "thing", "status", "bytes", "ms"}


def configuration(level: str, *, outspoken: bool = False) -> dict[str, Any]:
    """Return what settings.LOGGING is. `outspoken` (development) keeps the words of exceptions."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "expo.foundation.logs.formatter", "outspoken": outspoken}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # The line of each request says the same without the address, which may hold a key or what somebody searched for.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "ERROR"},
            "django_tasks": {"level": "WARNING"},
            "django_tasks_db": {"level": "WARNING"},
        },
    }


def formatter(*, outspoken: bool = False) -> structlog.stdlib.ProcessorFormatter:
    """Return the formatter that settings.LOGGING and gunicorn.conf.py name."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        take_fields,
    ]
    after: list[Processor] = [structlog.processors.format_exc_info] if outspoken else [say_fault, let_through, blot_out]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        # Escaped to plain ASCII, so that no line separator of Unicode can break a line in two.
        processors=[hide_address, structlog.stdlib.ProcessorFormatter.remove_processors_meta, *after, structlog.processors.JSONRenderer()],
    )


def take_fields(_logger: Any, _method: str, record: Record) -> Record:
    """Take over the fields of our own lines: logger.info("request", extra={"fields": {…}})."""
    found = getattr(record.get("_record"), "fields", None)
    return {**record, **found} if isinstance(found, Mapping) else record


def hide_address(_logger: Any, _method: str, record: Record) -> Record:
    """Write the pattern of the address where a library wrote the address itself, and of a refusal its kind, not what was sent."""
    request = getattr(record.get("_record"), "request", None)
    path = getattr(request, "path", "")
    if path and isinstance(record.get("event"), str):
        route = getattr(getattr(request, "resolver_match", None), "route", "") or "an address"
        record["event"] = record["event"].replace(path, f"/{route}" if route != "an address" else route)
    name = str(record.get("logger", ""))
    if name == "django.security.csrf":
        record["event"] = str(record["event"]).partition(" - ")[0]
    elif name.startswith("django.security."):
        record["event"] = f"refused: {name.rpartition('.')[2]}"
    return record


def say_fault(_logger: Any, _method: str, record: Record) -> Record:
    """Say of an exception what it was and where, as one field."""
    found = record.pop("exc_info", None)
    record.pop("stack_info", None)
    error = _exception(found)
    if error is not None:
        record["fault"] = {"kind": _kind(error), "says": words_of(error), "at": frames_of(error)}
        if error.__cause__ is not None:
            record["fault"]["because"] = {"kind": _kind(error.__cause__), "says": words_of(error.__cause__)}
    return record


def _exception(found: "ExcInfo | BaseException | bool | None") -> BaseException | None:
    if isinstance(found, BaseException):
        return found
    if isinstance(found, tuple):
        return found[1]
    return sys.exc_info()[1] if found else None


def _kind(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def words_of(error: BaseException) -> str:
    """Return the words of an exception that speaks of code, the name of a constraint, '' for what may quote a person."""
    if isinstance(error, SPEAK_OF_CODE) or type(error).__name__ in ABOUT_CODE:
        return str(error)[:300]
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    named = CONSTRAINT.search(str(error))
    return (named.group(1) or named.group(2)) if named and type(error).__name__ == "IntegrityError" else ""


def frames_of(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def let_through(_logger: Any, _method: str, record: Record) -> Record:
    return {name: value for name, value in record.items() if name in LET_THROUGH or name in OF_A_REQUEST}


def blot_out(_logger: Any, _method: str, record: Record) -> Record:
    """Blot out mail addresses, telephone numbers, network addresses and keys in the words of the event."""
    record["event"] = blotted(str(record.get("event", "")))[:LONGEST_EVENT]
    return record


def blotted(words: str) -> str:
    for pattern, blot in BLOTS:
        words = pattern.sub(blot, words)
    return words
