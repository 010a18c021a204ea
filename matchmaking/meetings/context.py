"""What pages of lower rooms need to lead to a meeting."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from matchmaking.meetings.models import MeetingSetup


def takes_meetings(_request: HttpRequest) -> dict[str, Any]:
    """Return whether the current edition has meetings, read only if the page asks. One query."""
    return {"takes_meetings": SimpleLazyObject(lambda: MeetingSetup.objects.filter(edition__is_current=True).exists())}
