"""What a person has to do at a place: the meeting that the code on its sign is for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from expo.accounts.models import User
from matchmaking.meetings import rules
from matchmaking.meetings.models import Meeting, Place
from matchmaking.meetings.queries.entries import Entry, entries_of_meeting, meetings_with_parties, own_registrations, read_postings

AHEAD = timedelta(hours=12)


@dataclass(frozen=True)
class Here:
    """A meeting of the person's at the place: whether they can check in now, and whether they have."""

    entry: Entry
    is_now: bool
    is_in: bool


def meetings_here(person: User, place: Place, *, now: datetime | None = None) -> list[Here]:
    """Return the person's meetings at the place that are not over and begin within twelve hours, earliest first. Four queries."""
    now = now or timezone.now()
    mine = {one.pk: one for one in own_registrations(person, place.edition)}
    rows = Meeting.objects.filter(place=place, status=Meeting.Status.SCHEDULED, seats__registration__in=mine).distinct()
    rows = rows.filter(slot__ends_at__gt=now, slot__starts_at__lt=now + AHEAD).order_by("slot__starts_at")
    found, meetings = [], meetings_with_parties(rows)
    read_postings(row.request for row in meetings)
    for row in meetings:
        row.edition = row.request.edition = place.edition
        entry = entries_of_meeting(row, mine, now)[0]
        found.append(Here(entry, rules.takes_check_in(row, now), entry.seat is not None and entry.seat.checked_in_at is not None))
    return found
