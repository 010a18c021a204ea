"""A report as its pages show it: charts beside their tables, figures in words, editions side by side. Nothing is counted here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from expo.editions.models import Edition
from matchmaking.agreements import pictures
from matchmaking.agreements.pictures import Picture
from matchmaking.agreements.queries.report.comparing import Placed, Row, Side
from matchmaking.agreements.queries.report.readiness import Moved
from matchmaking.agreements.queries.report.said import NOT_COUNTED, NOT_ENTERED, NOTHING_LOGGED
from matchmaking.agreements.queries.report.shapes import (
    NOTHING,
    Both,
    Breakdown,
    Cell,
    ChainLine,
    Flow,
    Line,
    Published,
    Report,
    Series,
)

PERCENT = "percent"
PLAIN_REASONS = (NOTHING, NOT_COUNTED, NOT_ENTERED, NOTHING_LOGGED)
CURRENCIES = ("CNY", "USD")
MOST_COMPARED, FIRST_COMPARED = 4, 3
MOST_BARS, FEW_MORE = 12, 3


@dataclass(frozen=True)
class LineOfReport:
    """A metric of the report: its exact figure in words, the published one that stands, the others, and why it is not logged where that is its own."""

    line: Line
    logged: str
    stands: Published | None
    others: list[Published]
    why_not: Both


@dataclass(frozen=True)
class GroupOfReport:
    """Metrics of one subject that have a figure: `rows` are logged, `announced` only published."""

    key: str
    name: str
    rows: list[LineOfReport]
    announced: list[LineOfReport]


@dataclass(frozen=True)
class Bar:
    """A line of a breakdown with the parts of its bar."""

    cell: Cell
    parts: Sequence[float]


@dataclass(frozen=True)
class Bars:
    """A breakdown as a table with a bar in each line. `tells_kinds` where some line says how many of each kind."""

    found: Breakdown
    rows: list[Bar]
    keys: tuple[tuple[str, str], ...]
    most: float
    tells_kinds: bool = True

    @property
    def first(self) -> list[Bar]:
        """The lines that are drawn at once: all of a few."""
        return self.rows if len(self.rows) <= MOST_BARS + FEW_MORE else self.rows[:MOST_BARS]

    @property
    def others(self) -> list[Bar]:
        """The lines that stand in a list below."""
        return self.rows[len(self.first) :]


@dataclass(frozen=True)
class StationOfChain:
    """A segment with what is agreed on it, and on its links as "name: figure"."""

    name: str
    total: int | None
    to: str


@dataclass(frozen=True)
class LineOfChain:
    """A chain's line, drawn, and its segments with their links, those to other chains too."""

    line: ChainLine
    picture: Picture
    stations: list[StationOfChain]


@dataclass(frozen=True)
class Others:
    """The flows that the picture draws as one: how many they are, and what they come to."""

    count: int
    total: int


@dataclass(frozen=True)
class Shown:
    """All that the report page draws."""

    report: Report
    day: Picture
    kind: Breakdown
    chain: Bars
    country: Bars
    amount: Bars
    flows: Picture
    first_flows: Sequence[Flow]
    other_flows: Others
    lines: list[LineOfChain]
    charts: list[tuple[Series, Picture, bool]]


def shown(report: Report) -> Shown:
    """Draw a report, a live one or a frozen one."""
    found, names = report.breakdowns, report.breakdowns.station_names
    charts = [(series, pictures.series_picture(series)) for series in report.series]
    first, others = pictures.parted(found.flows)
    return Shown(
        report=report,
        day=pictures.by_day(found.by_day),
        kind=found.by_kind,
        chain=_bars(found.by_chain),
        country=_bars(found.by_country),
        amount=_amount_bars(found.amount_by_chain),
        flows=pictures.flows(found.flows),
        first_flows=first,
        other_flows=Others(sum(one.merged or 1 for one in others), sum(one.total for one in others)),
        lines=[_line_of(line, names) for line in found.chain_lines if line.total],
        charts=[(series, picture, _has_logged(series)) for series, picture in charts if picture.drawn],
    )


def _has_logged(series: Series) -> bool:
    return any(point.logged is not None for point in pictures.until_this(series.points))


def groups_of(report: Report) -> tuple[list[GroupOfReport], list[str]]:
    """Return the metrics that have a logged or a published figure, by subject, and the names of those that have neither."""
    groups, unspoken = [], []
    for group in report.groups:
        spoken = [line for line in group.lines if line.is_logged or line.published]
        unspoken += [str(line.name) for line in group.lines if line not in spoken]
        rows = [_line_of_report(line) for line in spoken]
        if rows:
            logged = [row for row in rows if row.line.is_logged]
            groups.append(GroupOfReport(group.key, str(group.name), logged, [row for row in rows if not row.line.is_logged]))
    return groups, unspoken


def _line_of_report(line: Line) -> LineOfReport:
    heard = published_once(line.published)
    stands = next((one for one in heard if one.stands), None)
    why_not = NOTHING if line.why_not in PLAIN_REASONS else line.why_not
    return LineOfReport(line, exact(line.logged, line.unit), stands, [one for one in heard if one is not stands], why_not)


def published_once(published: Iterable[Published]) -> list[Published]:
    """Return the published figures, each said once: what several say in the same words cites the sources of all."""
    found: dict[tuple[Decimal, str, str], Published] = {}
    for one in published:
        same = found.get(said := (one.value, one.qualifier, one.as_of))
        found[said] = replace(same, cites=tuple(sorted({*same.cites, *one.cites}))) if same else one
    return list(found.values())


def exact(value: Decimal | None, unit: str) -> str:
    """Return a figure with nothing rounded: "6,734", "32%", "CNY 152,310,000,000"; '' for none."""
    if value is None:
        return ""
    text = f"{value:,.0f}" if value == value.to_integral_value() else f"{value.normalize():,f}"
    if unit.startswith(PERCENT):
        return f"{text}%"
    return f"{unit}\N{NO-BREAK SPACE}{text}" if unit in CURRENCIES else text


@dataclass(frozen=True)
class MovedShown:
    """A figure that is another one now, in words; "–" for nothing."""

    name: str
    before: str
    after: str
    redefined: bool
    address: str


def moved(found: Iterable[Moved]) -> list[MovedShown]:
    """Return what changed since a report was frozen, in words."""
    return [
        MovedShown(
            str(one.line.name),
            exact(one.before, one.line.unit) or "–",
            exact(one.after, one.line.unit) or "–",
            one.redefined,
            one.line.address,
        )
        for one in found
    ]


def _bars(found: Breakdown) -> Bars:
    tells = any(cell.agreements is not None for cell in found.cells)
    rows = [Bar(cell, pictures.parts(cell) if tells else [cell.total]) for cell in found.cells]
    return Bars(found, rows, pictures.kind_keys(found.cells) if tells else (), found.largest, tells)


def _amount_bars(found: Breakdown) -> Bars:
    rows = [Bar(cell, [float(cell.amount_cny or 0)]) for cell in found.cells]
    return Bars(found, rows, (), max((row.parts[0] for row in rows), default=0))


def _line_of(line: ChainLine, names: Mapping[tuple[str, str], Both]) -> LineOfChain:
    to: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for link in line.links:
        if link.total:
            to[link.supplier].append((str(names.get(line.end_of(link), link.customer)), f"{link.total:,}"))
    stations = [StationOfChain(str(one.name), one.total, pictures.listed(to[one.key])) for one in line.stations if one.total is not None]
    return LineOfChain(line, pictures.line_of(line), stations)


def chosen(editions: Sequence[Edition], asked: Sequence[str]) -> tuple[list[Edition], str]:
    """Return the editions that an address asks for ("2023,2024", or once for each), oldest first, and what is wrong with it ('' for nothing)."""
    wanted = list(dict.fromkeys(slug.strip() for one in asked for slug in one.split(",") if slug.strip()))
    by_slug = {edition.slug: edition for edition in editions}
    unknown = [slug for slug in wanted if slug not in by_slug]
    if unknown:
        return [], _("There is no edition “%(name)s”. Choose from the list.") % {"name": unknown[0][:40]}
    if len(wanted) == 1:
        return [by_slug[wanted[0]]], _("One edition alone cannot be compared: choose two or more.")
    if len(wanted) > MOST_COMPARED:
        return [], _("At most %(most)s editions stand side by side: choose fewer.") % {"most": MOST_COMPARED}
    return [edition for edition in editions if edition.slug in wanted], ""


def last_of(editions: Sequence[Edition]) -> list[Edition]:
    """Return the editions that stand side by side where none is asked for: the last ones that have begun, oldest first."""
    begun = [edition for edition in editions if edition.has_results]
    found = (begun if len(begun) > 1 else list(editions))[-FIRST_COMPARED:]
    return found if len(found) > 1 else []


@dataclass(frozen=True)
class RowOfSide:
    """A metric side by side, as published or as logged. `address` asks the figure of the newest edition that has one; `is_second` below the other."""

    name: str
    address: str
    is_logged: bool
    is_second: bool
    cells: tuple[Placed, ...]


@dataclass(frozen=True)
class SideShown:
    """Metrics of one subject side by side."""

    name: str
    rows: list[RowOfSide]


def sides(found: Iterable[Side]) -> list[SideShown]:
    """Return the comparison as its tables show it."""
    return [SideShown(str(side.name), _side_by_side(side.rows)) for side in found]


def _side_by_side(rows: Sequence[Row]) -> list[RowOfSide]:
    above = ["", *(row.key for row in rows)]
    return [_row_of_side(row, is_second=row.key == key) for row, key in zip(rows, above, strict=False)]


def _row_of_side(row: Row, *, is_second: bool) -> RowOfSide:
    newest = next((one.edition for one in reversed(row.placed) if one.text), row.placed[-1].edition)
    return RowOfSide(str(row.name), reverse("report_figure", args=[newest, row.key]), row.is_logged, is_second, row.placed)
