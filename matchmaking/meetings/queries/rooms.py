"""Halls at a time: which booths and tables are in use, and which are free."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from expo.editions.models import Edition
from matchmaking.meetings.models import Occupancy, Place, Slot


@dataclass
class Room:
    """The desks of one kind in a hall: how many there are, how many are in use, and the codes of places that are free altogether."""

    desks: int = 0
    taken: int = 0
    empty: list[str] = field(default_factory=list)

    @property
    def free(self) -> int:
        return max(0, self.desks - self.taken)


@dataclass
class HallNow:
    """A hall at a time: the meetings that run in it, by state, and its booths and tables."""

    code: str
    states: Counter[str] = field(default_factory=Counter)
    booths: Room = field(default_factory=Room)
    tables: Room = field(default_factory=Room)

    @property
    def meetings(self) -> int:
        return sum(self.states.values())

    @property
    def begun(self) -> int:
        return self.states["begun"]

    @property
    def one(self) -> int:
        return self.states["one"]

    @property
    def nobody(self) -> int:
        return self.states["nobody"]


def halls_at(edition: Edition, slot: Slot | None, lines: Iterable[Any]) -> list[HallNow]:
    """Return the halls in order of their codes. `lines` are the meetings in the slot, with hall and state; without a slot all is free. Two queries."""
    places = Place.objects.open().filter(edition=edition, kind__in=[Place.Kind.BOOTH, Place.Kind.TABLE], hall__isnull=False)
    rows = places.order_by("hall__code", "code").values_list("pk", "kind", "code", "capacity", "hall__code")
    used = Occupancy.objects.filter(slot=slot, place__isnull=False) if slot is not None else Occupancy.objects.none()
    taken: dict[int, int] = dict(used.order_by().values_list("place").annotate(Count("pk")))
    halls: dict[str, HallNow] = {}
    for pk, kind, code, capacity, hall in rows:
        room = getattr(halls.setdefault(hall, HallNow(hall)), "booths" if kind == Place.Kind.BOOTH else "tables")
        room.desks += capacity
        room.taken += taken.get(pk, 0)
        if pk not in taken:
            room.empty.append(code)
    for hall_now in halls.values():
        for room in (hall_now.booths, hall_now.tables):
            room.empty.sort(key=lambda code: (len(code), code))
    for line in lines:
        if line.hall:
            halls.setdefault(line.hall, HallNow(line.hall)).states[line.state] += 1
    return [halls[code] for code in sorted(halls)]
