"""Every address the site answers to, out of the resolver itself, with something that exists in each blank."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import URLResolver, get_resolver

# What stands for a blank, by the first part of the address (after /api/v1) that has a word here.
NAMED = {
    "editions": "2027",
    "outcomes": "2027",
    "chains": "smart-vehicle",
    "companies": "borealis-cells",
    "logos": "borealis-cells",
    "forums": "opening",
    "seats": "opening",
    "sources": "report",
    "metrics": "agreements",
    "certificates": "iso9001",
    "pavilions": "pavilion",
    "publications": "publication",
    "disagreements": "disagreement",
    "confirm-email": "no-such-key",
    "reset": "set-password",
}
WORDS = {"section": "pages", "answer": "accept", "verb": "withdraw", "uidb36": "1", "app_label": "participants", "url": "nowhere/"}
NUMBER = 4711
SHOWN = re.compile(r"\(\?P(<\w+>)(?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True)
class Door:
    """One address: its pattern as people write it, and the address that is opened for it."""

    pattern: str
    address: str


def patterns(resolver: Any = None, before: str = "") -> Iterator[str]:
    """Yield the pattern of every address, as it is written in the urls.py files."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, before + str(one.pattern))
        else:
            yield "/" + before + str(one.pattern)


def plain(pattern: str) -> str:
    """Write a pattern as people do: /offers/<pk>/."""
    text = SHOWN.sub(r"\1", pattern.replace("^", "").replace("$", ""))
    return re.sub(r"<\w+:", "<", text).replace("(?:.*/)?", "").replace("\\Z", "").replace("([/]+)", "<object_id>")


def filled(pattern: str, **blanks: Any) -> str:
    """Put something that exists into the blanks of a pattern; `blanks` wins."""
    parts = pattern.split("/")
    room = next((part for part in parts if part in NAMED), "")
    if parts[1] == "admin" and len(parts) > 4 and parts[2] in apps.app_configs:
        model = apps.get_model(parts[2], parts[3])
        row = model._default_manager.filter(pk=NUMBER).first() if _numbered(model) else None
        row = row or model._default_manager.order_by("pk").first()
        blanks = {"object_id": row.pk if row else 0, "id": row.pk if row else 0, "pk": row.pk if row else 0, **blanks}

    def put(blank: re.Match[str]) -> str:
        name = blank.group(1)
        if name in blanks:
            return str(blanks[name])
        if name in WORDS:
            return WORDS[name]
        return NAMED.get(room, "nothing") if name in {"slug", "key", "name"} else str(NUMBER)

    return re.sub(r"<(\w+)>", put, pattern)


def _numbered(model: Any) -> bool:
    return model._meta.pk.get_internal_type() in {"BigAutoField", "AutoField"} or model._meta.pk.remote_field is not None


def doors() -> list[Door]:
    """Return every door once, in the order of their patterns."""
    return [Door(pattern, filled(pattern)) for pattern in sorted(set(map(plain, patterns())))]


def documented() -> dict[str, set[str]]:
    """Return the methods of every address that the OpenAPI document describes, by pattern."""
    from drf_spectacular.generators import SchemaGenerator

    schema = SchemaGenerator().get_schema(public=True)
    return {re.sub(r"\{(\w+)\}", r"<\1>", path): {method.upper() for method in one} for path, one in schema["paths"].items()}
