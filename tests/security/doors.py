"""Every address the site answers to, out of the resolver itself, with something that exists in each blank."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

# What stands for a blank, by the first part of the address (after /api/v1) that has a word here.
NAMED = {
    "editions": "2027",
    "outcomes": "2027",
    "chains": "smart-vehicle",
    "companies": "borealis-cells",
    "logos": "borealis-cells",
    "forums": "opening",
    "sources": "report",
    "metrics": "agreements",
    "certificates": "iso9001",
    "pavilions": "pavilion",
    "publications": "publication",
    "disagreements": "disagreement",
    "confirm-email": "no-such-key",
    "reset": "set-password",
}
WORDS = {
    "section": "pages",
    "answer": "accept",
    "verb": "withdraw",
    "uidb36": "1",
    "app_label": "participants",
    "url": "nowhere/",
    "change": "close_hall",
}
ASKED = {"/api/v1/search/": "?q=cells", "/api/v1/search/suggestions/": "?q=ce", "/search/": "?q=cells"}
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
    return re.sub(r"<\w+:", "<", text).replace(r"(?:[\s\S]*/)?", "").replace("\\Z", "").replace("([/]+)", "<object_id>")


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
    """Return every door once, in the order of their patterns; a search asks for something."""
    return [Door(pattern, filled(pattern) + ASKED.get(pattern, "")) for pattern in sorted(set(map(plain, patterns())))]


def described() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return dict(SchemaGenerator().get_schema(public=True))


def documented(document: dict[str, Any]) -> dict[str, set[str]]:
    """Return the methods of every address that the OpenAPI document describes, by pattern."""
    return {_pattern(path): {method.upper() for method in one} for path, one in document["paths"].items()}


def bodies(document: dict[str, Any]) -> dict[tuple[str, str], bytes]:
    """Return for each documented write a body that reads well, so that who may not meets that answer and not one about the body."""
    found = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                found[_pattern(path), method.upper()] = json.dumps(_sample(content["schema"], document)).encode()
    return found


def _pattern(path: str) -> str:
    return re.sub(r"\{(\w+)\}", r"<\1>", path).replace("<id>", "<pk>")


def _sample(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """Make up a value of the schema: what it gives as an example, else the least it allows."""
    if "$ref" in schema:
        return _sample(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    for key in ("example", "default", "const"):
        if key in schema:
            return schema[key]
    if schema.get("examples") or schema.get("enum"):
        return (schema.get("examples") or schema["enum"])[0]
    for key in ("allOf", "oneOf", "anyOf"):
        if key in schema:
            return _sample(schema[key][0], document)
    return _least(schema, document)


def _least(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {
            name: _sample(schema["properties"][name], document)
            for name in schema.get("required", [])
            if name in schema.get("properties", {})
        }
    if kind == "array":
        return [_sample(schema["items"], document)]
    dates = {"date": "2027-06-21", "date-time": "2027-06-21T10:00:00Z", "email": "x@example.com", "uri": "https://x.example/"}
    return {"integer": NUMBER, "number": 1, "boolean": True}.get(str(kind), dates.get(schema.get("format", ""), "x"))
