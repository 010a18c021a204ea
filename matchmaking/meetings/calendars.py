"""A meeting as an entry of a calendar (RFC 5545, RFC 5546): one UID for its whole life, and a SEQUENCE that rises with each change.

So a mail program moves the entry that it has, or takes it out, and never keeps two.
"""

from collections.abc import Collection, Iterable
from datetime import UTC
from urllib.parse import urlparse

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from icalendar import Calendar, Event, vCalAddress, vText

from expo.accounts.models import User
from expo.foundation.text import one_line
from matchmaking.meetings.addresses import address_of
from matchmaking.meetings.models import Meeting, Seat

REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"


def invitation(meeting: Meeting, seats: Collection[Seat], recipient: User) -> str:
    """Return what puts, or moves, the meeting in the person's calendar. The meeting has a time."""
    return _file([event_of(meeting, seats, recipient)], REQUEST)


def cancellation(meeting: Meeting, seats: Collection[Seat], recipient: User) -> str:
    """Return what takes the meeting out of the person's calendar. `meeting.slot` is the time it had."""
    event = event_of(meeting, seats, recipient)
    event["status"] = vText("CANCELLED")
    return _file([event], CANCEL)


def invitation_for_interpreter(meeting: Meeting, seats: Collection[Seat], recipient: User) -> str:
    """Return what puts, or moves, the meeting in the calendar of who interprets it: they have no page of it."""
    return _file([_without_page(event_of(meeting, seats, recipient))], REQUEST)


def cancellation_for_interpreter(meeting: Meeting, seats: Collection[Seat], recipient: User) -> str:
    """Return what takes the meeting out of the calendar of who was to interpret it. `meeting.slot` is the time it had."""
    event = _without_page(event_of(meeting, seats, recipient))
    event["status"] = vText("CANCELLED")
    return _file([event], CANCEL)


def _without_page(event: Event) -> Event:
    del event["url"], event["description"]
    return event


def interpreters_calendar(meetings: Iterable[Meeting], name: str) -> str:
    """Return an interpreter's meetings, each with its seats prefetched, as a file that names nobody as its reader."""
    return _file([event_of(one, list(one.seats.all()), None) for one in meetings if one.slot is not None], PUBLISH, name=name)


def calendar_of(meetings: Iterable[Meeting], recipient: User, name: str) -> str:
    """Return the person's own calendar: the meetings with a time, each with its seats prefetched."""
    events = [event_of(one, list(one.seats.all()), recipient) for one in meetings if one.slot is not None]
    return _file(events, PUBLISH, name=name)


def uid_of(meeting: Meeting) -> str:
    """Return what names the meeting in every calendar, for good."""
    return f"meeting-{meeting.uid}@{urlparse(settings.SITE_URL).hostname or 'localhost'}"


def event_of(meeting: Meeting, seats: Collection[Seat], recipient: User | None) -> Event:
    """Return the meeting's entry as the person reads it, in the active language; None for somebody without an account."""
    slot = meeting.slot
    if slot is None:
        raise ValueError(meeting.pk)
    event = Event()
    event.add("uid", uid_of(meeting))
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", timezone.now())
    event.add("last-modified", meeting.changed_at)
    event.add("dtstart", slot.starts_at.astimezone(UTC))
    event.add("dtend", slot.ends_at.astimezone(UTC))
    names = [one_line(seat.registration.company.title) for seat in seats]
    event.add("summary", _("Meeting: %(companies)s") % {"companies": " – ".join(names)})
    event.add("location", location_of(meeting))
    event.add("url", address_of(meeting))
    event.add("description", address_of(meeting))
    event.add("status", "CONFIRMED")
    event.add("organizer", _address(settings.DEFAULT_FROM_EMAIL, settings.SITE_NAME))
    if recipient is not None:
        guest = _address(recipient.email, recipient.get_short_name())
        guest.params["PARTSTAT"], guest.params["RSVP"] = vText("ACCEPTED"), vText("FALSE")
        event.add("attendee", guest)
    return event


def location_of(meeting: Meeting) -> str:
    """Return where it is, in a line."""
    place = meeting.place
    if place is None:
        return _("The table follows")
    if place.kind == place.Kind.ONLINE:
        return _("Online")
    return one_line(pgettext("clauses", ", ").join(part for part in (place.code, str(place.hall or ""), meeting.edition.venue) if part))


def _address(mail: str, name: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{mail.rpartition('<')[2].rstrip('>')}")
    address.params["CN"] = vText(one_line(name))
    return address


def _file(events: Iterable[Event], method: str, *, name: str = "") -> str:
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME}//Meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    if name:
        calendar.add("x-wr-calname", one_line(name))
    for event in events:
        calendar.add_component(event)
    text: str = calendar.to_ical().decode()
    return text
