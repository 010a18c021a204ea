"""The places at which people meet: numbered tables in the halls' pools, and the exhibitors' booths."""

import re

from django.db import transaction
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.venue.models import Hall
from matchmaking.meetings import rules
from matchmaking.meetings.models import Place
from matchmaking.participants.models import Registration

MOST_TABLES = 500
MOST_IN_A_HALL = 2000
SPARE_PERCENT = 15
AT_ONCE = 500


@transaction.atomic
def add_tables(hall: Hall, *, by: User, count: int) -> list[Place]:
    """Put so many more numbered tables into the hall's pool. They go on from its highest number, closed ones included.

    Raises:
        NotAllowed: `by` may not. Invalid: fewer than 1 or more than 500 at once, or more than 2,000 in the hall.
    """
    if not rules.may_set_up(by):
        raise NotAllowed
    if not 1 <= count <= MOST_TABLES:
        raise Invalid(fields={"count": [_("From 1 to 500 tables at once.")]})
    Hall.objects.select_for_update(of=("self",), no_key=True).get(pk=hall.pk)
    last = _highest_number(hall)
    if last + count > MOST_IN_A_HALL:
        raise Invalid(fields={"count": [_("At most %(most)s tables in a hall.") % {"most": MOST_IN_A_HALL}]})
    made = Place.objects.bulk_create(
        Place(edition_id=hall.edition_id, hall=hall, kind=Place.Kind.TABLE, code=f"{hall.code}-T{number}")
        for number in range(last + 1, last + count + 1)
    )
    log(hall, "add_tables", by=by, count=count, codes=[made[0].code, made[-1].code])
    return made


def _highest_number(hall: Hall) -> int:
    """Return the highest number on a sign of the hall's tables, 0 where there are none. One query."""
    codes = Place.objects.filter(edition=hall.edition_id, kind=Place.Kind.TABLE, code__startswith=f"{hall.code}-T")
    sign = re.compile(re.escape(f"{hall.code}-T") + r"([0-9]{1,4})")
    found = (sign.fullmatch(code) for code in codes.values_list("code", flat=True))
    return max((int(match[1]) for match in found if match), default=0)


@transaction.atomic
def open_booths(edition: Edition, *, by: User) -> int:
    """Make the booth of every verified exhibitor a meeting place, so that its sign can be printed, and return how many are new.

    A booth becomes one by itself when the first meeting there is made; this only does it earlier. Twice is once.

    Raises:
        NotAllowed: `by` may not.
    """
    if not rules.may_set_up(by):
        raise NotAllowed
    Edition.objects.select_for_update(of=("self",), no_key=True).get(pk=edition.pk)
    rows = booth_places(edition)
    Place.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)  # A meeting made at this moment makes its own.
    if rows:
        log(edition, "open_booths", by=by, count=len(rows))
    return len(rows)


def booth_places(edition: Edition) -> list[Place]:
    """Return the meeting places that booths of verified exhibitors have not yet, unsaved. One query."""
    hosts = Registration.objects.verified().filter(edition=edition, booth__isnull=False, booth__meeting_place__isnull=True)
    columns = hosts.order_by("booth__code").values_list("booth", "booth__hall", "booth__code", "parallel_meetings")
    return [
        Place(edition=edition, kind=Place.Kind.BOOTH, booth_id=booth, hall_id=hall, code=code, capacity=desks)
        for booth, hall, code, desks in columns
    ]


def tables_needed(meetings: int, slots: int, spare: int = SPARE_PERCENT) -> int:
    """Return how many tables so many meetings need in so many slots, with `spare` percent more, rounded up; 0 without slots."""
    return -(-meetings * (100 + spare) // (slots * 100)) if slots > 0 else 0
