"""What time brings: found in rows, one transaction for each, harmless twice and safe to kill at any moment."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from expo.foundation.errors import Refused
from expo.foundation.eventlog import log
from expo.foundation.outbox import post
from matchmaking.matching.models import Match
from matchmaking.meetings import calendars, errors, rules
from matchmaking.meetings.actions import booking
from matchmaking.meetings.actions.answering import CHOSEN_BY_TWO
from matchmaking.meetings.actions.asking import refuse_taken
from matchmaking.meetings.actions.attending import outcome_of, settle
from matchmaking.meetings.actions.common import (
    changed,
    changed_meeting,
    locked_meeting,
    locked_request,
    parties_of,
    seats_of,
    setup_for,
)
from matchmaking.meetings.actions.interpreting import messages_to_interpreters
from matchmaking.meetings.actions.moving import seated
from matchmaking.meetings.actions.news import news_is_due, untold
from matchmaking.meetings.actions.notices import tell_company, tell_of_move, tell_seats
from matchmaking.meetings.actions.parting import part_blocked, part_who_left
from matchmaking.meetings.actions.proposing import proposals_to_tell
from matchmaking.meetings.actions.staying import follow_booths
from matchmaking.meetings.conflicts import OF_OCCUPANCY, broken_rule
from matchmaking.meetings.models import Meeting, MeetingRequest, MoveProposal, News, Occupancy, Place, Seat, Side, Slot
from matchmaking.meetings.queries.hiding import named_to_sender
from matchmaking.meetings.states import MEETING_MOVES, PROPOSAL_MOVES, REQUEST_MOVES

AT_ONCE = 300
ALARMS_NEAREST_FIRST = (2, 24)
REMINDERS_NEAREST_FIRST = (1, 24)
DAYS_TO_SAY = 3


def sweep_meetings(now: datetime | None = None) -> int:
    """Do all that is due, at most 300 of each kind, and return how many rows were touched. Every minute; it may run twice, or be killed."""
    now = now or timezone.now()
    steps: tuple[Callable[[], int], ...] = (
        part_blocked,
        lambda: part_who_left(AT_ONCE),
        lambda: expire_requests(now),
        lambda: expire_moves(now),
        lambda: offer_new_times(now),
        follow_booths,
        lambda: fill_tables(now),
        lambda: fill_freed_times(now),
        lambda: alarm_companies(now),
        lambda: remind_people(now),
        lambda: ask_how_it_went(now),
        lambda: settle_silence(now),
        lambda: ask_to_tell_news(now),
    )
    return sum(step() for step in steps)


def ask_to_tell_news(now: datetime) -> int:
    """Ask a worker to tell people of meetings that were given another seat, and of proposals; there may be thousands."""
    from matchmaking.meetings import tasks  # The job names this package.

    due = news_is_due(now) or proposals_to_tell().exists()
    if due:
        tasks.tell_news.enqueue()
    return int(due)


def _each(step: Callable[[int, datetime], int], keys: Iterable[int], now: datetime) -> int:
    done = 0
    for key in list(keys):
        try:
            with transaction.atomic():
                done += step(key, now)
        except IntegrityError as fault:
            if broken_rule(fault) not in OF_OCCUPANCY:
                raise
            # Somebody was quicker with the table; the next sweep looks again.
    return done


def expire_requests(now: datetime) -> int:
    """End the requests that nobody answered in time, and tell who asked."""
    due = MeetingRequest.objects.pending().filter(expires_at__lte=now).order_by("pk")
    return _each(_expire_request, due.values_list("pk", flat=True)[:AT_ONCE], now)


def _expire_request(key: int, now: datetime) -> int:
    request = locked_request(MeetingRequest(pk=key))
    if not request.is_pending or request.expires_at > now:
        return 0
    changed(request, status=REQUEST_MOVES.leads_to("expire", request.status), answered_at=now)
    log(request, "meeting_request.expired", by=None, waited_for=request.waits_for)
    if request.waits_for == Side.RECEIVER:
        tell_company(request.sender, "meeting_request_expired", request, named_to_sender(request))
    elif request.is_delivered:
        tell_company(request.receiver, "meeting_request_expired", request, request.sender)
    return 1


def expire_moves(now: datetime) -> int:
    """End the proposed changes of time that nobody answered; the old time is kept, and who proposed is told."""
    due = MoveProposal.objects.filter(status=MoveProposal.Status.PENDING, expires_at__lte=now).order_by("pk")
    return _each(_expire_move, due.values_list("pk", flat=True)[:AT_ONCE], now)


def _expire_move(key: int, now: datetime) -> int:
    meeting = locked_meeting(MoveProposal.objects.select_related("meeting").get(pk=key).meeting)
    row = MoveProposal.objects.select_for_update(of=("self",)).select_related("by_seat", "slot__edition").get(pk=key)
    if row.status != MoveProposal.Status.PENDING or row.expires_at > now:
        return 0
    row.meeting, row.status = meeting, PROPOSAL_MOVES.leads_to("expire", row.status)
    row.save(update_fields=["status"])
    log(meeting, "meeting.move_expired", by=None, proposal=row.pk)
    tell_of_move(row, seats_of(meeting), "meeting_move_expired", [row.by_seat.side])
    return 1


def offer_new_times(now: datetime) -> int:
    """Put another time on the table of pending requests whose time somebody else got, or which was taken out of the timetable, or became a break."""
    sides = Q(registration=OuterRef("sender")) | Q(registration=OuterRef("receiver")) | Q(registration=OuterRef("partner"))
    taken = Occupancy.objects.filter(sides, slot=OuterRef("slot"))
    with_time = MeetingRequest.objects.pending().filter(slot__isnull=False, expires_at__gt=now)
    gone = Q(slot__removed_at__isnull=False) | ~Q(slot__kind=Slot.Kind.MEETING)
    touched = with_time.filter(Exists(taken) | gone).order_by("pk")
    return _each(_offer_new_time, touched.values_list("pk", flat=True)[:AT_ONCE], now)


def _offer_new_time(key: int, now: datetime) -> int:
    request = locked_request(MeetingRequest(pk=key))
    if not request.is_pending or request.slot is None:
        return 0
    parties, setup = parties_of([request.sender_id, request.receiver_id, request.partner_id]), setup_for(request)
    proposer = Side.SENDER if request.waits_for == Side.RECEIVER else Side.RECEIVER
    side = Side.SENDER if request.is_veiled else proposer  # Whatever happens shows: nothing of it may be the hidden buyer's doing.
    try:
        booking.refuse_unbookable(request.slot, setup, now)
        refuse_taken(request, request.slot, setup, parties, side=side)
    except (errors.SlotTaken, errors.TooLate):
        before, slot = request.slot, booking.first_free(request, parties, side=side)
        changed(request, slot=slot)
        log(request, "meeting_request.new_time", by=None, slot=slot and slot.pk, before=before.pk)
        if request.is_delivered or proposer == Side.SENDER:
            named = named_to_sender(request)
            tell_company(request.sender, "meeting_new_time", request, named, before=before)
        if request.is_delivered:
            tell_company(request.receiver, "meeting_new_time", request, request.sender, before=before)
        return 1
    return 0


def fill_tables(now: datetime) -> int:
    """Give those who wait for a table the first one that is free in their slot, in the order in which they wait."""
    waiting = Meeting.objects.filter(status=Meeting.Status.SCHEDULED, place__isnull=True, slot__starts_at__gt=now)
    return _each(_fill_table, waiting.order_by("queued_at", "pk").values_list("pk", flat=True)[:AT_ONCE], now)


def _fill_table(key: int, _now: datetime) -> int:
    meeting = locked_meeting(Meeting(pk=key))
    if meeting.status != Meeting.Status.SCHEDULED or meeting.place_id is not None or meeting.slot is None:
        return 0
    seats = seats_of(meeting)
    parties = parties_of([seat.registration_id for seat in seats])
    place, desk = booking.place_in(meeting.request, parties, meeting.slot)
    if place is None or not _stays_open(place):
        return 0
    changed_meeting(meeting, place=place, queued_at=None, sequence=meeting.sequence + 1)
    if desk is not None:
        Occupancy.objects.create(slot=meeting.slot, meeting=meeting, place=place, desk=desk)
    log(meeting, "meeting.place_found", by=None, place=place.code)
    news = News.objects.select_for_update(of=("self",)).filter(meeting=meeting)
    if not list(news.values_list("pk")):  # Else they tell of it, and once.
        tell_seats(meeting, seats, "meeting_place_found", entry=calendars.invitation)
        post(messages_to_interpreters(meeting, seats, was=meeting.interpreter))
    return 1


def _stays_open(place: Place) -> bool:
    """Keep whoever would close the place waiting; where somebody is just about to, the next sweep looks again."""
    rows = Place.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(pk=place.pk, closed_at__isnull=True)
    return bool(list(rows.values_list("pk", flat=True)))


def fill_freed_times(now: datetime) -> int:
    """Give the time that became free to the best of those who agreed to meet and wait for one: by match, then by how long they wait."""
    waiting = Meeting.objects.filter(
        status=Meeting.Status.UNSCHEDULED, queued_at__isnull=False, edition__meeting_setup__scheduling=CHOSEN_BY_TWO
    ).select_related("request")
    rows = list(waiting.order_by("queued_at", "pk")[:AT_ONCE])
    scores = _scores(rows)
    rows.sort(key=lambda meeting: (-scores.get(meeting.request_id, 0), meeting.queued_at, meeting.pk))
    done = 0
    for meeting in rows:
        try:
            done += booking.booked(lambda meeting=meeting: _fill_time(meeting.pk, now), meeting.request, lambda: None)  # type: ignore[misc] # mypy cannot tell the type of a default in a lambda
        except Refused:
            continue  # Somebody was quicker; it waits for the next time.
    return done


def _scores(rows: Iterable[Meeting]) -> dict[int, Any]:
    """Return the best match, in points, between what each request is about and the other company's postings. Two queries."""
    requests = [meeting.request_id for meeting in rows]
    found: dict[int, Any] = {}
    for own, others in (("request", "offer"), ("offer", "request")):
        asked = f"{own}__asked_about__request"
        theirs = Q(**{f"{others}__registration": F(f"{asked}__sender")}) | Q(**{f"{others}__registration": F(f"{asked}__receiver")})
        matches = Match.objects.in_force().filter(theirs, **{f"{asked}__in": requests})
        for request, score in matches.values_list(asked, "score"):
            found[request] = max(score, found.get(request, score))
    return found


def _fill_time(key: int, now: datetime) -> int:
    meeting = locked_meeting(Meeting(pk=key))
    if meeting.status != Meeting.Status.UNSCHEDULED or meeting.queued_at is None:
        return 0
    seats = seats_of(meeting)
    parties = parties_of([seat.registration_id for seat in seats])
    slot = booking.first_free(meeting.request, parties)
    if slot is None or not rules.is_bookable(slot, now):
        return 0
    give_time(meeting, seats, parties, slot)
    return 1


def give_time(meeting: Meeting, seats: list[Seat], parties: Any, slot: Any) -> None:
    """Schedule a meeting that had no time. The caller holds the locks and catches what is taken."""
    status = MEETING_MOVES.leads_to("schedule", meeting.status)
    people = {seat.registration_id: seat.person for seat in seats}
    setup = setup_for(meeting)
    made = booking.plan(meeting.request, parties, setup, slot, people)
    seated(seats, made)
    columns = {"status": status, "slot": slot, "place": made.place, "interpreter": made.interpreter}
    queued_at = timezone.now() if made.place is None else None
    changed_meeting(meeting, **columns, queued_at=queued_at, sequence=meeting.sequence + 1)
    booking.take(meeting, made)
    booking.keep_to_the_day(made, setup)
    known = untold(meeting) or {}
    log(meeting, "meeting.scheduled", by=None, slot=slot.pk, place=made.place and made.place.code, request=meeting.request_id)
    tell_seats(meeting, seats, "meeting_scheduled", entry=calendars.invitation)
    post(messages_to_interpreters(meeting, seats, **known))


def alarm_companies(now: datetime) -> int:
    """Tell a company 24 hours and 2 hours before a meeting that nobody is named for it, once each."""
    return sum(_each(_alarm, _near(now, hours, "alarmed_hours", named=False), now) for hours in ALARMS_NEAREST_FIRST)


def remind_people(now: datetime) -> int:
    """Remind who comes, 24 hours and one hour before the meeting, once each."""
    return sum(_each(_remind, _near(now, hours, "reminded_hours", named=True), now) for hours in REMINDERS_NEAREST_FIRST)


def _near(now: datetime, hours: int, column: str, *, named: bool) -> Iterable[int]:
    """The seats, with or without a person, in meetings within so many hours whose people were not told so near to it yet."""
    within = {"meeting__slot__starts_at__gt": now, "meeting__slot__starts_at__lte": now + timedelta(hours=hours)}
    seats = Seat.objects.filter(meeting__status=Meeting.Status.SCHEDULED, person__isnull=not named, **within)
    return seats.exclude(**{f"{column}__lte": hours}).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]


def _alarm(key: int, now: datetime) -> int:
    return _note(key, now, "alarmed_hours", ALARMS_NEAREST_FIRST, "meeting_unassigned", wants_person=False)


def _remind(key: int, now: datetime) -> int:
    return _note(key, now, "reminded_hours", REMINDERS_NEAREST_FIRST, "meeting_reminder", wants_person=True)


def _note(key: int, now: datetime, column: str, nearest_first: tuple[int, ...], kind: str, *, wants_person: bool) -> int:
    meeting = locked_meeting(Seat.objects.select_related("meeting").get(pk=key).meeting)
    seats = seats_of(meeting)
    seat = next(one for one in seats if one.pk == key)
    if meeting.status != Meeting.Status.SCHEDULED or meeting.slot is None or (seat.person is not None) != wants_person:
        return 0
    hours = next((one for one in nearest_first if now < meeting.slot.starts_at <= now + timedelta(hours=one)), None)
    told = getattr(seat, column)
    if hours is None or (told is not None and told <= hours):
        return 0
    setattr(seat, column, hours)
    seat.save(update_fields=[column])
    log(meeting, kind, by=None, seat=seat.pk, hours=hours)
    tell_seats(meeting, seats, kind, only=[seat])
    return 1


def ask_how_it_went(now: datetime) -> int:
    """Ask both sides once, after the meeting, whether it took place."""
    over = Meeting.objects.filter(status=Meeting.Status.SCHEDULED, slot__ends_at__lte=now, outcome_asked_at__isnull=True)
    return _each(_ask_outcome, over.order_by("pk").values_list("pk", flat=True)[:AT_ONCE], now)


def _ask_outcome(key: int, now: datetime) -> int:
    meeting = locked_meeting(Meeting(pk=key))
    if meeting.status != Meeting.Status.SCHEDULED or meeting.outcome_asked_at is not None:
        return 0
    changed_meeting(meeting, outcome_asked_at=now)
    seats = seats_of(meeting)
    log(meeting, "meeting.outcome_asked", by=None)
    tell_seats(meeting, seats, "meeting_outcome", only=[seat for seat in seats if not seat.says])
    return 1


def settle_silence(now: datetime) -> int:
    """Three days after a meeting, let the word of one side stand for both, or that both had checked in; without either it stays open."""
    over = Meeting.objects.filter(status=Meeting.Status.SCHEDULED, slot__ends_at__lte=now - timedelta(days=DAYS_TO_SAY))
    spoken = over.filter(Q(seats__says__gt="") | Q(seats__checked_in_at__isnull=False)).distinct().order_by("pk")
    return _each(_settle, spoken.values_list("pk", flat=True)[:AT_ONCE], now)


def _settle(key: int, _now: datetime) -> int:
    meeting = locked_meeting(Meeting(pk=key))
    seats = seats_of(meeting)
    outcome = outcome_of(seats, alone=True)
    if outcome is None and {seat.side for seat in seats if seat.checked_in_at is not None} == set(Side.values):
        outcome = Meeting.Status.HELD
    if meeting.status != Meeting.Status.SCHEDULED or outcome is None:
        return 0
    settle(meeting, outcome, by=None)
    return 1
