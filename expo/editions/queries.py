"""Reads of the event that more than one page needs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, QuerySet

from expo.editions.measured import SUMS, days_of, qualifier_of_sum
from expo.editions.models import Chain, Edition, ExchangeRate, Metric, ReportedFigure, Source, Statistic
from expo.foundation.money import CURRENCIES


def current_edition() -> Edition | None:
    """Return the edition that the site is about now, or None on an empty site. One query."""
    edition: Edition | None = Edition.objects.filter(is_current=True).first()
    return edition


@dataclass(frozen=True)
class Landmarks:
    """The edition that the site is about now, and the newest one whose results may be read; None on an empty site."""

    current: Edition | None
    latest_results: Edition | None


def landmarks() -> Landmarks:
    """Return both from one query: an expo has a handful of editions."""
    editions = list(Edition.objects.held_first())
    return Landmarks(
        current=next((edition for edition in editions if edition.is_current), None),
        latest_results=next((edition for edition in editions if edition.has_results), None),
    )


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

    @property
    def times(self) -> int:
        """How many editions published it."""
        return sum(figure is not None for figure in self.figures)

    @property
    def unit(self) -> str:
        """What stands behind the figure; the rest is in the metric's name."""
        return sign_of(self.metric)


def sign_of(metric: Metric) -> str:
    """Return the sign that a figure of the metric needs to be read: "%", " CNY" or ''."""
    if metric.unit.startswith("percent"):
        return "%"
    return f"\N{NO-BREAK SPACE}{metric.unit}" if metric.unit in CURRENCIES else ""


def figures_board(editions: Sequence[Edition], *, most: int = 6) -> list[BoardRow]:
    """Return the metrics that at least two of the editions published, in the order of the vocabulary. One query.

    Of each group of the vocabulary at most `most` metrics, those that most editions published. Where sources differ, the preferred
    figure stands for the edition, else an exact one, else the largest. Figures as of some date on the way are left out.
    """
    best = best_figures(ReportedFigure.objects.filter(edition__in=[edition.pk for edition in editions]))
    metrics = {figure.metric_id: figure.metric for figure in best.values()}
    rows = [BoardRow(metric, [best.get((edition.pk, key)) for edition in editions]) for key, metric in metrics.items()]
    kept: list[BoardRow] = []
    for group in dict.fromkeys(row.metric.group for row in rows):
        shared = [row for row in rows if row.metric.group == group and row.times > 1]
        chosen = sorted(shared, key=lambda row: -row.times)[:most]
        kept += [row for row in shared if row in chosen]
    return kept


def headline_figures(edition: Edition, *, most: int = 2) -> list[ReportedFigure]:
    """Return the edition's main figures, one for each metric, with sources, in the order of the vocabulary. Three queries.

    Of each group at most `most` metrics, those that most editions published: they are the ones that readers compare.
    """
    times = dict(ReportedFigure.objects.order_by().values_list("metric").annotate(Count("edition", distinct=True)))
    figures = list(best_figures(edition.reported_figures.prefetch_related("sources")).values())
    kept: list[ReportedFigure] = []
    for group in dict.fromkeys(figure.metric.group for figure in figures):
        same = [figure for figure in figures if figure.metric.group == group]
        chosen = sorted(same, key=lambda figure: -times[figure.metric_id])[:most]
        kept += [figure for figure in same if figure in chosen]
    return kept


def best_figures(figures: QuerySet[ReportedFigure]) -> dict[tuple[int, int], ReportedFigure]:
    """Return by (edition, metric) the figure that stands for it, in the order of the vocabulary."""
    best: dict[tuple[int, int], ReportedFigure] = {}
    for figure in figures.filter(as_of="").select_related("metric").order_by("metric__order", "metric_id", "id"):
        place = (figure.edition_id, figure.metric_id)
        if place not in best or weight(figure) > weight(best[place]):
            best[place] = figure
    return best


def weight(figure: ReportedFigure) -> tuple[bool, bool, Decimal]:
    """Order the figures of one metric and edition: the greatest one stands for it."""
    return (figure.is_preferred, figure.qualifier == ReportedFigure.Qualifier.EXACT, figure.value)


@dataclass(frozen=True)
class Standing:
    """What was entered of a metric and holds now.

    Attributes:
        value: of the edition: the one entry, the sum of the entered days, or the sum of the parts.
        rows: the entries that it comes from, oldest day first.
        days: the days that were entered; empty where the whole was.
        is_whole: every day of the edition is in it.
        parts: the keys of which it is the sum; empty where it was entered itself.
        beside: where the total was counted by itself and its parts stand too, their sum; else None.
    """

    key: str
    value: Decimal
    qualifier: str
    measured_at: datetime
    rows: tuple[Statistic, ...]
    days: tuple[date, ...] = ()
    is_whole: bool = True
    parts: tuple[str, ...] = ()
    beside: Decimal | None = None

    @property
    def source_notes(self) -> list[str]:
        """Who measured it, each once."""
        return list(dict.fromkeys(row.source_note for row in self.rows))

    @property
    def has_demo(self) -> bool:
        """Whether something of it is invented."""
        return any(row.is_demo for row in self.rows)


def standing_statistics(edition: Edition) -> dict[str, Standing]:
    """Return what staff entered and holds now, by the key of the metric, as `standing_by_edition`. One query."""
    return standing_by_edition([edition])[edition.pk]


def standing_by_edition(editions: Sequence[Edition]) -> dict[int, dict[str, Standing]]:
    """Return, for each edition, what stands by the key of its metric. One query.

    Days are added up: a visit on each of two days is two visits. A total (audience in all) is the sum of its parts, and only where all of
    them stand and cover the same days; an entered total is taken as it is, for whoever entered it said that it was counted by itself.
    """
    rows: dict[tuple[int, str], list[Statistic]] = defaultdict(list)
    held = Statistic.objects.standing().filter(edition__in=[edition.pk for edition in editions])
    for row in held.select_related("metric").order_by("metric__order", "day", "pk"):
        rows[row.edition_id, row.metric.key].append(row)
    found: dict[int, dict[str, Standing]] = {}
    for edition in editions:
        days = days_of(edition)
        stands = {key: _standing(key, entries, days) for (number, key), entries in rows.items() if number == edition.pk}
        found[edition.pk] = _with_sums(stands)
    return found


def _standing(key: str, rows: Sequence[Statistic], days: Sequence[date]) -> Standing:
    entered = tuple(row.day for row in rows if row.day is not None)
    return Standing(
        key,
        sum((row.value for row in rows), Decimal(0)),
        qualifier_of_sum([row.qualifier for row in rows]),
        max(row.measured_at for row in rows),
        tuple(rows),
        entered,
        not entered or (bool(days) and set(days) <= set(entered)),
    )


def _with_sums(stands: dict[str, Standing]) -> dict[str, Standing]:
    for total, keys in SUMS.items():
        parts = [stands[key] for key in keys if key in stands]
        if len(parts) < len(keys) or not (all(part.is_whole for part in parts) or len({part.days for part in parts}) == 1):
            continue
        value = sum((part.value for part in parts), Decimal(0))
        if total in stands:
            stands[total] = replace(stands[total], beside=value)
            continue
        stands[total] = Standing(
            total,
            value,
            qualifier_of_sum([part.qualifier for part in parts]),
            max(part.measured_at for part in parts),
            tuple(row for part in parts for row in part.rows),
            parts[0].days if parts[0].days == parts[1].days else (),
            all(part.is_whole for part in parts),
            tuple(keys),
        )
    return stands


def statistic_rows(edition: Edition, key: str) -> QuerySet[Statistic]:
    """Return exactly the entries that the standing figure of the metric comes from: its own, or those of its parts where it is their sum."""
    rows: QuerySet[Statistic] = Statistic.objects.standing().filter(edition=edition)
    own = rows.filter(metric__key=key)
    return rows.filter(metric__key__in=SUMS[key]) if key in SUMS and not own.exists() else own


def stands_instead(row: Statistic) -> Statistic | None:
    """Return the entry that holds now of the same metric and day, None where none does. One query."""
    same = Statistic.objects.standing().filter(edition=row.edition_id, metric=row.metric_id, day=row.day)
    found: Statistic | None = same.select_related("edition", "metric", "entered_by", "replaces").first()
    return found


def statistic_history(edition: Edition, key: str = "") -> QuerySet[Statistic]:
    """Return every entry of the edition, the old ones too, of one metric or of all: by metric and day, the newest first."""
    rows: QuerySet[Statistic] = Statistic.objects.filter(edition=edition).select_related("metric", "entered_by", "replaces")
    rows = rows.filter(metric__key=key) if key else rows
    return rows.order_by("metric__order", "metric__key", "day", "-entered_at", "-pk")
