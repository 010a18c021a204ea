"""What the front page shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.editions.models import Chain, Edition, ReportedFigure, Segment, SegmentLink, Stage
from expo.editions.queries import weight
from expo.foundation.bilingual import is_chinese, other_language
from expo.foundation.dates import span
from expo.foundation.drawing.network import Crossing, MapLine, NetworkMap
from expo.programme.models import Forum
from matchmaking.desk.queries.counts import NONE, Counts

LINE_STAGES = (Stage.UPSTREAM, Stage.MIDSTREAM, Stage.DOWNSTREAM)
MOST_EDITIONS = 4
MOST_DAYS = 7
MOST_FORUMS = 7
SHORT_LABEL = 20
# Which metrics of the vocabulary stand on a row of the front page: all of them that an edition published, or only the first.
ROWS = (
    (gettext_lazy("Exhibitors"), ("exhibitors",), 1),
    (gettext_lazy("From"), ("countries_regions_organisations", "countries_regions"), 1),
    (gettext_lazy("From outside the Chinese mainland"), ("overseas_share",), 1),
    (gettext_lazy("Visits"), ("audience_total", "visitors"), 1),
    (
        gettext_lazy("Outcome"),
        ("agreements_and_intentions", "agreements_signed", "agreements_value_cny", "cooperation_intentions"),
        4,
    ),
)
FIRST_RESULT = 3  # Exhibitors are announced beforehand; from this row on a figure can only be a result.


@dataclass(frozen=True)
class PastRow:
    """One row of the table of past editions: its figures by edition, none, one or several in a cell."""

    name: str
    is_not_comparable: bool
    cells: list[list[ReportedFigure]]


@dataclass(frozen=True)
class PastResults:
    """What past editions published of themselves. `announced` are the newest edition's first figures."""

    editions: list[Edition]
    rows: list[PastRow]
    announced: list[ReportedFigure]


def tiles_of(chains: Iterable[Chain], segments: Sequence[Segment], counts: Counts, *, is_full: bool) -> list[dict[str, Any]]:
    """Return the chains as templates/components/_chain_tile.html prints them; zones have a tile of their own."""
    return [_tile(chain, segments, counts, is_full=is_full) for chain in chains if not chain.is_zone]


def _tile(chain: Chain, segments: Sequence[Segment], counts: Counts, *, is_full: bool) -> dict[str, Any]:
    own = [segment for segment in segments if segment.chain_id == chain.pk]
    stages = LINE_STAGES if any(segment.stage in LINE_STAGES for segment in own) else (Stage.SERVICE,)
    return {
        "chain": chain,
        "address": reverse("chain", args=[chain.slug]),
        "name": chain.short_name or chain.name,
        "name_aside": chain.name_aside,
        "stages": [[bool(counts.gaps.get(segment.pk, NONE)[1]) for segment in own if segment.stage == stage] for stage in stages],
        "exhibitors": counts.exhibitors.of(chain.pk),
        "offers": sum(counts.offers.of(segment.pk) for segment in own),
        "requests": counts.requests(own),
        "without_offer": counts.without_offer(own, is_full=is_full),
        "is_matched": counts.is_matched,
    }


def network_of(edition: Edition, chains: Sequence[Chain], segments: Sequence[Segment]) -> NetworkMap:
    """Return the map of the edition: a line for each chain, crossings where one chain supplies another. One query."""
    lines = [chain for chain in chains if chain.kind == Chain.Kind.CHAIN]
    services = next((chain for chain in chains if chain.kind == Chain.Kind.SERVICES), None)
    title = _("%(count)s chain lines run from upstream to downstream and meet at the expo") % {"count": len(lines)}
    return NetworkMap(
        [MapLine(chain.code, chain.colour, _segment_counts(chain, segments)) for chain in lines],
        title,
        _stage_words(),
        edition.city or _("The expo"),
        span(edition.starts_on, edition.ends_on) if edition.starts_on else _("dates not announced"),
        _crossings({chain.pk: chain.code for chain in lines}, segments),
        MapLine(services.code, services.colour) if services else None,
        "en" if is_chinese() else "zh-Hans",
    )


def _segment_counts(chain: Chain, segments: Sequence[Segment]) -> tuple[int, int, int]:
    own = [segment.stage for segment in segments if segment.chain_id == chain.pk]
    return (own.count(Stage.UPSTREAM), own.count(Stage.MIDSTREAM), own.count(Stage.DOWNSTREAM))


def _stage_words() -> list[tuple[str, str]]:
    here = [str(stage.label) for stage in LINE_STAGES]
    with translation.override(other_language()):
        there = [str(stage.label) for stage in LINE_STAGES]
    return list(zip(here, there, strict=True))


def _crossings(codes: dict[int, str], segments: Sequence[Segment]) -> list[Crossing]:
    """Return where segments of one chain supply segments of another; the supplier's segment gives the name."""
    by_pk = {segment.pk: segment for segment in segments if segment.chain_id in codes}
    links = SegmentLink.objects.order_by("supplier__order", "pk").values_list("supplier", "customer")
    found: list[Crossing] = []
    for supplier, customer in links:
        if supplier in by_pk and customer in by_pk and by_pk[supplier].chain_id != by_pk[customer].chain_id:
            start, end = by_pk[supplier], by_pk[customer]
            found.append(Crossing(codes[start.chain_id], codes[end.chain_id], _short(str(start.name)), start.stage))
    # The map prints the first name that stands for a crossing: a short one, where there is a choice.
    return sorted(found, key=lambda crossing: len(crossing.label) > SHORT_LABEL)


def _short(name: str) -> str:
    """Return a segment's name as the map can print it: of a long one, what comes before "and" or a comma."""
    return name if len(name) <= SHORT_LABEL else name.partition(" and ")[0].partition(",")[0]


def days_of(edition: Edition) -> list[dict[str, Any]]:
    """Return the days of an edition that is live, today marked; none for others. Nothing is read from the database."""
    if edition.status != Edition.Status.LIVE or edition.starts_on is None or edition.ends_on is None:
        return []
    now = timezone.now().astimezone(ZoneInfo(edition.time_zone))
    length = (edition.ends_on - edition.starts_on).days + 1
    days = [edition.starts_on + timedelta(days=number) for number in range(min(length, MOST_DAYS))]
    notes = {edition.ends_on: _("Last day"), edition.starts_on: _("First day")}
    today = _("Today, %(hour)s where the expo is") % {"hour": now.strftime("%H:%M")}
    return [{"day": day, "is_today": day == now.date(), "note": today if day == now.date() else notes.get(day, "")} for day in days]


def past_results(editions: Sequence[Edition]) -> PastResults:
    """Return what the editions given (newest first) published of themselves, oldest first. One query.

    Where sources differ, the preferred figure stands for the edition, else an exact one, else the largest. An edition of
    which nothing was published has no column.
    """
    keys = {key for _name, metrics, _most in ROWS for key in metrics}
    figures = ReportedFigure.objects.filter(edition__in=[edition.pk for edition in editions], metric__key__in=keys)
    best: dict[tuple[int, str], ReportedFigure] = {}
    for figure in figures.select_related("metric").order_by("pk"):
        place = (figure.edition_id, figure.metric.key)
        if place not in best or weight(figure) > weight(best[place]):
            best[place] = figure
    told = [edition for edition in reversed(editions[:MOST_EDITIONS]) if any((edition.pk, key) in best for key in keys)]
    rows = [PastRow(str(name), most > 1, [_cell(edition, metrics, most, best) for edition in told]) for name, metrics, most in ROWS]
    announced = (
        [figure for _name, metrics, _most in ROWS[:FIRST_RESULT] for figure in _cell(editions[0], metrics, 1, best)] if editions else []
    )
    return PastResults(told, [row for row in rows if any(row.cells)], announced)


def _cell(edition: Edition, metrics: Sequence[str], most: int, best: dict[tuple[int, str], ReportedFigure]) -> list[ReportedFigure]:
    return [best[edition.pk, key] for key in metrics if (edition.pk, key) in best][:most]


def shown_forums(editions: Sequence[Edition]) -> list[tuple[Edition, list[Forum]]]:
    """Return the forums of the newest edition that has any, and the chains' thematic forums of the edition that names most of them.

    At most seven of each. One query.
    """
    order = (F("on").asc(nulls_last=True), F("starts_at").asc(nulls_last=True), "pk")
    forums: dict[int, list[Forum]] = {}
    for forum in Forum.objects.filter(edition__in=[edition.pk for edition in editions]).select_related("chain").order_by(*order):
        forums.setdefault(forum.edition_id, []).append(forum)
    newest = next((edition for edition in editions if edition.pk in forums), None)
    if newest is None:
        return []
    thematic = {edition: [forum for forum in forums.get(edition.pk, []) if _is_of_a_chain(forum)] for edition in editions}
    richest = max(editions, key=lambda edition: len(thematic[edition]))
    shown = [(newest, forums[newest.pk][:MOST_FORUMS])]
    return shown if richest == newest or not thematic[richest] else [*shown, (richest, thematic[richest][:MOST_FORUMS])]


def _is_of_a_chain(forum: Forum) -> bool:
    return forum.kind == Forum.Kind.THEMATIC and forum.chain_id is not None
