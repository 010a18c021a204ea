"""Taking a time and letting it go: all that a meeting needs in a slot, in one sorted insert, or nothing of it."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from expo.accounts.models import User
from matchmaking.meetings import errors, rules
from matchmaking.meetings.actions.common import Parties
from matchmaking.meetings.conflicts import OF_OCCUPANCY, broken_rule, hold_what_is_named, is_deadlock, is_kept_waiting
from matchmaking.meetings.models import Interpreter, Meeting, MeetingRequest, MeetingSetup, Occupancy, Place, Side, Slot
from matchmaking.meetings.queries.free import (
    alternatives_to,
    colleagues_of,
    free_slots,
    interpreters_for,
    taken_of,
    tongues_between,
    with_interpreter,
)
from matchmaking.meetings.queries.ground import Ground, Taken, ground_of, taken_rows
from matchmaking.meetings.queries.hiding import is_kept_back
from matchmaking.meetings.queries.places import are_online, free_desk_at, free_table, host_of
from matchmaking.participants.models import Registration

MOST_TRIES = 6
ONLINE = "Online"
Result = TypeVar("Result")


@dataclass
class Plan:
    """What a meeting would take in a slot: a desk of each registration, a place and its desk (none: it waits for one), people.

    `most` is how many meetings a desk may have on the day.
    """

    slot: Slot
    desks: dict[int, int]
    place: Place | None = None
    place_desk: int | None = None
    interpreter: Interpreter | None = None
    people: dict[int, User] = field(default_factory=dict)
    most: int = 1

    def rows(self, meeting: Meeting) -> list[Occupancy]:
        """The rows that hold it, in the one order in which all bookings write."""
        taken = [Occupancy(slot=self.slot, meeting=meeting, registration_id=pk, desk=desk) for pk, desk in sorted(self.desks.items())]
        if self.place is not None and self.place_desk is not None:
            taken.append(Occupancy(slot=self.slot, meeting=meeting, place=self.place, desk=self.place_desk))
        if self.interpreter is not None:
            taken.append(Occupancy(slot=self.slot, meeting=meeting, interpreter=self.interpreter))
        people = sorted({person.pk for person in self.people.values()})
        return [*taken, *(Occupancy(slot=self.slot, meeting=meeting, person_id=pk) for pk in people)]


def plan(
    request: MeetingRequest,
    parties: Parties,
    setup: MeetingSetup,
    slot: Slot,
    people: Mapping[int, User | None],
    *,
    own: Mapping[int, int | None] | None = None,
    ground: Ground | None = None,
) -> Plan:
    """Look what the meeting can take in the slot. `people` is who would come, by registration: who is busy then is left out.

    `own` are the desks that the meeting itself has on that day, by registration: they do not count against the day. `ground` is what
    `ground_ahead` has read.

    Raises:
        SlotTaken: one of the registrations meets somebody then, or keeps the time free.
        DayIsFull: every desk of one has as many meetings that day as it may.
        NoInterpreter: one is needed, and none is free.
    """
    registrations = list(parties.registrations.values())
    host = _host(request, parties)
    wanted = {pk: person for pk, person in people.items() if person is not None}
    if ground is None:
        coming = [person.pk for person in wanted.values()]
        ground = ground_of(registrations, setup, day=slot.day, people=coming, places=_booth_of(host), place_slot=slot.pk)
    made = Plan(
        slot,
        _desks(ground, registrations, slot, own or {}),
        people=_free_people(ground, wanted, slot),
        most=ground.most_a_day.get(slot.day, 1),
    )
    if request.needs_interpreter:
        made.interpreter = _interpreter(request, parties, slot)
    _find_place(made, registrations, host, ground)
    return made


def ground_ahead(request: MeetingRequest, parties: Parties, setup: MeetingSetup, people: Mapping[int, User | None]) -> Ground:
    """Read all days to come, once for choosing the time and for `plan`. Two queries."""
    coming = [person.pk for person in people.values() if person is not None]
    places = _booth_of(_host(request, parties))
    registrations = list(parties.registrations.values())
    return ground_of(registrations, setup, after=timezone.now(), people=coming, places=places, softly=True, apart_from=request)


def first_on(ground: Ground, request: MeetingRequest, parties: Parties) -> Slot | None:
    """Return the first slot of the ground at which all are free; None where there is none."""
    free = ground.free_for(parties.registrations.values())
    return next(iter(with_interpreter(free, request.edition_id, languages_needed(request, parties))), None)


def _host(request: MeetingRequest, parties: Parties) -> Registration | None:
    return None if are_online(parties.registrations.values()) else host_of(_in_order(request, parties))


def _booth_of(host: Registration | None) -> list[int]:
    """Return the number of the place at the host's booth, if there is one yet."""
    place: Place | None = getattr(host.booth, "meeting_place", None) if host is not None else None
    return [place.pk] if place is not None else []


def _in_order(request: MeetingRequest, parties: Parties) -> list[Registration]:
    """The one that was asked is the host, where both have a booth."""
    order = [request.receiver_id, request.sender_id, request.partner_id]
    return [parties.registrations[pk] for pk in order if pk is not None]


def _desks(ground: Ground, registrations: Sequence[Registration], slot: Slot, own: Mapping[int, int | None]) -> dict[int, int]:
    if any(ground.is_taken(one, slot) for one in registrations):
        raise errors.SlotTaken
    desks = {one.pk: ground.free_desk(one, slot, ignoring=own.get(one.pk)) for one in registrations}
    if None in desks.values():
        raise errors.DayIsFull
    return {pk: desk for pk, desk in desks.items() if desk is not None}


def _free_people(ground: Ground, wanted: Mapping[int, User], slot: Slot) -> dict[int, User]:
    """Nobody sits in two meetings, nor twice in one: then the company has to send somebody else."""
    coming: dict[int, User] = {}
    for registration, person in wanted.items():
        if not ground.is_busy(person.pk, slot) and person.pk not in {other.pk for other in coming.values()}:
            coming[registration] = person
    return coming


def _interpreter(request: MeetingRequest, parties: Parties, slot: Slot) -> Interpreter:
    able = interpreters_for(request.edition_id, languages_needed(request, parties))
    taken = taken_of(able, [slot.pk])
    found = next((one for one in able if (one.pk, slot.pk) not in taken), None)
    if found is None:
        raise errors.NoInterpreter
    return found


def languages_needed(request: MeetingRequest, parties: Parties) -> tuple[str, ...]:
    """Return between which languages the request's interpreter stands; none where the two have one in common, or want nobody."""
    if not request.needs_interpreter:
        return ()
    sender, receiver = parties.registrations[request.sender_id], parties.registrations[request.receiver_id]
    return tongues_between(parties.people_of(sender), parties.people_of(receiver))


def place_in(request: MeetingRequest, parties: Parties, slot: Slot) -> tuple[Place | None, int | None]:
    """Return a place that is free in the slot, and its desk; none where all are taken."""
    registrations = list(parties.registrations.values())
    host = _host(request, parties)
    made, ground = Plan(slot, {}), Ground({}, {})
    if host is not None:
        for row in taken_rows(Occupancy.objects.filter(slot=slot, place__booth=host.booth_id)):
            ground.add(Taken(*row))
    _find_place(made, registrations, host, ground)
    return made.place, made.place_desk


def _find_place(made: Plan, registrations: Collection[Registration], host: Registration | None, ground: Ground) -> None:
    """Set the place and its desk: at the host's booth, else at a table; none where all are taken."""
    edition = made.slot.edition_id
    if are_online(registrations):
        made.place = Place.objects.get_or_create(edition_id=edition, kind=Place.Kind.ONLINE, code=ONLINE, defaults={"capacity": 1000})[0]
        return
    if host is not None:
        booth = place_at_booth(host)
        made.place_desk = free_desk_at(booth, host, ground.places[booth.pk, made.slot.pk])
        made.place = booth if made.place_desk is not None else None
    if made.place is None:
        halls = [one.booth.hall for one in (*registrations, host) if one is not None and one.booth is not None]
        made.place = free_table(edition, made.slot, halls)
        made.place_desk = 1 if made.place is not None else None


def place_at_booth(host: Registration) -> Place:
    """Return the meeting place at the exhibitor's booth, which the registration was read with; it is made when it is needed first."""
    booth = host.booth
    if booth is None:
        raise LookupError(host.pk)
    try:
        found: Place = booth.meeting_place
    except Place.DoesNotExist:
        columns = {"edition_id": booth.edition_id, "kind": Place.Kind.BOOTH, "hall_id": booth.hall_id, "code": booth.code}
        found = Place.objects.get_or_create(booth=booth, defaults={**columns, "capacity": host.parallel_meetings})[0]
    found.hall = booth.hall
    return found


def take(meeting: Meeting, made: Plan) -> None:
    """Write all that the meeting takes, in one statement: the database refuses whatever is taken by then."""
    Occupancy.objects.bulk_create(made.rows(meeting))


def keep_to_the_day(made: Plan, setup: MeetingSetup) -> None:
    """Look again, now that the time is taken, whether each desk has no more meetings on the day than it may. Three queries, on PostgreSQL four.

    Whether the time and the place still stand as they were read, too, and the interpreter is there: who changes the timetable, closes a place,
    moves an exhibitor or notes an interpreter's absences locks that row and waits for whoever writes into it; whoever writes later sees what
    they changed.

    Who takes another time of the same day for the same registration at the same moment comes one after the other here: the lock is held to
    the end of the transaction, and the count is exact.

    Raises:
        DayIsFull, SlotTaken, NoInterpreter: the transaction must not be committed.
    """
    hold_what_is_named()
    locked = Registration.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=made.desks).order_by("pk")
    desks = dict(locked.values_list("pk", "parallel_meetings"))
    here = Q(place=made.place, slot=made.slot) if made.place_desk is not None else Q()
    taken = Occupancy.objects.filter(Q(registration__in=made.desks) | here, slot__day=made.slot.day, meeting__isnull=False)
    read = ("registration", "desk", "slot", "slot__starts_at", "slot__kind", "slot__removed_at")
    of_place = ("place__kind", "place__closed_at", "place__booth__registration")
    rows = list(taken.filter(slot__edition=setup.edition_id).values_list(*read, *of_place))
    own = (made.slot.pk, made.slot.starts_at, Slot.Kind.MEETING, None)
    if {row[2:6] for row in rows if row[2] == made.slot.pk} != {own} or any(made.desks[pk] > number for pk, number in desks.items()):
        raise errors.SlotTaken
    if any(closed or (kind == Place.Kind.BOOTH and host is None) for *_slot, kind, closed, host in rows if kind is not None):
        raise errors.SlotTaken
    if made.interpreter is not None and not _is_there(made.interpreter, made.slot):
        raise errors.NoInterpreter
    counted = Counter(row[:2] for row in rows)
    if any(counted[pk, desk] > made.most for pk, desk in made.desks.items()):
        raise errors.DayIsFull


def _is_there(interpreter: Interpreter, slot: Slot) -> bool:
    return Interpreter.objects.filter(pk=interpreter.pk, is_active=True).exclude(absences__slot=slot).exists()


def let_go(meeting: Meeting) -> None:
    """Give back all that the meeting holds."""
    Occupancy.objects.filter(meeting=meeting).delete()


def booked(attempt: Callable[[], Result], request: MeetingRequest, wanted: Callable[[], Slot | None]) -> Result:
    """Make the attempt, in a transaction of its own, until it holds or somebody else has the time.

    Who takes the same table, desk or person a moment earlier makes the insert fail; looking again finds the next one, or that there is
    none. Two meetings that change places with each other may wait for each other: the database lets one of them begin anew. Then nothing is written, and the refusal carries up to three times at which all are free.

    Raises:
        SlotTaken, DayIsFull, NoInterpreter: with alternatives.
    """
    for number in range(MOST_TRIES):
        try:
            with transaction.atomic():
                return attempt()
        except errors.SlotTaken as refusal:
            raise type(refusal)(alternatives_of(request, wanted())) from refusal
        except (IntegrityError, OperationalError) as fault:
            if broken_rule(fault) not in OF_OCCUPANCY and not is_deadlock(fault) and not is_kept_waiting(fault):
                raise
            if number == MOST_TRIES - 1 or is_kept_waiting(fault):
                raise errors.SlotTaken(alternatives_of(request, wanted())) from fault
    raise errors.SlotTaken


def alternatives_of(request: MeetingRequest, slot: Slot | None, *, side: str = Side.RECEIVER) -> list[Slot]:
    """Return up to three times at which all of the request are free, nearest to the one wanted; for the sender all of whom it may know."""
    parties = [one for one in request.parties if side == Side.RECEIVER or not is_kept_back(request, one)]
    languages: tuple[str, ...] = ()
    if request.needs_interpreter:
        people = colleagues_of([request.sender.company_id, request.receiver.company_id])
        languages = tongues_between(people[request.sender.company_id], people[request.receiver.company_id])
    return alternatives_to(slot, free_slots(*parties, apart_from=request, languages=languages))


def first_free(request: MeetingRequest, parties: Parties, *, side: str = Side.RECEIVER) -> Slot | None:
    """Return the first slot at which all of the request are free, for the sender all of whom it may know; None where there is none."""
    known = [one for one in parties.registrations.values() if side == Side.RECEIVER or not is_kept_back(request, one)]
    found = free_slots(*known, most=1, apart_from=request, languages=languages_needed(request, parties))
    return found[0] if found else None


def refuse_unbookable(slot: Slot | None, setup: MeetingSetup, now: datetime) -> None:
    """Raise TooLate where the slot is not one of the edition in which there is still time to meet."""
    if slot is not None and (slot.edition_id != setup.edition_id or not rules.is_bookable(slot, now)):
        raise errors.TooLate
