"""Counts for whole chains, from the columns of the market and one grouped query: never from a loop, the same for one row and for thousands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from expo.editions.models import Chain, Edition, Segment
from matchmaking.matching.columns import EVERYBODY
from matchmaking.matching.kept import kept, market_now
from matchmaking.matching.queries import looked_at, offers_by_segment, segment_gaps
from matchmaking.matching.unfilled import told
from matchmaking.participants.models import Registration

NONE = (0, 0)


@dataclass(frozen=True)
class Tally:
    """Counts by key (a chain's or a segment's id, None for no segment), and whether invented rows are among them."""

    counts: Mapping[Any, int]
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

    @property
    def is_matched(self) -> bool:
        """Whether a run is in force: without one nobody knows what lacks an offer."""
        return self.looked_at is not None

    def requests(self, segments: Iterable[Segment]) -> int:
        """Return how many requests are open in these segments."""
        return sum(self.gaps.get(segment.pk, NONE)[0] for segment in segments)

    def without_offer(self, segments: Iterable[Segment], *, is_full: bool) -> int | None:
        """Return how many of them no offer fits, as it is told (`unfilled.told`); None also while no run is in force."""
        return told(sum(self.gaps.get(segment.pk, NONE)[1] for segment in segments), is_full=is_full) if self.is_matched else None


def counts_of(edition: Edition, chain: Chain | None = None) -> Counts:
    """Return the counts of an edition by chain and segment, or of one chain by segment.

    `looked_at` says when the run in force was finished, None while there is none: then nobody knows what lacks an offer. One query while nothing is written, a few more right after a write.
    """
    now = market_now()
    counts, has_demo = offers_by_segment(edition, now, chain)
    name = f"exhibitors-{edition.pk}-{chain.pk if chain else ''}"
    return Counts(
        kept(name, now.people, lambda: chain_exhibitors(edition) if chain is None else segment_exhibitors(edition, chain)),
        Tally(counts, has_demo),
        segment_gaps(edition, now),
        looked_at(now, edition),
    )


def chain_exhibitors(edition: Edition) -> Tally:
    """Count the edition's verified exhibitors by chain. Who stands on two chains counts on both. One query."""
    return _exhibitors(edition, "chains", Q())


def segment_exhibitors(edition: Edition, chain: Chain) -> Tally:
    """Count the verified exhibitors on a chain by their main segment; those without one under None. One query."""
    return _exhibitors(edition, "main_segment", Q(chains=chain))


def _exhibitors(edition: Edition, key: str, where: Q) -> Tally:
    exhibitors = Registration.objects.verified().exhibitors().visible_to(EVERYBODY).filter(where, edition=edition)
    rows = exhibitors.order_by().values_list(key).annotate(Count("pk"), demo=Count("pk", filter=Q(company__is_demo=True)))
    read: list[tuple[int | None, int, int]] = list(rows)
    return Tally({key: count for key, count, _demo in read}, any(demo for _key, _count, demo in read))
