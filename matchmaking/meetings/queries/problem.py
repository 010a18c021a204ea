"""An edition's meetings as facts for the planner: who would meet whom, when each is free, where there is room. Read from the rows, nothing written."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from expo.editions.models import Edition
from expo.venue.models import Hall
from matchmaking.meetings import planner
from matchmaking.meetings.models import Interpreter, InterpreterAbsence, Meeting, MeetingSetup, Occupancy, Place, Slot
from matchmaking.meetings.queries.free import colleagues_of, tongues_between
from matchmaking.meetings.queries.places import walking_minutes
from matchmaking.meetings.queries.proposing import Proposal, best_scores, proposals_for
from matchmaking.meetings.rules import BEFORE_THE_SLOT, LAST_MINUTES
from matchmaking.participants.models import Registration

NO_TABLE = -1
NOWHERE = 0
ANY_LANGUAGE = "any"
WISHED, PROPOSED = 2, 0
Status = Meeting.Status
SEATED = (Status.SCHEDULED, Status.HELD, Status.NO_SHOW, Status.DISPUTED)


@dataclass(frozen=True)
class Facts:
    """What a plan is made from: the problem, where everybody sits now, what its negative requests are, which meetings are in which version."""

    problem: planner.Problem
    seats: dict[int, planner.Seat]
    proposals: dict[int, Proposal]
    versions: dict[int, int]

    @property
    def digest(self) -> str:
        """A word for the problem: the same facts and seed have the same."""
        return digest_of(self.problem)


def facts_of(
    edition: Edition,
    *,
    seed: int = 0,
    with_proposals: bool = False,
    keep_times: bool = False,
    now: datetime | None = None,
    changes: planner.Changes | None = None,
) -> Facts:
    """Read all that the planner asks, in at most sixteen queries, whatever the size.

    `keep_times`: whoever has a time that stands keeps it, as a plan for those without one wants it. See `problem_of`.
    """
    reading = _Reading(edition, now or timezone.now(), keep_times=keep_times)
    proposals = proposals_for(edition, reading.setup, reading.now) if with_proposals else []
    by_request = {-each.match: each for each in proposals}
    requests = [*reading.requests(), *(reading.proposed(key, each) for key, each in by_request.items())]
    problem = planner.Problem(
        slots=reading.slots(),
        participants=reading.participants({side for request in requests for side in request.sides}),
        requests=tuple(requests),
        places=reading.places(),
        interpreters=reading.interpreters({request.skill for request in requests if request.skill is not None}),
        walking=reading.walking(),
        seed=seed,
    )
    if changes is not None:
        problem = planner.after_changes(problem, changes)
    return Facts(problem, reading.seats, by_request, {row.pk: row.version for row in reading.meetings})


def problem_of(
    edition: Edition,
    *,
    seed: int = 0,
    with_proposals: bool = False,
    now: datetime | None = None,
    changes: planner.Changes | None = None,
) -> planner.Problem:
    """Return the problem as it is now: a request's id is its meeting's number; proposals have negative ones, see `Facts.proposals`.

    From today on. Locked are meetings that are locked, have begun, or begin within sixty minutes; no other begins within thirty. A meeting that
    has a time and no table yet sits at the place NO_TABLE, and one at a table keeps the table although its host has a booth. What already stands
    may stand, though a day is fuller than it may be now. A booth that has no `Place` yet is none: `actions.planning.prepare_places` makes them.
    """
    return facts_of(edition, seed=seed, with_proposals=with_proposals, now=now, changes=changes).problem


def digest_of(problem: planner.Problem) -> str:
    """Return a word for the problem: the same facts and seed have the same, in whatever order they were read."""

    def plain(value: Any) -> Any:
        return sorted(value) if isinstance(value, frozenset | set) else str(value)

    parts: list[Any] = [[asdict(one) for one in rows] for rows in (problem.slots, problem.places, problem.interpreters)]
    parts += [[asdict(one) for one in rows] for rows in (problem.participants, problem.requests)]
    walking = sorted([one, other, minutes] for (one, other), minutes in problem.walking.items())
    said = json.dumps([parts, walking, problem.seed], default=plain, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Row:
    """A meeting as the planner needs it."""

    pk: int
    version: int
    status: str
    slot: int | None
    place: int | None
    interpreter: int | None
    is_locked: bool
    sender: int
    receiver: int
    partner: int | None
    needs_interpreter: bool

    @property
    def sides(self) -> tuple[int, ...]:
        return tuple(one for one in (self.sender, self.receiver, self.partner) if one is not None)


COLUMNS = (
    "pk", "version", "status", "slot", "place", "interpreter", "is_locked", "request__sender", "request__receiver", "request__partner",
    "request__needs_interpreter",
)  # fmt: skip


class _Reading:
    """The rows of an edition, each table read once."""

    def __init__(self, edition: Edition, now: datetime, *, keep_times: bool) -> None:
        self.edition, self.now, self.keep_times = edition, now, keep_times
        self.setup = MeetingSetup.objects.get(edition=edition)
        self.today = now.astimezone(ZoneInfo(edition.time_zone)).date()
        self.timetable = {slot.pk: slot for slot in Slot.objects.for_meetings().filter(edition=edition, day__gte=self.today)}
        self.near = frozenset(pk for pk, slot in self.timetable.items() if slot.starts_at <= now + BEFORE_THE_SLOT)
        self.meetings = self._meetings()
        self.registrations = {one.pk: one for one in Registration.objects.filter(edition=edition)}
        self.at_booth = {one.booth_id: one for one in self.registrations.values() if one.booth_id is not None}
        self.rooms = {place.pk: place for place in Place.objects.open().filter(edition=edition).order_by("pk")}
        self.booths = {place.booth_id: place.pk for place in self.rooms.values() if place.booth_id is not None}
        self.online = next((place.pk for place in self.rooms.values() if place.kind == Place.Kind.ONLINE), None)
        self.pool = list(Interpreter.objects.filter(edition=edition, is_active=True).order_by("pk"))
        self.languages: dict[str, tuple[str, ...]] = {}
        self.seats = {row.pk: self._seat(row) for row in self.meetings if row.slot is not None and row.status in SEATED}

    def _meetings(self) -> list[_Row]:
        """What is to come of something from today on, and what of today is over, in the order of numbers."""
        rows = Meeting.objects.filter(edition=self.edition, status__in=[*Meeting.LIVE, *SEATED]).exclude(slot__day__lt=self.today)
        found = (_Row(*row) for row in rows.order_by("pk").values_list(*COLUMNS))
        return [row for row in found if row.status in Meeting.LIVE or row.slot in self.timetable]

    def _seat(self, row: _Row) -> planner.Seat:
        return planner.Seat(row.slot or 0, row.place if row.place is not None else NO_TABLE, row.interpreter)

    # When, and where.

    def slots(self) -> tuple[planner.Slot, ...]:
        zone, found, of_day = ZoneInfo(self.edition.time_zone), [], Counter[Any]()
        for slot in sorted(self.timetable.values(), key=lambda one: one.starts_at):
            begins = slot.starts_at.astimezone(zone)
            found.append(planner.Slot(slot.pk, slot.day.toordinal(), of_day[slot.day], begins.hour * 60 + begins.minute))
            of_day[slot.day] += 1
        return tuple(found)

    def places(self) -> tuple[planner.Place, ...]:
        waiting = planner.Place(NO_TABLE, NOWHERE, capacity=len(self.meetings) + 1)
        return (waiting, *(self._place(place) for place in self.rooms.values()))

    def _place(self, place: Place) -> planner.Place:
        """A booth takes as many meetings as its exhibitor has desks."""
        host = self.at_booth.get(place.booth_id) if place.booth_id is not None else None
        room = host.parallel_meetings if host is not None else place.capacity
        return planner.Place(place.pk, place.hall_id or NOWHERE, room, pool=place.kind == Place.Kind.TABLE)

    def walking(self) -> dict[tuple[int, int], int]:
        halls = Hall.objects.filter(pk__in={place.hall_id for place in self.rooms.values() if place.hall_id is not None}).order_by("pk")
        return {(one.pk, other.pk): walking_minutes(one, other, self.setup.walking_minutes) for one, other in combinations(halls, 2)}

    # Who.

    def participants(self, wanted: Collection[int]) -> tuple[planner.Participant, ...]:
        kept_free: dict[int, set[int]] = defaultdict(set)
        taken = Occupancy.objects.filter(meeting__isnull=True, registration__isnull=False, slot__in=self._times())
        for registration, slot in taken.values_list("registration", "slot"):
            kept_free[registration].add(slot)
        limits = self._most_a_day()
        held = self._held_a_day()
        return tuple(
            planner.Participant(
                pk,
                desks=self.registrations[pk].parallel_meetings,
                unavailable=frozenset(kept_free.get(pk, ())),
                minimum=self.setup.minimum_meetings,
                max_on={day: max(self.registrations[pk].parallel_meetings * most, held.get((pk, day), 0)) for day, most in limits.items()},
            )
            for pk in sorted(wanted)
        )

    def _times(self) -> Any:
        return Slot.objects.for_meetings().filter(edition=self.edition, day__gte=self.today).order_by().values("pk")

    def _most_a_day(self) -> dict[int, int]:
        """For each desk, by day: a few times are kept free, so that people eat."""
        counted = Counter(slot.day.toordinal() for slot in self.timetable.values())
        return {day: max(1, count - self.setup.free_slots_a_day) for day, count in sorted(counted.items())}

    def _held_a_day(self) -> Counter[tuple[int, int]]:
        """What stands may stand, though the rules have changed since."""
        held = Counter[tuple[int, int]]()
        for row in self.meetings:
            if row.pk in self.seats and row.slot in self.timetable:
                day = self.timetable[row.slot].day.toordinal()
                held.update((side, day) for side in row.sides)
        return held

    def interpreters(self, skills: Iterable[str]) -> tuple[planner.Interpreter, ...]:
        away: dict[int, set[int]] = defaultdict(set)
        asked = sorted(skills)
        if asked:
            for interpreter, slot in InterpreterAbsence.objects.filter(interpreter__in=self.pool).values_list("interpreter", "slot"):
                away[interpreter].add(slot)
        return tuple(
            planner.Interpreter(one.pk, frozenset(self._skills(one, asked)), frozenset(away.get(one.pk, ()))) for one in self.pool if asked
        )

    def _skills(self, one: Interpreter, asked: Sequence[str]) -> list[str]:
        spoken = set(one.languages)
        return [
            skill for skill in asked if skill == _own_word(one.pk) or (skill in self.languages and set(self.languages[skill]) <= spoken)
        ]

    # Who would meet whom.

    def requests(self) -> list[planner.Request]:
        scores = best_scores(self.edition, {(row.sender, row.receiver) for row in self.meetings})
        skills = self._languages_needed()
        return [self._request(row, scores, skills.get(row.pk)) for row in self.meetings]

    def _request(self, row: _Row, scores: Mapping[tuple[int, int], float], skill: str | None) -> planner.Request:
        seat = self.seats.get(row.pk)
        is_locked = seat is not None and self._stands(row, seat)
        return planner.Request(
            row.pk,
            row.sides,
            score=scores.get((row.sender, row.receiver), 0.0),
            wishes=WISHED,
            forbidden=frozenset() if is_locked else self.near,
            locked=seat if is_locked else None,
            place=self._home(row, seat),
            skill=self._skill_as_it_is(seat, skill) if is_locked and seat is not None else skill,
        )

    def _stands(self, row: _Row, seat: planner.Seat) -> bool:
        """Whether nothing may move it: it is locked, over, or too near; or it keeps its time, and time and place are there."""
        slot = self.timetable.get(seat.slot)
        if row.is_locked or row.status != Status.SCHEDULED:
            return True
        if slot is not None and slot.starts_at <= self.now + LAST_MINUTES:
            return True
        return self.keep_times and slot is not None and (seat.place in self.rooms or seat.place == NO_TABLE)

    def _skill_as_it_is(self, seat: planner.Seat, skill: str | None) -> str | None:
        """What does not move keeps its interpreter, or none, whatever would be asked for now."""
        if seat.interpreter is None:
            return None
        able = next((one for one in self.pool if one.pk == seat.interpreter), None)
        fits = able is not None and skill is not None and set(self.languages[skill]) <= set(able.languages)
        return skill if fits else _own_word(seat.interpreter)

    def proposed(self, key: int, each: Proposal) -> planner.Request:
        row = _Row(key, 0, Status.UNSCHEDULED, None, None, None, False, each.sender, each.receiver, None, False)
        return planner.Request(
            key, row.sides, score=each.score, wishes=PROPOSED, forbidden=self.near, place=self._home(row, None), skill=None
        )

    def _home(self, row: _Row, seat: planner.Seat | None) -> int | None:
        """Where they meet whenever they do: online, at the host's booth, or at no place of their own. Who sits at a table, or waits for one, is not sent to the booth."""
        if seat is not None and seat.place == NO_TABLE:
            return NO_TABLE
        parties = [self.registrations[pk] for pk in (row.receiver, row.sender, row.partner) if pk is not None]
        if any(one.attendance == Registration.Attendance.ONLINE for one in parties):
            return self.online
        booth = self._booth_of(parties)
        home = self.booths.get(booth) if booth is not None else None
        is_at_a_table = seat is not None and seat.place in self.rooms and self.rooms[seat.place].kind == Place.Kind.TABLE
        return seat.place if seat is not None and home is not None and is_at_a_table else home

    def _booth_of(self, parties: Sequence[Registration]) -> int | None:
        """The booth of the one that was asked, where both have one; else of the leader of one of them."""
        exhibitors = [one for one in parties if one.role == Registration.Role.EXHIBITOR]
        leaders = [self.registrations.get(one.led_by_id) for one in exhibitors if one.led_by_id is not None]
        found = [*exhibitors, *(leader for leader in leaders if leader is not None)]
        return next((one.booth_id for one in found if one.booth_id is not None), None)

    def _languages_needed(self) -> dict[int, str]:
        """What the interpreter of each meeting that wants one must know, as a word; `languages` says what the word means. One query where any does."""
        wanting = [row for row in self.meetings if row.needs_interpreter]
        people = (
            colleagues_of({self.registrations[pk].company_id for row in wanting for pk in (row.sender, row.receiver)}) if wanting else {}
        )
        found = {}
        for row in wanting:
            tongues = tongues_between(*(people[self.registrations[pk].company_id] for pk in (row.sender, row.receiver)))
            found[row.pk] = "-".join(sorted(tongues)) or ANY_LANGUAGE
            self.languages[found[row.pk]] = tongues
        return found


def _own_word(interpreter: int) -> str:
    """A skill that nobody else has: for who is to stay with a meeting."""
    return f"={interpreter}"
