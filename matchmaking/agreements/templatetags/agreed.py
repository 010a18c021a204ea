"""What came of a meeting, for its page: that belongs to a lower room, which knows nothing of agreements."""

from typing import Any

from django import template

from matchmaking.agreements.models import Agreement
from matchmaking.meetings.models import Meeting
from matchmaking.participants.models import Visitor

register = template.Library()


@register.simple_tag
def agreed_at(meeting: Meeting, visitor: Visitor) -> list[Any]:
    """Return the agreements that grew from the meeting and are on the visitor's desk, oldest first, without void ones. One query."""
    rows = Agreement.objects.on_desk_of(visitor).filter(meeting=meeting).exclude(status=Agreement.Status.VOID)
    return list(rows.select_related("edition").order_by("pk"))
