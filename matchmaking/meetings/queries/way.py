"""The way to a meeting: which booth or table, where it is on the plan, how far on foot."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from matchmaking.meetings.models import Meeting, Place
from matchmaking.meetings.queries.day import way_between
from matchmaking.meetings.queries.pages import Page
from matchmaking.meetings.queries.places import walking_minutes


@dataclass(frozen=True)
class Way:
    """Where a meeting is. `plan` is the address of the floor plan there.

    `minutes` are on foot from one's meeting before it on that day, else from one's own booth; None where that is unknown.
    """

    place: Place
    plan: str
    minutes: int | None
    is_from_meeting: bool


def way_to(page: Page) -> Way | None:
    """Return the way to the meeting's place; None while it has none, or it is online. One query."""
    place = page.meeting.place if page.meeting is not None else None
    if place is None or place.hall is None:
        return None
    words = {"booth": place.booth.code} if place.booth is not None else {"hall": place.hall.code}
    anchor = "#booth" if place.booth is not None else ""
    edition = {} if page.request.edition.is_current else {"edition": page.request.edition.slug}
    stated = page.setup.walking_minutes if page.setup is not None else {}
    before = _place_before(page)
    minutes = way_between(before, place, stated) if before is not None else _from_booth(page, place, stated)
    return Way(place, f"{reverse('plan')}?{urlencode({**edition, **words})}{anchor}", minutes, before is not None)


def _place_before(page: Page) -> Place | None:
    """Return where the person meets before on that day; None where there is nothing, or at the same place."""
    meeting, seat = page.meeting, page.own_seat
    if meeting is None or meeting.slot is None or seat is None or seat.person_id is None:
        return None
    earlier = Meeting.objects.filter(taken__person=seat.person_id, slot__day=meeting.slot.day, slot__starts_at__lt=meeting.slot.starts_at)
    last = earlier.select_related("place__hall", "place__booth").order_by("-slot__starts_at").first()
    return last.place if last is not None and last.place_id != meeting.place_id else None


def _from_booth(page: Page, place: Place, stated: dict[str, int]) -> int | None:
    booth = page.own.booth if page.own is not None else None
    if booth is None or place.hall is None or booth.pk == place.booth_id:
        return None
    return max(1, walking_minutes(booth.hall, place.hall, stated))
