"""Staff whose session was begun with a password alone, at every door: each answers as it answers anybody who signed in and belongs to nobody."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests import builders
from tests.security.doors import bodies, described, doors
from tests.security.world import World, _cookie, build, knocker, without_floods

pytestmark = pytest.mark.long

STAFF = ("organiser", "superuser")
# The way to the desk leads staff to the second step, and tells others that it is none of theirs.
WAY_IN = ("/admin/",)
# What is one's own: the account, the keys, what is held of oneself.
OWN = ("/account", "/api/v1/me/", "/api/v1/keys/")


@pytest.fixture
def world(db: None, settings: Any) -> Iterator[World]:
    without_floods(settings)
    logging.disable(logging.CRITICAL)
    made = build()
    made.people["visitor"] = builders.person("vera@example.com")
    made.carries["visitor"] = _cookie(made.people["visitor"])
    settings.STAFF_SECOND_FACTOR = True
    yield made
    logging.disable(logging.NOTSET)


def differing(world: World) -> tuple[list[str], int]:
    """Return where staff are answered otherwise than a visitor, and how many answers were compared."""
    knock, sent, told, count = knocker(), bodies(described()), [], 0
    for door in doors():
        if door.pattern.startswith((*WAY_IN, *OWN)):
            continue
        is_call = door.pattern.startswith("/api/")
        for method in ("GET", "POST", "PATCH") if is_call else ("GET", "POST"):
            body = sent.get((door.pattern, method), b"{}")
            expected = knock(method, door.address, world.carries["visitor"], body)
            for who in STAFF:
                said = knock(method, door.address, world.carries[who], body)
                count += 1
                same_words = not is_call or method != "GET" or said.content == expected.content or b"took_ms" in said.content
                if said.status_code != expected.status_code or not same_words:
                    told.append(f"{who}: {method} {door.address} {said.status_code}, a visitor {expected.status_code}")
    return told, count


def test_at_every_door_they_are_visitors(world):
    told, count = differing(world)
    print(f"staff with a password alone: {count:,} answers compared")  # noqa: T201 - asked for with -rP
    assert told == []
    assert count > 500


def test_where_no_second_factor_is_asked_for_the_difference_is_found(world, settings):
    """The control: with the guard off, staff see and do more."""
    settings.STAFF_SECOND_FACTOR = False
    told, _count = differing(world)
    assert len(told) > 20


def test_the_desk_lets_none_of_them_in(world):
    knock = knocker()
    for door in doors():
        if door.pattern.startswith("/admin/"):
            for who in STAFF:
                answer = knock("GET", door.address, world.carries[who])
                assert answer.status_code in {301, 302, 404, 405}, (who, door.address, answer.status_code)
