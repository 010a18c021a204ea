"""Metrics across editions, oldest first: what was logged and what was published of each."""

from collections.abc import Mapping, Sequence

from expo.editions.models import Edition, ReportedFigure
from matchmaking.agreements.queries.report.measures import Measure
from matchmaking.agreements.queries.report.published import plain, published_text, qualifier_name
from matchmaking.agreements.queries.report.shapes import NOTHING, Both, Point, Series
from matchmaking.agreements.queries.report.tallies import NONE, Tallies

# Until editions were published with an audience in all, sources counted visits.
AUDIENCE = ("audience_total", "visitors")
CHARTED = (("exhibitors",), ("overseas_share",), AUDIENCE)
MIXED = Both("Editions were published by different metrics: the points are not compared.", "各届公布口径不同，不可比较。")
NO_EXACT = Both("Not every published figure is exact.", "公布的数字并非全部为确切数字。")
Best = Mapping[tuple[int, str], ReportedFigure]


def charted(
    editions: Sequence[Edition], measures: Mapping[str, Measure], tallied: Tallies, best: Best, *, this: Edition
) -> tuple[Series, ...]:
    """Return the series that the report draws: exhibitors, share from outside the mainland, audience. A report says nothing of later editions."""
    until = [edition for edition in editions if edition.ordinal <= this.ordinal]
    return tuple(series_of(keys, until, measures, tallied, best, this=this) for keys in CHARTED)


def series_of(
    keys: tuple[str, ...],
    editions: Sequence[Edition],
    measures: Mapping[str, Measure],
    tallied: Tallies,
    best: Best,
    *,
    this: Edition | None = None,
) -> Series:
    """Return one metric across editions; with several keys, in each edition the first of which there is a figure."""
    in_order = sorted(editions, key=lambda edition: edition.ordinal)
    points = [
        point
        for edition in in_order
        if (point := _point(keys, edition, measures, tallied, best, is_this=this is not None and edition.pk == this.pk)) is not None
    ]
    first = measures[keys[0]]
    mixed = len({point.metric for point in points}) > 1
    inexact = any(point.logged is None and point.qualifier != ReportedFigure.Qualifier.EXACT for point in points)
    note = MIXED if mixed else NO_EXACT if inexact else NOTHING
    return Series(first.key, first.name, first.unit, first.unit_name, first.definition, tuple(points), note)


def _point(
    keys: tuple[str, ...], edition: Edition, measures: Mapping[str, Measure], tallied: Tallies, best: Best, *, is_this: bool
) -> Point | None:
    for key in keys:
        tally, figure = tallied.get((edition.pk, key), NONE), best.get((edition.pk, key))
        if tally.value is not None or figure is not None:
            return Point(
                edition=edition.slug,
                name=Both(edition.short_name_en, edition.short_name_zh or edition.short_name_en),
                metric=key,
                logged=tally.value,
                version=measures[key].version if key in measures else 1,
                published=plain(figure.value) if figure else None,
                qualifier=figure.qualifier if figure else "",
                qualifier_name=qualifier_name(figure.qualifier) if figure else NOTHING,
                published_text=published_text(figure.value, figure.metric) if figure else NOTHING,
                is_this=is_this,
            )
    return None
