"""Who is taken when: the one picture of desks, people and interpreters that suggestions and bookings are made from."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q

from matchmaking.meetings.models import MeetingRequest, MeetingSetup, Occupancy, Side, Slot
from matchmaking.meetings.rules import BEFORE_THE_SLOT
from matchmaking.participants.models import Registration


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
    places: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, row: Occupancy) -> None:
        """Note one taken resource."""
        if row.person_id is not None:
            self.people.add((row.person_id, row.slot_id))
        elif row.place_id is not None:
            self.places[row.place_id].add(row.desk or 0)
        elif row.registration_id is not None and row.desk is not None:
            if row.meeting_id is None:
                self.kept_free.add((row.registration_id, row.slot_id))
                return
            self.desks[row.registration_id][row.slot_id].add(row.desk)
            self.a_day[(row.registration_id, row.slot.day, row.desk)] += 1

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
    booths: Iterable[int] = (),
    place_slot: int | None = None,
    softly: bool = False,
    apart_from: MeetingRequest | None = None,
) -> Ground:
    """Read what is taken of the registrations, and of the people, on the day or on all days to come. Two queries; `softly` makes it three.

    `booths` and `place_slot` ask, in the same query, which desks at these booths are taken in that slot.
    """
    slots = Slot.objects.for_meetings().filter(edition=setup.edition_id)
    slots = slots.filter(day=day) if day is not None else slots
    listed: Sequence[Slot] = list(slots)
    of_day = Counter(slot.day for slot in listed)
    open_slots = {slot.pk: slot for slot in listed if after is None or slot.starts_at > after + BEFORE_THE_SLOT}
    ground = Ground(open_slots, {each: max(1, count - setup.free_slots_a_day) for each, count in of_day.items()})
    resources = Q(registration__in=[one.pk for one in parties])
    if people := list(people):
        resources |= Q(person__in=people)
    if booths := list(booths):
        resources |= Q(place__booth__in=booths, slot=place_slot)
    taken = Occupancy.objects.filter(resources, slot__edition=setup.edition_id).select_related("slot")
    for row in taken.filter(slot__day=day) if day is not None else taken.filter(slot__removed_at__isnull=True):
        ground.add(row)
    if softly:
        _hold_softly(ground, parties, apart_from)
    return ground


def _hold_softly(ground: Ground, parties: Collection[Registration], apart_from: MeetingRequest | None) -> None:
    """Who proposed a time keeps it for that request, until it is answered: in suggestions, and in what else it proposes."""
    numbers = [one.pk for one in parties]
    proposed = Q(sender__in=numbers, waits_for=Side.RECEIVER) | Q(receiver__in=numbers, waits_for=Side.SENDER)
    holding = MeetingRequest.objects.pending().filter(proposed, slot__isnull=False)
    holding = holding.exclude(is_proposal=True, is_delivered=False, waits_for=Side.SENDER)  # Laid ready: nobody has proposed it yet.
    if apart_from is not None:
        holding = holding.exclude(pk=apart_from.pk)
    for sender, receiver, waits_for, slot in holding.values_list("sender", "receiver", "waits_for", "slot"):
        ground.held[(sender if waits_for == Side.RECEIVER else receiver, slot)] += 1
