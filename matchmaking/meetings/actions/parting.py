"""Who no longer meets: companies that are blocked, take no part any more, or have nobody left to send."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from expo.foundation.eventlog import Touched, log
from matchmaking.meetings import calendars, rules
from matchmaking.meetings.actions.cancelling import call_off, give_seat
from matchmaking.meetings.actions.common import changed, changed_meeting, locked_meeting, locked_request, seats_of
from matchmaking.meetings.actions.notices import tell_company, tell_person, tell_seats
from matchmaking.meetings.models import Meeting, MeetingRequest, Reason, Seat, Side
from matchmaking.meetings.queries.free import colleagues_of
from matchmaking.meetings.states import REQUEST_MOVES
from matchmaking.participants.models import Block, Member, Registration


def follow(touched: Touched) -> None:
    """Part two companies in the same transaction in which one blocks the other: from then on they do not meet."""
    if Block in touched:
        part_blocked(touched[Block])


def part_blocked(keys: Collection[int] | None = None) -> int:
    """End what is open between blocked companies, and return how much. All blocks, or those of these numbers.

    What the blocker asked is taken back; what the blocked one asked just runs out, as if nobody answered. Meetings to come are called off.
    """
    blocks = Block.objects.all() if keys is None else Block.objects.filter(pk__in=keys)
    done = 0
    pending = MeetingRequest.objects.pending().filter(Q(is_delivered=True) | Q(is_proposal=True, waits_for=Side.SENDER))
    between = Q(company=OuterRef("pair_low"), blocked=OuterRef("pair_high")) | Q(
        company=OuterRef("pair_high"), blocked=OuterRef("pair_low")
    )
    for request in list(pending.filter(Exists(blocks.filter(between)))):
        done += _part(request)
    between = Q(company=OuterRef("request__pair_low"), blocked=OuterRef("request__pair_high")) | Q(
        company=OuterRef("request__pair_high"), blocked=OuterRef("request__pair_low")
    )
    for meeting in list(Meeting.objects.live().filter(Exists(blocks.filter(between)))):
        done += _end(meeting, Reason.OTHER)
    return done


@transaction.atomic
def _part(request: MeetingRequest) -> int:
    request = locked_request(request)
    if request.is_laid_ready:
        return _put_away(request)
    if not request.is_pending or not request.is_delivered:
        return 0
    if Block.objects.filter(company=request.sender.company_id, blocked=request.receiver.company_id).exists():
        if request.is_veiled:
            _take_back_unseen(request)
        else:
            _take_back(request)
        return 1
    if request.waits_for == Side.SENDER:  # The blocker's own proposal is taken off the table: now the sender waits for an answer in vain.
        changed(request, is_delivered=False, waits_for=Side.RECEIVER)
    else:
        changed(request, is_delivered=False)
    log(request, "meeting_request.hidden", by=None)
    return 1


def _put_away(request: MeetingRequest) -> int:
    """End what the planner has laid ready for a buyer that has blocked the other; who was blocked must not notice, and is asked nothing later."""
    if not Block.objects.filter(company=request.sender.company_id, blocked=request.receiver.company_id).exists():
        return 0
    changed(request, status=REQUEST_MOVES.leads_to("withdraw", request.status), answered_at=timezone.now())
    log(request, "meeting_request.withdrawn", by=None)
    return 1


def _take_back(request: MeetingRequest) -> None:
    changed(request, status=REQUEST_MOVES.leads_to("withdraw", request.status), answered_at=timezone.now())
    log(request, "meeting_request.withdrawn", by=None)
    tell_company(request.receiver, "meeting_request_withdrawn", request, request.sender)


def _take_back_unseen(request: MeetingRequest) -> None:
    """Take back what the blocker asked without knowing whom: the receiver is told, the sender sees it run out."""
    changed(request, is_delivered=False, waits_for=Side.RECEIVER)
    log(request, "meeting_request.hidden", by=None)
    tell_company(request.receiver, "meeting_request_withdrawn", request, request.sender)


@transaction.atomic
def _end(meeting: Meeting, reason: str) -> int:
    meeting = locked_meeting(meeting)
    if not meeting.is_live or rules.is_over(meeting, timezone.now()):
        return 0
    call_off(meeting, seats_of(meeting), by=None, reason=reason)
    return 1


def part_who_left(most: int) -> int:
    """Let go of companies that no longer take part or have nobody left, and of people who do not stand for theirs. Returns how many."""
    return _end_of_companies(most) + _end_requests_of_companies(most) + _empty_seats(most)


def _end_of_companies(most: int) -> int:
    gone = ~Q(registration__status=Registration.Status.VERIFIED)
    anybody = Member.objects.filter(company=OuterRef("registration__company"), status=Member.Status.ACTIVE, user__is_active=True)
    seats = Seat.objects.filter(meeting__status__in=Meeting.LIVE).exclude(meeting__slot__starts_at__lte=timezone.now())
    done = 0
    for meeting in Meeting.objects.filter(pk__in=seats.filter(gone).values("meeting"))[:most]:
        done += _end(meeting, Reason.NOT_COMING)
    for meeting in Meeting.objects.filter(pk__in=seats.filter(~Exists(anybody)).values("meeting"))[:most]:
        done += _end(meeting, Reason.PERSON_LEFT)
    return done


def _end_requests_of_companies(most: int) -> int:
    verified = Registration.Status.VERIFIED
    gone = ~Q(sender__status=verified) | ~Q(receiver__status=verified) | (Q(partner__isnull=False) & ~Q(partner__status=verified))
    return sum(_end_request(request) for request in MeetingRequest.objects.pending().filter(gone)[:most])


@transaction.atomic
def _end_request(request: MeetingRequest) -> int:
    request = locked_request(request)
    if not request.is_pending:
        return 0
    verb = "expire" if rules.takes_part(request.sender) else "withdraw"
    changed(request, status=REQUEST_MOVES.leads_to(verb, request.status), answered_at=timezone.now())
    log(request, "meeting_request.expired" if verb == "expire" else "meeting_request.withdrawn", by=None)
    return 1


def _empty_seats(most: int) -> int:
    stands = Member.objects.filter(
        company=OuterRef("registration__company"), user=OuterRef("person"), status=Member.Status.ACTIVE, user__is_active=True
    )
    seats = Seat.objects.filter(~Exists(stands), person__isnull=False, meeting__status__in=Meeting.LIVE)
    seats = seats.exclude(meeting__slot__starts_at__lte=timezone.now()).annotate(of=F("meeting"))
    return sum(_empty(pk, meeting) for pk, meeting in list(seats.order_by("pk").values_list("pk", "of")[:most]))


@transaction.atomic
def _empty(key: int, meeting_key: int) -> int:
    """Take somebody who left out of the seat, and offer it to the colleagues: each of them can take it."""
    meeting = locked_meeting(Meeting(pk=meeting_key))
    seats = seats_of(meeting)
    seat = next(one for one in seats if one.pk == key)
    company = seat.registration.company_id
    people = {one.pk for one in colleagues_of([company])[company]}
    if not meeting.is_live or seat.person_id is None or seat.person_id in people:
        return 0
    log(meeting, "meeting.unassigned", by=None, seat=seat.pk, before=seat.person_id)
    before = seat.person
    give_seat(meeting, seat, None)
    changed_meeting(meeting, sequence=meeting.sequence + 1)
    if before is not None and before.is_active and meeting.slot is not None:
        tell_person(before, meeting, seats, seat, "meeting_left", entry=calendars.cancellation)
    tell_seats(meeting, seats, "meeting_unassigned", only=[seat])
    return 1
