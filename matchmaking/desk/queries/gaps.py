"""Where a chain is open: by segment, the requests that no offer fits, the offers that no request wants, and who alone supplies it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from django.utils import timezone

from expo.editions.models import Chain, Edition, Segment, Stage
from expo.foundation.places import country_name
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching.columns import CODES, Column
from matchmaking.matching.kept import MarketNow, kept, market_now
from matchmaking.matching.masks import counted
from matchmaking.matching.models import Match, MatchRun
from matchmaking.matching.unfilled import LEAST_TOLD, is_unfilled, told
from matchmaking.participants.models import Company

MOST_LISTED = 50
SECONDS_KEPT = 60
COMPANY, COUNTRY = "company", "country"
Rows = Mapping[str, Column]


@dataclass(frozen=True)
class SegmentGap:
    """What a segment has and lacks. None: not told, because it is fewer than five, or because no run has looked yet.

    `single` says that all fitting offers are of one company or of one country/region ("company", "country", ""), `source` which one.
    """

    segment: Segment
    requests: int | None
    without_offer: int | None
    offers: int | None
    without_request: int | None
    single: str = ""
    source: str = ""

    @property
    def is_open(self) -> bool:
        """Whether at least a third of its requests have no offer."""
        return bool(self.requests and self.without_offer and 3 * self.without_offer >= self.requests)

    @property
    def share(self) -> float:
        """How many of its requests have no offer, 0 to 1; 0 where it is not told."""
        return (self.without_offer or 0) / self.requests if self.requests else 0.0


@dataclass(frozen=True)
class GapMap:
    """The segments of a chain in the order of the line, and the run that looked. `is_full`: small counts are told too."""

    rows: list[SegmentGap]
    run: MatchRun | None
    is_full: bool
    totals: tuple[int | None, int | None]
    has_demo: bool

    @property
    def requests(self) -> int | None:
        """The open requests of the chain; None where they are not told."""
        return self.totals[0]

    @property
    def without_offer(self) -> int | None:
        return self.totals[1]

    @property
    def open_first(self) -> list[SegmentGap]:
        """Those with something open, most requests without an offer first."""
        return sorted((row for row in self.rows if row.without_offer), key=lambda row: (-(row.without_offer or 0), row.segment.pk))


def gap_map(chain: Chain, edition: Edition, *, is_full: bool) -> GapMap:
    """Return where the chain is open in the edition, as the run in force found it. While there is none, nobody knows what lacks an offer.

    Args:
        is_full: for the organiser. To others no count below five is told, and no company is named.

    Kept while nothing is written to the chain's segments: a posting is gone at once. The lists behind single sources and offers without a
    request are read once a minute. A handful of queries.
    """
    segments = sorted(chain.segments.all(), key=lambda segment: (Stage.values.index(segment.stage), segment.order, segment.pk))
    run, found = _found(chain, edition, segments)
    rows = [_row(segment, found) for segment in segments]
    sums = [sum(count or 0 for count in column) for column in zip(*((row.requests, row.without_offer) for row in rows), strict=True)]
    totals = (told(sums[0], is_full=is_full), told(sums[1], is_full=is_full) if run else None) if sums else (0, None)
    return GapMap([row if is_full else _public(row) for row in rows], run, is_full, totals, found["has_demo"])


def open_in(segment: Segment, edition: Edition) -> tuple[list[SourcingRequest], list[Offer]]:
    """Return the segment's open requests that no offer fits, and its offers that no request wants, newest first, fifty of each at most.

    For the organiser. While no run has looked there is neither.
    """
    chain = segment.chain
    run, found = _found(chain, edition, list(chain.segments.all()))
    requests = SourcingRequest.objects.published().in_edition(edition).filter(segment=segment)
    if run is None:
        return [], []
    offers = Offer.objects.published().in_edition(edition).filter(segment=segment)
    return _newest(requests.filter(is_unfilled())), _newest_but(offers, found["wanted"].get(segment.pk, set()))


def _newest(rows: Any) -> list[Any]:
    return list(rows.for_card().order_by("-published_at", "-pk")[:MOST_LISTED])


def _newest_but(rows: Any, left_out: set[int]) -> list[Any]:
    """Return the newest rows without those left out, which may be more than a database takes in one list."""
    newest = rows.order_by("-published_at", "-pk").values_list("pk", flat=True)
    return _newest(rows.filter(pk__in=list(islice((pk for pk in newest if pk not in left_out), MOST_LISTED))))


def _found(chain: Chain, edition: Edition, segments: Iterable[Segment]) -> tuple[MatchRun | None, Mapping[str, Any]]:
    run = MatchRun.objects.in_force().filter(edition=edition).defer("figures", "parameters").first()
    now, minute = market_now(), _minute()
    name = f"gap-map-{edition.pk}-{chain.pk}-{run and run.pk}-{now.day}-{minute}"
    return run, kept(name, now.of_segments([segment.pk for segment in segments]), lambda: _counted(chain, edition, run, now))


def _counted(chain: Chain, edition: Edition, run: MatchRun | None, now: MarketNow) -> Mapping[str, Any]:
    """Count by segment, from the columns of the market: what was withdrawn is not among them, whatever a run has found for it."""
    rows, ours = now.columns.rows, now.columns.rows["edition"] == edition.pk
    own = ours & np.isin(rows["segment"], [pk for pk, stop in now.columns.stops.items() if stop.chain == chain.slug])
    requests, offers = own & ~rows["is_offer"], own & rows["is_offer"]
    found: dict[str, Any] = {
        "requests": dict(counted(rows["segment"][requests])),
        "offers": dict(counted(rows["segment"][offers])),
        "has_demo": bool((own & rows["is_demo"]).any()),
    }
    if run is None:
        return found
    sources = _sources(rows, requests, ours & rows["is_offer"], _pairs(run, "request", chain))
    single = {next(iter(companies)) for companies, _countries in sources.values() if len(companies) == 1}
    return found | {
        "without_offer": dict(counted(rows["segment"][requests & rows["is_gap"]])),
        "sources": sources,
        "wanted": _wanted(rows, offers, ours & ~rows["is_offer"], _pairs(run, "offer", chain)),
        "names": Company.objects.in_bulk(single) if single else {},
    }


def _sources(rows: Rows, asking: Column, offering: Column, pairs: Column) -> dict[int, tuple[set[int], set[int]]]:
    """Return, by segment, the companies and the countries (as codes) whose open offers stand on the lists of its requests."""
    request, offer = _places(rows, asking, pairs[:, 0]), _places(rows, offering, pairs[:, 1])
    there = (request >= 0) & (offer >= 0)
    request, offer = request[there], offer[there]
    who = np.stack([rows["segment"][request], rows["company"][offer], rows["country"][offer]], axis=1)
    found: dict[int, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for segment, company, country in np.unique(who, axis=0).tolist():
        found[segment][0].add(company)
        found[segment][1].add(country)
    return dict(found)


def _wanted(rows: Rows, offering: Column, asking: Column, pairs: Column) -> dict[int, set[int]]:
    """Return, by segment, its offers on whose lists an open request stands."""
    offer, request = _places(rows, offering, pairs[:, 1]), _places(rows, asking, pairs[:, 0])
    found: dict[int, set[int]] = defaultdict(set)
    for place in np.unique(offer[(offer >= 0) & (request >= 0)]).tolist():
        found[int(rows["segment"][place])].add(int(rows["key"][place]))
    return dict(found)


def _places(rows: Rows, chosen: Column, keys: Column) -> Column:
    """Return where in the columns each key stands among the chosen rows, -1 where it does not."""
    places = np.flatnonzero(chosen)
    if not len(places):
        return np.full(len(keys), -1)
    own = rows["key"][places]
    order = np.argsort(own)
    near = order[np.minimum(np.searchsorted(own, keys, sorter=order), len(own) - 1)]
    return np.where(own[near] == keys, places[near], -1)


def _pairs(run: MatchRun, kind: str, chain: Chain) -> Column:
    """Return (request, offer) of the lists of the chain's postings of one kind. One query, kept for a minute."""

    def read() -> Column:
        listed = Match.objects.filter(run=run, **{f"{kind}__segment__chain": chain, f"{kind}_rank__isnull": False})
        return np.array(list(listed.order_by().values_list("request", "offer")), np.int64).reshape(-1, 2)

    return kept(f"lists-{run.pk}-{kind}-{chain.pk}", _minute(), read)


def _minute() -> int:
    return int(timezone.now().timestamp() // SECONDS_KEPT)


def _row(segment: Segment, found: Mapping[str, Any]) -> SegmentGap:
    requests, offers = found["requests"].get(segment.pk, 0), found["offers"].get(segment.pk, 0)
    if "sources" not in found:
        return SegmentGap(segment, requests, None, offers, None)
    companies, countries = found["sources"].get(segment.pk, (set(), set()))
    row = SegmentGap(
        segment, requests, found["without_offer"].get(segment.pk, 0), offers, offers - len(found["wanted"].get(segment.pk, ()))
    )
    company = found["names"].get(next(iter(companies))) if len(companies) == 1 else None
    if company is not None:
        return replace(row, single=COMPANY, source=company.title)
    return replace(row, single=COUNTRY, source=country_name(list(CODES.numbers)[next(iter(countries))])) if len(countries) == 1 else row


def _public(row: SegmentGap) -> SegmentGap:
    """Return a row without counts below five, and without the name of a company. Who is the only one shows where five requests have it."""
    fitted = (row.requests or 0) - (row.without_offer or 0)
    single = row.single if fitted >= LEAST_TOLD else ""
    return SegmentGap(
        row.segment,
        told(row.requests),
        told(row.without_offer),
        told(row.offers),
        told(row.without_request),
        single,
        row.source if single == COUNTRY else "",
    )


def by_stage(rows: Iterable[SegmentGap], stages: Iterable[str]) -> list[tuple[str, list[SegmentGap]]]:
    """Return the rows by stage, in the order of the line; stages without segments are left out."""
    found = list(rows)
    grouped = [(stage, [row for row in found if row.segment.stage == stage]) for stage in stages]
    return [(stage, stops) for stage, stops in grouped if stops]
