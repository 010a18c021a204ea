"""Counts for whole chains, each from one grouped query: never from a loop, the same number of queries for one row and for thousands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q

from expo.editions.models import Chain, Edition
from matchmaking.marketplace.models import Offer
from matchmaking.matching.kept import kept, state_of_the_market
from matchmaking.matching.queries import gaps_looked_at, segment_gaps
from matchmaking.participants.models import Registration

EVERYBODY = AnonymousUser()


@dataclass(frozen=True)
class Tally:
    """Counts by key (a chain's or a segment's id, None for no segment), and whether invented rows are among them."""

    counts: dict[int | None, int]
    has_demo: bool

    def of(self, key: int | None) -> int:
        return self.counts.get(key, 0)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Counts:
    """What the pages of an edition or of one chain count; `gaps` are (open requests, those without an offer) by segment."""

    exhibitors: Tally
    offers: Tally
    gaps: Mapping[int, tuple[int, int]]
    looked_at: datetime | None

    @property
    def has_demo(self) -> bool:
        return self.exhibitors.has_demo or self.offers.has_demo


def counts_of(edition: Edition, chain: Chain | None = None) -> Counts:
    """Return the counts of an edition by chain and segment, or of one chain by segment. One query while nothing of it is written.

    `looked_at` says when a worker last looked for gaps there. Four grouped queries after a write.
    """
    name = f"counts-{edition.pk}-{chain.pk if chain else ''}"
    return kept(name, state_of_the_market(), lambda: _count(edition, chain))


def _count(edition: Edition, chain: Chain | None) -> Counts:
    exhibitors = chain_exhibitors(edition) if chain is None else segment_exhibitors(edition, chain)
    return Counts(exhibitors, offers_by_segment(edition, chain), segment_gaps(edition, chain), gaps_looked_at(chain))


def chain_exhibitors(edition: Edition) -> Tally:
    """Count the edition's verified exhibitors by chain. Who stands on two chains counts on both. One query."""
    return _exhibitors(edition, "chains", Q())


def segment_exhibitors(edition: Edition, chain: Chain) -> Tally:
    """Count the verified exhibitors on a chain by their main segment; those without one under None. One query."""
    return _exhibitors(edition, "main_segment", Q(chains=chain))


def offers_by_segment(edition: Edition, chain: Chain | None = None) -> Tally:
    """Count the open offers of the edition by segment, of one chain or of all. One query."""
    open_ones = Offer.objects.published().visible_to(EVERYBODY).in_edition(edition)
    if chain is not None:
        open_ones = open_ones.filter(segment__chain=chain)
    rows = open_ones.order_by().values_list("segment").annotate(Count("pk"), demo=Count("pk", filter=Q(is_demo=True)))
    return _tally(rows)


def _exhibitors(edition: Edition, key: str, where: Q) -> Tally:
    exhibitors = Registration.objects.verified().exhibitors().visible_to(EVERYBODY).filter(where, edition=edition)
    rows = exhibitors.order_by().values_list(key).annotate(Count("pk"), demo=Count("pk", filter=Q(company__is_demo=True)))
    return _tally(rows)


def _tally(rows: object) -> Tally:
    read: list[tuple[int | None, int, int]] = list(rows)  # type: ignore[call-overload] # rows of values_list, see above
    return Tally({key: count for key, count, _demo in read}, any(demo for _key, _count, demo in read))
