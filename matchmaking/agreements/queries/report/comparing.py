"""Editions side by side: every metric that two of them have a figure of, with the change from each to the next where one may be said.

What was published and what was logged stand in rows of their own: a change is always one between figures that the reader sees.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from expo.editions.models import Edition, ReportedFigure
from matchmaking.agreements import wording
from matchmaking.agreements.queries.report.changes import (
    FROM_NOTHING,
    NOT_EXACT,
    NOT_EXACT_NOW,
    PUBLISHED,
    Before,
    before_of,
    change_of,
)
from matchmaking.agreements.queries.report.measures import Measure
from matchmaking.agreements.queries.report.published import best_in_editions, published_text, qualifier_name
from matchmaking.agreements.queries.report.series import series_of
from matchmaking.agreements.queries.report.shapes import NOTHING, Both, Change, Point
from matchmaking.agreements.queries.report.tallies import NONE, Tallies, Tally, tallies
from matchmaking.agreements.queries.report.vocabulary import group_name, measure_of, vocabulary

Best = dict[tuple[int, str], ReportedFigure]
FEWEST = 2


@dataclass(frozen=True)
class Placed:
    """What was logged, or what was published and stands, of a metric in one edition; empty for nothing.

    Attributes:
        text: the exact figure in words.
        qualifier: "more than" and the like, as it was published or entered.
        change: against the edition to its left; where none is said `why_not` says why.
    """

    edition: str
    text: Both = NOTHING
    qualifier: Both = NOTHING
    has_demo: bool = False
    change: Change | None = None
    why_not: Both = NOTHING


@dataclass(frozen=True)
class Row:
    """A metric across the editions, as it was published or as it was logged."""

    key: str
    name: Both
    is_logged: bool
    placed: tuple[Placed, ...]

    def __bool__(self) -> bool:
        return any(one.text for one in self.placed)


@dataclass(frozen=True)
class Side:
    """Metrics of one subject."""

    key: str
    name: Both
    rows: tuple[Row, ...]


def compared(chosen: Sequence[Edition]) -> tuple[Side, ...]:
    """Return the metrics of which at least two of the editions (one, where one is chosen) have a figure, in the order of the vocabulary.

    At most thirteen queries, whatever the number of rows. `chosen` are oldest first.
    """
    measures = vocabulary().measures.values()
    return side_by_side(chosen, measures, tallies(list(Edition.objects.order_by("ordinal")), measures), best_in_editions())


def side_by_side(chosen: Sequence[Edition], measures: Iterable[Measure], tallied: Tallies, best: Best) -> tuple[Side, ...]:
    """Return the same of what is counted already. No queries."""
    sides: dict[str, list[Row]] = {}
    for measure in measures:
        rows = [row for row in (_published(measure, chosen, best), _logged(measure, chosen, tallied, best)) if row]
        filled = {one.edition for row in rows for one in row.placed if one.text}
        if len(filled) >= min(FEWEST, len(chosen)):
            sides.setdefault(measure.group, []).extend(rows)
    return tuple(Side(key, group_name(key), tuple(rows)) for key, rows in sides.items())


def _published(measure: Measure, chosen: Sequence[Edition], best: Best) -> Row:
    figures = [best.get((edition.pk, measure.key)) for edition in chosen]
    placed = [
        Placed(edition.slug, published_text(figure.value, figure.metric), qualifier_name(figure.qualifier))
        if figure
        else Placed(edition.slug)
        for edition, figure in zip(chosen, figures, strict=True)
    ]
    for at, (then, now) in enumerate(pairwise(figures), start=1):
        if then is not None and now is not None:
            placed[at] = _with(placed[at], _published_step(measure, now, then, chosen[at - 1]), measure, Tally(now.value))
    return Row(measure.key, measure.name, is_logged=False, placed=tuple(placed))


def _published_step(measure: Measure, now: ReportedFigure, then: ReportedFigure, edition: Edition) -> Before | Both:
    exact = ReportedFigure.Qualifier.EXACT
    if now.qualifier != exact:
        return NOT_EXACT_NOW
    if then.qualifier != exact:
        return NOT_EXACT
    return Before(then.value, PUBLISHED, edition) if then.value > 0 or measure.is_share else FROM_NOTHING


def _logged(measure: Measure, chosen: Sequence[Edition], tallied: Tallies, best: Best) -> Row:
    found = [tallied.get((edition.pk, measure.key), NONE) for edition in chosen]
    placed = [_logged_in(measure, edition, tally) for edition, tally in zip(chosen, found, strict=True)]
    for at, (then, now) in enumerate(pairwise(found), start=1):
        # Where there is nothing to compare with, nothing is said about it.
        if then.value is not None or (chosen[at - 1].pk, measure.key) in best:
            placed[at] = _with(placed[at], before_of(measure, now, chosen[at - 1], then, best), measure, now)
    return Row(measure.key, measure.name, is_logged=True, placed=tuple(placed))


def _logged_in(measure: Measure, edition: Edition, tally: Tally) -> Placed:
    if tally.value is None:
        return Placed(edition.slug)
    qualifier = qualifier_name(tally.standing.qualifier) if tally.standing else NOTHING
    return Placed(edition.slug, exact_text(measure, tally), qualifier, has_demo=tally.has_demo)


def _with(placed: Placed, before: Before | Both, measure: Measure, tally: Tally) -> Placed:
    if isinstance(before, Before):
        return replace(placed, change=change_of(measure, tally, before))
    return replace(placed, why_not=before)


def exact_text(measure: Measure, tally: Tally) -> Both:
    """Return what was logged with nothing rounded, as a reader expects it."""
    if tally.value is None:
        return NOTHING
    unit = "percent" if measure.is_share else measure.unit
    return Both(wording.published(tally.value, unit, "en"), wording.published(tally.value, unit, "zh"))


@dataclass(frozen=True)
class Past:
    """A metric in one edition: the point of its series, and whether invented rows are counted in it."""

    point: Point
    has_demo: bool


def history_of(key: str) -> tuple[Past, ...]:
    """Return one metric in all editions that have a figure of it, oldest first; nothing for a metric that there is not. At most ten queries."""
    measure = measure_of(key)
    if measure is None:
        return ()
    editions = list(Edition.objects.order_by("ordinal"))
    tallied = tallies(editions, [measure])
    demo = {edition.slug for edition in editions if tallied[edition.pk, key].has_demo}
    series = series_of((key,), editions, {key: measure}, tallied, best_in_editions())
    return tuple(Past(point, point.edition in demo) for point in series.points)
