"""The published side of the report: every figure of an edition with its sources, which one stands, and what sources contradict each other about."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from expo.editions.models import Disagreement, Edition, Metric, ReportedFigure, Source
from expo.editions.queries import Citations, best_figures
from matchmaking.agreements import wording
from matchmaking.agreements.queries.report.shapes import Both, Contradiction, Published, SourceShown

Best = dict[tuple[int, int], ReportedFigure]


@dataclass(frozen=True)
class Record:
    """What was published of an edition: figures by the metric's key, the ones that stand in every edition, contradictions and sources."""

    figures: dict[str, tuple[Published, ...]]
    best: dict[tuple[int, str], ReportedFigure]
    contradictions: tuple[Contradiction, ...]
    sources: tuple[SourceShown, ...]

    @property
    def disputed(self) -> set[str]:
        """The keys of the metrics that sources contradict each other about."""
        return {one.metric for one in self.contradictions if one.metric}


def record_of(edition: Edition) -> Record:
    """Return what was published of the edition. Four queries."""
    best = best_in_editions()
    citations = Citations()
    figures: dict[str, list[Published]] = defaultdict(list)
    rows = edition.reported_figures.select_related("metric").prefetch_related("sources").order_by("metric__order", "-is_preferred", "id")
    for row in rows:
        standing = best.get((edition.pk, row.metric.key))
        figures[row.metric.key].append(_published(row, citations, stands=standing is not None and standing.pk == row.pk))
    kept = {key: tuple(sorted(found, key=lambda one: not one.stands)) for key, found in figures.items()}
    return Record(
        kept, best, _contradictions(edition), tuple(_source(number, one) for number, one in enumerate(citations.sources, start=1))
    )


def best_in_editions() -> dict[tuple[int, str], ReportedFigure]:
    """Return the figure that stands for each edition and metric: preferred, else exact, else the largest; none as of a day on the way. One query."""
    return {(edition, figure.metric.key): figure for (edition, _metric), figure in best_figures(ReportedFigure.objects.all()).items()}


def _published(row: ReportedFigure, citations: Citations, *, stands: bool) -> Published:
    return Published(
        value=plain(row.value),
        qualifier=row.qualifier,
        qualifier_name=qualifier_name(row.qualifier),
        text=published_text(row.value, row.metric),
        note=Both(row.note_en, row.note_zh),
        as_of=row.as_of,
        cites=tuple(citations.of(row.sources.all())),
        is_preferred=row.is_preferred,
        reason=Both(row.preferred_reason_en, row.preferred_reason_zh) if row.is_preferred else Both(),
        stands=stands,
    )


def plain(value: Decimal) -> Decimal:
    """Return the value without zeros behind the point, and never with an exponent."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def published_text(value: Decimal, metric: Metric) -> Both:
    """Return a published figure as a reader expects it, digit for digit."""
    return Both(wording.published(value, metric.unit, "en"), wording.published(value, metric.unit, "zh"))


def qualifier_name(qualifier: str) -> Both:
    """Return how exact a published figure is, in words; nothing for an exact one."""
    return Both() if qualifier == "exact" else Both(*wording.QUALIFIERS[qualifier])


def _contradictions(edition: Edition) -> tuple[Contradiction, ...]:
    """Return those of the edition, and those about a metric in every edition."""
    rows: Iterable[Disagreement] = (
        Disagreement.objects.filter(Q(edition=edition) | Q(edition=None, metric__isnull=False)).select_related("metric").order_by("key")
    )
    return tuple(
        Contradiction(
            row.key,
            row.metric.key if row.metric else "",
            Both(row.topic_en, row.topic_zh),
            Both(row.said_en, row.said_zh),
            Both(row.resolution_en, row.resolution_zh),
        )
        for row in rows
    )


def _source(number: int, source: Source) -> SourceShown:
    return SourceShown(number, source.title, source.publisher, source.published_on, source.link)
