"""Finding desks, places, interpreters and people for many meetings at once, in the memory: what is taken is read once, what does not fit is named."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from matchmaking.meetings import planner
from matchmaking.meetings.models import Interpreter, InterpreterAbsence, Meeting, MeetingSetup, Occupancy, Place, Seat, Slot
from matchmaking.participants.models import Registration

AT_ONCE = 2_000
KINDS = ("registration", "place", "interpreter", "person")
COLUMNS = (*KINDS, "slot", "desk", "meeting", "why")


@dataclass
class Ground:
    """The edition's timetable, places, interpreters and desks as they are now. Desks are by registration; a booth has those of its exhibitor."""

    slots: dict[int, Slot]
    places: dict[int, Place]
    interpreters: set[int]
    absent: set[tuple[int, int]]
    desks: dict[int, int]
    at_booth: dict[int, int]
    most_a_day: dict[date, int]

    def room_at(self, place: Place) -> int:
        """How many meetings the place takes at once."""
        return self.at_booth.get(place.booth_id or 0, place.capacity)


def ground_of(setup: MeetingSetup) -> Ground:
    """Read it. Five queries."""
    edition = setup.edition_id
    slots = {slot.pk: slot for slot in Slot.objects.for_meetings().filter(edition=edition)}
    counted = Counter(slot.day for slot in slots.values())
    interpreters = set(Interpreter.objects.filter(edition=edition, is_active=True).values_list("pk", flat=True))
    rows = list(Registration.objects.filter(edition=edition).values_list("pk", "parallel_meetings", "booth"))
    return Ground(
        slots=slots,
        places={place.pk: place for place in Place.objects.open().filter(edition=edition)},
        interpreters=interpreters,
        absent=set(InterpreterAbsence.objects.filter(interpreter__in=interpreters).values_list("interpreter", "slot")),
        desks={pk: desks for pk, desks, _booth in rows},
        at_booth={booth: desks for _pk, desks, booth in rows},
        most_a_day={day: max(1, count - setup.free_slots_a_day) for day, count in counted.items()},
    )


class Held(NamedTuple):
    """A row of Occupancy that is to be: of which kind the resource is, its number, when, at which desk, for which meeting."""

    kind: str
    resource: int
    slot: int
    desk: int | None
    meeting: int


@dataclass
class Wanted:
    """A meeting and the seat it is to have; what is found for it. `desks` are by registration, `people` by seat."""

    meeting: Meeting
    seats: Sequence[Seat]
    slot: Slot
    place: Place | None
    interpreter: int | None
    desks: dict[int, int] = field(default_factory=dict)
    place_desk: int | None = None
    people: dict[int, int] = field(default_factory=dict)

    def held(self) -> Iterator[Held]:
        """What it takes."""
        slot, meeting = self.slot.pk, self.meeting.pk
        yield from (Held("registration", pk, slot, desk, meeting) for pk, desk in self.desks.items())
        if self.place is not None and self.place_desk is not None:
            yield Held("place", self.place.pk, slot, self.place_desk, meeting)
        if self.interpreter is not None:
            yield Held("interpreter", self.interpreter, slot, None, meeting)
        yield from (Held("person", pk, slot, None, meeting) for pk in self.people.values())


@dataclass
class Fitting:
    """What others have on the days in question, and what is given out here. `wrong` says by meeting why it finds no room.

    `shuffled` are desks of meetings that stay where they are and change only their desk, so that no desk has more meetings a day than it may:
    by meeting and registration.
    """

    ground: Ground
    wrong: dict[int, str] = field(default_factory=dict)
    shuffled: dict[tuple[int, int], int] = field(default_factory=dict)
    taken: dict[tuple[int, date], dict[int, dict[int, int]]] = field(default_factory=dict)
    kept_free: set[tuple[int, int]] = field(default_factory=set)
    former: Counter[tuple[int, date]] = field(default_factory=Counter)
    at_places: dict[tuple[int, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    busy: set[tuple[str, int, int]] = field(default_factory=set)

    def read(self, days: Collection[date], lifted: Collection[int]) -> None:
        """Note what is taken on these days; the meetings in `lifted` let go of theirs. One query."""
        days_of = {pk: slot.day for pk, slot in self.ground.slots.items() if slot.day in days}
        columns = ("slot", "meeting", "registration", "desk", "place", "interpreter", "person")
        gone = set(lifted)
        rows = Occupancy.objects.filter(slot__in=days_of).order_by().values_list(*columns)
        for slot, meeting, registration, desk, place, interpreter, person in rows.iterator(chunk_size=5_000):
            if registration is not None and meeting is not None:
                self.former[registration, days_of[slot]] += 1
            if meeting in gone:
                continue
            if registration is not None and meeting is None:
                self.kept_free.add((registration, slot))
            elif registration is not None:
                self.taken.setdefault((registration, days_of[slot]), {}).setdefault(slot, {})[desk] = meeting
            elif place is not None:
                self.at_places[place, slot].add(desk)
            elif interpreter is not None:
                self.busy.add(("interpreter", interpreter, slot))
            else:
                self.busy.add(("person", person, slot))

    def fit(self, wanted: Sequence[Wanted]) -> None:
        """Find room for all of them; look at `wrong` afterwards."""
        for each in wanted:
            self._fit_place(each)
            self._fit_interpreter(each)
            self._fit_people(each)
        by_day: dict[tuple[int, date], list[tuple[Wanted, Seat]]] = defaultdict(list)
        for each in wanted:
            for seat in each.seats:
                by_day[seat.registration_id, each.slot.day].append((each, seat))
        for (registration, day), asking in sorted(by_day.items()):
            self._fit_desks(registration, day, asking)

    def most_on(self, registration: int, day: date) -> int:
        """The most meetings of a desk on a day; what stands may stand, though the rule is another now."""
        desks = max(1, self.ground.desks.get(registration, 1))
        return max(self.ground.most_a_day.get(day, 1), -(-self.former[registration, day] // desks))

    def _fit_place(self, each: Wanted) -> None:
        if each.place is None or each.place.kind == Place.Kind.ONLINE:
            return
        taken = self.at_places[each.place.pk, each.slot.pk]
        each.place_desk = next((desk for desk in range(1, self.ground.room_at(each.place) + 1) if desk not in taken), None)
        if each.place_desk is None:
            self.wrong.setdefault(each.meeting.pk, "place_taken")
        else:
            taken.add(each.place_desk)

    def _fit_interpreter(self, each: Wanted) -> None:
        if each.interpreter is None:
            return
        key = ("interpreter", each.interpreter, each.slot.pk)
        if key in self.busy:
            self.wrong.setdefault(each.meeting.pk, "interpreter_taken")
        self.busy.add(key)

    def _fit_people(self, each: Wanted) -> None:
        """Nobody sits in two meetings: then the company has to send somebody else."""
        for seat in each.seats:
            key = ("person", seat.person_id or 0, each.slot.pk)
            if seat.person_id is not None and key not in self.busy:
                each.people[seat.pk] = seat.person_id
                self.busy.add(key)

    def _fit_desks(self, registration: int, day: date, asking: Sequence[tuple[Wanted, Seat]]) -> None:
        """Give out the desks of a day, the least used first; where that fills one of them too much, all desks of the day are given out anew."""
        there = self.taken.get((registration, day), {})
        number, most = self.ground.desks.get(registration, 1), self.most_on(registration, day)
        load = Counter(desk for desks in there.values() for desk in desks)
        found: dict[int, int] = {}
        in_use = {slot: set(desks) for slot, desks in there.items()}
        is_even = True
        for each, seat in sorted(asking, key=lambda one: (one[0].slot.starts_at, one[0].meeting.pk)):
            used = in_use.setdefault(each.slot.pk, set())
            desk = None if (registration, each.slot.pk) in self.kept_free else _least(load, used, number, seat.desk, most)
            if desk is None:
                self.wrong.setdefault(each.meeting.pk, "slot_taken")
                continue
            used.add(desk)
            load[desk] += 1
            is_even = is_even and load[desk] <= most
            found[each.meeting.pk] = desk
        if not is_even:
            found = self._anew(registration, day, asking, number)
        for each, _seat in asking:
            if each.meeting.pk in found:
                each.desks[registration] = found[each.meeting.pk]

    def _anew(self, registration: int, day: date, asking: Sequence[tuple[Wanted, Seat]], number: int) -> dict[int, int]:
        there = self.taken.get((registration, day), {})
        by_slot: dict[int, list[int]] = defaultdict(list)
        for slot, desks in there.items():
            by_slot[slot] += sorted(desks.values())
        for each, _seat in asking:
            by_slot[each.slot.pk].append(each.meeting.pk)
        load, found = Counter[int](), dict[int, int]()
        for slot in sorted(by_slot, key=lambda one: self.ground.slots[one].starts_at):
            free = sorted(range(1, number + 1), key=lambda desk: (load[desk], desk))
            found.update(zip(by_slot[slot], free, strict=False))
            load.update(free[: len(by_slot[slot])])
        if max(load.values(), default=0) > self.most_on(registration, day) or len(found) < sum(map(len, by_slot.values())):
            for each, _seat in asking:
                self.wrong.setdefault(each.meeting.pk, "day_is_full")
        for desks in there.values():
            self.shuffled |= {
                (meeting, registration): found[meeting] for desk, meeting in desks.items() if found.get(meeting, desk) != desk
            }
        return found


def _least(load: Counter[int], used: Collection[int], number: int, own: int | None, most: int) -> int | None:
    """The desk with the fewest meetings on the day of those that are free; its own, if that has room."""
    free = [desk for desk in range(1, number + 1) if desk not in used]
    if own is not None and own in free and load[own] < most:
        return own
    return min(free, key=lambda desk: (load[desk], desk), default=None)


def in_order(rows: Iterable[Held]) -> Iterator[tuple[int | str | None, ...]]:
    """Yield the values of COLUMNS of each row, in the one order in which all bookings write: so that nobody waits in a ring."""
    for kind, resource, slot, desk, meeting in sorted(rows, key=lambda row: (KINDS.index(row.kind), row.resource, row.slot, row.desk or 0)):
        yield *(resource if kind == one else None for one in KINDS), slot, desk, meeting, Occupancy.Why.MEETING.value


def in_blocks(numbers: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """Yield the numbers, sorted, in blocks that a statement can name."""
    keys = sorted(numbers)
    yield from (tuple(keys[start : start + AT_ONCE]) for start in range(0, len(keys), AT_ONCE))


def seat_of(meeting: Meeting) -> planner.Seat | None:
    """Return the seat that a meeting has now, None without a time."""
    return None if meeting.slot_id is None else planner.Seat(meeting.slot_id, meeting.place_id, meeting.interpreter_id)


def seats_by_meeting(meetings: Mapping[int, Meeting]) -> dict[int, list[Seat]]:
    """Return the seats of the meetings, in the order in which they were asked. A query for each two thousand."""
    found: dict[int, list[Seat]] = {pk: [] for pk in meetings}
    for block in in_blocks(meetings):
        for seat in Seat.objects.filter(meeting__in=block).order_by("pk"):
            found[seat.meeting_id].append(seat)
    return found
