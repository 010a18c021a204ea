"""Nobody leaves a booth and the meetings that are booked there: whoever moves an exhibitor moves them along."""

from collections.abc import Collection

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from expo.foundation.eventlog import Touched
from expo.venue.models import Booth
from matchmaking.meetings import errors
from matchmaking.meetings.actions.grounds import MOVES_ALONG
from matchmaking.meetings.models import Meeting, Place, Seat, Slot
from matchmaking.participants.models import Registration


def follow(touched: Touched) -> None:
    """Refuse to move an exhibitor from under its meetings; let a booth's place go by the booth's own sign and hall.

    Within whatever changes a registration or a booth. One query each.

    Raises:
        MeetingsAtTheBooth: nothing is written.
    """
    if Registration in touched and not MOVES_ALONG.get():
        _refuse_left_behind(touched[Registration])
    if Booth in touched:
        follow_booths(touched[Booth])


def _refuse_left_behind(keys: Collection[int]) -> None:
    """Who does not take part any more is called off elsewhere, and told."""
    sits = Seat.objects.filter(meeting=OuterRef("pk"))
    at_home = Q(registration__booth=OuterRef("place__booth")) | Q(registration__led_by__booth=OuterRef("place__booth"))
    verified = Registration.Status.VERIFIED
    mine = Q(registration__in=keys, registration__status=verified) | Q(registration__led_by__in=keys, registration__led_by__status=verified)
    standing = Slot.objects.for_meetings().filter(starts_at__gt=timezone.now()).order_by()
    booked = Meeting.objects.filter(status=Meeting.Status.SCHEDULED, slot__in=standing, place__kind=Place.Kind.BOOTH)
    if booked.filter(Exists(sits.filter(mine))).exclude(Exists(sits.filter(at_home))).exists():
        raise errors.MeetingsAtTheBooth


def follow_booths(keys: Collection[int] | None = None) -> int:
    """Write the sign and the hall of these booths (None: of all) into their places, and return how many were not so. One query, two where some were not."""
    places = Place.objects.filter(booth__isnull=False).exclude(code=F("booth__code"), hall=F("booth__hall"))
    if keys is not None:
        places = places.filter(booth__in=keys)
    found = list(places.select_related("booth"))
    for place in found:
        if place.booth is not None:
            place.code, place.hall_id = place.booth.code, place.booth.hall_id
    if found:
        Place.objects.bulk_update(found, ["code", "hall"])
    return len(found)
