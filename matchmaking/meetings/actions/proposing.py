"""What the planner proposes: laid ready in the buyer's name, delivered to nobody before the buyer says yes. Where both have said so already, they meet."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone, translation

from expo.accounts.models import User
from expo.foundation.errors import IllegalMove
from expo.foundation.eventlog import Step, log_all
from expo.foundation.outbox import Notice, post, written
from matchmaking.meetings import errors, planner, rules
from matchmaking.meetings.actions.acting import log_for
from matchmaking.meetings.actions.answering import may_answer_now
from matchmaking.meetings.actions.asking import ASKED, accepted_at_once, refuse_taken
from matchmaking.meetings.actions.booking import refuse_unbookable
from matchmaking.meetings.actions.common import changed, locked_request
from matchmaking.meetings.actions.notices import tell_people
from matchmaking.meetings.actions.ways import way_to
from matchmaking.meetings.addresses import address_of
from matchmaking.meetings.conflicts import broken_rule, is_deadlock, is_kept_waiting
from matchmaking.meetings.models import AboutPosting, Meeting, MeetingRequest, MeetingSetup, PlannedSeat, PlanRun, Seat, Side, Slot
from matchmaking.meetings.queries.free import colleagues_of, setup_of
from matchmaking.meetings.queries.proposing import Out, no_longer_open, still_wished
from matchmaking.meetings.states import REQUEST_MOVES
from matchmaking.participants.models import Registration

ROWS_AT_ONCE = 1_000
BUYERS_AT_ONCE = 25
Pair = tuple[PlannedSeat, Registration, Registration]


def lay_ready(run: PlanRun, lines: Sequence[PlannedSeat], *, by: User) -> tuple[dict[int, planner.Seat | None], int]:
    """Lay the proposals of a draft ready, and return the seats of those that are agreed on already, by meeting, and how many wait for their buyer.

    Two who both said that they want to meet, and the buyer under its name, are taken at their word: their request stands accepted, without a time
    before the caller seats it. Nobody's contact data is shown for it. Left out is who has asked, was blocked, has left, or has said no since the plan was
    made, and what is about a posting that is not open any more.

    Raises:
        GroundMoved: one of them asked the other at this moment.
    """
    if not lines:
        return {}, 0
    # Before anything is written, as everybody locks it who does: what is written tells webhooks, whose keepers hold the set-up, too.
    list(MeetingSetup.objects.select_for_update(of=("self",)).filter(edition=run.edition_id).values_list("pk"))
    setup, now = setup_of(run.edition_id), timezone.now()
    if setup is None:
        raise errors.NoSetup
    run.edition = setup.edition
    out, over = Out(run.edition), no_longer_open({(line.data["request"], line.data["offer"]) for line in lines})
    open_lines = [line for line in lines if (line.data["request"], line.data["offer"]) not in over]
    pairs = [
        (line, buyer, seller) for line in open_lines if (pair := out.standing(line.sender_id, line.receiver_id)) for buyer, seller in [pair]
    ]
    wished = still_wished({(line.data["request"], line.data["offer"]) for line, _buyer, _seller in pairs if line.data["wished_by_both"]})
    agreed = [one for one in pairs if (one[0].data["request"], one[0].data["offer"]) in wished]
    laid = [one for one in pairs if one not in agreed]
    slots = {slot.pk: slot for slot in Slot.objects.for_meetings().filter(edition=run.edition) if rules.is_bookable(slot, now)}
    try:
        _write_requests(run, laid, slots, now, by)
    except (IntegrityError, OperationalError) as fault:
        if broken_rule(fault) not in ASKED and not is_deadlock(fault) and not is_kept_waiting(fault):
            raise
        raise errors.GroundMoved from fault  # One of the two has asked the other at this moment.
    return _agree(run, agreed, now, by), len(laid)


def _request(run: PlanRun, pair: Pair, now: datetime, **columns: Any) -> MeetingRequest:
    _line, buyer, seller = pair
    low, high = sorted([buyer.company_id, seller.company_id])
    return MeetingRequest(
        edition=run.edition, sender=buyer, receiver=seller, pair_low_id=low, pair_high_id=high, is_proposal=True, created_at=now, **columns
    )


def _write_requests(run: PlanRun, pairs: Sequence[Pair], slots: dict[int, Slot], now: datetime, by: User) -> None:
    made = []
    for pair in pairs:
        slot = slots.get(pair[0].slot_id or 0)
        runs_out = rules.expires_at(run.edition, slot, now)
        made.append(_request(run, pair, now, slot=slot, is_delivered=False, waits_for=Side.SENDER, expires_at=runs_out))
    requests = MeetingRequest.objects.bulk_create(made, batch_size=ROWS_AT_ONCE)
    _write_about(requests, pairs)
    log_all(((request, "meeting_request.proposed", _said(request, run)) for request in requests), by=by)


def _said(request: MeetingRequest, run: PlanRun) -> dict[str, Any]:
    return {"sender": request.sender_id, "receiver": request.receiver_id, "slot": request.slot_id, "plan": run.pk}


def _write_about(requests: Iterable[MeetingRequest], pairs: Iterable[Pair]) -> None:
    rows = []
    for request, (line, _buyer, _seller) in zip(requests, pairs, strict=True):
        rows += [
            AboutPosting(request=request, offer_id=line.data["offer"]),
            AboutPosting(request=request, sourcing_request_id=line.data["request"]),
        ]
    AboutPosting.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)


def _agree(run: PlanRun, pairs: Sequence[Pair], now: datetime, by: User) -> dict[int, planner.Seat | None]:
    """Write requests that stand accepted, with their meetings and seats; the times come with the plan."""
    status = REQUEST_MOVES.leads_to("accept", MeetingRequest.Status.PENDING)
    made = [_request(run, pair, now, status=status, answered_at=now, expires_at=now) for pair in pairs]
    requests = MeetingRequest.objects.bulk_create(made, batch_size=ROWS_AT_ONCE)
    _write_about(requests, pairs)
    meetings = Meeting.objects.bulk_create([Meeting(request=request, edition=run.edition) for request in requests], batch_size=ROWS_AT_ONCE)
    people = colleagues_of({one.company_id for pair in pairs for one in pair[1:]})
    Seat.objects.bulk_create(
        [
            Seat(meeting=meeting, registration=one, side=side, person=_only(people[one.company_id]))
            for meeting, (_line, buyer, seller) in zip(meetings, pairs, strict=True)
            for one, side in ((buyer, Side.SENDER), (seller, Side.RECEIVER))
        ],
        batch_size=ROWS_AT_ONCE,
    )
    steps: list[Step] = []
    for request, meeting in zip(requests, meetings, strict=True):
        steps += [
            (request, "meeting_request.proposed", _said(request, run)),
            (request, "meeting_request.accepted", {"slot": None, "meeting": meeting.pk}),
        ]
    log_all(steps, by=by)
    seats = (planner.Seat(line.slot_id or 0, line.place_id, line.interpreter_id) for line, _buyer, _seller in pairs)
    return {meeting.pk: seat for meeting, seat in zip(meetings, seats, strict=True)}


def _only(people: Collection[User]) -> User | None:
    """Who stands for a company alone is the one who comes."""
    return next(iter(people)) if len(people) == 1 else None


def take_up(
    request: MeetingRequest,
    *,
    by: User,
    slot: Slot | None = None,
    needs_interpreter: bool = False,
    acting_for: Registration | None = None,
    version: int | None = None,
) -> MeetingRequest:
    """Say yes to what the planner has laid ready: now it is asked, at `slot`, else at the time on the table, and the other side answers.

    `needs_interpreter` asks for one of the organiser's, too.

    Raises:
        NotAllowed: `by` does not stand for who would ask.
        IllegalMove: it is nothing laid ready, or not any more. Conflict: it was changed since `version`.
        TooLate: it has run out, or the time is too near. BookingClosed, TakesNoPart, YouBlocked, NobodyThere: as in `accept`.
        AskedAlready: the other company has asked meanwhile.
        SlotTaken: nothing is written; up to three other times come with it.
    """
    try:
        with transaction.atomic():
            locked = locked_request(request, version)
            locked.needs_interpreter = locked.needs_interpreter or needs_interpreter
            row = _take_up(locked, by, slot, acting_for)
    except IntegrityError as fault:
        if broken_rule(fault) in ASKED:
            raise errors.AskedAlready from fault
        raise
    return accepted_at_once(row)


def _take_up(row: MeetingRequest, by: User, slot: Slot | None, acting_for: Registration | None) -> MeetingRequest:
    parties, setup = may_answer_now(row, by, acting_for)
    if not row.is_laid_ready:
        raise IllegalMove
    status, now = REQUEST_MOVES.leads_to("take_up", row.status), timezone.now()
    chosen = slot or row.slot
    refuse_unbookable(chosen, setup, now)
    refuse_taken(row, chosen, setup, parties, side=Side.SENDER)
    runs_out = rules.expires_at(setup.edition, chosen, now)
    own, is_delivered = row.sender, not parties.blockers  # A blocked company notices nothing.
    columns = {"needs_interpreter": row.needs_interpreter, "sent_by": by, "expires_at": runs_out}
    changed(row, status=status, slot=chosen, waits_for=Side.RECEIVER, is_delivered=is_delivered, **columns)
    said = {
        "sender": row.sender_id,
        "receiver": row.receiver_id,
        "slot": chosen and chosen.pk,
        "about": list(row.about.values_list("pk", flat=True)),
    }
    log_for(row, "meeting_request.sent", by=by, own=own, **said)
    if is_delivered:
        tell_people(parties.people_of(row.receiver), "meeting_asked", row, row.receiver, row.sender)
    return row


def tell_proposals(now: datetime | None = None) -> int:
    """Tell buyers what was laid ready for them, in one mail each, and return of how many proposals. In small transactions; may be killed, or run twice."""
    now = now or timezone.now()
    told = 0
    while step := _tell_some(now):
        told += step
    return told


def proposals_to_tell() -> Any:
    """Return the proposals that their buyers were not told of."""
    return MeetingRequest.objects.filter(is_proposal=True, proposal_told_at__isnull=True)


@transaction.atomic
def _tell_some(now: datetime) -> int:
    senders = list(proposals_to_tell().order_by("sender").values_list("sender", flat=True).distinct()[:BUYERS_AT_ONCE])
    skip = connection.features.has_select_for_update_skip_locked
    rows = proposals_to_tell().select_for_update(of=("self",), skip_locked=skip).filter(sender__in=senders).order_by("sender", "pk")
    of_sender: dict[int, list[MeetingRequest]] = defaultdict(list)
    found = list(rows.select_related("sender__company", "receiver__company", "slot", "edition"))
    for row in found:
        of_sender[row.sender_id].append(row)
    messages = [message for requests in of_sender.values() for message in _messages([one for one in requests if one.is_laid_ready], now)]
    MeetingRequest.objects.filter(pk__in=[row.pk for row in found]).update(proposal_told_at=now)
    post(messages)
    return len(found)


def _messages(requests: Sequence[MeetingRequest], now: datetime) -> list[Any]:
    if not requests:
        return []
    own, messages = requests[0].sender, []
    for person in colleagues_of([own.company_id])[own.company_id]:
        with translation.override(person.language):
            lines = [
                {"who": one.receiver.company.title, "when": one.slot.words if one.slot is not None else "", "address": address_of(one)}
                for one in requests
            ]
        way = way_to(person, "meeting_proposed", requests[0].edition, now, moments=[min(one.expires_at for one in requests)])
        messages.append(written(Notice(person, "meeting_proposed", {"own": own, "lines": lines, "request": requests[0]}, way=way)))
    return messages
