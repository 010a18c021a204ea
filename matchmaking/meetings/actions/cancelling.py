"""Calling a meeting off, and sending a colleague."""

from collections.abc import Collection
from copy import copy

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation.errors import Invalid
from expo.foundation.outbox import post
from matchmaking.meetings import calendars, errors, rules
from matchmaking.meetings.actions import booking
from matchmaking.meetings.actions.acting import log_for
from matchmaking.meetings.actions.answering import disclose
from matchmaking.meetings.actions.common import changed_meeting, checked_reason, locked_meeting, own_seat, seats_of
from matchmaking.meetings.actions.interpreting import messages_to_interpreters
from matchmaking.meetings.actions.moving import end_proposals
from matchmaking.meetings.actions.notices import tell_person, tell_seats
from matchmaking.meetings.conflicts import broken_rule
from matchmaking.meetings.models import Interpreter, Meeting, News, Occupancy, Place, Seat, Slot
from matchmaking.meetings.queries.free import colleagues_of
from matchmaking.meetings.states import MEETING_MOVES, refuse_unless
from matchmaking.participants.models import Registration


@transaction.atomic
def cancel(
    meeting: Meeting, *, by: User, reason: str, note: str = "", acting_for: Registration | None = None, version: int | None = None
) -> Meeting:
    """Call the meeting off, with a reason from the list and a word more if wanted. Its time is free at once; everybody is told.

    Raises:
        NotAllowed: `by` stands for none of those who meet.
        IllegalMove: it is over or called off. Conflict: it was changed since `version`. TooLate: it has begun.
        ReasonMissing, Invalid: no reason from the list, or a note of more than 500 signs.
    """
    meeting = locked_meeting(meeting, version)
    seats = seats_of(meeting)
    seat = own_seat(seats, by, acting_for)
    MEETING_MOVES.leads_to("cancel", meeting.status)
    if rules.is_over(meeting, timezone.now()):
        raise errors.TooLate
    reason, note = checked_reason(reason, note)
    return call_off(meeting, seats, by=by, reason=reason, note=note, seat=seat)


def call_off(
    meeting: Meeting, seats: Collection[Seat], *, by: User | None, reason: str, note: str = "", seat: Seat | None = None
) -> Meeting:
    """Cancel a meeting whose lock the caller holds, and take it out of every calendar. `seat` is whose word it is, None for nobody's."""
    side = seat.side if seat is not None else ""
    status = MEETING_MOVES.leads_to("cancel", meeting.status)
    end_proposals(meeting)
    booking.let_go(meeting)
    columns = {"status": status, "reason": reason, "note": note, "cancelled_side": side, "queued_at": None}
    changed_meeting(meeting, **columns, sequence=meeting.sequence + 1)
    own = seat.registration if seat is not None else None
    log_for(meeting, "meeting.cancelled", by=by, own=own, reason=reason, side=side, slot=meeting.slot_id)
    told = meeting if meeting.slot is not None else _as_known(meeting)
    tell_seats(told, seats, "meeting_cancelled", entry=calendars.cancellation)
    post(messages_to_interpreters(told, seats, was=told.interpreter))
    return meeting


def _as_known(meeting: Meeting) -> Meeting:
    """Return a meeting without a time at the one that its people still have in their calendars, because they were not told yet that it lost it."""
    news = News.objects.select_for_update(of=("self",)).filter(meeting=meeting).first()
    slot = Slot.objects.filter(pk=news.before.get("slot")).first() if news is not None else None
    if slot is None:
        return meeting
    known = copy(meeting)
    slot.edition, known.slot = meeting.edition, slot
    known.place = Place.objects.select_related("hall").filter(pk=news.before.get("place")).first() if news is not None else None
    known.interpreter = Interpreter.objects.filter(pk=news.before.get("interpreter")).first() if news is not None else None
    return known


def hand_over(meeting: Meeting, *, by: User, person: User, acting_for: Registration | None = None, version: int | None = None) -> Seat:
    """Send a colleague, at any stage before the meeting is over. Who came before loses the entry in the calendar, who comes gets it.

    Raises:
        NotAllowed: `by` stands for none of those who meet.
        IllegalMove: it is over or called off. Conflict: it was changed since `version`.
        Invalid: the person does not stand for the company.
        PersonIsBusy: the person meets somebody else then, or keeps the time free.
    """
    try:
        with transaction.atomic():
            return _hand_over(locked_meeting(meeting, version), by, person, acting_for)
    except IntegrityError as fault:
        if broken_rule(fault) == "person_no_double_booking":
            raise errors.PersonIsBusy from fault
        raise


def _hand_over(meeting: Meeting, by: User, person: User, acting_for: Registration | None) -> Seat:
    seats = seats_of(meeting)
    seat = own_seat(seats, by, acting_for)
    refuse_unless("hand_over", meeting.status)
    company = seat.registration.company_id
    colleagues = colleagues_of([company])[company]
    if person.pk not in {one.pk for one in colleagues}:
        raise Invalid(fields={"person": [_("Choose somebody who stands for your company.")]})
    before = seat.person
    if before is not None and before.pk == person.pk:
        return seat
    give_seat(meeting, seat, person)
    changed_meeting(meeting, sequence=meeting.sequence + 1)
    disclose(seats, meeting, only=seat)
    log_for(meeting, "meeting.handed_over", by=by, own=seat.registration, seat=seat.pk, person=person.pk, before=before and before.pk)
    if before is not None and before.is_active:
        tell_person(before, meeting, seats, seat, "meeting_given_away", entry=calendars.cancellation, colleague=person)
    if before is None and meeting.slot is not None:  # While nobody was named, each of them had the entry.
        for one in colleagues:
            if one.pk != person.pk:
                tell_person(one, meeting, seats, seat, "meeting_given_away", entry=calendars.cancellation, colleague=person)
    tell_person(person, meeting, seats, seat, "meeting_handed_over", entry=calendars.invitation, by=by)
    return seat


def give_seat(meeting: Meeting, seat: Seat, person: User | None) -> None:
    """Put somebody, or nobody, in the seat. What the company's person held in the slot is held for the new one.

    Raises:
        PersonIsBusy: somebody takes the person's time in the slot already.
    """
    if meeting.slot_id is not None and meeting.status == Meeting.Status.SCHEDULED:
        if seat.person_id is not None:
            Occupancy.objects.filter(meeting=meeting, person=seat.person_id).delete()
        if person is not None:
            if Occupancy.objects.filter(slot=meeting.slot_id, person=person).exists():
                raise errors.PersonIsBusy
            Occupancy.objects.create(slot_id=meeting.slot_id, meeting=meeting, person=person)
    seat.person, seat.alarmed_hours, seat.reminded_hours = person, None, None
    seat.save(update_fields=["person", "alarmed_hours", "reminded_hours"])
