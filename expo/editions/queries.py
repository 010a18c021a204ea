"""Reads of the event that more than one page needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from expo.editions.models import Chain, Edition, ExchangeRate, Metric, ReportedFigure, Source


def current_edition() -> Edition | None:
    """Return the edition that the site is about now, or None on an empty site. One query."""
    edition: Edition | None = Edition.objects.filter(is_current=True).first()
    return edition


def latest_results() -> Edition | None:
    """Return the newest edition whose results may be read. One query."""
    edition: Edition | None = Edition.objects.filter(status__in=[Edition.Status.LIVE, Edition.Status.CLOSED]).held_first().first()
    return edition


def chain_bar() -> list[Chain]:
    """Return the current edition's chains and services in order, without zones. One query."""
    return list(Chain.objects.filter(areas__edition__is_current=True).exclude(kind=Chain.Kind.ZONE).order_by("areas__order", "order"))


def rates_of(edition: Edition) -> dict[str, Decimal]:
    """Return CNY per unit by currency; the yuan itself is always there. One query."""
    rates = dict(ExchangeRate.objects.filter(edition=edition).values_list("currency", "cny_per_unit"))
    return {"CNY": Decimal(1), **rates}


class Citations:
    """Numbers the sources of a page in the order in which its facts name them."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self.sources: list[Source] = []

    def of(self, sources: Iterable[Source]) -> list[int]:
        """Return the numbers under which the page lists these sources; new ones join the end of the list."""
        for source in sources:
            if source.pk not in self._numbers:
                self.sources.append(source)
                self._numbers[source.pk] = len(self.sources)
        return sorted(self._numbers[source.pk] for source in sources)


@dataclass(frozen=True)
class BoardRow:
    """One metric across editions: for each edition its best figure, or None where none was published."""

    metric: Metric
    figures: list[ReportedFigure | None]


def figures_board(editions: Sequence[Edition], *, most: int = 12) -> list[BoardRow]:
    """Return the metrics that at least two of the editions published, in the order of the vocabulary. One query.

    Where sources differ, the preferred figure stands for the edition, else an exact one, else the largest.
    """
    best: dict[tuple[int, int], ReportedFigure] = {}
    metrics: dict[int, Metric] = {}
    found = ReportedFigure.objects.filter(edition__in=[edition.pk for edition in editions]).select_related("metric")
    for figure in found.order_by("metric__order", "metric_id", "id"):
        metrics[figure.metric_id] = figure.metric
        place = (figure.metric_id, figure.edition_id)
        if place not in best or weight(figure) > weight(best[place]):
            best[place] = figure
    rows = [BoardRow(metric, [best.get((key, edition.pk)) for edition in editions]) for key, metric in metrics.items()]
    return [row for row in rows if sum(figure is not None for figure in row.figures) > 1][:most]


def weight(figure: ReportedFigure) -> tuple[bool, bool, Decimal]:
    """Order the figures of one metric and edition: the greatest one stands for it."""
    return (figure.is_preferred, figure.qualifier == ReportedFigure.Qualifier.EXACT, figure.value)


def headline_figures(edition: Edition, *, most: int = 8) -> list[ReportedFigure]:
    """Return the first metrics of the vocabulary that the edition published, one figure each, with sources. Two queries."""
    best: dict[int, ReportedFigure] = {}
    for figure in (
        edition.reported_figures.select_related("metric").prefetch_related("sources").order_by("metric__order", "metric_id", "id")
    ):
        if figure.metric_id not in best or weight(figure) > weight(best[figure.metric_id]):
            best[figure.metric_id] = figure
    return list(best.values())[:most]
