"""Another time for a meeting: proposed by one side, taken by the other. Until then the old time is kept."""

from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.foundation.errors import Conflict, NotAllowed
from expo.foundation.outbox import post
from matchmaking.meetings import calendars, errors, rules
from matchmaking.meetings.actions import booking
from matchmaking.meetings.actions.acting import log_for
from matchmaking.meetings.actions.common import (
    changed_meeting,
    locked_meeting,
    other_side,
    own_seat,
    parties_of,
    seats_of,
    setup_for,
)
from matchmaking.meetings.actions.interpreting import messages_to_interpreters
from matchmaking.meetings.actions.news import untold
from matchmaking.meetings.actions.notices import tell_of_move, tell_seats
from matchmaking.meetings.conflicts import broken_rule
from matchmaking.meetings.models import Meeting, MoveProposal, Seat, Slot
from matchmaking.meetings.queries.ground import ground_of
from matchmaking.meetings.states import MEETING_MOVES, PROPOSAL_MOVES
from matchmaking.participants.models import Registration


def propose_move(
    meeting: Meeting, *, by: User, slot: Slot, acting_for: Registration | None = None, version: int | None = None
) -> MoveProposal:
    """Propose another time for a meeting; the other side is told. Nothing moves before it says yes.

    Raises:
        NotAllowed: `by` stands for none of those who meet.
        IllegalMove: the meeting has no time. Conflict: it was changed since `version`.
        TooLate: it is in its last sixty minutes, or the new time is too near. MovedTooOften, MoveIsOpen: as their names say.
        SlotTaken: one of them is not free then, with alternatives.
    """
    try:
        with transaction.atomic():
            return _propose(locked_meeting(meeting, version), by, slot, acting_for)
    except IntegrityError as fault:
        if broken_rule(fault) == "one_open_move_per_meeting":
            raise errors.MoveIsOpen from fault
        raise


def _propose(meeting: Meeting, by: User, slot: Slot, acting_for: Registration | None) -> MoveProposal:
    seats = seats_of(meeting)
    seat = own_seat(seats, by, acting_for)
    MEETING_MOVES.leads_to("move", meeting.status)
    setup, now = setup_for(meeting), timezone.now()
    if not rules.may_still_move(meeting, now):
        raise errors.TooLate
    if meeting.moves >= setup.most_moves:
        raise errors.MovedTooOften
    if meeting.proposals.filter(status=MoveProposal.Status.PENDING).exists():
        raise errors.MoveIsOpen
    booking.refuse_unbookable(slot, setup, now)
    parties = parties_of([one.registration_id for one in seats])
    ground = ground_of(list(parties.registrations.values()), setup, day=slot.day)
    own = own_desks(meeting, seats, slot)
    if any(ground.free_desk(one, slot, ignoring=own.get(one.pk)) is None for one in parties.registrations.values()):
        raise errors.SlotTaken(booking.alternatives_of(meeting.request, slot))
    proposal = MoveProposal.objects.create(meeting=meeting, slot=slot, by_seat=seat, expires_at=_runs_out(meeting, slot))
    log_for(meeting, "meeting.move_proposed", by=by, own=seat.registration, slot=slot.pk, proposal=proposal.pk, side=seat.side)
    tell_of_move(proposal, seats, "meeting_move_asked", [other_side(seat.side)])
    return proposal


def _runs_out(meeting: Meeting, slot: Slot) -> datetime:
    """The answer comes in time for the new slot, and while the old one can still be kept."""
    runs_out = rules.expires_at(meeting.edition, slot, timezone.now())
    return min(runs_out, meeting.slot.starts_at - rules.LAST_MINUTES) if meeting.slot is not None else runs_out


def own_desks(meeting: Meeting, seats: Collection[Seat], slot: Slot) -> dict[int, int | None]:
    """Return the desks that the meeting itself has on the slot's day, by registration."""
    if meeting.slot is None or meeting.slot.day != slot.day:
        return {}
    return {seat.registration_id: seat.desk for seat in seats}


def answer_move(
    proposal: MoveProposal, *, by: User, accept: bool, acting_for: Registration | None = None, slot: Slot | None = None
) -> Meeting:
    """Take the proposed time, or keep the old one. Taking it moves everybody, the place and the calendars in one transaction, or nothing.

    `slot` is the proposed time that `by` has read.

    Raises:
        NotAllowed: `by` does not stand for the other side.
        Conflict: another time is proposed than the one read.
        IllegalMove: the proposal, or the meeting, is over. TooLate: the meeting is in its last sixty minutes, or the new time too near.
        SlotTaken, DayIsFull, NoInterpreter: the old time is kept; up to three other times come with it.
    """

    def attempt() -> Meeting:
        meeting = locked_meeting(proposal.meeting)
        row = MoveProposal.objects.select_for_update(of=("self",)).select_related("by_seat", "slot__edition").get(pk=proposal.pk)
        row.meeting = meeting
        seats = seats_of(meeting)
        seat = _answering_seat(seats, row, by, acting_for)
        if slot is not None and slot.pk != row.slot_id:
            raise Conflict
        status = PROPOSAL_MOVES.leads_to("accept" if accept else "decline", row.status)
        row.status = status
        row.save(update_fields=["status"])
        if not accept:
            log_for(meeting, "meeting.move_declined", by=by, own=seat.registration, proposal=row.pk)
            tell_of_move(row, seats, "meeting_move_declined", [row.by_seat.side])
            return meeting
        if not rules.may_still_move(meeting, timezone.now()):
            raise errors.TooLate
        booking.refuse_unbookable(row.slot, setup_for(meeting), timezone.now())
        return move(meeting, seats, row.slot, by=by, moves=meeting.moves + 1, own=seat.registration)

    return booking.booked(attempt, proposal.meeting.request, lambda: proposal.slot)


def _answering_seat(seats: Collection[Seat], row: MoveProposal, by: User, acting_for: Registration | None) -> Seat:
    others = [seat for seat in seats if seat.side != row.by_seat.side]
    if acting_for is not None and acting_for.pk not in {seat.registration_id for seat in others}:
        raise NotAllowed
    return own_seat(others, by, acting_for)


def move(meeting: Meeting, seats: Collection[Seat], slot: Slot, *, by: User | None, moves: int, own: Registration | None = None) -> Meeting:
    """Give the meeting another time; its mail moves the entry in every calendar. The caller holds the lock and catches what is taken.

    `moves` is the number of changes that now count against the meeting: those of the organiser do not. `own` is
    whose step it is.
    """
    MEETING_MOVES.leads_to("move", meeting.status)
    setup, before, was, there = setup_for(meeting), meeting.slot, meeting.interpreter, meeting.place
    parties = parties_of([seat.registration_id for seat in seats])
    made = booking.plan(
        meeting.request, parties, setup, slot, {seat.registration_id: seat.person for seat in seats}, own=own_desks(meeting, seats, slot)
    )
    booking.let_go(meeting)
    seated(seats, made)
    changed_meeting(
        meeting,
        slot=slot,
        place=made.place,
        interpreter=made.interpreter,
        moves=moves,
        sequence=meeting.sequence + 1,
        queued_at=timezone.now() if made.place is None else None,
    )
    booking.take(meeting, made)
    booking.keep_to_the_day(made, setup)
    known = untold(meeting) or {"was": was, "had": before, "there": there}
    log_for(meeting, "meeting.moved", by=by, own=own, slot=slot.pk, before=before and before.pk, place=made.place and made.place.code)
    tell_seats(meeting, seats, "meeting_moved", entry=calendars.invitation, before=before)
    post(messages_to_interpreters(meeting, seats, **known))
    return meeting


def seated(seats: Collection[Seat], made: booking.Plan) -> None:
    """Write desks and people of the plan into the seats; reminders and alarms begin anew."""
    for seat in seats:
        seat.desk, seat.person = made.desks[seat.registration_id], made.people.get(seat.registration_id)
        seat.alarmed_hours = seat.reminded_hours = None
    Seat.objects.bulk_update(seats, ["desk", "person", "alarmed_hours", "reminded_hours"])


@transaction.atomic
def withdraw_move(proposal: MoveProposal, *, by: User, acting_for: Registration | None = None) -> MoveProposal:
    """Take a proposed change of time back. Raises NotAllowed (not the side that proposed it), IllegalMove (it is over)."""
    meeting = locked_meeting(proposal.meeting)
    row = MoveProposal.objects.select_for_update(of=("self",)).select_related("by_seat", "slot__edition").get(pk=proposal.pk)
    row.meeting = meeting
    seats = seats_of(meeting)
    seat = own_seat([seat for seat in seats if seat.side == row.by_seat.side], by, acting_for)
    row.status = PROPOSAL_MOVES.leads_to("withdraw", row.status)
    row.save(update_fields=["status"])
    log_for(meeting, "meeting.move_withdrawn", by=by, own=seat.registration, proposal=row.pk)
    return row


def end_proposals(meeting: Meeting) -> None:
    """Close what is proposed for a meeting that keeps its time no longer."""
    ended = PROPOSAL_MOVES.leads_to("withdraw", MoveProposal.Status.PENDING)
    meeting.proposals.filter(status=MoveProposal.Status.PENDING).update(status=ended)
