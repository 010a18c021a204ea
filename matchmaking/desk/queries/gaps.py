"""Where a chain is open: by segment, the requests that no offer fits, the offers that no request wants, and who alone supplies it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from expo.editions.models import Chain, Edition, Segment
from expo.foundation.places import country_name
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching.kept import kept, market_now
from matchmaking.matching.models import Gap, Match, MatchRun
from matchmaking.participants.models import Company

LEAST_SHOWN = 5
MOST_LISTED = 50
SECONDS_KEPT = 60
COMPANY, COUNTRY = "company", "country"


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

    @property
    def open_first(self) -> list[SegmentGap]:
        """Those with something open, most requests without an offer first."""
        return sorted((row for row in self.rows if row.without_offer), key=lambda row: (-(row.without_offer or 0), row.segment.pk))

    @property
    def single(self) -> list[SegmentGap]:
        return [row for row in self.rows if row.single]


def gap_map(chain: Chain, edition: Edition, *, is_full: bool) -> GapMap:
    """Return where the chain is open in the edition: as the run in force found it, or where there is none, as a worker last looked.

    Args:
        is_full: for the organiser. To others no count below five is told, and no company is named.

    Kept for a minute while nothing is written to the chain's segments: a posting is gone at once, and what a worker finds for a new one
    comes soon. Eight grouped queries otherwise, whatever there is.
    """
    run = MatchRun.objects.filter(edition=edition, status=MatchRun.Status.IN_FORCE).defer("figures", "parameters").first()
    segments = list(chain.segments.order_by("stage", "order", "pk"))
    now = market_now()
    minute = int(timezone.now().timestamp() // SECONDS_KEPT)
    name = f"gap-map-{edition.pk}-{chain.pk}-{run and run.pk}-{now.day}-{minute}"
    counted = kept(name, now.of_segments([segment.pk for segment in segments]), lambda: _counted(chain, edition, run))
    rows = [_row(segment, counted) for segment in segments]
    return GapMap([row if is_full else _public(row) for row in rows], run, is_full)


def requests_without_offer(segment: Segment, edition: Edition) -> list[SourcingRequest]:
    """Return the segment's open requests that no offer fits, newest first, fifty at most. For the organiser."""
    rows = SourcingRequest.objects.published().in_edition(edition).filter(segment=segment)
    if MatchRun.objects.filter(edition=edition, status=MatchRun.Status.IN_FORCE).exists():
        left = rows.exclude(pk__in=_fits(edition, request__segment=segment).values("request"))
    else:
        left = rows.filter(gap__isnull=False)
    return list(left.for_card().order_by("-published_at", "-pk")[:MOST_LISTED])


def offers_without_request(segment: Segment, edition: Edition) -> list[Offer]:
    """Return the segment's open offers that fit no request, newest first, fifty at most; none while no run has looked."""
    if not MatchRun.objects.filter(edition=edition, status=MatchRun.Status.IN_FORCE).exists():
        return []
    rows = Offer.objects.published().in_edition(edition).filter(segment=segment)
    left = rows.exclude(pk__in=_wanted(edition, offer__segment=segment).values("offer"))
    return list(left.for_card().order_by("-published_at", "-pk")[:MOST_LISTED])


def _counted(chain: Chain, edition: Edition, run: MatchRun | None) -> Mapping[str, Mapping[int, Any]]:
    requests = SourcingRequest.objects.published().in_edition(edition).filter(segment__chain=chain)
    offers = Offer.objects.published().in_edition(edition).filter(segment__chain=chain)
    counted: dict[str, Mapping[int, Any]] = {"requests": _by("segment", requests), "offers": _by("segment", offers)}
    if run is None:
        gaps = Gap.objects.filter(request__in=requests.order_by().values("pk"))
        return counted | {"without_offer": _by("request__segment", gaps)}
    fits = _fits(edition, request__segment__chain=chain).order_by()
    company, country = "offer__registration__company", "offer__registration__company__country"
    said = fits.values_list("request__segment").annotate(
        Count("request", distinct=True), Count(company, distinct=True), Min(company), Count(country, distinct=True), Min(country)
    )
    wanted = _wanted(edition, offer__segment__chain=chain).order_by().values_list("offer__segment")
    counted["fits"] = {segment: more for segment, *more in said}
    counted["wanted"] = dict(wanted.annotate(Count("offer", distinct=True)))
    single = [more[2] for more in counted["fits"].values() if more[1] == 1]
    return counted | {"names": {company.pk: company for company in Company.objects.filter(pk__in=single)}}


def _fits(edition: Edition, **where: Any) -> QuerySet[Match]:
    """Return the matches in force that stand on a request's list."""
    rows: QuerySet[Match] = Match.objects.in_force().filter(run__edition=edition, request_rank__isnull=False, **where)
    return rows


def _wanted(edition: Edition, **where: Any) -> QuerySet[Match]:
    """Return the matches in force that stand on an offer's list."""
    rows: QuerySet[Match] = Match.objects.in_force().filter(run__edition=edition, offer_rank__isnull=False, **where)
    return rows


def _by(segment: str, rows: Any) -> Mapping[int, int]:
    return dict(rows.order_by().values_list(segment).annotate(Count("pk")))


def _row(segment: Segment, counted: Mapping[str, Mapping[int, Any]]) -> SegmentGap:
    requests, offers = counted["requests"].get(segment.pk, 0), counted["offers"].get(segment.pk, 0)
    if "fits" not in counted:
        return SegmentGap(segment, requests, counted["without_offer"].get(segment.pk, 0), offers, None)
    fitted, companies, company, countries, country = counted["fits"].get(segment.pk, (0, 0, None, 0, ""))
    row = SegmentGap(segment, requests, requests - fitted, offers, offers - counted["wanted"].get(segment.pk, 0))
    if companies == 1 and company in counted["names"]:
        return replace(row, single=COMPANY, source=counted["names"][company].title)
    return replace(row, single=COUNTRY, source=country_name(country)) if countries == 1 else row


def _public(row: SegmentGap) -> SegmentGap:
    """Return a row without counts below five, and without the name of a company. Who is the only one shows where five requests have it."""
    fitted = (row.requests or 0) - (row.without_offer or 0)
    single = row.single if fitted >= LEAST_SHOWN else ""
    return SegmentGap(
        row.segment,
        _five(row.requests),
        _five(row.without_offer),
        _five(row.offers),
        _five(row.without_request),
        single,
        row.source if single == COUNTRY else "",
    )


def _five(count: int | None) -> int | None:
    return count if count is not None and count >= LEAST_SHOWN else None


def by_stage(rows: Iterable[SegmentGap], stages: Iterable[str]) -> list[tuple[str, list[SegmentGap]]]:
    """Return the rows by stage, in the order of the line; stages without segments are left out."""
    found = list(rows)
    grouped = [(stage, [row for row in found if row.segment.stage == stage]) for stage in stages]
    return [(stage, stops) for stage, stops in grouped if stops]
