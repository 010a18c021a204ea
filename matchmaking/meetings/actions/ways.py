"""How a notice of meetings reaches a person: as they chose for its group, and at once where waiting would do harm."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from expo.accounts.gathering import gather_notices
from expo.accounts.models import User, Way
from expo.editions.models import Edition
from matchmaking.meetings import rules

# An answer that is due within this time, or a meeting that begins within it, cannot wait for the next gathered mail.
SOON = timedelta(hours=24)
GROUPS = {
    "meeting_asked": "requests",
    "meeting_countered": "requests",
    "meeting_declined": "requests",
    "meeting_agreed": "requests",
    "meeting_new_time": "requests",
    "meeting_proposed": "requests",
    "meeting_request_expired": "requests",
    "meeting_request_withdrawn": "requests",
    "meeting_message": "messages",
    "meeting_reminder": "reminders",
    "meeting_outcome": "reminders",
    "meeting_unassigned": "reminders",
}
REST = "meetings"
WANTS_ANSWER = {"meeting_asked", "meeting_countered", "meeting_new_time", "meeting_move_asked"}


def way_to(person: User, kind: str, edition: Edition, now: datetime, *, moments: list[datetime | None]) -> str:
    """Return how the notice of this kind reaches the person.

    What they switched off is on their desk alone, whatever it is. What they have gathered goes at once all the same in the last 24 hours
    before the expo and during it, and where one of the `moments` is within 24 hours: the end of the time to answer, or a meeting's beginning.
    """
    chosen: str = getattr(person, f"mails_of_{GROUPS.get(kind, REST)}")
    if chosen == Way.GATHERED and (rules.is_at_hand(edition, now) or any(_is_soon(one, now) for one in moments)):
        return Way.AT_ONCE
    return chosen


def _is_soon(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and now <= moment <= now + SOON


def moments_of(kind: str, thing: Any, *slots: Any) -> list[datetime | None]:
    """Return when what is told of comes due: until when `thing` is answered, if the notice asks for that, and when the slots begin."""
    due = thing.expires_at if kind in WANTS_ANSWER and thing is not None else None
    return [due, *(slot.starts_at for slot in slots if slot is not None)]


def gather_what_waits(now: datetime | None = None) -> int:
    """Write the gathered mails that are due; in the last 24 hours before an expo, and during it, of whatever waits still."""
    now = now or timezone.now()
    editions = Edition.objects.filter(meeting_setup__isnull=False, starts_on__isnull=False)
    return gather_notices(now, is_near=any(rules.is_at_hand(edition, now) for edition in editions))
