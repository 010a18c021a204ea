"""The way to a meeting: which booth or table, where it is on the plan, how far on foot."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from matchmaking.meetings.models import Place
from matchmaking.meetings.queries.pages import Page
from matchmaking.meetings.queries.places import walking_minutes


@dataclass(frozen=True)
class Way:
    """Where a meeting is. `plan` is the address of the floor plan there; `minutes` are from one's own booth, None where that is unknown."""

    place: Place
    plan: str
    minutes: int | None


def way_to(page: Page) -> Way | None:
    """Return the way to the meeting's place; None while it has none, or it is online. No query."""
    place = page.meeting.place if page.meeting is not None else None
    if place is None or place.hall is None:
        return None
    words = {"booth": place.booth.code} if place.booth is not None else {"hall": place.hall.code}
    anchor = "#booth" if place.booth is not None else ""
    edition = {} if page.request.edition.is_current else {"edition": page.request.edition.slug}
    booth = page.own.booth if page.own is not None else None
    minutes = None
    if booth is not None and booth.pk != place.booth_id and page.setup is not None:
        minutes = max(1, walking_minutes(booth.hall, place.hall, page.setup.walking_minutes))
    return Way(place, f"{reverse('plan')}?{urlencode({**edition, **words})}{anchor}", minutes)
