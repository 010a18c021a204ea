"""What fits a posting, read from what is open now; and which requests nobody can fill yet, as a worker last found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.utils.translation import get_language

from expo.editions.models import Chain, Edition
from matchmaking.marketplace.cards import Card, Key, cards_of
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest
from matchmaking.matching import candidates, fitting
from matchmaking.matching.facts import Facts, facts_of, offer_facts_of, request_facts_of
from matchmaking.matching.kept import MarketNow, kept, kept_already, market_now
from matchmaking.matching.masks import counted, newest
from matchmaking.matching.models import Gap
from matchmaking.matching.words import sentence
from matchmaking.participants.models import Block, Member, Visitor

Names = dict[Key, list[str]]
MOST_LOOKED_AT = 600
KEPT_LENGTHS = (3, 10)  # How many cards the desk and a posting's page ask for.
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
    """Return the open offers that break no hard requirement of the request, best first (see `fitting.fits`).

    Bounded: looks at the newest 600 of the request's segment and those that supply it. The database leaves out what breaks a must; of
    the rest the engine orders the first 60: own segment, then cheapest. Where more are left, their number is the database's. Offers of
    companies that the visitor's own company has blocked are left out of its own requests; all others see the same, which is kept until
    a posting of these segments is written. One query then, at most six otherwise, one more for somebody signed in.
    The request was read with `for_page()`.
    """
    return _kept_fits(request, _offers_that_fit, visitor, most)


def fits_for_offer(offer: Offer, *, visitor: Visitor, most: int = 10) -> Fits:
    """Return the open requests whose hard requirements the offer meets, best first; as `fits_for_request`, soonest needed first."""
    return _kept_fits(offer, _requests_that_fit, visitor, most)


def _kept_fits(posting: Any, find: Callable[[Any, list[int], int, MarketNow], Fits], visitor: Visitor, most: int) -> Fits:
    now, blocked = market_now(), _blocked(posting, visitor)
    if blocked:
        return find(posting, blocked, most, now)
    return kept(_name(posting, most), now.of_segments(_segments_of(posting, now)), lambda: find(posting, blocked, most, now))


def _name(posting: Any, most: int) -> str:
    # Not every posting that its own people look at is an open one: the time of its last change tells of it.
    return f"fits-{posting.kind}-{posting.pk}-{posting.changed_at}-{most}-{get_language()}"


def known_totals(postings: Sequence[Posting]) -> dict[tuple[str, int], int]:
    """Return how many fit each posting, as far as that is known without looking: by (kind, id). Two queries and those of `market_now`.

    Known is what this process found for a desk or a posting's page since the market last changed there, and 0 for requests that a worker
    found nothing for. Of companies that block another nothing is kept.
    """
    now, requests = market_now(), [one.pk for one in postings if one.kind == "request"]
    totals = {("request", pk): 0 for pk in Gap.objects.filter(request__in=requests).values_list("request", flat=True)}
    blocking = set(Block.objects.filter(company__in={one.registration.company_id for one in postings}).values_list("company", flat=True))
    for posting in postings:
        version = now.of_segments(_segments_of(posting, now))
        found = [kept_already(_name(posting, most), version) for most in KEPT_LENGTHS if posting.registration.company_id not in blocking]
        for fits in filter(None, found):
            totals[posting.kind, posting.pk] = fits.total
    return totals


def _offers_that_fit(request: SourcingRequest, blocked: list[int], most: int, now: MarketNow) -> Fits:
    today, links = now.day, now.columns.links
    own = request_facts_of(request)
    offers = _newest(Offer, request, now).exclude(registration__company__in=blocked)
    left = candidates.offers_for(own, request, offers, today=today)
    facts = facts_of(left[:MOST_CANDIDATES], request)
    found = fitting.fits(own, facts.offers, links, today=today)
    shown = Offer.objects.filter(pk__in=[fit.offer for fit in found[:most]]).for_card()
    held: Names = {("offer", row.id): [one.key for one in row.certificates] for row in facts.offers}
    return Fits(_fit_cards([(fit.offer, fit) for fit in found[:most]], shown, facts, held), _total(found, facts.offers, left))


def _requests_that_fit(offer: Offer, blocked: list[int], most: int, now: MarketNow) -> Fits:
    today, links = now.day, now.columns.links
    own = offer_facts_of(offer)
    requests = _newest(SourcingRequest, offer, now).exclude(registration__company__in=blocked)
    left = candidates.requests_for(own, offer, requests, today=today)
    facts = facts_of(offer, left[:MOST_CANDIDATES])
    found = fitting.fits_of_offer(own, facts.requests, links, today=today)
    shown = SourcingRequest.objects.filter(pk__in=[fit.request for fit in found[:most]]).for_card()
    asked: Names = {("request", row.id): list(row.certificates) for row in facts.requests}
    return Fits(_fit_cards([(fit.request, fit) for fit in found[:most]], shown, facts, asked), _total(found, facts.requests, left))


def _segments_of(posting: Any, now: MarketNow) -> set[int]:
    """Return where the other side of a posting is looked for: in its own segment, and in those linked with it."""
    own, links = posting.segment_id, now.columns.links
    if posting.kind == "request":
        return {own} | {supplier for supplier, customer in links if customer == own}
    return {own} | {customer for supplier, customer in links if supplier == own}


def _total(found: list[fitting.Fit], read: list[Any], left: Any) -> int:
    """Say how many fit: those that the engine found, or, where more were left than it looked at, what the database counts."""
    return len(found) if len(read) < MOST_CANDIDATES else left.order_by().count()


def _newest(model: Any, posting: Any, now: MarketNow) -> Any:
    """Return the newest 600 open postings of the other side."""
    kind = "offer" if model is Offer else "request"
    return model.objects.published().filter(pk__in=newest(now.columns, kind, _segments_of(posting, now), MOST_LOOKED_AT))


def _blocked(posting: Posting, visitor: Visitor) -> list[int]:
    """Companies that the posting's company never meets: known to its own people, and to nobody else."""
    if not visitor.is_authenticated:
        return []
    own = Member.objects.filter(user_id=visitor.pk, status=Member.Status.ACTIVE, company=posting.registration.company_id)
    return list(Block.objects.filter(company__in=own.values("company")).values_list("blocked", flat=True))


def _fit_cards(found: list[tuple[int, fitting.Fit]], shown: Any, facts: Facts, keys: Names) -> list[FitCard]:
    names = {posting: sorted(facts.certificates[key] for key in own) for posting, own in keys.items()}
    cards = {card["id"]: card for card in cards_of(list(shown) if found else [], certificates=names)}
    return [
        FitCard(
            cards[key],
            fit.is_linked,
            [(reason.verdict.value, sentence(reason, facts.certificates), reason.is_must) for reason in fit.reasons],
            fitting.verdicts(fit.reasons),
        )
        for key, fit in found
        if key in cards
    ]


def offers_by_segment(edition: Edition, now: MarketNow, chain: Chain | None = None) -> tuple[dict[int, int], bool]:
    """Return, by segment id, how many offers of the edition, or of a chain in it, are open, and whether invented ones are among them. No query."""
    rows, stops = now.columns.rows, now.columns.stops
    own = rows["is_offer"] & (rows["edition"] == edition.pk)
    if chain is not None:
        own &= np.isin(rows["segment"], [segment for segment, stop in stops.items() if stop.chain == chain.slug])
    return dict(counted(rows["segment"][own])), bool((own & rows["is_demo"]).any())


def segment_gaps(edition: Edition, now: MarketNow) -> dict[int, tuple[int, int]]:
    """Return, by segment id, how many requests of the edition are open and how many of them no offer fits. No query.

    Segments without an open request are left out. The second number is as last worked out; a request that no worker has looked at
    yet counts as one with an offer.
    """
    rows = now.columns.rows
    own = ~rows["is_offer"] & (rows["edition"] == edition.pk)
    without = dict(counted(rows["segment"][own & rows["is_gap"]]))
    return {segment: (total, without.get(segment, 0)) for segment, total in counted(rows["segment"][own])}


def gaps_looked_at(now: MarketNow, chain: Chain | None = None) -> datetime | None:
    """Return when a worker last found the gaps of a chain, or of all, to be others than before; None where none has looked. No query."""
    stops, looks = now.columns.stops, now.columns.looks
    return max((at for segment, at in looks.items() if chain is None or stops[segment].chain == chain.slug), default=None)
