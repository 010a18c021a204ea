"""Editions side by side: every metric that two of them have a figure of, with the change from each to the next where one may be said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from expo.editions.models import Edition, ReportedFigure
from matchmaking.agreements import wording
from matchmaking.agreements.queries.report.changes import (
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
    """A metric in one edition: what was logged, else the published figure that stands, else nothing.

    Attributes:
        text: the exact figure in words, empty for none.
        qualifier: "more than" and the like, of a published one.
        change: against the edition to its left; where none is said `why_not` says why.
    """

    edition: str
    text: Both
    qualifier: Both
    is_logged: bool = False
    version: int = 1
    has_demo: bool = False
    change: Change | None = None
    why_not: Both = NOTHING


@dataclass(frozen=True)
class Row:
    """A metric across the editions."""

    key: str
    name: Both
    placed: tuple[Placed, ...]


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
    known, best = vocabulary(), best_in_editions()
    tallied = tallies(list(Edition.objects.order_by("ordinal")), known.measures.values())
    sides: dict[str, list[Row]] = {}
    for measure in known.measures.values():
        row = _row(measure, chosen, tallied, best)
        if sum(bool(one.text) for one in row.placed) >= min(FEWEST, len(chosen)):
            sides.setdefault(measure.group, []).append(row)
    return tuple(Side(key, group_name(key), tuple(rows)) for key, rows in sides.items())


def _row(measure: Measure, chosen: Sequence[Edition], tallied: Tallies, best: Best) -> Row:
    placed = [_placed(measure, edition, tallied, best) for edition in chosen]
    for at, (then, now) in enumerate(pairwise(chosen), start=1):
        # Where there is nothing to compare with, nothing is said about it.
        if placed[at - 1].text:
            change, why_not = _step(measure, now, then, tallied, best)
            placed[at] = replace(placed[at], change=change, why_not=why_not)
    return Row(measure.key, measure.name, tuple(placed))


def _placed(measure: Measure, edition: Edition, tallied: Tallies, best: Best) -> Placed:
    tally, figure = tallied.get((edition.pk, measure.key), NONE), best.get((edition.pk, measure.key))
    if tally.value is not None:
        qualifier = qualifier_name(tally.standing.qualifier) if tally.standing else NOTHING
        return Placed(edition.slug, exact_text(measure, tally), qualifier, is_logged=True, version=measure.version, has_demo=tally.has_demo)
    text = published_text(figure.value, figure.metric) if figure else NOTHING
    return Placed(edition.slug, text, qualifier_name(figure.qualifier) if figure else NOTHING)


def exact_text(measure: Measure, tally: Tally) -> Both:
    """Return what was logged with nothing rounded, as a reader expects it."""
    if tally.value is None:
        return NOTHING
    unit = "percent" if measure.is_share else measure.unit
    return Both(wording.published(tally.value, unit, "en"), wording.published(tally.value, unit, "zh"))


def _step(measure: Measure, now: Edition, then: Edition, tallied: Tallies, best: Best) -> tuple[Change | None, Both]:
    """Return the change from one edition to the next, or why none is said; nothing where either has no figure."""
    tally, before_tally = tallied.get((now.pk, measure.key), NONE), tallied.get((then.pk, measure.key), NONE)
    if tally.value is not None:
        before = before_of(measure, tally, then, before_tally, best)
        return (change_of(measure, tally, before), NOTHING) if isinstance(before, Before) else (None, before)
    new, old = best.get((now.pk, measure.key)), best.get((then.pk, measure.key))
    if new is None or old is None:
        return None, NOTHING
    exact = ReportedFigure.Qualifier.EXACT
    if new.qualifier != exact:
        return None, NOT_EXACT_NOW
    if old.qualifier != exact or old.value <= 0:
        return None, NOT_EXACT
    return change_of(measure, Tally(new.value), Before(old.value, PUBLISHED, then)), NOTHING


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
