"""Asking to meet, taking it back, and writing to each other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation.errors import Invalid, NotAllowed
from matchmaking.marketplace.cards import hides_buyer
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest
from matchmaking.meetings import errors, rules
from matchmaking.meetings.actions.acting import log_for
from matchmaking.meetings.actions.booking import alternatives_of, refuse_unbookable
from matchmaking.meetings.actions.common import Parties, changed, checked_text, locked_request, other_side, parties_of, refuse_closed
from matchmaking.meetings.actions.notices import tell_company, tell_people
from matchmaking.meetings.conflicts import broken_rule
from matchmaking.meetings.models import AboutPosting, Meeting, MeetingRequest, MeetingSetup, Message, Side, Slot
from matchmaking.meetings.queries.free import setup_of
from matchmaking.meetings.queries.ground import ground_of
from matchmaking.meetings.queries.hiding import is_kept_back, named_to_sender
from matchmaking.meetings.states import REQUEST_MOVES
from matchmaking.participants.models import Registration

ASKED = ("one_open_request_per_pair", "one_open_request_per_sender")


@dataclass(frozen=True)
class Question:
    """What one registration asks of another."""

    sender: Registration
    receiver: Registration
    postings: Sequence[Posting] = ()
    message: str = ""
    slot: Slot | None = None
    partner: Registration | None = None
    needs_interpreter: bool = False

    @property
    def veiled(self) -> list[Posting]:
        """The postings that keep from the sender whom it asks."""
        return [one for one in self.postings if one.registration_id == self.receiver.pk and hides_buyer(one)]


def ask(
    sender: Registration,
    receiver: Registration,
    *,
    by: User,
    postings: Sequence[Posting] = (),
    message: str = "",
    slot: Slot | None = None,
    partner: Registration | None = None,
    needs_interpreter: bool = False,
) -> MeetingRequest:
    """Ask another company to meet, and tell its people. A time on the table is held softly, for the sender alone.

    `partner` is a registration of the delegation of one of the two. Where the organiser's planner chooses the times, `slot` is not
    kept. Where requests are accepted at once and there is a time free for all, the meeting is booked before this returns. A company
    that is blocked notices nothing: its request stands as sent, is delivered to nobody and runs out. About a posting that hides its buyer no
    answer depends on who that is: not on what else is open between the two, not on a block of either, not on when the buyer is free.

    Raises:
        NotAllowed: `by` does not stand for the sender.
        NoSetup, BookingClosed, TakesNoPart, NotThisRole, NobodyThere, YouBlocked: as their names say.
        AskedAlready, MeetingAlready: the two companies have an open request, or a meeting to come; or the hidden buyer's posting was asked about.
        TooManyRequests: the sender has as many open requests as it may.
        Shielded: the buyer of a posting has as many answers as it wants.
        TooLate: the time is too near, or not one of the edition. SlotTaken: one of them is not free then, with alternatives.
        Invalid: by field.
    """
    question = Question(sender, receiver, tuple(postings), checked_text(message, "message"), slot, partner, needs_interpreter)
    try:
        with transaction.atomic():
            request = _ask(question, by)
    except IntegrityError as fault:
        if broken_rule(fault) in ASKED:
            raise errors.AskedAlready from fault
        raise
    return accepted_at_once(request)


def accepted_at_once(request: MeetingRequest) -> MeetingRequest:
    """Accept the request for the receiver where the edition says so and there is a time for it; else leave it to them."""
    from matchmaking.meetings.actions.answering import accept_by_itself  # Local: answering stands beside asking.

    setup = setup_of(request.edition_id)
    at_once = setup is not None and setup.approval == MeetingSetup.Approval.AUTO_ACCEPT
    if at_once and request.is_delivered and not request.is_veiled:  # A buyer that hides its name says itself when it is told.
        accept_by_itself(request)
        request.refresh_from_db()
    return request


def _ask(question: Question, by: User) -> MeetingRequest:
    now = timezone.now()
    numbers = [question.sender.pk, question.receiver.pk, question.partner.pk if question.partner else None]
    parties = parties_of(numbers, lock=True)
    sender, receiver = parties.registrations[question.sender.pk], parties.registrations[question.receiver.pk]
    if not parties.stands_for(by, sender) and not rules.may_look_after(by):
        raise NotAllowed
    setup = _open_setup(sender, receiver, parties)
    _refuse_unlike(setup, sender, receiver, parties)
    _check_partner(question, parties)
    veiled = question.veiled
    is_delivered = _is_delivered(parties, sender, is_veiled=bool(veiled))
    if veiled:
        _refuse_same_posting(sender, veiled)
    else:
        _refuse_second(sender, receiver, is_delivered=is_delivered)
    _refuse_over_quota(setup, sender)
    _check_postings(question, by)
    slot = question.slot if setup.scheduling == MeetingSetup.Scheduling.PARTICIPANTS else None
    refuse_unbookable(slot, setup, now)
    request = _row_of(question, setup, parties, slot)
    request.sent_by, request.is_delivered, request.expires_at = by, is_delivered, rules.expires_at(setup.edition, slot, now)
    refuse_taken(request, slot, setup, parties)
    request.save()
    AboutPosting.objects.bulk_create(_about(request, posting) for posting in question.postings)
    about = [f"{posting.kind} {posting.pk}" for posting in question.postings]
    log_for(request, "meeting_request.sent", by=by, own=sender, sender=sender.pk, receiver=receiver.pk, slot=slot and slot.pk, about=about)
    if is_delivered:
        tell_people(parties.people_of(receiver), "meeting_asked", request, receiver, sender)
    return request


def _row_of(question: Question, setup: MeetingSetup, parties: Parties, slot: Slot | None) -> MeetingRequest:
    """Return what is asked as a row, not saved: who sends it, whether it arrives and until when it stands is still to be said."""
    sender, receiver = parties.registrations[question.sender.pk], parties.registrations[question.receiver.pk]
    low, high = sorted([sender.company_id, receiver.company_id])
    return MeetingRequest(
        edition=setup.edition,
        sender=sender,
        receiver=receiver,
        partner=question.partner and parties.registrations[question.partner.pk],
        pair_low_id=low,
        pair_high_id=high,
        message=question.message,
        slot=slot,
        needs_interpreter=question.needs_interpreter,
        is_veiled=bool(question.veiled),
    )


def _open_setup(sender: Registration, receiver: Registration, parties: Parties) -> MeetingSetup:
    """Return the edition's rules. Raises NoSetup, Invalid, TakesNoPart, BookingClosed."""
    setup = setup_of(sender.edition_id)
    if setup is None:
        raise errors.NoSetup
    if len({one.edition_id for one in parties.registrations.values()}) > 1:
        raise Invalid(fields={"receiver": [_("Choose a company of the same edition.")]})
    if sender.company_id == receiver.company_id:
        raise Invalid(fields={"receiver": [_("A company does not meet itself.")]})
    if not all(rules.takes_part(one) for one in parties.registrations.values()):
        raise errors.TakesNoPart
    refuse_closed(setup, timezone.now())
    return setup


def _refuse_unlike(setup: MeetingSetup, sender: Registration, receiver: Registration, parties: Parties) -> None:
    rights = list(setup.rights.all())
    if not (rules.may_see(rights, sender, receiver) and rules.may_ask(rights, sender, receiver)):
        raise errors.NotThisRole
    if not parties.people_of(receiver):
        raise errors.NobodyThere


def _check_partner(question: Question, parties: Parties) -> None:
    if question.partner is None:
        return
    partner = parties.registrations[question.partner.pk]
    leaders = {question.sender.pk, question.receiver.pk}
    if partner.pk in leaders or partner.led_by_id not in leaders:
        raise Invalid(fields={"partner": [_("Choose a partner of the delegation of one of the two.")]})
    if not parties.people_of(partner):
        raise errors.NobodyThere


def _is_delivered(parties: Parties, sender: Registration, *, is_veiled: bool) -> bool:
    """Whether nobody of them has blocked another. Raises YouBlocked where the sender itself did, and knows whom it asks."""
    if sender.company_id in parties.blockers and not is_veiled:
        raise errors.YouBlocked
    return not parties.blockers


def _refuse_second(sender: Registration, receiver: Registration, *, is_delivered: bool) -> None:
    """One open question for the two companies. What was sent to them and never delivered is nothing that they could know of.

    Nor is what they asked without knowing whom: else a name after the other could be tried until one is refused.
    """
    low, high = sorted([sender.company_id, receiver.company_id])
    pair = MeetingRequest.objects.filter(edition=sender.edition_id, pair_low=low, pair_high=high)
    own = Q(sender__company=sender.company_id)
    if pair.pending().exclude(own, is_veiled=True).filter(own | Q(is_delivered=True)).exists():
        raise errors.AskedAlready
    if is_delivered and Meeting.objects.live().filter(request__in=pair).exclude(slot__ends_at__lte=timezone.now()).exists():
        raise errors.MeetingAlready


def _refuse_same_posting(sender: Registration, veiled: Collection[Posting]) -> None:
    """One open question of a company about each posting that hides its buyer. The sender's row is locked: who asks at the same moment waits."""
    asked = MeetingRequest.objects.pending().filter(is_veiled=True, sender__company=sender.company_id)
    if asked.filter(about__sourcing_request__in=[one.pk for one in veiled]).exists():
        raise errors.AskedAlready


def _refuse_over_quota(setup: MeetingSetup, sender: Registration) -> None:
    if open_requests(sender) >= setup.open_requests:
        raise errors.TooManyRequests


def open_requests(sender: Registration) -> int:
    """Return how many questions of the registration nobody has answered: a counter-proposal is an answer, and the planner's proposals do not count. One query."""
    return MeetingRequest.objects.pending().filter(sender=sender, waits_for=Side.RECEIVER, is_proposal=False).count()


def _check_postings(question: Question, by: User) -> None:
    """The postings are of one of the two, and open to the one who asks. Raises Invalid, Shielded."""
    if len(question.postings) > rules.MOST_POSTINGS:
        raise Invalid(fields={"postings": [_("At most %(most)s postings.") % {"most": rules.MOST_POSTINGS}]})
    owners = {question.sender.pk, question.receiver.pk}
    for posting in question.postings:
        visible = type(posting).objects.visible_to(by).filter(pk=posting.pk)  # type: ignore[attr-defined] # both kinds have a manager
        if posting.registration_id not in owners or not posting.is_open or not visible.exists():
            raise Invalid(fields={"postings": [_("Choose open offers and requests of the two companies.")]})
        if isinstance(posting, SourcingRequest) and posting.registration_id == question.receiver.pk:
            _refuse_shielded(posting, question.sender)


def _refuse_shielded(posting: SourcingRequest, sender: Registration) -> None:
    """Raise Shielded where as many other companies as the buyer wants have asked. Several people of one company are one question.

    The buyer's row is locked already: who asks at the same moment waits.
    """
    if posting.answer_cap is None:
        return
    counted = [MeetingRequest.Status.PENDING, MeetingRequest.Status.ACCEPTED, MeetingRequest.Status.DECLINED]
    asked = MeetingRequest.objects.filter(
        about__sourcing_request=posting, receiver=posting.registration_id, is_delivered=True, status__in=counted
    )
    companies = asked.exclude(sender__company=sender.company_id).values("sender__company").distinct().count()
    if companies >= posting.answer_cap:
        raise errors.Shielded


def _about(request: MeetingRequest, posting: Posting) -> AboutPosting:
    if isinstance(posting, Offer):
        return AboutPosting(request=request, offer=posting)
    return AboutPosting(request=request, sourcing_request=posting if isinstance(posting, SourcingRequest) else None)


def refuse_taken(request: MeetingRequest, slot: Slot | None, setup: MeetingSetup, parties: Parties, *, side: str = Side.SENDER) -> None:
    """Raise SlotTaken, with alternatives, where one of them is not free in the slot, or the side that proposes it has promised it elsewhere.

    When a buyer that hides its name is free is nothing that the sender could be told: accepting looks again.
    """
    if slot is None:
        return
    registrations = [one for one in parties.registrations.values() if side == Side.RECEIVER or not is_kept_back(request, one)]
    ground = ground_of(registrations, setup, day=slot.day, softly=True, apart_from=request if request.pk else None)
    proposer = request.sender_id if side == Side.SENDER else request.receiver_id
    if any(ground.free_desk(one, slot, softly=one.pk == proposer) is None for one in registrations):
        raise errors.SlotTaken(alternatives_of(request, slot, side=side))


@transaction.atomic
def withdraw(request: MeetingRequest, *, by: User, acting_for: Registration | None = None, version: int | None = None) -> MeetingRequest:
    """Take a request back. It frees its place in the sender's quota at once.

    Raises:
        NotAllowed: `by` does not stand for the sender, or acts for another one.
        IllegalMove: it is not pending any more. Conflict: it was changed since `version`.
    """
    request = locked_request(request, version)
    if not rules.may_act_for(by, request.sender) or (acting_for is not None and acting_for.pk != request.sender_id):
        raise NotAllowed
    status = REQUEST_MOVES.leads_to("withdraw", request.status)
    changed(request, status=status, answered_at=timezone.now())
    log_for(request, "meeting_request.withdrawn", by=by, own=request.sender)
    if request.is_delivered:
        tell_company(request.receiver, "meeting_request_withdrawn", request, request.sender)
    return request


@transaction.atomic
def write_message(request: MeetingRequest, *, by: User, text: str, acting_for: Registration | None = None) -> Message:
    """Write a line to the other side, in the language of the page, and tell its people. Possible whatever became of the request.

    Raises:
        NotAllowed: `by` stands for neither, or the request never reached them.
        Invalid: no text, or more than 2,000 signs.
    """
    request = locked_request(request)
    side = side_for(request, by, acting_for)
    text = checked_text(text, "text")
    if not text:
        raise Invalid(fields={"text": [_("Write something.")]})
    message = Message.objects.create(request=request, by=by, side=side, text=text, language=get_language() or "en")
    mine = acting_for or opposite(request, other_side(side))
    log_for(request, "meeting_request.message", by=by, own=mine, message=message.pk)
    own, other = (request.sender, request.receiver) if side == Side.RECEIVER else (request.receiver, request.sender)
    if request.is_delivered:
        named = named_to_sender(request) if own.pk == request.sender_id else other
        tell_company(own, "meeting_message", request, named, message=message)
    return message


def side_for(request: MeetingRequest, by: User, acting_for: Registration | None = None, *, wanted: Collection[str] = ()) -> Side:
    """Return the side for which the person acts: their company's, or the one that staff names. Raises NotAllowed."""
    parties = [one for one in request.parties if acting_for is None or one.pk == acting_for.pk]
    for one in parties:
        side = request.side_of(one)
        reached = request.is_delivered or side == Side.SENDER
        if reached and (not wanted or side in wanted) and rules.may_act_for(by, one):
            return side
    raise NotAllowed


def opposite(request: MeetingRequest, side: str) -> Registration:
    """Return the registration on the other side."""
    return request.sender if other_side(side) == Side.SENDER else request.receiver
