"""The timetable as the organiser sees it: days, times, and who uses them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from expo.editions.models import Edition
from expo.foundation.dates import clock
from matchmaking.meetings.models import Meeting, MeetingRequest, MoveProposal, Slot

MOST_TAKEN_OUT = 30


@dataclass(frozen=True)
class Use:
    """How many meet in a time, and for how many it is on the table: asked for, or proposed as another time."""

    meetings: int = 0
    asked: int = 0

    @property
    def is_used(self) -> bool:
        """Whether anybody would notice if it went."""
        return bool(self.meetings or self.asked)


def days_of(edition: Edition) -> list[date]:
    """Return the days on which the edition may have times: its own, and those that have some already. One query."""
    days = set(Slot.objects.standing().filter(edition=edition).order_by().values_list("day", flat=True).distinct())
    if edition.starts_on is not None and edition.ends_on is not None:
        days |= {edition.starts_on + timedelta(days=number) for number in range((edition.ends_on - edition.starts_on).days + 1)}
    return sorted(days)


def uses_of(slots: Collection[int]) -> dict[int, Use]:
    """Return who uses each of the slots, by number: all meetings but cancelled ones, and what is pending. Three queries."""
    meet = _counted(Meeting.objects.exclude(status=Meeting.Status.CANCELLED), slots)
    asked = _counted(MeetingRequest.objects.pending(), slots)
    moves = _counted(MoveProposal.objects.filter(status=MoveProposal.Status.PENDING), slots)
    return {slot: Use(meet.get(slot, 0), asked.get(slot, 0) + moves.get(slot, 0)) for slot in slots}


def _counted(rows: object, slots: Collection[int]) -> dict[int, int]:
    found = rows.filter(slot__in=slots).order_by().values_list("slot").annotate(count=Count("pk"))  # type: ignore[attr-defined] # a queryset of any of three models
    return dict(found)


@dataclass(frozen=True)
class Cell:
    """A time of a day, and who uses it."""

    slot: Slot
    use: Use
    is_over: bool


@dataclass
class Timetable:
    """All days beside each other. A line is an hour at which something begins on any of them, with a cell, or None, for each day."""

    days: list[date]
    lines: list[tuple[str, list[Cell | None]]] = field(default_factory=list)
    taken_out: list[Slot] = field(default_factory=list)

    @property
    def spans_months(self) -> bool:
        """Whether a day's number alone would not say which day it is."""
        return bool(self.days) and (self.days[0].year, self.days[0].month) != (self.days[-1].year, self.days[-1].month)

    @property
    def cells(self) -> list[Cell]:
        """All cells."""
        return [cell for _hour, cells in self.lines for cell in cells if cell is not None]

    @property
    def meetings(self) -> int:
        """In how many of the times people meet."""
        return sum(cell.slot.kind == Slot.Kind.MEETING for cell in self.cells)


def timetable_of(edition: Edition, now: datetime | None = None) -> Timetable:
    """Return the edition's timetable, and what was last taken out of it. Six queries."""
    now = now or timezone.now()
    slots = list(Slot.objects.standing().filter(edition=edition).order_by("starts_at"))
    uses = uses_of([slot.pk for slot in slots])
    for slot in slots:
        slot.edition = edition
    cells = [Cell(slot, uses[slot.pk], slot.ends_at <= now) for slot in slots]
    gone = Slot.objects.filter(edition=edition, removed_at__isnull=False).order_by("-removed_at", "starts_at")[:MOST_TAKEN_OUT]
    days = days_of(edition)
    return Timetable(days, lines_of(days, cells, edition.time_zone), [_with(slot, edition) for slot in gone])


def lines_of(days: list[date], cells: Iterable[Cell], time_zone: str) -> list[tuple[str, list[Cell | None]]]:
    """Return the lines of a timetable, earliest hour first."""
    by_hour: dict[str, dict[date, Cell]] = {}
    for cell in cells:
        by_hour.setdefault(clock(cell.slot.starts_at, time_zone), {})[cell.slot.day] = cell
    return [(hour, [by_hour[hour].get(day) for day in days]) for hour in sorted(by_hour)]


def _with(slot: Slot, edition: Edition) -> Slot:
    slot.edition = edition
    return slot
