"""Answering: accept, decline, propose another time. Accepting takes time, place and people in one transaction, or nothing."""

from collections.abc import Collection
from copy import copy
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.foundation.errors import IllegalMove, NotAllowed, Refused
from expo.foundation.eventlog import Step, log_all
from expo.foundation.models import OutboxMessage
from expo.foundation.outbox import post
from matchmaking.meetings import calendars, errors, rules
from matchmaking.meetings.actions import booking
from matchmaking.meetings.actions.acting import acts_for_others, log_for, messages_of_acting
from matchmaking.meetings.actions.asking import opposite, refuse_taken
from matchmaking.meetings.actions.common import (
    Parties,
    changed,
    checked_reason,
    locked_request,
    other_side,
    parties_of,
    refuse_closed,
    setup_for,
)
from matchmaking.meetings.actions.interpreting import messages_to_interpreters
from matchmaking.meetings.actions.notices import messages_to, tell_company
from matchmaking.meetings.conflicts import broken_rule
from matchmaking.meetings.models import Meeting, MeetingRequest, MeetingSetup, Seat, Side, Slot
from matchmaking.meetings.queries.free import free_slots
from matchmaking.meetings.queries.hiding import named_to_sender
from matchmaking.meetings.states import MEETING_MOVES, REQUEST_MOVES
from matchmaking.participants.models import Consent, Registration
from matchmaking.participants.rules import CONTACT_FIELDS

CONTACT_DAYS = 180
CHOSEN_BY_TWO = MeetingSetup.Scheduling.PARTICIPANTS
Coming = dict[int, User | None]


def accept(
    request: MeetingRequest,
    *,
    by: User,
    slot: Slot | None = None,
    needs_interpreter: bool = False,
    acting_for: Registration | None = None,
    version: int | None = None,
) -> Meeting:
    """Agree to meet: at `slot`, else at the time on the table, else at the first time that is free for all.

    `needs_interpreter` asks for one of the organiser's, where who asked has not: who comes is taken with the time, like a table.

    Both sides, the place and the people are checked again and taken in one transaction, under unique constraints. Without any
    common free time the meeting waits for one; where the organiser's planner chooses the times, it waits for the plan. Both sides are
    told, and each may see the contact data of who comes from the other.

    Raises:
        NotAllowed: `by` does not stand for the side whose turn it is, or acts for another one.
        IllegalMove: it is not pending any more. Conflict: it was changed since `version`.
        TooLate: it has run out, or the time is too near. BookingClosed, TakesNoPart, YouBlocked, NobodyThere: as their names say.
        SlotTaken, DayIsFull, NoInterpreter: nothing is written; up to three other times come with it.
    """
    asked = copy(request)
    asked.needs_interpreter = request.needs_interpreter or needs_interpreter
    return _accept(asked, by, slot, version, acting_for)


def accept_by_itself(request: MeetingRequest) -> None:
    """Accept for the receiver, where the edition has it so and there is a time for it; else the request goes on waiting."""
    try:
        _accept(request, None, None, None)
    except Refused:
        return


def _accept(
    request: MeetingRequest, by: User | None, slot: Slot | None, version: int | None, acting_for: Registration | None = None
) -> Meeting:
    tried = [slot]

    def attempt() -> Meeting:
        row = locked_request(request, version)
        row.needs_interpreter = row.needs_interpreter or request.needs_interpreter
        parties, setup = may_answer_now(row, by, acting_for)
        if row.is_laid_ready:
            raise IllegalMove  # What the planner has laid ready is asked first: see `take_up`.
        by_two = setup.scheduling == CHOSEN_BY_TWO
        coming, ground = _who_comes(row, parties, by), None
        chosen = (slot or row.slot) if by_two else _planned(row, parties)
        if by_two and chosen is None:
            ground = booking.ground_ahead(row, parties, setup, coming)
            chosen = booking.first_on(ground, row, parties)
        if by is None and chosen is None and by_two:
            raise errors.SlotTaken  # Accepting by itself needs a time.
        tried[0] = chosen
        booking.refuse_unbookable(chosen, setup, timezone.now())
        made = booking.plan(row, parties, setup, chosen, coming, ground=ground) if chosen is not None else None
        return _agree(row, parties, setup, made, coming, by=by)

    try:
        return booking.booked(attempt, request, lambda: tried[0] or request.slot)
    except IntegrityError as fault:
        if broken_rule(fault) == "one_meeting_per_request":
            raise IllegalMove from fault
        raise


def may_answer_now(row: MeetingRequest, by: User | None, acting_for: Registration | None) -> tuple[Parties, MeetingSetup]:
    """Return who would meet and the rules, or raise as `accept` says. Of a block that the other side set, who is to send what was laid ready hears nothing."""
    parties = parties_of([row.sender_id, row.receiver_id, row.partner_id])
    row.sender, row.receiver = parties.registrations[row.sender_id], parties.registrations[row.receiver_id]
    row.partner = parties.registrations[row.partner_id] if row.partner_id else None
    answering = row.answering
    if by is not None and (not _reaches(row) or not (parties.stands_for(by, answering) or rules.may_look_after(by))):
        raise NotAllowed
    if acting_for is not None and acting_for.pk != answering.pk:
        raise NotAllowed
    REQUEST_MOVES.leads_to("accept", row.status)
    setup, now = setup_for(row), timezone.now()
    if now >= row.expires_at:
        raise errors.TooLate
    refuse_closed(setup, now)
    if not all(rules.takes_part(one) for one in parties.registrations.values()):
        raise errors.TakesNoPart
    _refuse_blocked(row, parties, answering)
    if not all(parties.people_of(one) for one in parties.registrations.values()):
        raise errors.NobodyThere
    return parties, setup


def _reaches(row: MeetingRequest) -> bool:
    return row.is_delivered or row.waits_for == Side.SENDER


def _planned(row: MeetingRequest, parties: Parties) -> Slot | None:
    """Return the time that the planner has found for its own proposal, if all are still free; other requests wait for the plan."""
    if not row.is_proposal or row.slot is None or not rules.is_bookable(row.slot, timezone.now()):
        return None
    free = free_slots(*parties.registrations.values(), apart_from=row, languages=booking.languages_needed(row, parties))
    return row.slot if any(one.pk == row.slot_id for one in free) else None


def _refuse_blocked(row: MeetingRequest, parties: Parties, answering: Registration) -> None:
    """Who set the block is told of it; to who was blocked, the request is just not open any more."""
    if answering.company_id in parties.blockers:
        raise errors.YouBlocked
    if parties.blockers and not row.is_laid_ready:
        raise IllegalMove


def _agree(
    row: MeetingRequest, parties: Parties, setup: MeetingSetup, made: booking.Plan | None, coming: Coming, *, by: User | None
) -> Meeting:
    """Write the meeting, its seats, what it takes, and who may see whom. The caller holds the locks."""
    slot, now = made.slot if made is not None else None, timezone.now()
    accepted = REQUEST_MOVES.leads_to("accept", row.status)
    changed(row, status=accepted, answered_by=by, answered_at=now, slot=slot, needs_interpreter=row.needs_interpreter)
    meeting = _write_meeting(row, setup, made, now)
    seats = _write_seats(row, meeting, made, coming)
    acting = row.answering if acts_for_others(by, row.answering) else None
    # Now: once the time is taken, others wait for this to end.
    mails = _mails_of(meeting, seats, parties, is_timed=made is not None)
    if acting is not None:
        mails += messages_of_acting(meeting, "meeting_request.accepted", by=by, own=acting)
    if made is not None:
        booking.take(meeting, made)
        booking.keep_to_the_day(made, setup)
    disclose(seats, meeting)
    log_all(_steps_of(row, meeting, acting), by=by)
    post(mails)
    return meeting


def _write_meeting(row: MeetingRequest, setup: MeetingSetup, made: booking.Plan | None, now: datetime) -> Meeting:
    waits = made.place is None if made is not None else setup.scheduling == CHOSEN_BY_TWO
    if made is not None:
        made.slot.edition = setup.edition  # Its clocks are read once for all mails.
    return Meeting.objects.create(
        request=row,
        edition=setup.edition,
        slot=made.slot if made else None,
        place=made.place if made else None,
        interpreter=made.interpreter if made else None,
        status=Meeting.Status.UNSCHEDULED if made is None else MEETING_MOVES.leads_to("schedule", Meeting.Status.UNSCHEDULED),
        queued_at=now if waits else None,
    )


def _write_seats(row: MeetingRequest, meeting: Meeting, made: booking.Plan | None, coming: Coming) -> list[Seat]:
    people: dict[int, User] = made.people if made is not None else {pk: one for pk, one in coming.items() if one is not None}
    desks = made.desks if made is not None else {}
    return Seat.objects.bulk_create(
        Seat(meeting=meeting, registration=one, side=row.side_of(one), desk=desks.get(one.pk), person=people.get(one.pk))
        for one in row.parties
    )


def _mails_of(meeting: Meeting, seats: list[Seat], parties: Parties, *, is_timed: bool) -> list[OutboxMessage]:
    kind, entry = ("meeting_scheduled", calendars.invitation) if is_timed else ("meeting_agreed", None)
    mails = messages_to(meeting, seats, kind, entry=entry, all_seats=seats, known=parties.people)
    return mails + messages_to_interpreters(meeting, seats)


def _steps_of(row: MeetingRequest, meeting: Meeting, acting: Registration | None) -> list[Step]:
    whose = {"acting_for": acting.pk, "edition": acting.edition_id} if acting is not None else {}
    told: Step = (row, "meeting_request.accepted", {"slot": meeting.slot_id, "meeting": meeting.pk, **whose})
    if meeting.slot_id is None:
        return [told, (meeting, "meeting.agreed", {"request": row.pk})]
    return [
        told,
        (meeting, "meeting.scheduled", {"slot": meeting.slot_id, "place": meeting.place and meeting.place.code, "request": row.pk}),
    ]


def _who_comes(row: MeetingRequest, parties: Parties, by: User | None) -> Coming:
    """Return who would sit there, by registration: who asked, who answers; for the others the company says it later."""
    wrote = {Side.SENDER: row.sent_by_id, Side.RECEIVER: row.answered_by_id}
    if by is not None:
        wrote[Side(row.waits_for)] = by.pk
    coming: Coming = {}
    for one in row.parties:
        people = parties.people_of(one)
        author = wrote[row.side_of(one)] if one.pk in {row.sender_id, row.receiver_id} else None
        coming[one.pk] = next((person for person in people if person.pk == author), None) or _only(people)
    return coming


def _only(people: list[User]) -> User | None:
    """Who stands for a company alone is the one who comes."""
    return people[0] if len(people) == 1 else None


def disclose(seats: Collection[Seat], meeting: Meeting, *, only: Seat | None = None) -> None:
    """Write down that each company may see the contact data of who comes from the other side: field by field, why, and until when.

    Each can be taken back. What a person has not written down is not shown. `only` is the seat whose person is new. One query.
    """
    ends = meeting.edition.ends_on
    over = datetime.combine(ends, time.max, ZoneInfo(meeting.edition.time_zone)) if ends is not None else None
    until = over + timedelta(days=CONTACT_DAYS) if over is not None else None
    Consent.objects.bulk_create(
        Consent(person=seat.person, shown_to=other.registration.company, field=name, purpose=purpose_of(meeting), until=until)
        for seat in ([only] if only is not None else seats)
        for other in seats
        if seat.person is not None and seat.side != other.side
        for name in CONTACT_FIELDS
        if getattr(seat.person, name)
    )


def purpose_of(meeting: Meeting) -> str:
    """Return why contact data is shown: it names the meeting."""
    return f"meeting {meeting.pk}"


@transaction.atomic
def decline(
    request: MeetingRequest, *, by: User, reason: str, note: str = "", acting_for: Registration | None = None, version: int | None = None
) -> MeetingRequest:
    """Say no, with a reason from the list and a word more if wanted. The other side is told.

    Raises:
        NotAllowed: `by` does not stand for the side whose turn it is, or acts for another one.
        IllegalMove: it is not pending any more. Conflict: it was changed since `version`.
        ReasonMissing, Invalid: no reason from the list, or a note of more than 500 signs.
    """
    request = locked_request(request, version)
    _refuse_strangers(request, by, acting_for)
    status = REQUEST_MOVES.leads_to("decline", request.status)
    reason, note = checked_reason(reason, note)
    changed(request, status=status, reason=reason, note=note, answered_by=by, answered_at=timezone.now())
    log_for(request, "meeting_request.declined", by=by, own=request.answering, reason=reason)
    _tell_other(request, "meeting_declined")
    return request


def counter(
    request: MeetingRequest, *, by: User, slot: Slot, acting_for: Registration | None = None, version: int | None = None
) -> MeetingRequest:
    """Propose another time: it is the other side's turn now, and the time to answer begins anew. It holds the time softly for this side.

    Raises:
        NotAllowed, IllegalMove, Conflict: as `decline`.
        TooLate: the request has run out, or the time is too near. BookingClosed.
        SlotTaken: one of them is not free then, with alternatives.
    """
    with transaction.atomic():
        row = locked_request(request, version)
        parties, setup = _may_accept_time(row, by, acting_for)
        own = row.answering
        now = timezone.now()
        booking.refuse_unbookable(slot, setup, now)
        side = row.waits_for
        refuse_taken(row, slot, setup, parties, side=side)
        columns = {"answered_by": by} if side == Side.RECEIVER else {"sent_by": by}
        runs_out = rules.expires_at(setup.edition, slot, now)
        changed(
            row, status=REQUEST_MOVES.leads_to("counter", row.status), waits_for=other_side(side), slot=slot, expires_at=runs_out, **columns
        )
        log_for(row, "meeting_request.countered", by=by, own=own, slot=slot.pk, waits_for=row.waits_for)
        _tell_turn(row, parties)
    return row


def _may_accept_time(row: MeetingRequest, by: User, acting_for: Registration | None) -> tuple[Parties, MeetingSetup]:
    parties, setup = may_answer_now(row, by, acting_for)
    if row.is_laid_ready:
        raise IllegalMove
    if setup.scheduling != CHOSEN_BY_TWO:
        raise IllegalMove
    return parties, setup


def _tell_turn(row: MeetingRequest, parties: Parties) -> None:
    own = row.answering
    other: Registration | None = opposite(row, row.waits_for)
    if row.waits_for == Side.SENDER:
        other = named_to_sender(row)
    elif not row.is_delivered:
        return
    tell_company(parties.registrations[own.pk], "meeting_countered", row, other)


def _refuse_strangers(request: MeetingRequest, by: User, acting_for: Registration | None) -> None:
    own = request.answering
    if not _reaches(request) or not rules.may_act_for(by, own) or (acting_for is not None and acting_for.pk != own.pk):
        raise NotAllowed


def _tell_other(request: MeetingRequest, kind: str) -> None:
    """Tell the side whose turn it was not."""
    if request.waits_for == Side.RECEIVER:
        tell_company(request.sender, kind, request, named_to_sender(request))
    elif request.is_delivered:
        tell_company(request.receiver, kind, request, request.sender)
