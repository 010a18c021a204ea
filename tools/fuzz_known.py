"""What one person finds in the API before it is fuzzed: words and numbers of rows that exist, so that writes reach what they are about."""

import json
import re
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any

Rows = list[dict[str, Any]]
ROOT = "/api/v1/"
# More than the public ones: one's own, and those that wait for somebody.
ASKED = ("", "?mine=true", "?status=draft", "?status=submitted")
# A field of a body: the list that it names a row of, and by which column.
REFS = {
    "blocked": ("companies", "slug"),
    "booth": ("booths", "code"),
    "chain": ("chains", "slug"),
    "chains": ("chains", "slug"),
    "company": ("companies", "slug"),
    "edition": ("editions", "slug"),
    "led_by": ("registrations", "id"),
    "main_segment": ("segments", "id"),
    "pavilion": ("pavilions", "key"),
    "registration": ("registrations", "id"),
    "segment": ("segments", "id"),
}
# What a person names as their own: without that, every second write would be refused before it is read.
OWN = {"company", "registration"}


def known_to(host: str, port: int, key: str) -> dict[str, Any]:
    """Return `rows`, by address and parameter the values that name a row, and `refs`, by field those of other rows."""
    described = read(host, port, key, f"{ROOT}schema/?format=json")
    found: dict[str, Rows] = {}
    rows: dict[str, dict[str, list[str]]] = {}
    for path in described["paths"]:
        named = re.fullmatch(rf"({ROOT}([\w-]+)/){{(\w+)}}/(.*)", path)
        if named and named[1] in described["paths"]:
            name = named[2]
            if name not in found:
                found[name] = [row for asked in ASKED for row in listed(host, port, key, named[1] + asked)]
            rows[path] = {named[3]: sorted({str(row[named[3]]) for row in found[name] if named[3] in row})}
    refs = {field: sorted({row[column] for row in found.get(name, [])}) for field, (name, column) in REFS.items()}
    own = {f"{ROOT}{name}/?mine=true": (field, column) for field, (name, column) in REFS.items() if field in OWN}
    for address, (field, column) in own.items():
        refs[field] = sorted({row[column] for row in listed(host, port, key, address)}) or refs[field]
    return {"rows": rows, "refs": refs}


def listed(host: str, port: int, key: str, address: str) -> Rows:
    """Return a list's first page; nothing where the person may not read it, or the list knows no such filter."""
    answer = read(host, port, key, address)
    found: Rows = answer.get("results", [])
    return found


def read(host: str, port: int, key: str, address: str) -> dict[str, Any]:
    connection = HTTPConnection(host, port, timeout=60)
    try:
        connection.request("GET", address, headers={"Authorization": f"Bearer {key}"} if key else {})
        response = connection.getresponse()
        body = response.read()
        answer: dict[str, Any] = json.loads(body) if response.status == HTTPStatus.OK else {}
        return answer
    finally:
        connection.close()
