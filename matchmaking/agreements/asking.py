"""One figure by itself as its pages show it: its history, what was entered and corrected, and the rows that it counts. Nothing is counted here."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import pgettext

from expo.editions.measured import SUMS
from expo.editions.models import Edition, Statistic
from expo.editions.queries import statistic_history
from expo.foundation import dates
from expo.foundation.bilingual import is_chinese
from matchmaking.agreements.queries.report.comparing import Past, history_of
from matchmaking.agreements.queries.report.shapes import Column, Drilled
from matchmaking.agreements.rules import Person
from matchmaking.agreements.showing import exact

STYLES = {"number": "n", "money": "n", "day": "d", "moment": "d"}
LABEL = "number"  # The column of an agreement's number: "2024-0001" is not broken.


@dataclass(frozen=True)
class PastShown:
    """A metric in one edition, in words. `is_other` marks another version of the definition than the newest logged one's."""

    name: str
    logged: str
    version: int
    published: str
    qualifier: str
    is_other: bool
    has_demo: bool
    address: str


def history(key: str, unit: str) -> list[PastShown]:
    """Return the metric in every edition that has a figure of it, newest first."""
    pasts = history_of(key)
    newest = next((past.point.version for past in reversed(pasts) if past.point.logged is not None), None)
    return [_past(past, unit, newest) for past in reversed(pasts)]


def _past(past: Past, unit: str, newest: int | None) -> PastShown:
    point = past.point
    return PastShown(
        name=str(point.name),
        logged=exact(point.logged, unit),
        version=point.version,
        published=str(point.published_text),
        qualifier=str(point.qualifier_name),
        is_other=point.logged is not None and point.version != newest,
        has_demo=past.has_demo,
        address=reverse("report_figure", args=[point.edition, point.metric]),
    )


@dataclass(frozen=True)
class EntryShown:
    """What staff entered of a metric, in words: until when and why it held, both empty where it still does."""

    name: str
    value: str
    source: str
    entered: str
    until: str
    reason: str
    is_demo: bool


def entries(edition: Edition, key: str, visitor: Person) -> list[EntryShown]:
    """Return what was entered of the metric, or of what it is the sum of, where something was corrected and the visitor may see that; newest first."""
    kept: list[Any] = [statistic_history(edition, one) for one in (key, *SUMS.get(key, ()))]
    rows = [row for found in kept for row in found.visible_to(visitor)]
    return [_entry(row, edition.time_zone) for row in rows] if any(row.ended_at for row in rows) else []


def _entry(row: Statistic, time_zone: str) -> EntryShown:
    figure = exact(row.value, row.metric.unit)
    qualifier = "" if row.qualifier == Statistic.Qualifier.EXACT else str(row.get_qualifier_display())
    return EntryShown(
        name=pgettext("clauses", ", ").join(filter(None, (str(row.metric.name), dates.span(row.day) if row.day else ""))),
        value=("" if is_chinese() else " ").join(filter(None, (qualifier, figure))),
        source=row.source_note,
        entered=_moment(row.entered_at.isoformat(), "moment", time_zone),
        until=_moment(row.ended_at.isoformat(), "moment", time_zone) if row.ended_at else "",
        reason=row.reason,
        is_demo=row.is_demo,
    )


@dataclass(frozen=True)
class CellOfRow:
    """A cell in words, and how it stands: `n` for numbers, `d` for what stays on one line."""

    text: str
    style: str


@dataclass(frozen=True)
class RowOfFigure:
    """A row under a figure, in words."""

    cells: list[CellOfRow]
    address: str
    is_demo: bool


def rows(drilled: Drilled, time_zone: str) -> list[RowOfFigure]:
    """Return the rows with their numbers, days and moments as a page says them."""
    return [
        RowOfFigure(
            [_cell(value, column, time_zone) for value, column in zip(row.values, drilled.columns, strict=True)], row.address, row.is_demo
        )
        for row in drilled.rows
    ]


def _cell(value: str | int | Decimal | None, column: Column, time_zone: str) -> CellOfRow:
    style = "d" if column.key == LABEL else STYLES.get(column.kind, "")
    if value is None or value == "":
        return CellOfRow("–", style)
    if isinstance(value, str):
        return CellOfRow(_moment(value, column.kind, time_zone), style)
    return CellOfRow(exact(Decimal(value), ""), style)


def _moment(text: str, kind: str, time_zone: str) -> str:
    if kind == "day":
        return dates.span(datetime.date.fromisoformat(text))
    if kind == "moment":
        moment = datetime.datetime.fromisoformat(text)
        return f"{dates.span(moment.date())} {dates.clock(moment, time_zone)}" if moment.tzinfo else text
    return text
