"""What must hold of meetings at every moment, whatever was asked, raced or killed: read from the rows, one sentence for each breach."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q
from django.db.models.functions import Cast

from expo.foundation.models import Event
from matchmaking.meetings.models import Meeting, MeetingRequest, MoveProposal, News, Occupancy, Place, PlannedSeat, PlanRun, Seat, Slot

_M = Meeting.Status
DONE = (_M.HELD, _M.NO_SHOW, _M.DISPUTED)


def breaches() -> list[str]:
    """Return what does not hold, in sentences; nothing where all is well. Sixteen queries."""
    return [words for check in CHECKS for words in check()]


def _every_time_taken_once() -> Iterator[str]:
    """The constraints say so; a database restored or altered by hand may not have them."""
    for columns in (("registration", "desk"), ("place", "desk"), ("interpreter",), ("person",)):
        rows = Occupancy.objects.filter(**{f"{columns[0]}__isnull": False}).values(*columns, "slot").annotate(count=Count("pk"))
        yield from (f"{columns[0]} {row[columns[0]]} is taken twice in slot {row['slot']}" for row in rows.filter(count__gt=1).order_by())


def _nothing_taken_without_a_meeting() -> Iterator[str]:
    stray = Occupancy.objects.filter(meeting__isnull=False).exclude(meeting__status__in=[_M.SCHEDULED, *DONE])
    yield from (f"meeting {row.meeting_id} holds time and is not scheduled" for row in stray)
    elsewhere = Occupancy.objects.filter(meeting__isnull=False).exclude(slot=F("meeting__slot"))
    yield from (f"meeting {row.meeting_id} holds time in another slot than its own" for row in elsewhere)


def _each_seat_has_its_desk() -> Iterator[str]:
    desk = Occupancy.objects.filter(meeting=OuterRef("meeting"), registration=OuterRef("registration"), desk=OuterRef("desk"))
    seats = Seat.objects.filter(meeting__status__in=[_M.SCHEDULED, *DONE])
    yield from (f"seat {seat.pk} of meeting {seat.meeting_id} holds no desk" for seat in seats.filter(~Exists(desk)))
    taken = Q(status__in=[_M.SCHEDULED, *DONE])
    desks = Count("taken", filter=Q(taken__registration__isnull=False), distinct=True)
    counted = Meeting.objects.filter(taken).annotate(desks=desks, sides=Count("seats", distinct=True))
    for meeting, held, wanted in counted.exclude(desks=F("sides")).values_list("pk", "desks", "sides"):
        yield f"meeting {meeting} holds {held} desks for {wanted} seats"


def _each_person_who_comes_is_held() -> Iterator[str]:
    held = Occupancy.objects.filter(meeting=OuterRef("meeting"), person=OuterRef("person"))
    seats = Seat.objects.filter(meeting__status=_M.SCHEDULED, person__is_active=True)
    yield from (f"seat {seat.pk} of meeting {seat.meeting_id} does not hold its person" for seat in seats.filter(~Exists(held)))
    sits = Seat.objects.filter(meeting=OuterRef("meeting"), person=OuterRef("person"))
    rows = Occupancy.objects.filter(meeting__isnull=False, person__isnull=False)
    yield from (f"meeting {row.meeting_id} holds person {row.person_id}, who does not come" for row in rows.filter(~Exists(sits)))


def _each_place_is_held() -> Iterator[str]:
    held = Occupancy.objects.filter(meeting=OuterRef("pk"), place=OuterRef("place"))
    meetings = Meeting.objects.filter(status=_M.SCHEDULED, place__isnull=False).exclude(place__kind=Place.Kind.ONLINE)
    yield from (f"meeting {row.pk} does not hold its place" for row in meetings.filter(~Exists(held)))
    other = Occupancy.objects.filter(meeting__isnull=False, place__isnull=False).exclude(place=F("meeting__place"))
    yield from (f"meeting {row.meeting_id} holds a place that is not its own" for row in other)


def _accepted_requests_have_a_meeting() -> Iterator[str]:
    accepted = MeetingRequest.Status.ACCEPTED
    without = MeetingRequest.objects.filter(status=accepted, meeting__isnull=True)
    yield from (f"request {row.pk} is accepted and has no meeting" for row in without)
    others = Meeting.objects.exclude(request__status=accepted)
    yield from (f"meeting {row.pk} stands on a request that is not accepted" for row in others)


def _seats_are_of_those_who_asked() -> Iterator[str]:
    asked = Q(registration=F("meeting__request__sender")) | Q(registration=F("meeting__request__receiver"))
    strangers = Seat.objects.exclude(asked | Q(registration=F("meeting__request__partner"), meeting__request__partner__isnull=False))
    yield from (f"seat {seat.pk} of meeting {seat.meeting_id} is of somebody else" for seat in strangers)


def _only_scheduled_meetings_are_moved() -> Iterator[str]:
    open_moves = MoveProposal.objects.filter(status=MoveProposal.Status.PENDING).exclude(meeting__status=_M.SCHEDULED)
    done = open_moves.exclude(meeting__status__in=DONE)  # It runs out by itself, after the meeting.
    yield from (f"meeting {row.meeting_id} is not scheduled, and a change of time is open" for row in done)


def _slots_do_not_overlap() -> Iterator[str]:
    over = Slot.objects.standing().filter(edition=OuterRef("edition"), starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at"))
    for slot in Slot.objects.standing().filter(Exists(over.exclude(pk=OuterRef("pk")))):
        yield f"slot {slot.pk} overlaps another"


def _news_are_of_meetings() -> Iterator[str]:
    meeting = Meeting.objects.filter(pk=OuterRef("meeting_id"))
    yield from (f"news {row.pk} is of no meeting" for row in News.objects.filter(~Exists(meeting)))


def _what_was_published_is_so() -> Iterator[str]:
    """As long as nothing was done to the meeting since."""
    since = Event.objects.filter(
        thing="meetings.Meeting", thing_id=Cast(OuterRef("meeting_id"), CharField()), at__gt=OuterRef("run__published_at")
    )
    given = PlannedSeat.objects.filter(run__status=PlanRun.Status.PUBLISHED, kind__in=[PlannedSeat.Kind.NEW, PlannedSeat.Kind.MOVED])
    other = given.exclude(meeting__status=_M.CANCELLED).filter(Q(meeting__slot__isnull=True) | ~Q(meeting__slot=F("slot")))
    yield from (f"meeting {row.meeting_id} is not at the time that plan {row.run_id} gave it" for row in other.filter(~Exists(since)))


CHECKS: tuple[Callable[[], Any], ...] = (
    _every_time_taken_once,
    _nothing_taken_without_a_meeting,
    _each_seat_has_its_desk,
    _each_person_who_comes_is_held,
    _each_place_is_held,
    _accepted_requests_have_a_meeting,
    _seats_are_of_those_who_asked,
    _only_scheduled_meetings_are_moved,
    _slots_do_not_overlap,
    _news_are_of_meetings,
    _what_was_published_is_so,
)
