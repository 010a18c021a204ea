"""Forums as calendar files (RFC 5545). A day on record without an hour is an event of the whole day."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlparse

from django.conf import settings
from django.urls import reverse
from icalendar import Calendar, Event

from expo.foundation.text import one_line  # a line break would end a line of the file
from expo.programme.models import Forum

SEQUENCE_STARTS = datetime(2020, 1, 1, tzinfo=UTC)


def calendar_of(forums: Iterable[Forum], name: str) -> bytes:
    """Return one calendar with an event for each forum; forums without a day are left out.

    UIDs stay the same over time and in both languages, DTSTAMP and SEQUENCE follow the last change, so that a newer
    file replaces the older entry in a calendar and never doubles it.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME}//Programme//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", one_line(name))
    for forum in forums:
        if forum.days or forum.starts_at:
            calendar.add_component(event_of(forum))
    return bytes(calendar.to_ical())


def event_of(forum: Forum) -> Event:
    """Return the forum's event; it needs a day or an hour."""
    event = Event()
    event.add("uid", f"forum-{forum.key}@{urlparse(settings.SITE_URL).hostname or 'localhost'}")
    event.add("dtstamp", forum.changed_at)
    event.add("last-modified", forum.changed_at)
    event.add("sequence", int((forum.changed_at - SEQUENCE_STARTS).total_seconds()))
    event.add("summary", one_line(forum.title))
    _add_time(event, forum)
    place = ", ".join(part for part in (forum.place, forum.edition.venue, forum.edition.city) if part)
    if place:
        event.add("location", one_line(place))
    event.add("url", settings.SITE_URL + reverse("forum", args=[forum.key]))
    return event


def _add_time(event: Event, forum: Forum) -> None:
    if forum.starts_at:
        event.add("dtstart", forum.starts_at.astimezone(UTC))
        if forum.ends_at:
            event.add("dtend", forum.ends_at.astimezone(UTC))
    elif forum.days:
        first, last = forum.days
        event.add("dtstart", first)
        event.add("dtend", last + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
