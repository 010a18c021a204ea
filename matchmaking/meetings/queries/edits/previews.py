"""What a change would do, before it is done: whom it hits, where each would sit, who loses the time, who is left to people."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone

from matchmaking.meetings import planner
from matchmaking.meetings.models import MeetingRequest, MeetingSetup, MoveProposal, Seat
from matchmaking.meetings.queries.edits.after import Struck, ground_after, helped_at_once, new_place_of, struck_by
from matchmaking.meetings.queries.edits.kinds import Change, Kind, Parameters, read_change
from matchmaking.meetings.queries.problem import NO_TABLE, facts_of

KEPT_SECONDS = 600
PLANNING_SECONDS = 10


class Outcome(StrEnum):
    """What becomes of a meeting."""

    TIME = "time"  # another time, and perhaps another place
    PLACE = "place"  # the same time at another place
    INTERPRETER = "interpreter"  # the same time and place with another interpreter
    WAITS = "waits"  # it loses its time and waits for one
    TABLE = "table"  # it keeps its time and waits for a table
    BY_HAND = "by_hand"  # it is too near, under way or locked: people deal with it, nothing is touched
    SAME = "same"  # it stays as it is


@dataclass(frozen=True)
class Hit:
    """One meeting that the change touches. `is_struck`: it stands on what goes away; else it moves to make room.

    `reason` says why it waits (a word of the planner, with `data`) or is left to people ("running", "near", "locked", "left").
    """

    meeting: int
    version: int
    before: planner.Seat
    after: planner.Seat | None
    outcome: Outcome
    is_struck: bool = True
    reason: str = ""
    data: tuple[tuple[str, int | str | None], ...] = ()


@dataclass(frozen=True)
class Preview:
    """A change with all that it would do. `digest` names exactly this: doing it asks for the digest, and refuses when it is another by then."""

    kind: str
    parameters: Parameters
    subject: str
    struck: tuple[Struck, ...]
    hits: tuple[Hit, ...]
    requests: int
    proposals: int
    companies: int
    people: int
    places: int
    digest: str

    def of(self, *outcomes: Outcome) -> list[Hit]:
        """Return the meetings that come to one of these."""
        return [hit for hit in self.hits if hit.outcome in outcomes]

    @property
    def counts(self) -> dict[str, int]:
        """How many meetings are struck and do not simply stay, move to make room, and come to what; requests that get another time; companies and people told; places that close."""
        by_outcome = {str(outcome): len(self.of(outcome)) for outcome in Outcome}
        return {
            "struck": sum(hit.is_struck and hit.outcome != Outcome.SAME for hit in self.hits),
            "making_room": sum(not hit.is_struck for hit in self.hits),
            **by_outcome,
            "requests": self.requests,
            "proposals": self.proposals,
            "companies": self.companies,
            "people": self.people,
            "places": self.places,
        }

    @property
    def seats(self) -> dict[int, planner.Seat | None]:
        """The seats that would be given, by meeting; None for those who lose their time."""
        return {hit.meeting: hit.after for hit in self.hits if hit.outcome != Outcome.BY_HAND}


def preview(setup: MeetingSetup, kind: str, given: Mapping[str, Any], *, now: datetime | None = None) -> Preview:
    """Return what the change would do; nothing is written. It is kept for ten minutes by its digest, so that doing it need not plan anew.

    Up to about twenty queries, whatever the size of the expo, and some seconds of planning at eighteen thousand buyers.

    Raises:
        Invalid: by field.
    """
    now = now or timezone.now()
    change = read_change(setup, kind, given, now)
    struck = struck_by(setup, change, now)
    hits = _hits(setup, change, struck, now) if struck else ()
    companies, people = _touched([hit.meeting for hit in hits if hit.outcome != Outcome.SAME])
    made = Preview(
        kind=change.kind,
        parameters=change.parameters,
        subject=change.subject,
        struck=tuple(struck),
        hits=hits,
        requests=_requests(setup, change).count() if change.slot is not None or change.roles[0] else 0,
        proposals=_proposals(change),
        companies=companies,
        people=people,
        places=len(change.places),
        digest=_digest(setup, change, hits),
    )
    cache.set(_key(made.digest), made, KEPT_SECONDS)
    return made


def kept_preview(digest: str) -> Preview | None:
    """Return the preview that the digest names, while it is kept."""
    found: Preview | None = cache.get(_key(digest)) if digest else None
    return found


def _key(digest: str) -> str:
    return f"meeting-edit:{digest}"


def _digest(setup: MeetingSetup, change: Change, hits: tuple[Hit, ...]) -> str:
    said = [setup.edition_id, change.kind, change.parameters, [asdict(hit) for hit in hits]]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _hits(setup: MeetingSetup, change: Change, struck: list[Struck], now: datetime) -> tuple[Hit, ...]:
    if change.booth is not None:
        return tuple(_moved_along(one, change) for one in struck)
    near = [one for one in struck if one.is_near and not _is_for_people(one, change)]
    helped = helped_at_once(setup, change, near)
    by_hand = {one.meeting: _why_by_hand(one) for one in struck if _is_for_people(one, change)}
    waiting = {one.meeting for one in near if one.meeting not in helped and one.meeting not in by_hand}
    hits = [
        Hit(one.meeting, one.version, one.seat, one.seat, Outcome.BY_HAND, reason=by_hand[one.meeting])
        for one in struck
        if one.meeting in by_hand
    ]
    hits += [_without_place(one, change) for one in struck if one.meeting in waiting]
    if len(hits) < len(struck):
        hits += _planned(setup, change, struck, left={*by_hand, *waiting}, helped=helped, now=now)
    return tuple(sorted(hits, key=lambda hit: hit.meeting))


def _moved_along(one: Struck, change: Change) -> Hit:
    """At the new booth there are as many desks: all go there at their time, locked ones, too. What is under way ends where it is."""
    if one.is_running or one.is_left:
        return Hit(one.meeting, one.version, one.seat, one.seat, Outcome.BY_HAND, reason=_why_by_hand(one))
    return Hit(one.meeting, one.version, one.seat, replace(one.seat, place=new_place_of(change)), Outcome.PLACE)


def _is_for_people(one: Struck, change: Change) -> bool:
    """Under way, locked, or so near that its time cannot change, while the time is what goes."""
    return one.is_running or one.is_locked or one.is_left or (one.is_near and not change.keeps_time)


def _why_by_hand(one: Struck) -> str:
    return "running" if one.is_running else "left" if one.is_left else "locked" if one.is_locked else "near"


def _without_place(one: Struck, change: Change) -> Hit:
    """A meeting of the next hour for which nothing is free: it waits for a table at its time; without an interpreter people help."""
    if change.kind == Kind.INTERPRETER_AWAY:
        return Hit(one.meeting, one.version, one.seat, one.seat, Outcome.BY_HAND, reason="near")
    return Hit(one.meeting, one.version, one.seat, planner.Seat(one.seat.slot, None, one.seat.interpreter), Outcome.TABLE)


def _planned(
    setup: MeetingSetup, change: Change, struck: list[Struck], *, left: set[int], helped: Mapping[int, planner.Seat], now: datetime
) -> list[Hit]:
    """Ask the planner for seats with the fewest moves: of those who are struck, and of those who make room."""
    facts = facts_of(setup.edition, now=now)
    before = {pk: seat for pk, seat in facts.seats.items() if pk not in left}
    after = ground_after(facts.problem, change, setup, seats=before, without_table=_without_table(struck), helped=helped)
    plan = planner.repair_plan(after, before | dict(helped), seconds=PLANNING_SECONDS).plan
    versions = {one.meeting: one.version for one in struck if one.meeting in before}
    seats = dict(plan.seats) | dict(helped)
    hits = [_hit(pk, version, before=before[pk], seat=seats.get(pk), plan=plan, change=change) for pk, version in versions.items()]
    others = {pk: seat for pk, seat in seats.items() if pk in before and pk not in versions and _moves(before[pk], seat)}
    return hits + [
        Hit(pk, facts.versions[pk], before[pk], seat, _outcome(before[pk], seat), is_struck=False) for pk, seat in others.items()
    ]


def _without_table(struck: list[Struck]) -> set[int]:
    """Who waits for a table already, and is given another time, gets a table with it."""
    return {one.meeting for one in struck if one.seat.place is None}


def _moves(before: planner.Seat, after: planner.Seat) -> bool:
    """Whether somebody moves to make room. Who merely waits for a table finds one by itself."""
    return before != after and not (before.place == NO_TABLE and before.slot == after.slot)


def _hit(pk: int, version: int, *, before: planner.Seat, seat: planner.Seat | None, plan: planner.Plan, change: Change) -> Hit:
    if seat is None:
        reason = next((one for one in plan.unseated if one.request == pk), None)
        data = tuple(sorted(reason.data.items())) if reason is not None else ()
        return Hit(pk, version, before, None, Outcome.WAITS, reason=str(reason.reason) if reason is not None else "", data=data)
    outcome = Outcome.TIME if change.kind == Kind.MOVE_SLOT else _outcome(before, seat)
    return Hit(pk, version, before, seat, outcome)


def _outcome(before: planner.Seat, after: planner.Seat) -> Outcome:
    if after.slot != before.slot:
        return Outcome.TIME
    if after.place != before.place:
        return Outcome.PLACE
    return Outcome.INTERPRETER if after.interpreter != before.interpreter else Outcome.SAME


def _requests(setup: MeetingSetup, change: Change) -> QuerySet[MeetingRequest]:
    """The pending requests that the change concerns: with this time on the table, or from the one role to the other."""
    rows: QuerySet[MeetingRequest] = MeetingRequest.objects.pending().filter(edition=setup.edition_id)
    if change.slot is not None:
        return rows.filter(slot=change.slot)
    return rows.filter(sender__role=change.roles[0], receiver__role=change.roles[1])


def _proposals(change: Change) -> int:
    if change.slot is None:
        return 0
    return MoveProposal.objects.filter(slot=change.slot, status=MoveProposal.Status.PENDING).count()


def _touched(meetings: list[int]) -> tuple[int, int]:
    """How many companies, and how many people who are named for them, are in these meetings. One query."""
    if not meetings:
        return 0, 0
    pairs = list(Seat.objects.filter(meeting__in=meetings).values_list("registration__company", "person"))
    people: set[int | None] = {person for _company, person in pairs}
    return len({company for company, _person in pairs}), len(people - {None})
