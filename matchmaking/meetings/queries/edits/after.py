"""The planner's ground as it would be after a change, and who is left to people or helped at the same time."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from zoneinfo import ZoneInfo

from matchmaking.meetings import planner, rules
from matchmaking.meetings.models import Interpreter, Meeting, MeetingSetup, Occupancy, Place, Slot
from matchmaking.meetings.queries.edits.kinds import Change, Kind
from matchmaking.meetings.queries.places import metres_between

NO_ROW_YET = -1_000_000_000  # The planner's number of a booth that is no meeting place yet, counted down from here.


@dataclass(frozen=True)
class Struck:
    """A booked meeting that stands on what goes away. `is_left`: its time went before, and it was left to people."""

    meeting: int
    seat: planner.Seat
    version: int
    is_locked: bool
    is_running: bool
    is_near: bool
    is_left: bool


def struck_by(setup: MeetingSetup, change: Change, now: datetime) -> list[Struck]:
    """Return the scheduled meetings that the change hits, by number; those that are over are not among them. One query, or none."""
    if not change.takes_away:
        return []
    rows = Meeting.objects.filter(change.hit, edition=setup.edition_id, status=Meeting.Status.SCHEDULED, slot__ends_at__gt=now)
    columns = ("pk", "slot", "place", "interpreter", "version", "is_locked", "slot__starts_at", "slot__removed_at", "slot__kind")
    return [
        Struck(
            meeting=pk,
            seat=planner.Seat(slot, place, interpreter),
            version=version,
            is_locked=is_locked,
            is_running=begins <= now,
            is_near=now < begins <= now + rules.LAST_MINUTES,
            is_left=removed_at is not None or kind != Slot.Kind.MEETING,
        )
        for pk, slot, place, interpreter, version, is_locked, begins, removed_at, kind in rows.order_by("pk")
        .distinct()
        .values_list(*columns)
    ]


def new_place_of(change: Change) -> int:
    """Return the number of the place at the new booth; below nought where the booth has none yet."""
    if change.booth is None:
        raise LookupError(change.kind)
    place: Place | None = getattr(change.booth, "meeting_place", None)
    return place.pk if place is not None else NO_ROW_YET - change.booth.pk


def helped_at_once(setup: MeetingSetup, change: Change, near: Collection[Struck]) -> dict[int, planner.Seat]:
    """Return where the meetings of the next hour go at the same time: the nearest free table, another interpreter.

    Who finds nothing is not among them. Up to five queries.
    """
    if not near or not change.keeps_time:
        return {}
    if change.kind == Kind.INTERPRETER_AWAY:
        return _other_interpreters(setup, change, near)
    return _nearest_tables(setup, change, near)


def _nearest_tables(setup: MeetingSetup, change: Change, near: Collection[Struck]) -> dict[int, planner.Seat]:
    slots = {one.seat.slot for one in near}
    taken = set(Occupancy.objects.filter(slot__in=slots, place__isnull=False).values_list("slot", "place"))
    old = {place.pk: place.hall for place in Place.objects.filter(pk__in=[one.seat.place for one in near]).select_related("hall")}
    rows = Place.objects.tables().filter(edition=setup.edition_id).exclude(pk__in=change.places).select_related("hall")
    tables = [(table, table.hall) for table in rows if table.hall is not None]
    found = {}
    for one in near:
        hall = old.get(one.seat.place or 0)
        free = (
            []
            if hall is None
            else [
                ((metres_between(there, hall), len(table.code), table.code), table)
                for table, there in tables
                if (one.seat.slot, table.pk) not in taken
            ]
        )
        if not free:
            continue
        table = min(free, key=itemgetter(0))[1]
        taken.add((one.seat.slot, table.pk))
        found[one.meeting] = replace(one.seat, place=table.pk)
    return found


def _other_interpreters(setup: MeetingSetup, change: Change, near: Collection[Struck]) -> dict[int, planner.Seat]:
    if change.interpreter is None:
        return {}
    wanted = set(change.interpreter.languages)
    pool = Interpreter.objects.filter(edition=setup.edition_id, is_active=True).exclude(pk=change.interpreter.pk).order_by("pk")
    able = [one for one in pool.prefetch_related("absences") if wanted <= set(one.languages)]
    slots = {one.seat.slot for one in near}
    taken = set(Occupancy.objects.filter(slot__in=slots, interpreter__in=able).values_list("slot", "interpreter"))
    taken |= {(absence.slot_id, one.pk) for one in able for absence in one.absences.all()}
    found = {}
    for one in near:
        other = next((each for each in able if (one.seat.slot, each.pk) not in taken), None)
        if other is not None:
            taken.add((one.seat.slot, other.pk))
            found[one.meeting] = replace(one.seat, interpreter=other.pk)
    return found


def ground_after(
    problem: planner.Problem,
    change: Change,
    setup: MeetingSetup,
    *,
    seats: Mapping[int, planner.Seat],
    without_table: Collection[int],
    helped: Mapping[int, planner.Seat],
) -> planner.Problem:
    """Return the problem after the change, with the requests that are booked, those in `seats`, and none that waits.

    `helped` have a seat of their own already, and keep it. `without_table` wait for a table, and may have one now.
    """
    problem = _with_requests(problem, change, {*seats}, helped, without_table)
    halls = {change.hall.pk} if change.hall is not None else set()
    problem = planner.after_changes(problem, planner.Changes(closed_halls=halls, closed_places=change.places, removed_slots=change.slots))
    if change.interpreter is not None:
        problem = replace(problem, interpreters=_without(problem.interpreters, change, helped))
    if change.capacity and change.place is not None:
        problem = _with_capacity(problem, change)
    if change.begins is not None:
        problem = _with_moved_slot(problem, change, setup)
    return _with_limits(problem, change, setup, seats) if change.slot is not None or change.capacity else problem


def _with_requests(
    problem: planner.Problem, change: Change, kept: set[int], helped: Mapping[int, planner.Seat], without_table: Collection[int]
) -> planner.Problem:
    requests = []
    for one in problem.requests:
        if one.id not in kept:
            continue
        made = replace(one, after=tuple(before for before in one.after if before in kept)) if one.after else one
        if one.id in without_table:
            made = replace(made, place=None)
        if one.id in helped:
            made = _staying(made, helped[one.id], change)
        requests.append(made)
    return replace(problem, requests=tuple(requests))


def _staying(request: planner.Request, seat: planner.Seat, change: Change) -> planner.Request:
    """Where it goes is settled: the planner only keeps others off. Another interpreter is kept for it by being away for everybody else."""
    if change.interpreter is not None:
        return replace(request, locked=planner.Seat(seat.slot, seat.place), skill=None)
    return replace(request, locked=seat, place=None)


def _without(pool: Iterable[planner.Interpreter], change: Change, helped: Mapping[int, planner.Seat]) -> tuple[planner.Interpreter, ...]:
    away = defaultdict[int, set[int]](set)
    if change.interpreter is not None:
        away[change.interpreter.pk] |= change.away
    for seat in helped.values():
        away[seat.interpreter or 0].add(seat.slot)
    return tuple(replace(one, unavailable=one.unavailable | away[one.id]) if one.id in away else one for one in pool)


def _with_capacity(problem: planner.Problem, change: Change) -> planner.Problem:
    place = change.place.pk if change.place is not None else 0
    host = change.registration.pk if change.registration is not None else 0
    return replace(
        problem,
        places=tuple(replace(one, capacity=change.capacity) if one.id == place else one for one in problem.places),
        participants=tuple(replace(one, desks=change.capacity) if one.id == host else one for one in problem.participants),
    )


def _with_moved_slot(problem: planner.Problem, change: Change, setup: MeetingSetup) -> planner.Problem:
    """The moved time keeps its number: whoever meets in it moves along, where the day and the order allow it."""
    if change.begins is None or change.slot is None:
        return problem
    begins = change.begins.astimezone(ZoneInfo(setup.edition.time_zone))
    new = {"day": begins.date().toordinal(), "starts_minute": begins.hour * 60 + begins.minute}
    moved = [replace(one, **new) if one.id == change.slot.pk else one for one in problem.slots]
    order = sorted(moved, key=lambda one: (one.day, one.starts_minute))
    return replace(problem, slots=tuple(replace(one, index=index) for index, one in enumerate(order)))


def _with_limits(problem: planner.Problem, change: Change, setup: MeetingSetup, seats: Mapping[int, planner.Seat]) -> planner.Problem:
    """A day with fewer times has room for fewer meetings of each desk; what stands on it may stand."""
    day_of = {slot.id: slot.day for slot in problem.slots}
    most = {day: max(1, count - setup.free_slots_a_day) for day, count in Counter(day_of.values()).items()}
    gone = change.slot.pk if change.slot is not None else 0
    held = Counter[tuple[int, int]]()
    for request in problem.requests:
        slot = seats[request.id].slot
        if slot != gone and slot in day_of:
            held.update((side, day_of[slot]) for side in request.sides)
    limited = (
        replace(one, max_on={day: max(one.desks * number, held[one.id, day]) for day, number in most.items()})
        for one in problem.participants
    )
    return replace(problem, participants=tuple(limited))
