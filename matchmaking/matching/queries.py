"""What fits a posting, read from what is open now; and which requests nobody can fill yet, as a worker last found."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import get_language

from expo.editions.models import Chain, Edition, SegmentLink
from matchmaking.marketplace.cards import Card, Key, cards_of
from matchmaking.marketplace.models import Offer, Posting, PostingStatus, SourcingRequest
from matchmaking.matching import candidates, engine
from matchmaking.matching.facts import Facts, facts_of, offer_facts_of, request_facts_of
from matchmaking.matching.kept import kept_list, state_of_the_market
from matchmaking.matching.models import SegmentLook
from matchmaking.matching.words import sentence
from matchmaking.participants.models import Block, Member, Visitor

Names = dict[Key, list[str]]
MOST_LOOKED_AT = 600
MOST_CANDIDATES = 60


@dataclass(frozen=True)
class FitCard:
    """A posting of the other side that fits: its card, and why. `line` is what a requirement line is drawn from."""

    card: Card
    is_linked: bool
    reasons: list[tuple[str, str, bool]]
    line: list[tuple[str, bool]]


@dataclass(frozen=True)
class Fits:
    """The best of what fits, and how many there are in all, of those looked at."""

    cards: list[FitCard]
    total: int


def fits_for_request(request: SourcingRequest, *, visitor: Visitor, most: int = 10) -> Fits:
    """Return the open offers that break no hard requirement of the request, best first (see `engine.fits`).

    Bounded: looks at the newest 600 of the request's segment and those that supply it. The database leaves out what breaks a must; of
    the rest the engine orders the first 60: own segment, then cheapest. Where more are left, their number is the database's. Offers of
    companies that the visitor's own company has blocked are left out of its own requests; all others see the same, which is kept until
    something of the market is written. One query then, at most six otherwise, one more for somebody signed in.
    The request was read with `for_page()`.
    """
    return _kept_fits(request, _offers_that_fit, visitor, most)


def fits_for_offer(offer: Offer, *, visitor: Visitor, most: int = 10) -> Fits:
    """Return the open requests whose hard requirements the offer meets, best first; as `fits_for_request`, soonest needed first."""
    return _kept_fits(offer, _requests_that_fit, visitor, most)


def _kept_fits(posting: Any, find: Callable[[Any, list[int], int], Fits], visitor: Visitor, most: int) -> Fits:
    blocked = _blocked(posting, visitor)
    if blocked:
        return find(posting, blocked, most)
    name = f"fits-{posting.kind}-{posting.pk}-{most}-{get_language()}"
    return kept_list(name, state_of_the_market(), lambda: find(posting, blocked, most))


def _offers_that_fit(request: SourcingRequest, blocked: list[int], most: int) -> Fits:
    today, links = timezone.localdate(), _links()
    segments = {request.segment_id} | {supplier for supplier, customer in links if customer == request.segment_id}
    own = request_facts_of(request)
    offers = _newest(Offer, segments).exclude(registration__company__in=blocked)
    left = candidates.offers_for(own, request, offers, today=today)
    facts = facts_of(left[:MOST_CANDIDATES], request)
    found = engine.fits(own, facts.offers, links, today=today)
    shown = Offer.objects.filter(pk__in=[fit.offer for fit in found[:most]]).for_card()
    held: Names = {("offer", row.id): [one.key for one in row.certificates] for row in facts.offers}
    return Fits(_fit_cards([(fit.offer, fit) for fit in found[:most]], shown, facts, held), _total(found, facts.offers, left))


def _requests_that_fit(offer: Offer, blocked: list[int], most: int) -> Fits:
    today, links = timezone.localdate(), _links()
    segments = {offer.segment_id} | {customer for supplier, customer in links if supplier == offer.segment_id}
    own = offer_facts_of(offer)
    requests = _newest(SourcingRequest, segments).exclude(registration__company__in=blocked)
    left = candidates.requests_for(own, offer, requests, today=today)
    facts = facts_of(offer, left[:MOST_CANDIDATES])
    found = engine.fits_of_offer(own, facts.requests, links, today=today)
    shown = SourcingRequest.objects.filter(pk__in=[fit.request for fit in found[:most]]).for_card()
    asked: Names = {("request", row.id): list(row.certificates) for row in facts.requests}
    return Fits(_fit_cards([(fit.request, fit) for fit in found[:most]], shown, facts, asked), _total(found, facts.requests, left))


def _total(found: list[engine.Fit], read: list[Any], left: Any) -> int:
    """Say how many fit: those that the engine found, or, where more were left than it looked at, what the database counts."""
    return len(found) if len(read) < MOST_CANDIDATES else left.order_by().count()


def _newest(model: Any, segments: set[int]) -> Any:
    """Return the open postings among the newest 600 of the segments: an index finds these, whatever the size of the market."""
    newest = model.objects.filter(segment__in=segments, status=PostingStatus.PUBLISHED).order_by("-published_at", "-pk")
    return model.objects.published().filter(pk__in=newest.values("pk")[:MOST_LOOKED_AT])


def _links() -> list[engine.Link]:
    return list(SegmentLink.objects.values_list("supplier", "customer"))


def _blocked(posting: Posting, visitor: Visitor) -> list[int]:
    """Companies that the posting's company never meets: known to its own people, and to nobody else."""
    if not visitor.is_authenticated:
        return []
    own = Member.objects.filter(user_id=visitor.pk, status=Member.Status.ACTIVE, company=posting.registration.company_id)
    return list(Block.objects.filter(company__in=own.values("company")).values_list("blocked", flat=True))


def _fit_cards(found: list[tuple[int, engine.Fit]], shown: Any, facts: Facts, keys: Names) -> list[FitCard]:
    names = {posting: sorted(facts.certificates[key] for key in own) for posting, own in keys.items()}
    cards = {card["id"]: card for card in cards_of(list(shown) if found else [], certificates=names)}
    return [
        FitCard(
            cards[key],
            fit.is_linked,
            [(reason.verdict.value, sentence(reason, facts.certificates), reason.is_must) for reason in fit.reasons],
            engine.verdicts(fit.reasons),
        )
        for key, fit in found
        if key in cards
    ]


def segment_gaps(edition: Edition, chain: Chain | None = None) -> dict[int, tuple[int, int]]:
    """Return, by segment id, how many requests of the edition are open and how many of them no offer fits. One grouped query.

    Segments without an open request are left out. The second number is as last worked out; a request that no worker has looked at
    yet counts as one with an offer.
    """
    requests = SourcingRequest.objects.published().in_edition(edition)
    if chain is not None:
        requests = requests.filter(segment__chain=chain)
    rows = requests.order_by().values_list("segment").annotate(Count("pk"), Count("gap"))
    return {segment: (total, without) for segment, total, without in rows}


def gaps_looked_at(chain: Chain | None = None) -> datetime | None:
    """Return when a worker last found the gaps of a chain, or of all, to be others than before; None where none has looked. One query."""
    looks = SegmentLook.objects.all() if chain is None else SegmentLook.objects.filter(segment__chain=chain)
    latest: datetime | None = looks.aggregate(latest=Max("worked_out_at"))["latest"]
    return latest
