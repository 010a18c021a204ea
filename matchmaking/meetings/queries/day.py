"""A person's days at the expo: a grid of slots by day, what is next, and the way there."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from math import ceil
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.dates import clock
from expo.programme.models import Forum
from expo.programme.models import Seat as ForumSeat
from matchmaking.meetings.models import Meeting, MeetingSetup, Occupancy, Place, Slot
from matchmaking.meetings.queries.entries import Entry, entries_of, is_about_me, own_registrations, waits_of
from matchmaking.meetings.queries.free import setup_at
from matchmaking.meetings.queries.places import METRES_A_MINUTE, walking_minutes
from matchmaking.participants.models import Registration


@dataclass(frozen=True)
class Cell:
    """What a person has in a slot: entries, or why the time is shut ('' while it is free). `slot` is None where the day has none then."""

    slot: Slot | None
    entries: list[Entry]
    shut: str = ""

    @property
    def state(self) -> str:
        """The word of the grid: that of the first entry, "shut", "free" or "none"."""
        if self.entries:
            return self.entries[0].state
        if self.slot is None:
            return "none"
        return "shut" if self.shut else "free"


@dataclass(frozen=True)
class Line:
    """A row of the grid: the hour, the cell of the day that is shown, the cells of the other days."""

    hour: str
    cell: Cell
    others: list[Cell]
    is_now: bool


@dataclass(frozen=True)
class Next:
    """The next meeting and in how many minutes it begins; `minutes` is the way there on foot, None where it is not known."""

    entry: Entry
    begins_in: int
    minutes: int | None


@dataclass
class OwnDays:
    """All that the pages of a person's days show. `person` is None to show all of the companies'."""

    edition: Edition
    setup: MeetingSetup | None
    registrations: list[Registration]
    person: User
    now: datetime
    entries: list[Entry] = field(default_factory=list)
    has_colleagues: bool = False

    @cached_property
    def slots(self) -> list[Slot]:
        """The timetable, earliest first. One query, none without the edition's rules."""
        return list(Slot.objects.standing().filter(edition=self.edition).order_by("starts_at")) if self.setup is not None else []

    @cached_property
    def shut(self) -> dict[int, str]:
        """Why slots are shut, by number. Two queries."""
        return _shut(self, self.person)

    @cached_property
    def days(self) -> list[date]:
        """The days of the timetable."""
        return sorted({slot.day for slot in self.slots})

    @property
    def today(self) -> date:
        """The day that it is at the expo."""
        return self.now.astimezone(ZoneInfo(self.edition.time_zone)).date()

    @property
    def waits(self) -> list[Entry]:
        """What needs an answer, one's own first."""
        return waits_of(self.entries)

    @cached_property
    def by_slot(self) -> dict[int, list[Entry]]:
        """The entries of the grid by slot: what is agreed first."""
        found: dict[int, list[Entry]] = defaultdict(list)
        order = ("agreed", "done", "asked", "held")
        for entry in sorted((one for one in self.entries if one.state in order), key=lambda one: order.index(one.state)):
            if entry.slot is not None:
                found[entry.slot.pk].append(entry)
        return found

    def day_to_show(self, wanted: date | None) -> date | None:
        """Return the day wanted, or today, the next to come, the last that was; None where there is no timetable."""
        if wanted in self.days:
            return wanted
        to_come = [day for day in self.days if day >= self.today]
        return next(iter(to_come or self.days[-1:]), None)

    def lines(self, day: date, *, all_hours: bool = False) -> list[Line]:
        """Return the grid with the day in front, the others beside it, at the day's own hours or at those of all days."""
        zone = self.edition.time_zone
        at: dict[tuple[date, str], Slot] = {(slot.day, clock(slot.starts_at, zone)): slot for slot in self.slots}
        others = [one for one in self.days if one != day]
        hours = sorted({hour for one, hour in at if all_hours or one == day})
        current = self._hour_now(day, zone)
        return [
            Line(
                hour, self._with_ways(self._cell(at.get((day, hour)))), [self._cell(at.get((one, hour))) for one in others], hour == current
            )
            for hour in hours
        ]

    def _cell(self, slot: Slot | None) -> Cell:
        if slot is None:
            return Cell(None, [])
        return Cell(slot, self.by_slot.get(slot.pk, []), self.shut.get(slot.pk, ""))

    def _with_ways(self, cell: Cell) -> Cell:
        """Add the way on foot to what is agreed."""
        entries = [replace(one, minutes=self.minutes_to(one)) if one.state == "agreed" else one for one in cell.entries]
        return replace(cell, entries=entries)

    def _hour_now(self, day: date, zone: str) -> str:
        """The hour of the slot that runs, or comes next, today."""
        coming = (slot for slot in self.slots if slot.day == day == self.today and slot.ends_at > self.now)
        first = next(coming, None)
        return clock(first.starts_at, zone) if first is not None else ""

    @cached_property
    def next(self) -> Next | None:
        """The next agreed meeting, or the one that runs."""
        coming = [one for one in self._agreed if one.slot is not None and one.slot.ends_at > self.now]
        if not coming or coming[0].slot is None:
            return None
        entry, slot = coming[0], coming[0].slot
        minutes = max(0, ceil((slot.starts_at - self.now).total_seconds() / 60))
        return Next(entry, minutes, self.minutes_to(entry))

    @property
    def _agreed(self) -> list[Entry]:
        return [one for one in self.entries if one.state in {"agreed", "done"} and one.proposal is None and one.slot is not None]

    def minutes_to(self, entry: Entry) -> int | None:
        """Return the minutes on foot from the meeting before it on that day, or from one's own booth; None where nothing is known."""
        to = entry.meeting.place if entry.meeting is not None else None
        if to is None or to.hall is None or entry.slot is None or self.setup is None:
            return None
        before = [one for one in self._agreed if one.slot and one.slot.day == entry.slot.day and one.slot.starts_at < entry.slot.starts_at]
        places = [one.meeting.place for one in before if one.meeting is not None and one.meeting.place is not None]
        last = places[-1] if places else None
        if last is not None and last.pk == to.pk:
            return None
        if last is not None:
            return way_between(last, to, self.setup.walking_minutes)
        booth = entry.own.booth
        if booth is None or booth.pk == to.booth_id:
            return None
        return max(1, walking_minutes(booth.hall, to.hall, self.setup.walking_minutes))


def way_between(one: Place, other: Place, stated: dict[str, int]) -> int | None:
    """Return the minutes on foot between two places; None where one of them is online. Within a hall from booth to booth."""
    if one.hall is None or other.hall is None:
        return None
    minutes = walking_minutes(one.hall, other.hall, stated)
    if minutes == 0 and one.booth is not None and other.booth is not None:
        metres = abs(one.booth.x - other.booth.x) + abs(one.booth.y - other.booth.y)
        return max(1, ceil(metres / METRES_A_MINUTE))
    return max(1, minutes)


def edition_with_setup() -> Edition | None:
    """Return the current edition with how it meets, None on an empty site. One query."""
    found: Edition | None = Edition.objects.filter(is_current=True).select_related("meeting_setup").first()
    return found


def days_of(
    person: User,
    edition: Edition,
    *,
    everybody: bool = False,
    with_ended: bool = False,
    only_waiting: bool = False,
    now: datetime | None = None,
) -> OwnDays:
    """Return a person's days: what they come to, or with `everybody` what their colleagues come to, too. At most seven queries.

    `with_ended` and `only_waiting` as `entries_of` says.
    """
    now = now or timezone.now()
    own = OwnDays(edition, setup_at(edition), [], person, now)
    if own.setup is None:
        return own
    own.registrations = registrations = own_registrations(person, edition)
    found = entries_of(registrations, edition, now=now, with_ended=with_ended, only_waiting=only_waiting) if registrations else []
    own.has_colleagues = any(not is_about_me(entry, person) for entry in found)
    own.entries = found if everybody else [entry for entry in found if is_about_me(entry, person)]
    return own


def _shut(own: OwnDays, person: User) -> dict[int, str]:
    """Return why slots are shut, by slot: breaks, a forum with a seat, time that the person or the only company keeps free."""
    shut = {slot.pk: _(slot.title) if slot.title else _("Break") for slot in own.slots if slot.kind == Slot.Kind.BREAK}
    for slot, title in _forums(person, own.edition, own.slots).items():
        shut.setdefault(slot, title)
    everyone = {one.pk for one in own.registrations}
    kept = Occupancy.objects.filter(Q(person=person) | Q(registration__in=everyone), meeting__isnull=True, slot__edition=own.edition)
    kept_by: dict[int, set[int | None]] = defaultdict(set)
    for slot, registration in kept.values_list("slot", "registration"):
        kept_by[slot].add(registration)
    for slot, keepers in kept_by.items():
        if None in keepers or keepers == everyone:  # None: the person alone.
            shut.setdefault(slot, _("Kept free"))
    return shut


def _forums(person: User, edition: Edition, slots: Sequence[Slot]) -> dict[int, str]:
    """Return the forums in which the person has a seat, by the slots that they fall into. One query."""
    seats = ForumSeat.objects.filter(person=person, forum__edition=edition, forum__starts_at__isnull=False).select_related("forum")
    found: dict[int, str] = {}
    for forum in (seat.forum for seat in seats):
        for slot in _slots_during(forum, slots):
            found[slot.pk] = _("Forum: %(title)s") % {"title": forum.title}
    return found


def _slots_during(forum: Forum, slots: Iterable[Slot]) -> list[Slot]:
    begins, ends = forum.starts_at, forum.ends_at or forum.starts_at
    if begins is None or ends is None:
        return []
    return [slot for slot in slots if (slot.starts_at < max(ends, begins) and slot.ends_at > begins) or slot.starts_at == begins]


def meetings_of(person: User, *, live: bool = True) -> list[Meeting]:
    """Return the meetings with a time that the person comes to, or nobody of the company yet, or interprets, earliest first. Three queries."""
    mine = Registration.objects.of(person).values("pk")
    rows = Meeting.objects.filter(Q(seats__registration__in=mine) | Q(interpreter__person=person.pk), slot__isnull=False).distinct()
    if live:
        rows = rows.exclude(status__in=[Meeting.Status.CANCELLED, Meeting.Status.UNSCHEDULED, Meeting.Status.PROPOSED])
    keys = {one.pk for one in Registration.objects.of(person).only("pk")}
    return [one for one in rows.for_card().order_by("slot__starts_at", "pk") if _is_mine(one, keys, person)]


def _is_mine(meeting: Meeting, registrations: Collection[int], person: User) -> bool:
    own = [seat for seat in meeting.seats.all() if seat.registration_id in registrations]
    interprets = meeting.interpreter is not None and meeting.interpreter.person_id == person.pk
    return interprets or any(seat.person_id in {None, person.pk} for seat in own)
