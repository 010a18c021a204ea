"""What everybody is shown of the run in force: what fits a posting, without scores. And the counts of what nobody can fill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from expo.editions.models import Chain, Edition
from matchmaking.marketplace.cards import Card, cards_of
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest
from matchmaking.matching.kept import MarketNow
from matchmaking.matching.masks import counted
from matchmaking.matching.models import Match, MatchRun
from matchmaking.matching.queries.explained import Pair, requirements_in_words
from matchmaking.matching.queries.matches import RANK, as_of_run, certificates_of, pairs_of, run_in_force
from matchmaking.participants.models import Visitor

Link = tuple[tuple[str, str], tuple[str, str]]


@dataclass(frozen=True)
class FitCard:
    """A posting of the other side that fits: its card, and how it meets what is asked.

    `reasons` are (verdict, sentence, is it a must) of each requirement, `line` is what a requirement line is drawn from; `is_linked`
    says that it stands one step away on the chain.
    """

    card: Card
    is_linked: bool
    reasons: list[tuple[str, str, bool]]
    line: list[tuple[str, bool]]


@dataclass(frozen=True)
class Fits:
    """What fits a posting, best first, and how many do, shown or not.

    `is_worked_out` is False while no run is in force, or none has read the posting yet.
    """

    is_worked_out: bool
    cards: list[FitCard] = field(default_factory=list)
    total: int = 0


def fits_for_request(request: SourcingRequest, visitor: Visitor, most: int = 10) -> Fits:
    """Return the open offers on the request's list in the run in force, best first, `most` of ten: the same for everybody.

    Scores, near misses and what the two sides said are for its own people (`matches_of_request`). Three queries, whatever its length.
    The request was read with `for_page()`.
    """
    return _fits(request, visitor, most)


def fits_for_offer(offer: Offer, visitor: Visitor, most: int = 10) -> Fits:
    """Return the open requests on the offer's list, as `fits_for_request`. A buyer who hides its name stays hidden."""
    return _fits(offer, visitor, most)


def _fits(posting: Any, visitor: Visitor, most: int) -> Fits:
    run = run_in_force(posting.registration.edition_id) if posting.is_open else None
    as_of = None if run is None else as_of_run(run)
    if run is None or as_of is None:
        return Fits(is_worked_out=False)
    kind, rank = posting.kind, RANK[posting.kind]
    listed = Match.objects.in_force().filter(**{kind: posting, f"{rank}__isnull": False})
    rows = list(listed.select_related("request_snapshot", "offer_snapshot").order_by(rank, "-score", "pk"))
    if not rows and posting.changed_at > as_of:
        return Fits(is_worked_out=False)
    pairs = pairs_of(kind, rows, {posting.pk: posting}, visitor)
    return Fits(is_worked_out=True, cards=_cards(kind, pairs[:most], run), total=len(pairs))


def _cards(kind: str, pairs: Sequence[Pair], run: MatchRun) -> list[FitCard]:
    theirs: list[Posting] = [pair.offer if kind == "request" else pair.request for pair in pairs]
    names = {(one.kind, one.pk): certificates_of(kind, pair) for one, pair in zip(theirs, pairs, strict=True)}
    cards = cards_of(theirs, certificates=names)
    links = _links(run)
    return [_fit_card(pair, card, is_linked=_place(pair) in links) for pair, card in zip(pairs, cards, strict=True)]


def _fit_card(pair: Pair, card: Card, *, is_linked: bool) -> FitCard:
    reasons = requirements_in_words(pair)
    return FitCard(card, is_linked, [(one.verdict, one.says, bool(one.is_must)) for one in reasons.factors], reasons.line)


def _place(pair: Pair) -> Link:
    supplier, customer = pair.offer.segment, pair.request.segment
    return (supplier.chain.slug, supplier.slug), (customer.chain.slug, customer.slug)


def _links(run: MatchRun) -> set[Link]:
    """Return the links of segments as the run read them: (supplier, customer), each as (chain, segment)."""
    return {((one[0], one[1]), (other[0], other[1])) for one, other in run.parameters.get("links", [])}


def offers_by_segment(edition: Edition, now: MarketNow, chain: Chain | None = None) -> tuple[dict[int, int], bool]:
    """Return, by segment id, how many offers of the edition, or of a chain in it, are open, and whether invented ones are among them. No query."""
    rows, stops = now.columns.rows, now.columns.stops
    own = rows["is_offer"] & (rows["edition"] == edition.pk)
    if chain is not None:
        own &= np.isin(rows["segment"], [segment for segment, stop in stops.items() if stop.chain == chain.slug])
    return dict(counted(rows["segment"][own])), bool((own & rows["is_demo"]).any())


def segment_gaps(edition: Edition, now: MarketNow) -> dict[int, tuple[int, int]]:
    """Return, by segment id, how many requests of the edition are open and how many of them no offer fits. No query.

    Segments without an open request are left out. The second number is that of the run in force, 0 while there is none (`looked_at`).
    """
    rows = now.columns.rows
    own = ~rows["is_offer"] & (rows["edition"] == edition.pk)
    without: Mapping[int, int] = dict(counted(rows["segment"][own & rows["is_gap"]]))
    return {segment: (total, without.get(segment, 0)) for segment, total in counted(rows["segment"][own])}


def looked_at(now: MarketNow, edition: Edition) -> datetime | None:
    """Return when the run in force of the edition was finished, None where there is none. No query."""
    return now.columns.runs.get(edition.pk)
