"""What fits a posting, and which requests nobody can fill yet. Read from what is open now; nothing is kept but the gaps."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db.models import CharField, Max, Value
from django.utils import timezone

from expo.editions.models import Chain, Edition, SegmentLink
from expo.foundation.models import Event
from matchmaking.marketplace.cards import Card, cards_of
from matchmaking.marketplace.models import Offer, OfferCertificate, Posting, RequestCertificate, SourcingRequest
from matchmaking.matching import engine
from matchmaking.matching.facts import Facts, facts_of
from matchmaking.matching.words import sentence
from matchmaking.participants.models import Block, Member, Registration, Visitor

GAPS_ARE_KEPT_SECONDS = 3600
MOST_CANDIDATES = 2000


@dataclass(frozen=True)
class FitCard:
    """A posting of the other side that fits: its card, and why. `line` is what a requirement line is drawn from."""

    card: Card
    is_linked: bool
    reasons: list[tuple[str, str, bool]]
    line: list[tuple[str, bool]]


@dataclass(frozen=True)
class Fits:
    """The best of what fits, and how many there are in all."""

    cards: list[FitCard]
    total: int


def fits_for_request(request: SourcingRequest, *, visitor: Visitor, most: int = 10) -> Fits:
    """Return the open offers that break no hard requirement of the request, best first (see `engine.fits`).

    Offers of companies that the visitor's own company has blocked are left out of its own requests. Looks at the newest
    2,000 candidates. Five queries, one more for somebody signed in. The request was read with its registration.
    """
    links = _links()
    segments = {request.segment_id} | {supplier for supplier, customer in links if customer == request.segment_id}
    offers = Offer.objects.published().filter(segment__in=segments).exclude(registration__company__in=_blocked(request, visitor))
    facts = facts_of(_newest(offers), request)
    found = engine.fits(facts.requests[0], facts.offers, links, today=timezone.localdate())
    shown = Offer.objects.filter(pk__in=[fit.offer for fit in found[:most]]).for_card()
    return Fits(_fit_cards([(fit.offer, fit) for fit in found[:most]], shown, facts), len(found))


def fits_for_offer(offer: Offer, *, visitor: Visitor, most: int = 10) -> Fits:
    """Return the open requests whose hard requirements the offer meets, best first; as `fits_for_request`."""
    links = _links()
    segments = {offer.segment_id} | {customer for supplier, customer in links if supplier == offer.segment_id}
    requests = SourcingRequest.objects.published().filter(segment__in=segments)
    requests = requests.exclude(registration__company__in=_blocked(offer, visitor))
    facts = facts_of(offer, _newest(requests))
    found = engine.fits_of_offer(facts.offers[0], facts.requests, links, today=timezone.localdate())
    shown = SourcingRequest.objects.filter(pk__in=[fit.request for fit in found[:most]]).for_card()
    return Fits(_fit_cards([(fit.request, fit) for fit in found[:most]], shown, facts), len(found))


def _newest(candidates: Any) -> Any:
    return candidates.order_by("-published_at", "-pk")[:MOST_CANDIDATES]


def _links() -> list[engine.Link]:
    return list(SegmentLink.objects.values_list("supplier", "customer"))


def _blocked(posting: Posting, visitor: Visitor) -> list[int]:
    """Companies that the posting's company never meets: known to its own people, and to nobody else."""
    if not visitor.is_authenticated:
        return []
    own = Member.objects.filter(user_id=visitor.pk, status=Member.Status.ACTIVE, company=posting.registration.company_id)
    return list(Block.objects.filter(company__in=own.values("company")).values_list("blocked", flat=True))


def _fit_cards(found: list[tuple[int, engine.Fit]], shown: Any, facts: Facts) -> list[FitCard]:
    cards = {card["id"]: card for card in cards_of(list(shown) if found else [])}
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


@dataclass(frozen=True)
class Gaps:
    """Which open requests no offer fits. Segments are counted by edition: segment -> (open requests, those without an offer)."""

    without_offer: frozenset[int]
    by_edition: Mapping[int, Mapping[int, tuple[int, int]]]


def gaps() -> Gaps:
    """Return the gaps of all that is open now.

    One query while nothing has been written since they were last worked out, five otherwise. Kept in the cache under the last
    numbers of all tables that they depend on, so that every process sees a change at once.
    """
    today = timezone.localdate()
    key = f"matching-gaps-{today:%Y%m%d}-{_last_numbers()}"
    kept: Gaps | None = cache.get(key)
    if kept is None:
        kept = _work_out(today)
        cache.set(key, kept, GAPS_ARE_KEPT_SECONDS)
    return kept


def requests_without_offer() -> frozenset[int]:
    """Return the ids of the open requests that no open offer fits. As `gaps`."""
    return gaps().without_offer


def segment_gaps(edition: Edition, chain: Chain | None = None) -> dict[int, tuple[int, int]]:
    """Return, by segment id, how many requests of the edition are open and how many of them no offer fits.

    Segments without an open request are left out. As `gaps`, with one more query for a chain.
    """
    counts = gaps().by_edition.get(edition.pk, {})
    if chain is None:
        return dict(counts)
    return {segment: counts[segment] for segment in chain.segments.order_by().values_list("pk", flat=True) if segment in counts}


def _work_out(today: date) -> Gaps:
    facts = facts_of(Offer.objects.published().order_by("pk"), SourcingRequest.objects.published().order_by("pk"))
    missing = engine.without_offer(facts.requests, facts.offers, _links(), today=today)
    counts: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    for request in facts.requests:
        of_edition = counts[facts.editions[request.id]]
        total, without = of_edition.get(request.segment, (0, 0))
        of_edition[request.segment] = (total + 1, without + (request.id in missing))
    return Gaps(missing, dict(counts))


def _last_numbers() -> str:
    """Name the state of the tables that gaps depend on. One query over the ends of their indexes.

    Every save of a posting or a registration leaves a row of history, and every verb a row in the log.
    """
    tables: list[Any] = [
        Event, Offer, SourcingRequest, OfferCertificate, RequestCertificate, SegmentLink,
        Offer.history.model, SourcingRequest.history.model, Registration.history.model,
    ]  # fmt: skip
    arms = [
        table.objects.order_by().values(table=Value(f"{number}", CharField())).annotate(last=Max("pk")).values_list("table", "last")
        for number, table in enumerate(tables)
    ]
    return "-".join(f"{last or 0}" for _table, last in sorted(arms[0].union(*arms[1:], all=True)))
