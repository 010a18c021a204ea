"""Who interprets is told of it: when they get a meeting, when it changes, and when it goes. They read whose meeting it is, and not how to reach anybody."""

from collections.abc import Callable, Collection
from copy import copy

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from expo.accounts.models import User
from expo.foundation.models import OutboxMessage
from expo.foundation.outbox import Notice, written
from matchmaking.marketplace.wording import listed
from matchmaking.meetings import calendars
from matchmaking.meetings.actions.ways import moments_of, way_to
from matchmaking.meetings.models import Interpreter, Meeting, Place, Seat, Slot

Entry = Callable[[Meeting, Collection[Seat], User], str]


def messages_to_interpreters(
    meeting: Meeting, seats: Collection[Seat], *, was: Interpreter | None = None, had: Slot | None = None, there: Place | None = None
) -> list[OutboxMessage]:
    """Write, and do not send, what its interpreters have to know of the meeting as it is now: nothing to who has no account.

    `was` is the one who had it before, at the time `had` and the place `there`, where these are others now or none. The same entry moves in the
    calendar of who keeps it, and leaves that of who does not.
    """
    now = meeting.interpreter if meeting.status == Meeting.Status.SCHEDULED and meeting.slot is not None else None
    messages = []
    if was is not None and was != now and (had or meeting.slot) is not None:
        gone = copy(meeting)
        gone.slot, gone.place = (had, there) if had is not None else (meeting.slot, meeting.place)
        messages += _message(gone, seats, was, "interpreting_ended", entry=calendars.cancellation_for_interpreter)
    if now is not None:
        kind = "interpreting_changed" if was == now else "interpreting"
        messages += _message(meeting, seats, now, kind, entry=calendars.invitation_for_interpreter, had=had)
    return messages


def _message(
    meeting: Meeting, seats: Collection[Seat], interpreter: Interpreter, kind: str, *, entry: Entry, had: Slot | None = None
) -> list[OutboxMessage]:
    person = interpreter.person
    if person is None or not person.is_active or meeting.slot is None:
        return []
    meeting.slot.edition = meeting.edition  # Whose clocks its hours are read on.
    moved = had is not None and had.pk != meeting.slot.pk
    with translation.override(person.language):
        context = {
            "companies": listed(seat.registration.company.title for seat in seats),
            "when": meeting.slot.words,
            "before": had.words if had is not None and moved else "",
            "where": calendars.location_of(meeting),
            "address": settings.SITE_URL + reverse("desk"),
        }
        calendar = entry(meeting, seats, person)
    way = way_to(person, kind, meeting.edition, timezone.now(), moments=moments_of(kind, None, meeting.slot, had))
    return [written(Notice(person, kind, context, calendar=calendar, way=way))]
