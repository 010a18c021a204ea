"""Who is taken when: the one picture of desks, people and interpreters that suggestions and bookings are made from."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from matchmaking.meetings.models import MeetingRequest, MeetingSetup, Occupancy, Side, Slot
from matchmaking.meetings.rules import BEFORE_THE_SLOT
from matchmaking.participants.models import Registration

COLUMNS = ("registration_id", "place_id", "person_id", "desk", "meeting_id", "slot_id", "slot__day")


class Taken(NamedTuple):
    """A row of what is taken; or, with `holder`, the registration that has proposed the slot to somebody, of which all else is None."""

    registration: int | None
    place: int | None
    person: int | None
    desk: int | None
    meeting: int | None
    slot: int
    day: date | None
    holder: int | None = None


@dataclass
class Ground:
    """The slots in question, by number, and what is taken in them. `most_a_day` is how many meetings a desk may have on a day."""

    slots: dict[int, Slot]
    most_a_day: dict[date, int]
    desks: dict[int, dict[int, set[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    kept_free: set[tuple[int, int]] = field(default_factory=set)
    a_day: Counter[tuple[int, date, int]] = field(default_factory=Counter)
    held: Counter[tuple[int, int]] = field(default_factory=Counter)
    people: set[tuple[int, int]] = field(default_factory=set)
    places: dict[tuple[int, int], set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, row: Taken) -> None:
        """Note one taken resource, or a time that is held."""
        if row.holder is not None:
            self.held[(row.holder, row.slot)] += 1
        elif row.person is not None:
            self.people.add((row.person, row.slot))
        elif row.place is not None:
            self.places[row.place, row.slot].add(row.desk or 0)
        elif row.registration is not None and row.desk is not None and row.day is not None:
            if row.meeting is None:
                self.kept_free.add((row.registration, row.slot))
                return
            self.desks[row.registration][row.slot].add(row.desk)
            self.a_day[(row.registration, row.day, row.desk)] += 1

    def free_for(self, parties: Collection[Registration]) -> list[Slot]:
        """Return the slots in which all of them are free, earliest first; what one has proposed to others counts as taken."""
        return [slot for slot in self.slots.values() if all(self.free_desk(one, slot, softly=True) for one in parties)]

    def free_desk(self, one: Registration, slot: Slot, *, softly: bool = False, ignoring: int | None = None) -> int | None:
        """Return the registration's first desk that is free in the slot and has room on that day, None where there is none.

        `softly` counts the times that it has proposed to others as taken. `ignoring` is a meeting's own desk that does not count.
        """
        if (one.pk, slot.pk) in self.kept_free:
            return None
        taken = self.desks[one.pk][slot.pk] if one.pk in self.desks else set()
        most = self.most_a_day.get(slot.day, 1)
        free = [
            desk
            for desk in range(1, one.parallel_meetings + 1)
            if desk not in taken and self.a_day[(one.pk, slot.day, desk)] - (desk == ignoring) < most
        ]
        held = self.held[(one.pk, slot.pk)] if softly else 0
        return free[held] if len(free) > held else None

    def is_taken(self, one: Registration, slot: Slot) -> bool:
        """Whether all desks are in use in the slot, or kept free, whatever the day allows."""
        taken = self.desks[one.pk][slot.pk] if one.pk in self.desks else set()
        return (one.pk, slot.pk) in self.kept_free or all(desk in taken for desk in range(1, one.parallel_meetings + 1))

    def is_busy(self, person: int, slot: Slot) -> bool:
        """Whether the person meets somebody then, or keeps the time free."""
        return (person, slot.pk) in self.people


def ground_of(
    parties: Collection[Registration],
    setup: MeetingSetup,
    *,
    day: date | None = None,
    after: datetime | None = None,
    people: Iterable[int] = (),
    places: Iterable[int] = (),
    place_slot: int | None = None,
    softly: bool = False,
    apart_from: MeetingRequest | None = None,
    listed: Sequence[Slot] | None = None,
) -> Ground:
    """Read what is taken of the registrations, and of the people, on the day or on all days to come. Two queries.

    `places` asks, in the same query, which desks at these places are taken, in `place_slot` or in all slots; `softly` which times the
    registrations have proposed to others, apart from one request. `listed` are all slots of the edition for meetings, where they were read.
    """
    if listed is None:
        slots = Slot.objects.for_meetings().filter(edition=setup.edition_id)
        listed = list(slots.filter(day=day) if day is not None else slots)
    of_day = Counter(slot.day for slot in listed)
    open_slots = {slot.pk: slot for slot in listed if after is None or slot.starts_at > after + BEFORE_THE_SLOT}
    ground = Ground(open_slots, {each: max(1, count - setup.free_slots_a_day) for each, count in of_day.items()})
    resources = Q(registration__in=[one.pk for one in parties])
    if people := list(people):
        resources |= Q(person__in=people)
    if places := list(places):
        resources |= Q(place__in=places, slot=place_slot) if place_slot is not None else Q(place__in=places)
    on = {"slot__day": day} if day is not None else {"slot__removed_at__isnull": True}
    rows = taken_rows(Occupancy.objects.filter(resources, slot__edition=setup.edition_id, **on))
    for row in rows.union(_held_rows(parties, apart_from), all=True) if softly else rows:
        ground.add(Taken(*row))
    return ground


def taken_rows(rows: QuerySet[Occupancy]) -> Any:
    """Return the rows as `Taken` has its columns."""
    return rows.order_by().values_list(*COLUMNS, _nothing())


def _nothing() -> Value:
    return Value(None, output_field=IntegerField())


def _held_rows(parties: Collection[Registration], apart_from: MeetingRequest | None) -> Any:
    """Who proposed a time keeps it for that request, until it is answered: in suggestions, and in what else it proposes."""
    numbers = [one.pk for one in parties]
    proposed = Q(sender__in=numbers, waits_for=Side.RECEIVER) | Q(receiver__in=numbers, waits_for=Side.SENDER)
    holding = MeetingRequest.objects.pending().filter(proposed, slot__isnull=False)
    holding = holding.exclude(is_proposal=True, is_delivered=False, waits_for=Side.SENDER)  # Laid ready: nobody has proposed it yet.
    if apart_from is not None:
        holding = holding.exclude(pk=apart_from.pk)
    holder = Case(When(waits_for=Side.RECEIVER, then=F("sender_id")), default=F("receiver_id"), output_field=IntegerField())
    return holding.order_by().values_list(*(_nothing() for _column in COLUMNS[:5]), "slot_id", "slot__day", holder)
