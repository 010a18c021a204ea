"""What pages of lower rooms need to lead to a meeting."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from matchmaking.meetings.models import MeetingSetup


def takes_meetings(_request: HttpRequest) -> dict[str, Any]:
    """Return how the current edition meets, None where it does not, read only if the page asks. One query."""
    rows = MeetingSetup.objects.filter(edition__is_current=True).select_related("edition")
    return {"takes_meetings": SimpleLazyObject(rows.first)}
