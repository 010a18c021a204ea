"""What happened to a request and its meeting, in plain words."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.foundation.models import Event
from matchmaking.meetings.queries.pages import Page
from matchmaking.meetings.whys import why_words

MOST_EVENTS = 40
# What both sides may read of the log, in plain words. What one side keeps to itself (a rating, who was named) is not there.
HISTORY = {
    "meeting_request.sent": gettext_lazy("Asked"),
    "meeting_request.countered": gettext_lazy("Another time proposed"),
    "meeting_request.new_time": gettext_lazy("The time was taken; another one is on the table"),
    "meeting_request.accepted": gettext_lazy("Accepted"),
    "meeting_request.declined": gettext_lazy("Declined"),
    "meeting_request.withdrawn": gettext_lazy("Taken back"),
    "meeting_request.expired": gettext_lazy("Ran out without an answer"),
    "meeting.scheduled": gettext_lazy("Booked"),
    "meeting.place_found": gettext_lazy("A table was found"),
    "meeting.move_proposed": gettext_lazy("Another time proposed; the old one is kept"),
    "meeting.move_declined": gettext_lazy("The old time stays"),
    "meeting.move_withdrawn": gettext_lazy("The proposed time was taken back"),
    "meeting.move_expired": gettext_lazy("Nobody answered; the old time stays"),
    "meeting.moved": gettext_lazy("Moved to another time"),
    "meeting.lost_its_time": gettext_lazy("Lost its time and waits for another"),
    "meeting.handed_over": gettext_lazy("A colleague comes instead"),
    "meeting.checked_in": gettext_lazy("One side is there"),
    "meeting.held": gettext_lazy("Took place"),
    "meeting.no_show": gettext_lazy("Did not take place"),
    "meeting.disputed": gettext_lazy("The two sides disagree"),
    "meeting.cancelled": gettext_lazy("Cancelled"),
}


def history_of(page: Page) -> list[tuple[datetime, str]]:
    """Return what happened, oldest first: when, and what in plain words. One query."""
    things = [("meetings.MeetingRequest", page.request.pk)]
    if page.meeting is not None:
        things.append(("meetings.Meeting", page.meeting.pk))
    rows = Event.objects.none()
    for thing, pk in things:
        rows = rows | Event.objects.filter(thing=thing, thing_id=str(pk))
    found = rows.filter(verb__in=HISTORY).order_by("pk").values_list("at", "verb", "actor__full_name", "data")[:MOST_EVENTS]
    return [(at, _said(page, _what(verb, data), who, data)) for at, verb, who, data in found]


def _what(verb: str, data: dict[str, Any]) -> str:
    """Return what happened, and why, where the organiser's ground changed under it."""
    stayed = verb == "meeting.moved" and data.get("before") == data.get("slot")
    what = _("Same time, other place or interpreter") if stayed else str(HISTORY[verb])
    why = why_words(data.get("why") or "")
    return _("%(what)s: %(why)s") % {"what": what, "why": why} if why else what


def _said(page: Page, what: str, who: str | None, data: dict[str, Any]) -> str:
    """Return what happened; where staff did it for one of them, by whom and for whom."""
    own = next((one for one in page.request.parties if one.pk == data.get("acting_for")), None)
    if own is None:
        return what
    words = {"what": what, "who": who or _("the organiser"), "company": page.name(own)}
    return _("%(what)s, by %(who)s for %(company)s") % words
