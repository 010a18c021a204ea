"""What the organiser reads while setting the ground: walks between halls, who sees and asks whom, how many tables are needed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations

from django.db.models import Count, Q

from expo.editions.models import Edition
from expo.venue.models import Hall
from matchmaking.meetings.models import Meeting, MeetingRequest, MeetingSetup, Place, RoleRight, Slot
from matchmaking.meetings.queries.places import walking_minutes
from matchmaking.participants.models import Registration

FAR_MINUTES = 10  # As long as half a meeting of twenty minutes.
Role = Registration.Role


@dataclass(frozen=True)
class Walk:
    """The way between two halls: minutes as measured on the plan, and as the organiser states them, if at all."""

    one: Hall
    other: Hall
    measured: int
    stated: int | None = None

    @property
    def key(self) -> str:
        """What names the pair in the set-up."""
        return f"{self.one.code}|{self.other.code}"

    @property
    def minutes(self) -> int:
        """What booking and the planner go by."""
        return self.measured if self.stated is None else self.stated


def walks_of(edition: Edition, stated: dict[str, int]) -> list[Walk]:
    """Return the way between each two halls of the edition. One query."""
    halls = list(Hall.objects.filter(edition=edition).order_by("code"))
    return [Walk(one, other, walking_minutes(one, other, {}), _stated(stated, one, other)) for one, other in combinations(halls, 2)]


def _stated(stated: dict[str, int], one: Hall, other: Hall) -> int | None:
    return stated.get(f"{one.code}|{other.code}", stated.get(f"{other.code}|{one.code}"))


def longest_of(walks: Iterable[Walk]) -> Walk | None:
    """Return the longest of the ways, None without halls."""
    return max(walks, key=lambda walk: walk.minutes, default=None)


@dataclass(frozen=True)
class RoleCell:
    """Whether one role sees another and may ask it; how many are on each side, and what stands between them already."""

    asking: str
    asked: str
    may_see: bool
    may_ask: bool
    askers: int
    others: int
    open_requests: int
    meetings: int

    @property
    def words(self) -> tuple[str, str]:
        """The two roles as a page names them."""
        return str(Role(self.asking).label), str(Role(self.asked).label)


def role_cells(edition: Edition, setup: MeetingSetup) -> list[RoleCell]:
    """Return all pairs of roles, stated or not. Four queries."""
    stated = {(cell.asking, cell.asked): cell for cell in RoleRight.objects.filter(setup=setup)}
    verified = Registration.objects.verified().filter(edition=edition).order_by().values_list("role")
    people = dict(verified.annotate(count=Count("pk")))
    asked = _by_roles(MeetingRequest.objects.pending().filter(edition=edition), "")
    meet = _by_roles(Meeting.objects.live().filter(edition=edition), "request__")
    cells = []
    for pair in ((one, other) for one in Role.values for other in Role.values):
        cell, unlike = stated.get(pair), pair[0] != pair[1]
        sees, asks = (cell.may_see, cell.may_ask) if cell is not None else (unlike, unlike)
        counts = (people.get(pair[0], 0), people.get(pair[1], 0), asked.get(pair, 0), meet.get(pair, 0))
        cells.append(RoleCell(*pair, sees, asks, *counts))
    return cells


def _by_roles(rows: object, path: str) -> dict[tuple[str, str], int]:
    roles = rows.order_by().values_list(f"{path}sender__role", f"{path}receiver__role")  # type: ignore[attr-defined] # a queryset of either model
    return {(one, other): count for one, other, count in roles.annotate(count=Count("pk"))}


@dataclass
class HallPlaces:
    """How many places a hall has: tables, and booths at which people meet; open ones, and those that were closed."""

    hall: Hall
    tables: int = 0
    closed: int = 0
    booths: int = 0
    booths_closed: int = 0


@dataclass
class Tables:
    """What the number of tables follows from, and which there are.

    `agreed` and `asked` are meetings and open requests that sit at a table: nobody of them has a booth to meet at, and all come to the halls.
    `at_booths` are the others. `times` is in how many times of the timetable people meet.
    """

    agreed: int
    asked: int
    at_booths: int
    times: int
    halls: list[HallPlaces] = field(default_factory=list)
    new_booths: int = 0

    @property
    def known(self) -> int:
        """How many meetings and open requests sit at a table as far as is known now."""
        return self.agreed + self.asked

    @property
    def there(self) -> int:
        """How many tables stand open."""
        return sum(hall.tables for hall in self.halls)


def tables_of(edition: Edition) -> Tables:
    """Return what the number of tables follows from. Six queries."""
    meet = Meeting.objects.live().filter(edition=edition)
    ask = MeetingRequest.objects.pending().filter(edition=edition)
    agreed = meet.aggregate(here=Count("pk", filter=_sitting("request__")), all=Count("pk"))
    asked = ask.aggregate(here=Count("pk", filter=_sitting("")), all=Count("pk"))
    others = agreed["all"] + asked["all"] - agreed["here"] - asked["here"]
    times = Slot.objects.for_meetings().filter(edition=edition).count()
    hosts = Registration.objects.verified().filter(edition=edition, booth__isnull=False, booth__meeting_place__isnull=True)
    return Tables(agreed["here"], asked["here"], others, times, halls_with_places(edition), hosts.count())


def _sitting(path: str) -> Q:
    """Who sits at a table: each side is nobody, or somebody who comes to the halls and has no booth to meet at."""
    whole = Q()
    for side in (f"{path}sender", f"{path}receiver", f"{path}partner"):
        on_site = Q(**{f"{side}__attendance": Registration.Attendance.ON_SITE})
        without = Q(**{f"{side}__booth__isnull": True}) & Q(**{f"{side}__led_by__booth__isnull": True})
        whole &= Q(**{f"{side}__isnull": True}) | (on_site & (Q(**{f"{side}__role": Role.BUYER}) | without))
    return whole


def halls_with_places(edition: Edition) -> list[HallPlaces]:
    """Return the edition's halls with their places. Two queries."""
    halls = {hall.pk: HallPlaces(hall) for hall in Hall.objects.filter(edition=edition).order_by("code")}
    rows = Place.objects.filter(edition=edition, hall__isnull=False).order_by().values("hall", "kind")
    is_open = Q(closed_at__isnull=True)
    for row in rows.annotate(open=Count("pk", filter=is_open), closed=Count("pk", filter=~is_open)):
        found = halls[row["hall"]]
        if row["kind"] == Place.Kind.TABLE:
            found.tables, found.closed = row["open"], row["closed"]
        else:
            found.booths, found.booths_closed = row["open"], row["closed"]
    return list(halls.values())
