"""What the two sides say of a match: would like to meet, or not for us and why. Each can be taken back."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked
from expo.foundation.outbox import tell
from expo.foundation.text import one_line
from matchmaking.marketplace.cards import hides_buyer
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest
from matchmaking.matching import rules
from matchmaking.matching.errors import NotMatched, PostingClosed, VerdictReasonMissing
from matchmaking.matching.models import Match, Verdict
from matchmaking.participants.models import Block, Member

LONGEST_NOTE = 300
OTHER = {Verdict.Side.BUYER: Verdict.Side.SUPPLIER, Verdict.Side.SUPPLIER: Verdict.Side.BUYER}


@dataclass(frozen=True)
class Pair:
    """A request and an offer, and the side that speaks."""

    request: SourcingRequest
    offer: Offer
    side: Verdict.Side

    @property
    def own(self) -> Posting:
        return self.request if self.side == Verdict.Side.BUYER else self.offer

    @property
    def other(self) -> Posting:
        return self.offer if self.side == Verdict.Side.BUYER else self.request

    @property
    def other_side(self) -> Verdict.Side:
        return OTHER[self.side]


@transaction.atomic
def give_verdict(request: SourcingRequest, offer: Offer, *, side: str, says: str, by: User, reason: str = "", note: str = "") -> Verdict:
    """Write down what one side says of a match; what it said before is taken back. Saying the same again changes nothing.

    A wish to meet is told to the other side once, and to both when both have it; silently not where one company blocks the other, or
    where as many companies as the buyer's cap allows have asked already. The note is for the own side only.

    Raises:
        NotAllowed: `by` does not stand for that side's company, or it does not take part.
        PostingClosed: one of the two is not open.
        NotMatched: the run in force did not bring them together.
        VerdictReasonMissing: "not for us" without a reason.
        Invalid: an unknown word, or a note of more than 300 signs.
    """
    # The request's row is what both sides lock: two verdicts on its pairs come one after the other.
    pair = Pair(locked(request), Offer.objects.get(pk=offer.pk), _side(side))
    if not rules.may_say(by, pair.request, pair.offer, pair.side):
        raise NotAllowed
    match = _match_of(pair)
    reason, note = _checked(says, reason, one_line(note))
    standing = _standing(pair, pair.side)
    if standing is not None and (standing.says, standing.reason, standing.note) == (says, reason, note):
        return standing
    said_before = Verdict.objects.filter(request=pair.request, offer=pair.offer, side=pair.side, says=Verdict.Says.INTERESTED).exists()
    _take_back(standing)
    given = Verdict.objects.create(
        request=pair.request, offer=pair.offer, side=pair.side, says=says, reason=reason, note=note, rank=_rank(match, pair.side), by=by
    )
    log(given, "give_verdict", by=by, request=pair.request.pk, offer=pair.offer.pk, side=side, says=says, reason=reason)
    if says == Verdict.Says.INTERESTED and not said_before:
        _tell_of_interest(pair)
    return given


@transaction.atomic
def undo_verdict(request: SourcingRequest, offer: Offer, *, side: str, by: User) -> Verdict | None:
    """Take back what one side said, and return it; None where nothing stands. The postings need not be open, and nobody is told.

    Raises:
        NotAllowed: `by` does not stand for that side's company, or it does not take part.
        Invalid: an unknown side.
    """
    pair = Pair(locked(request), Offer.objects.get(pk=offer.pk), _side(side))
    if not rules.may_say(by, pair.request, pair.offer, pair.side):
        raise NotAllowed
    standing = _standing(pair, pair.side)
    if standing is None:
        return None
    _take_back(standing)
    log(standing, "undo_verdict", by=by, request=pair.request.pk, offer=pair.offer.pk, side=side)
    return standing


def _checked(says: str, reason: str, note: str) -> tuple[str, str]:
    """Return reason and note as they are kept: a wish to meet has no reason. Raises VerdictReasonMissing, Invalid."""
    if says not in Verdict.Says.values:
        raise Invalid(fields={"says": [_("Choose one of the two.")]})
    if len(note) > LONGEST_NOTE:
        raise Invalid(fields={"note": [_("At most 300 characters.")]})
    if says == Verdict.Says.INTERESTED:
        return "", note
    if reason not in Verdict.Reason.values:
        raise VerdictReasonMissing
    return reason, note


def _side(side: str) -> Verdict.Side:
    if side not in Verdict.Side.values:
        raise Invalid(fields={"side": [_("Choose one of the two sides.")]})
    return Verdict.Side(side)


def _match_of(pair: Pair) -> Match:
    requests, offers = SourcingRequest.objects.published(), Offer.objects.published()
    if not requests.filter(pk=pair.request.pk).exists() or not offers.filter(pk=pair.offer.pk).exists():
        raise PostingClosed
    match: Match | None = Match.objects.in_force().filter(request=pair.request, offer=pair.offer).first()
    if match is None:
        raise NotMatched
    return match


def _rank(match: Match, side: Verdict.Side) -> int | None:
    return match.request_rank if side == Verdict.Side.BUYER else match.offer_rank


def _standing(pair: Pair, side: Verdict.Side) -> Verdict | None:
    found: Verdict | None = Verdict.objects.standing().filter(request=pair.request, offer=pair.offer, side=side).first()
    return found


def _take_back(standing: Verdict | None) -> None:
    if standing is not None:
        standing.undone_at = timezone.now()
        standing.save(update_fields=["undone_at"])


def _tell_of_interest(pair: Pair) -> None:
    if _is_blocked(pair) or _is_shielded(pair):
        return
    other = _standing(pair, pair.other_side)
    if other is not None and other.says == Verdict.Says.NOT_FOR_US:
        return  # They have decided already.
    _tell_members(pair.other, pair.own, is_mutual=other is not None)
    if other is not None:
        _tell_members(pair.own, pair.other, is_mutual=True)


def _is_blocked(pair: Pair) -> bool:
    one, two = pair.request.registration.company_id, pair.offer.registration.company_id
    return Block.objects.filter(Q(company=one, blocked=two) | Q(company=two, blocked=one)).exists()


def _is_shielded(pair: Pair) -> bool:
    """Have as many companies asked as the buyer's cap allows? Several people or offers of one company are one question."""
    cap = pair.request.answer_cap
    if cap is None or pair.side == Verdict.Side.BUYER or _standing(pair, Verdict.Side.BUYER) is not None:
        return False
    asked = Verdict.objects.standing().filter(request=pair.request, side=Verdict.Side.SUPPLIER, says=Verdict.Says.INTERESTED)
    others = asked.exclude(offer__registration__company=pair.offer.registration.company_id)
    return others.order_by().values("offer__registration__company").distinct().count() >= cap


def _tell_members(own: Posting, other: Posting, *, is_mutual: bool) -> None:
    """Tell who stands for `own` of the wish to meet about `other`; who buys stays hidden where the request hides it."""
    company = None if hides_buyer(other) else other.registration.company
    members = Member.objects.filter(company=own.registration.company_id, status=Member.Status.ACTIVE, user__is_active=True)
    for member in members.select_related("user").order_by("pk"):
        tell(member.user, "match_interest", own=own, other=other, company=company, is_mutual=is_mutual)
