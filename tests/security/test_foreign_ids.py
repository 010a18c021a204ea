"""What is somebody else's answers like what does not exist, byte for byte: every address that takes an id, everybody who is a stranger to it.

Each thing below exists and is private: a draft or a waiting row of another company, in this edition or an older one, or what no page shows.
It is asked for with every method by the address of each door that takes such an id; beside it the same address with an id that
nobody has. Both must answer alike, to the byte, and not with more than 404 (or 405 and 400, where the id is not even looked at).
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from matchmaking.agreements.models import Agreement
from matchmaking.marketplace.models import Offer, OfferCertificate, SourcingRequest
from matchmaking.meetings.models import Meeting, MeetingRequest, Occupancy, Seat, Slot
from matchmaking.participants import models as participants
from tests import builders
from tests.security.doors import bodies, described, filled, patterns, plain
from tests.security.world import World, build, knocker, without_floods

pytestmark = pytest.mark.long

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
STRANGERS = ("nobody", "unverified", "buyer", "outsider", "read key", "write key")
NOBODYS = 4799
NOT_MORE = {400, 401, 403, 404, 405, 415}
IN = re.compile(r"/accounts/(login|reauthenticate)/\?next=")
# Headers that differ between any two answers, or with the address.
COUNTED = {"RateLimit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Limit", "Location", "Set-Cookie", "Content-Length"}
# What differs between any two answers: the token against forgery, the request's name, the address itself.
NOISE = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|Reference \w{8}|"reference": ?"\w+"|csrftoken=\w+')


@dataclass(frozen=True)
class Private:
    """A thing: what it is, which doors take its id under which blank, its id, and an id of the same look that nobody has."""

    name: str
    doors: str
    blank: str
    own: Any
    nobodys: Any


@pytest.fixture
def world(db: None, settings: Any) -> Iterator[World]:
    without_floods(settings)
    logging.disable(logging.CRITICAL)
    yield build()
    logging.disable(logging.NOTSET)


@pytest.fixture
def private(world: World) -> list[Private]:
    """Things of a company of Gwen's that nobody else may know of."""
    gwen = builders.person("gwen@example.com")
    edition = participants.Registration.objects.get(pk=4711).edition
    older = builders.edition()
    segment = Offer.objects.get(pk=4711).segment
    hidden = builders.company("Hidden Works", slug="hidden-works")
    member = builders.member(hidden, gwen, pk=4720)
    waiting = builders.registration(hidden, edition, status="submitted", pk=4720)
    past = builders.registration(hidden, older, status="draft", pk=4721)
    buying = builders.registration(hidden, edition, role="buyer", status="draft", pk=4722)
    things = [Private("a company that was not verified", r"/companies/<slug>|/logos/<slug>", "slug", "hidden-works", "hidden-worms")]
    for registration, what in ((waiting, "waits"), (past, "is of an older edition"), (buying, "is a draft")):
        things.append(Private(f"a registration that {what}", r"/registrations/<pk>/|/register/<pk>/", "pk", registration.pk, NOBODYS))
    for number, (status, one) in enumerate(
        [("draft", waiting), ("submitted", waiting), ("withdrawn", past), ("paused", waiting)], start=4730
    ):
        builders.offer(one, segment, status=status, pk=number)
        things.append(Private(f"an offer that is {status}", r"/offers/<pk>/", "pk", number, NOBODYS))
        builders.sourcing_request(buying, segment, status=status, pk=number)
        things.append(Private(f"a request that is {status}", r"/requests/<pk>/", "pk", number, NOBODYS))
    builders.sourcing_request(world_buyer(world), segment, visibility="invited", pk=4740)
    proof = OfferCertificate.objects.create(offer_id=4730, certificate=builders.certificate("ISO 14001"), file="certificates/x.pdf")
    things.append(Private("a paper of a draft", r"/certificates/<pk>\.pdf", "pk", proof.pk, NOBODYS))
    chain = Agreement.objects.get(pk=4711).chain
    for number, fields in enumerate([{"status": "draft"}, {"visibility": "totals_only"}], start=4750):
        builders.agreement(edition, chain, hidden, builders.company(), pk=number, **fields)
        things.append(Private(f"an agreement with {fields}", r"/agreements/<pk>/", "pk", number, NOBODYS))
    things += meeting_of(waiting, builders.registration(builders.company(), edition, role="buyer"))
    things.append(Private("a membership", r"/memberships/<pk>/", "pk", member.pk, NOBODYS))
    return things


def meeting_of(one: Any, other: Any) -> list[Private]:
    """A request to meet, the meeting that came of it, and time that is kept free, between two who are strangers to everybody."""
    low, high = sorted([one.company_id, other.company_id])
    slot = Slot.objects.get(pk=4711)
    pair = {"edition": one.edition, "sender": one, "receiver": other, "pair_low_id": low, "pair_high_id": high}
    asked = MeetingRequest.objects.create(pk=4760, **pair, status="accepted", slot=slot, expires_at=slot.starts_at)
    meeting = Meeting.objects.create(pk=4760, request=asked, edition=one.edition, slot=slot, status="scheduled", queued_at=slot.starts_at)
    for side, registration in (("sender", one), ("receiver", other)):
        Seat.objects.create(meeting=meeting, registration=registration, side=side)
    kept = Occupancy.objects.create(pk=4760, slot=slot, registration=one, desk=1, why="blocked")
    return [
        Private("a request to meet", r"/meeting-requests/<pk>/|/meetings/requests/<pk>/", "pk", asked.pk, NOBODYS),
        Private("a meeting", r"/meetings/<pk>/", "pk", meeting.pk, NOBODYS),
        Private("time that is kept free", r"/availability/<pk>/", "pk", kept.pk, NOBODYS),
    ]


def world_buyer(world: World) -> Any:
    return participants.Registration.objects.get(company__members__user=world.people["buyer"])


def addresses_of(thing: Private) -> list[tuple[str, str, str]]:
    """Return for each door that takes the thing's id its pattern, its address with it, and with the id that nobody has."""
    taking = [
        pattern for pattern in sorted(set(map(plain, patterns()))) if re.search(thing.doors, pattern) and not pattern.startswith("/admin/")
    ]
    extra = {"offer": 4730} if "<offer>" in "".join(taking) else {}
    return [(one, filled(one, **extra, **{thing.blank: thing.own}), filled(one, **extra, **{thing.blank: thing.nobodys})) for one in taking]


def nameless(response: Any, thing: Private) -> bytes:
    text = NOISE.sub(b"", response.content)
    return text.replace(str(thing.own).encode(), b"ID").replace(str(thing.nobodys).encode(), b"ID")


def told_apart(world: World, private: list[Private], people: tuple[str, ...] = STRANGERS) -> tuple[list[str], int]:
    """Return where the answers differ, or say more than "no such thing", and how many pairs were compared."""
    knock, sent, said, count = knocker(), bodies(described()), [], 0
    for thing in private:
        for pattern, own, nobodys in addresses_of(thing):
            for method in METHODS:
                for who in people:
                    body = sent.get((pattern, method), b"{}")
                    first, second = (knock(method, address, world.carries[who], body) for address in (own, nobodys))
                    count += 1
                    same = first.status_code == second.status_code and nameless(first, thing) == nameless(second, thing)
                    headers = {name for name, value in first.items() if second.headers.get(name) != value} - COUNTED
                    leads_in = IN.search(first.headers.get("Location", "")) and IN.search(second.headers.get("Location", ""))
                    if not same or headers or (first.status_code not in NOT_MORE and not leads_in):
                        said.append(
                            f"{who}: {method} {own} ({thing.name}) {first.status_code}, {nobodys} {second.status_code} {headers or ''}"
                        )
    return said, count


def test_what_is_somebody_elses_answers_like_what_does_not_exist(world, private):
    assert all(addresses_of(thing) for thing in private), "a kind of thing has no door any more"
    said, count = told_apart(world, private)
    print(f"foreign ids: {count:,} pairs of answers, {len(private)} things")  # noqa: T201 - asked for with -rP
    assert said == []
    assert count >= 2000


def test_staff_do_find_what_is_private(world, private):
    """The things are there: the organiser sees the drafts, or the comparison above would compare nothing with nothing."""
    knock = knocker()
    for address in ("/offers/4731/", "/companies/hidden-works/"):
        assert knock("GET", address, world.carries["organiser"]).status_code == 200, address


def test_a_guard_that_is_switched_off_is_noticed(world, private, monkeypatch):
    """The control: with visibility gone, the comparison fails."""
    monkeypatch.setattr(type(Offer.objects.all()), "visible_to", lambda self, _visitor: self)
    monkeypatch.setattr(type(SourcingRequest.objects.all()), "visible_to", lambda self, _visitor: self)
    offers = [thing for thing in private if thing.name == "an offer that is draft"]
    said, _count = told_apart(world, offers, people=("outsider",))
    assert any("/offers/4730/" in line for line in said)
