"""Who may open which door: every address, every method, everybody, compared with one table that people read.

The table is matrix.txt. A door that is not in it fails, with the line to add; a cell that differs fails. `python -m tools.matrix` writes
the table anew, so that the change can be read and judged in the diff: this test itself only compares.
"""

import logging
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.template.base import Template
from django.urls import path
from drf_spectacular.generators import SchemaGenerator

import expo.urls
from tests.security.doors import Door, bodies, described, documented, doors
from tests.security.world import World, build, knocker, tables, without_floods

pytestmark = pytest.mark.long

TABLE = Path(__file__).with_name("matrix.txt")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PEOPLE = (
    *("nobody", "unverified", "buyer", "owner", "representative", "outsider"),
    *("organiser", "verifier", "reporter", "read-only", "superuser"),
    *("read key", "write key", "staff key"),
)
LEAST_CELLS = 8000
HEAD = """# Who may open which door. One line for each address and its methods that answer alike; a column for each who knocks.
#
#   nobody  not signed in          unver   an account whose address is not confirmed      buyer   owner of a company that buys
#   owner, repr   owner and representative of the exhibitor to whom everything numbered 4711 belongs      outsd   owner of a third company
#   organ verif repor reado   staff with that role      super   superuser
#   rkey, wkey   the owner's keys, to read and to write      skey   a key of the organiser's, to write
#
#   in    is led to the sign-in page      ->   is led elsewhere      404 also stands for "not for you": both answer alike
#   400, 422   may, but what was sent does not do      409   may, but not in this state      412, 428   may, but must say which version
#
# Written by `python -m tools.matrix`, compared by tests/security/test_matrix.py. A new line says: this is meant.
"""
SHORT = ("nobody", "unver", "buyer", "owner", "repr", "outsd", "organ", "verif", "repor", "reado", "super", "rkey", "wkey", "skey")
Cells = dict[tuple[str, str], tuple[str, ...]]


def answer_of(response: Any) -> str:
    if response.status_code in {301, 302, 303}:
        return "in" if "/login/?next=" in response["Location"] else "->"
    return str(response.status_code)


def seen_by(world: World, wanted: list[Door], people: tuple[str, ...] = PEOPLE, methods: tuple[str, ...] = METHODS) -> Cells:
    """Open every door with every method as everybody, and return the answers."""
    knock, sent = knocker(), bodies(described())

    def answer(door: Door, method: str, name: str) -> str:
        return answer_of(knock(method, door.address, world.carries[name], sent.get((door.pattern, method), b"{}")))

    return {(door.pattern, method): tuple(answer(door, method, name) for name in people) for door in wanted for method in methods}


def lines_of(cells: Cells) -> list[str]:
    """Write the cells as lines of the table, methods that answer alike in one."""
    rows: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (pattern, method), answers in cells.items():
        rows.setdefault((pattern, answers), []).append(method)
    return [
        f"{pattern:62} {','.join(methods):36} {' '.join(f'{one:5}' for one in answers)}".rstrip()
        for (pattern, answers), methods in rows.items()
    ]


def cells_of(lines: list[str]) -> Cells:
    cells: Cells = {}
    for line in lines:
        if line and not line.startswith("#"):
            pattern, methods, *answers = line.split()
            cells |= {(pattern, method): tuple(answers) for method in methods.split(",")}
    return cells


def differences(seen: Cells, table: Cells) -> list[str]:
    """Say what the site answers and the table does not, cell by cell; of a door that is not in the table, the line to add."""
    new = {pattern for pattern, _method in seen} - {pattern for pattern, _method in table}
    said = [f"not in the table, to add if it is meant:  {line}" for line in lines_of({key: seen[key] for key in seen if key[0] in new})]
    for key in sorted(seen.keys() - {key for key in seen if key[0] in new}):
        there = table.get(key, ("?",) * len(PEOPLE))
        said += [
            f"{key[1]} {key[0]} as {who}: the table says {old}, the site {now}"
            for who, old, now in zip(PEOPLE, there, seen[key], strict=True)
            if old != now
        ]
    return said + [f"in the table, but no door any more: {method} {pattern}" for pattern, method in sorted(table.keys() - seen.keys())]


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[World]:
    """The expo, and a site that answers without drawing: who may is decided before, and test_headers.py draws every page."""
    monkeypatch.setattr(Template, "render", lambda _template, _context: "")
    monkeypatch.setattr(admin.site, "get_app_list", lambda *_args, **_options: [])
    document = described()
    monkeypatch.setattr(SchemaGenerator, "get_schema", lambda *_args, **_options: document)
    without_floods(settings)
    logging.disable(logging.CRITICAL)
    yield build()
    logging.disable(logging.NOTSET)


def test_every_door_opens_for_exactly_those_whom_the_table_names(world):
    started, before = time.process_time(), tables()
    seen = seen_by(world, doors())
    count = len(seen) * len(PEOPLE)
    print(f"matrix: {count:,} cells, {len(doors())} doors, {time.process_time() - started:.0f} s of processor time")  # noqa: T201 - asked for with -rP
    if wanted := os.environ.get("MATRIX_TO"):
        Path(wanted).write_text(
            HEAD + f"\n# {'address':60} {'methods':36} {' '.join(f'{one:5}' for one in SHORT)}\n\n" + "\n".join(lines_of(seen)) + "\n"
        )
    assert [key for key, answers in seen.items() if any(one.startswith("5") for one in answers)] == []
    assert tables() == before, "a request left something behind"
    assert count >= LEAST_CELLS
    assert differences(seen, cells_of(TABLE.read_text().splitlines())) == []


def test_every_documented_operation_is_a_door_and_every_api_door_is_documented(world):
    there = documented(described())
    api = {pattern for pattern, _method in cells_of(TABLE.read_text().splitlines()) if pattern.startswith("/api/v1/")}
    assert api - there.keys() == {"/api/v1/", "/api/v1/docs/", "/api/v1/schema/"}
    assert there.keys() - api == set()


def test_the_api_answers_to_exactly_the_methods_it_documents():
    table = cells_of(TABLE.read_text().splitlines())
    for pattern, methods in documented(described()).items():
        # 405 to everybody means: no such operation. Who may not write meets 401 or 403 before.
        answering = {method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if set(table[pattern, method]) - {"405", "401", "403"}}
        assert answering == methods, pattern


def test_most_of_the_table_is_closed_to_who_is_nobody():
    table = cells_of(TABLE.read_text().splitlines())
    open_to_nobody = {pattern for (pattern, _method), answers in table.items() if answers[0] in {"200", "201", "204"}}
    for part in ("/admin/", "/desk/", "/my/", "/post/offer", "/account/", "/register/company"):
        assert not [pattern for pattern in open_to_nobody if pattern.startswith(part)]


def test_a_door_that_nobody_listed_is_found(world, monkeypatch):
    """The control: a view without any guard is planted, and named with the line to add."""
    planted = path("planted/", login_not_required(lambda _request: HttpResponse("everybody's secrets")))
    both = expo.urls.urlpatterns[-1]
    monkeypatch.setattr(both, "url_patterns", [*both.url_patterns, planted])
    new = [door for door in doors() if door.pattern == "/planted/"]
    assert len(new) == 1
    said = differences(seen_by(world, new), {})
    assert said[0].startswith("not in the table, to add if it is meant:  /planted/")
    assert "200   200" in said[0]


@pytest.mark.parametrize(
    ("guard", "replaced", "patterns"),
    [
        ("django.contrib.auth.middleware.LoginRequiredMiddleware.process_view", lambda *_args: None, ["/desk/", "/account/", "/post/"]),
        ("matchmaking.participants.rules.may_manage", lambda *_args, **_options: True, ["/companies/<slug>/members/"]),
        ("django.contrib.admin.site.has_permission", lambda _request: True, ["/admin/"]),
    ],
)
def test_a_guard_that_is_switched_off_is_noticed(guard, replaced, patterns, world, monkeypatch):
    """The control: the same comparison fails when a guard is gone."""
    wanted = [door for door in doors() if door.pattern in patterns]
    table = {key: answers for key, answers in cells_of(TABLE.read_text().splitlines()).items() if key[0] in patterns}
    assert differences(seen_by(world, wanted), table) == []
    monkeypatch.setattr(guard, replaced)
    assert differences(seen_by(world, wanted), table) != []


def test_the_table_is_read_as_it_is_written():
    cells: Cells = {("/a/", "GET"): ("200",) * 14, ("/a/", "HEAD"): ("200",) * 14, ("/a/", "POST"): ("in",) * 14}
    assert cells_of(lines_of(cells)) == cells
    assert len(lines_of(cells)) == 2
    assert Counter(differences(cells, {})[0].split())["200"] == 14
