"""Where two meet: at the exhibitor's booth, else at the first free table of the hall nearest to both."""

from collections.abc import Collection
from decimal import Decimal
from math import ceil
from operator import itemgetter

from django.db.models import Exists, OuterRef

from expo.venue.models import Hall
from matchmaking.meetings.models import Occupancy, Place, Slot
from matchmaking.participants.models import Registration

METRES_A_MINUTE = 60  # Through a crowd.


def host_of(parties: Collection[Registration]) -> Registration | None:
    """Return at whose booth they meet: the exhibitor with one, or the leader whose delegation one of them belongs to."""
    exhibitors = [one for one in parties if one.role == Registration.Role.EXHIBITOR]
    for one in exhibitors:
        if one.booth_id is not None:
            return one
    leaders = [one.led_by for one in exhibitors if one.led_by is not None]
    return next((leader for leader in leaders if leader.booth_id is not None), None)


def are_online(parties: Collection[Registration]) -> bool:
    """Whether one of them does not come to the halls."""
    return any(one.attendance == Registration.Attendance.ONLINE for one in parties)


def free_desk_at(place: Place, host: Registration, taken: Collection[int]) -> int | None:
    """Return the first desk at the booth that is free, None where all are taken or the booth is closed."""
    if place.closed_at is not None:
        return None
    return next((desk for desk in range(1, host.parallel_meetings + 1) if desk not in taken), None)


def free_table(edition: int, slot: Slot, halls: Collection[Hall]) -> Place | None:
    """Return the first free table of the hall nearest to all the halls given, by number of the table. One query."""
    taken = Occupancy.objects.filter(place=OuterRef("pk"), slot=slot)
    tables = Place.objects.tables().filter(~Exists(taken), edition=edition).select_related("hall")
    in_halls = [(table, table.hall) for table in tables if table.hall is not None]
    near = [((_way(hall, halls), hall.code, len(table.code), table.code), table) for table, hall in in_halls]
    return min(near, key=itemgetter(0))[1] if near else None


def _way(hall: Hall, others: Collection[Hall]) -> Decimal:
    return sum((metres_between(hall, other) for other in others), Decimal(0))


def metres_between(one: Hall, other: Hall) -> Decimal:
    """Return the way between the middles of two halls, as people walk: along the site's two directions."""
    across = abs((one.x + one.width / 2) - (other.x + other.width / 2))
    along = abs((one.y + one.depth / 2) - (other.y + other.depth / 2))
    return Decimal(across + along)


def walking_minutes(one: Hall, other: Hall, stated: dict[str, int]) -> int:
    """Return the minutes from hall to hall: as the organiser states them, else measured on the plan and rounded up; none within a hall."""
    if one.pk == other.pk:
        return 0
    known = stated.get(f"{one.code}|{other.code}", stated.get(f"{other.code}|{one.code}"))
    return known if known is not None else ceil(metres_between(one, other) / METRES_A_MINUTE)
