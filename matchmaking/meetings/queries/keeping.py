"""The times that a company, or one of its people, keeps free of meetings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.dates import clock
from matchmaking.meetings.models import MeetingSetup, Occupancy, Slot
from matchmaking.meetings.queries.entries import own_registrations
from matchmaking.meetings.queries.free import setup_of
from matchmaking.participants.models import Registration


@dataclass(frozen=True)
class Box:
    """A slot to mark: whether it is kept free, and whether it cannot be marked now: there is a meeting in it, or it is over."""

    slot: Slot
    is_kept: bool
    is_busy: bool
    is_over: bool


class Grid(NamedTuple):
    """Days that have the same hours. A line is the hour, and a box for each day."""

    days: list[date]
    lines: list[tuple[str, list[tuple[date, Box]]]]


@dataclass
class OwnTimes:
    """What one of a person's registrations, or the person alone, keeps free. `keeps` says which of the two."""

    setup: MeetingSetup
    registrations: list[Registration]
    registration: Registration
    keeps: Literal["person", "company"]
    slots: list[Slot]
    kept: set[int]
    busy: set[int]
    now: datetime

    @property
    def days(self) -> list[date]:
        """The days that are not over."""
        return sorted({slot.day for slot in self.slots if slot.ends_at > self.now})

    @property
    def grids(self) -> list[Grid]:
        """A grid for all days with the same hours, so that no day has a line for an hour that it does not have."""
        zone, of_day = self.setup.edition.time_zone, dict[date, dict[str, Slot]]()
        for slot in self.slots:
            of_day.setdefault(slot.day, {})[clock(slot.starts_at, zone)] = slot
        alike = dict[tuple[str, ...], list[date]]()
        for day in self.days:
            alike.setdefault(tuple(sorted(of_day[day])), []).append(day)
        return [
            Grid(days, [(hour, [(day, self._box(of_day[day][hour])) for day in days]) for hour in hours]) for hours, days in alike.items()
        ]

    def _box(self, slot: Slot) -> Box:
        return Box(slot, slot.pk in self.kept, slot.pk in self.busy, slot.starts_at <= self.now)

    def changes(self, marked: Sequence[Slot]) -> tuple[list[Slot], list[Slot]]:
        """Return which slots are kept free from now on, and which no longer; what is over stays as it was."""
        wanted = {slot.pk for slot in marked}
        coming = [slot for slot in self.slots if slot.starts_at > self.now]
        new = [slot for slot in coming if slot.pk in wanted and slot.pk not in self.kept]
        return new, [slot for slot in coming if slot.pk in self.kept and slot.pk not in wanted]


def own_times_of(person: User, edition: Edition, wanted: int | None, *, for_company: bool) -> OwnTimes | None:
    """Return the times of the person's registration with this number, else of their first; None without one, or without meetings. Five queries."""
    mine = own_registrations(person, edition)
    if not mine:
        return None
    registration = next((one for one in mine if one.pk == wanted), mine[0])
    return times_of(edition, mine, registration, of=registration if for_company else person)


def times_of(
    edition: Edition, registrations: list[Registration], registration: Registration, *, of: Registration | User
) -> OwnTimes | None:
    """Return the times of a registration, or of a person alone; None without meetings. Three queries."""
    setup = setup_of(edition.pk)
    if setup is None:
        return None
    slots = list(Slot.objects.for_meetings().filter(edition=edition))
    taken = Occupancy.objects.filter(slot__edition=edition)
    taken = taken.filter(registration=of) if isinstance(of, Registration) else taken.filter(person=of)
    kept, busy = set[int](), set[int]()
    for row in taken:
        (kept if row.meeting_id is None else busy).add(row.slot_id)
    keeps: Literal["person", "company"] = "company" if isinstance(of, Registration) else "person"
    return OwnTimes(setup, registrations, registration, keeps, slots, kept, busy, timezone.now())
