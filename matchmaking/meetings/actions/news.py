"""Telling the people of meetings that were given another seat: once each, a minute after the change, or at once where it is near, in small steps."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import lazy

from expo.editions.models import Edition
from expo.foundation.eventlog import Step, events_of
from expo.foundation.models import Event
from expo.foundation.outbox import post
from matchmaking.meetings import calendars
from matchmaking.meetings.actions.common import seats_of
from matchmaking.meetings.actions.interpreting import messages_to_interpreters
from matchmaking.meetings.actions.notices import messages_to
from matchmaking.meetings.models import Interpreter, Meeting, News, Place, Seat, Slot
from matchmaking.meetings.queries.figures import TOLD
from matchmaking.meetings.whys import why_words

MINUTE = timedelta(seconds=60)
NEAR = timedelta(hours=2)  # Who is to meet within it may be on the way: their change does not wait for an undo.
DAY = timedelta(days=1)
AT_ONCE = 25
in_their_words = lazy(why_words, str)  # Said when a mail is written, in its reader's language.


def tell_news(now: datetime | None = None, *, most: int = 100_000, only: Collection[int] | None = None) -> int:
    """Tell the people of re-seated meetings, a minute after the change, and return of how many meetings. Each change is told once.

    `only` are meetings, by number, whose change does not wait for the minute; others are left alone then.
    In transactions of 25 meetings: the notices are written and the news is gone, or neither. It may be killed, or run twice at a time.
    """
    now = now or timezone.now()
    told = 0
    while told < most and (step := _tell_some(now, only)):
        told += step
    return told


def news_is_due(now: datetime) -> bool:
    """Whether there is something to tell. One query."""
    return News.objects.filter(created_at__lte=now - MINUTE).exists()


def tell_who_is_near(edition: Edition, times: Mapping[int, Collection[int]]) -> None:
    """Have those told at once that are to meet within two hours, or were. Call it after the change. `times` are the slots before and after, by meeting."""
    from matchmaking.meetings import tasks  # The job names this package.

    now = timezone.now()
    near = set(Slot.objects.filter(edition=edition, starts_at__gt=now - DAY, starts_at__lte=now + NEAR).values_list("pk", flat=True))
    if found := sorted(meeting for meeting, slots in times.items() if not near.isdisjoint(slots)):
        tasks.tell_news_of.enqueue(found)


@transaction.atomic
def _tell_some(now: datetime, only: Collection[int] | None) -> int:
    skip = connection.features.has_select_for_update_skip_locked
    rows = News.objects.select_for_update(of=("self",), skip_locked=skip).order_by("pk")
    rows = rows.filter(created_at__lte=now - MINUTE) if only is None else rows.filter(meeting__in=only)
    due = list(rows[:AT_ONCE])
    if not due:
        return 0
    meetings = Meeting.objects.filter(pk__in=[row.meeting_id for row in due])
    found = {
        row.pk: row for row in meetings.select_related("edition", "slot", "place__hall", "place__booth", "request", "interpreter__person")
    }
    known = _Known.of(due)
    messages, told = list[Any](), list[Step]()
    for row in due:
        meeting = found[row.meeting_id]
        seats, seated_anew = seats_of(meeting), _is_seated_anew(meeting, row)
        said = _messages(meeting, seats, row, known)
        messages += _to_interpreters(meeting, seats, row, known) + said
        if said and seated_anew:
            told.append((meeting, TOLD, {"before": row.before.get("slot")}))
    News.objects.filter(pk__in=[row.pk for row in due]).delete()
    post(messages)
    Event.objects.bulk_create(events_of(told, by=None))  # For the figures alone: the meetings themselves are what they were.
    return len(due)


def _is_seated_anew(meeting: Meeting, row: News) -> bool:
    """Whether it had a time, as far as its people know, and has another, another place, or none now. A first time and an interpreter are not that."""
    before = row.before.get("slot"), row.before.get("place")
    return before[0] is not None and before != (meeting.slot_id, meeting.place_id)


@dataclass(frozen=True)
class _Known:
    """The times and places that people know of, by number."""

    slots: Mapping[int, Slot]
    places: Mapping[int, Place]
    interpreters: Mapping[int, Interpreter]

    @classmethod
    def of(cls, rows: list[News]) -> "_Known":
        def numbers(name: str) -> set[int]:
            return {row.before[name] for row in rows if row.before.get(name) is not None}

        return cls(
            Slot.objects.select_related("edition").in_bulk(numbers("slot")),
            Place.objects.select_related("hall").in_bulk(numbers("place")),
            Interpreter.objects.select_related("person").in_bulk(numbers("interpreter")),
        )


def untold(meeting: Meeting) -> dict[str, Any] | None:
    """Take back what was still to be told of the meeting, because newer is told now; return who interprets as far as they know, when and where.

    None where there was nothing. One query, five where there was something.
    """
    row = News.objects.select_for_update(of=("self",)).filter(meeting=meeting).first()
    if row is None:
        return None
    row.delete()
    known, before = _Known.of([row]), row.before
    return {
        "was": known.interpreters.get(before.get("interpreter") or 0),
        "had": known.slots.get(before.get("slot") or 0),
        "there": known.places.get(before.get("place") or 0),
    }


def _to_interpreters(meeting: Meeting, seats: list[Seat], row: News, known: _Known) -> list[Any]:
    """What is to be said to who interprets, or did: where it was called off meanwhile, to who had it before alone."""
    was, had = known.interpreters.get(row.before.get("interpreter") or 0), known.slots.get(row.before.get("slot") or 0)
    there = known.places.get(row.before.get("place") or 0)
    if row.before == {"slot": meeting.slot_id, "place": meeting.place_id, "interpreter": meeting.interpreter_id}:
        return []
    if meeting.status in {Meeting.Status.SCHEDULED, Meeting.Status.UNSCHEDULED}:
        return messages_to_interpreters(meeting, seats, was=was, had=had, there=there)
    if meeting.status == Meeting.Status.CANCELLED and meeting.slot is not None and was != meeting.interpreter:
        return messages_to_interpreters(meeting, seats, was=was, had=had, there=there)
    return []


def _messages(meeting: Meeting, seats: list[Seat], row: News, known: _Known) -> list[Any]:
    """What is to be said of one meeting as it is now; nothing where it was called off, or has begun: that was told, or is past telling."""
    before = known.slots.get(row.before.get("slot") or 0)
    why = in_their_words(row.why)
    if meeting.status == Meeting.Status.UNSCHEDULED and before is not None:
        return _lost(meeting, seats, before, known.places.get(row.before.get("place") or 0), why)
    if meeting.status != Meeting.Status.SCHEDULED or meeting.slot is None:
        return []
    meeting.slot.edition = meeting.edition  # Its clocks are read once for all mails.
    if before is None:
        return messages_to(meeting, seats, "meeting_scheduled", entry=calendars.invitation, all_seats=seats, why=why)
    if before.pk != meeting.slot_id:
        return messages_to(meeting, seats, "meeting_moved", entry=calendars.invitation, all_seats=seats, before=before, why=why)
    if (row.before.get("place"), row.before.get("interpreter")) == (meeting.place_id, meeting.interpreter_id):
        return []
    return messages_to(meeting, seats, "meeting_changed", entry=calendars.invitation, all_seats=seats, before=before, why=why)


def _lost(meeting: Meeting, seats: list[Seat], before: Slot, place: Place | None, why: Any) -> list[Any]:
    """The mail that takes it out of the calendars names the time and place it had."""
    meeting.slot, meeting.place = before, place
    return messages_to(meeting, seats, "meeting_lost_its_time", entry=calendars.cancellation, all_seats=seats, before=before, why=why)
