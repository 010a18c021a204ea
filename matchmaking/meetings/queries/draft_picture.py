"""How full the halls would be with a draft: for each hall's booths and tables and each time the share of desks that are taken."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Sum
from django.utils.translation import gettext as _

from expo.foundation.dates import clock, short_day
from expo.foundation.drawing.heat import HeatDay, HeatLine
from matchmaking.meetings.models import MeetingSetup, Place, PlannedSeat, PlanRun, Slot

Group = tuple[str, str]  # the hall's code and the kind of place


@dataclass(frozen=True)
class Fullness:
    """A line of the picture in numbers: for each day how many meetings of how many seats, and the fullest time."""

    label: str
    seats: int
    days: Sequence[tuple[date, int, int]]
    fullest: str


@dataclass(frozen=True)
class Picture:
    """The same twice: to be drawn (`days` across, `lines` down), and in numbers (`dates` across, `table` down)."""

    days: Sequence[HeatDay]
    lines: Sequence[HeatLine]
    dates: Sequence[date]
    table: Sequence[Fullness]

    @property
    def key(self) -> list[tuple[str, str]]:
        """What the shades mean: the class of a cell, and its words."""
        shares = [(f"h{number}", _("up to %(n)s%%") % {"n": 25 * number}) for number in (1, 2, 3)]
        return [("h0", _("empty")), *shares, ("h4", _("nearly full")), ("h5", _("full"))]


def picture_of(run: PlanRun, setup: MeetingSetup) -> Picture:
    """Return the picture of a draft. Three queries, however large the plan."""
    zone = setup.edition.time_zone
    slots = list(Slot.objects.for_meetings().filter(edition=setup.edition_id))
    room, taken = _room(setup), _taken(run)
    by_day: dict[date, list[Slot]] = defaultdict(list)
    for slot in slots:
        by_day[slot.day].append(slot)
    days = [HeatDay(short_day(day), [clock(slot.starts_at, zone) for slot in found]) for day, found in by_day.items()]
    groups = sorted(room)
    lines = [HeatLine(_label(group), _shares(group, room[group], slots, taken)) for group in groups]
    table = [_fullness(group, room[group], by_day, taken, zone) for group in groups]
    return Picture(days, lines, list(by_day), table)


def _room(setup: MeetingSetup) -> dict[Group, int]:
    """How many meetings at once fit into each hall's booths, and at its tables."""
    places = Place.objects.open().filter(edition=setup.edition_id, hall__isnull=False)
    rows = places.values("kind").annotate(code=F("hall__code"), seats=Sum("capacity")).order_by()
    return {(row["code"], row["kind"]): row["seats"] for row in rows}


def _taken(run: PlanRun) -> dict[tuple[Group, int], int]:
    seats = PlannedSeat.objects.filter(run=run, slot__isnull=False, place__hall__isnull=False)
    rows = seats.values("slot").annotate(code=F("place__hall__code"), kind_of=F("place__kind"), n=Count("pk")).order_by()
    return {((row["code"], row["kind_of"]), row["slot"]): row["n"] for row in rows}


def _label(group: Group) -> str:
    code, kind = group
    words = _("%(hall)s, booths") if kind == Place.Kind.BOOTH else _("%(hall)s, tables")
    return words % {"hall": code}


def _shares(group: Group, room: int, slots: Sequence[Slot], taken: Mapping[tuple[Group, int], int]) -> list[float | None]:
    return [taken.get((group, slot.pk), 0) / room for slot in slots]


def _fullness(
    group: Group, room: int, by_day: Mapping[date, Sequence[Slot]], taken: Mapping[tuple[Group, int], int], zone: str
) -> Fullness:
    days = [(day, sum(taken.get((group, slot.pk), 0) for slot in found), room * len(found)) for day, found in by_day.items()]
    every = [slot for found in by_day.values() for slot in found]
    fullest = max(every, key=lambda slot: taken.get((group, slot.pk), 0), default=None)
    most = taken.get((group, fullest.pk), 0) if fullest is not None else 0
    when = _("%(day)s, %(hour)s") % {"day": short_day(fullest.day), "hour": clock(fullest.starts_at, zone)} if fullest and most else ""
    return Fullness(_label(group), room, days, when)
