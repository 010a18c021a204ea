"""The charts of a closing report: each drawn from the very figures that its table shows. One list for the page and for the press kit."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from expo.foundation import dates
from expo.foundation.drawing.bars import Bar, bar_chart, day_columns
from expo.foundation.drawing.chain_line import Link, Stop, chain_line
from expo.foundation.drawing.charts import Column, columns, share_line
from expo.foundation.drawing.flows import Flow, flow_picture
from matchmaking.agreements.queries.report.shapes import Both, Breakdown, Cell, ChainLine, Flows, Point, Report, Series
from matchmaking.agreements.queries.report.shapes import Flow as FlowFigure

ABOVE, AROUND = ("more_than", "at_least"), ("about", "nearly")
FEWEST_POINTS = 2
MOST_FLOWS = 10
MOST_BARS = 15
REST_BRIEFLY = Both("Others", "其他")


@dataclass(frozen=True)
class Picture:
    """A chart with what is said about it.

    Attributes:
        key: its name in addresses.
        description: what it shows, figure by figure: for those who cannot see it.
        keys: what the parts are, as (class, words).
    """

    key: str
    title: str
    description: str
    drawn: str
    keys: tuple[tuple[str, str], ...] = ()


def pictures_of(report: Report) -> list[Picture]:
    """Return every chart for which the report has figures, in the order of the page."""
    found = report.breakdowns
    drawn = [
        by_day(found.by_day),
        by_line(found.by_chain),
        by_line(found.by_country),
        amounts(found.amount_by_chain),
        flows(found.flows),
        *(series_picture(one) for one in report.series),
        *(line_of(one) for one in found.chain_lines if one.total),
    ]
    return [picture for picture in drawn if picture.drawn]


def kind_keys(cells: Iterable[Cell]) -> tuple[tuple[str, str], ...]:
    """Return what the parts of a bar are; the half one only where some line does not tell its kinds."""
    hidden = (("k1", _("Kinds not told apart: one is smaller than five")),) if any(parts(cell)[1] for cell in cells) else ()
    return (("k0", _("Agreements")), ("k2", _("Intentions")), *hidden)


def parts(cell: Cell) -> list[float]:
    """Return the parts of a line's bar: agreements, what is not told apart, intentions."""
    if cell.agreements is None or cell.intentions is None:
        return [0, cell.total, 0]
    return [cell.agreements, 0, cell.intentions]


def by_day(found: Breakdown) -> Picture:
    """Draw a column for each day."""
    bars = [Bar(_day(cell.key), parts(cell), f"{cell.total:,}") for cell in found.cells]
    told = listed((cell.name, f"{cell.total:,}") for cell in found.cells)
    return Picture("by-day", str(found.name), told, day_columns(bars, f"{found.name}: {told}"), kind_keys(found.cells))


def _day(key: str) -> str:
    """Return a day as short as a column is wide, and as short a word for what merges several."""
    return dates.day_alone(datetime.date.fromisoformat(key)) if key else str(REST_BRIEFLY)


def by_line(found: Breakdown) -> Picture:
    """Draw a bar for each line, of the two kinds where they are told; of many lines the largest."""
    tells = any(cell.agreements is not None for cell in found.cells)
    cells = found.cells if len(found.cells) <= MOST_BARS else found.cells[:MOST_BARS]
    bars = [Bar(str(one.name), parts(one) if tells else [one.total], f"{one.total:,}", one.code, one.colour) for one in cells]
    told = listed((cell.name, f"{cell.total:,}") for cell in cells)
    if len(cells) < len(found.cells):
        told += _("; %(number)s more lines are in the table") % {"number": len(found.cells) - len(cells)}
    keys = kind_keys(cells) if tells else ()
    return Picture(f"by-{found.key}", str(found.name), told, bar_chart(bars, f"{found.name}: {told}"), keys)


def amounts(found: Breakdown) -> Picture:
    """Draw a bar for each chain's disclosed amount; what is too small to be told has none."""
    cells = [cell for cell in found.cells if cell.amount_cny is not None]
    bars = [Bar(str(cell.name), [float(cell.amount_cny or 0)], yuan(cell.amount_cny), cell.code, cell.colour) for cell in cells]
    told = listed((cell.name, yuan(cell.amount_cny)) for cell in cells)
    return Picture("amount-by-chain", str(found.name), told, bar_chart(bars, f"{found.name}: {told}"))


def yuan(amount: Decimal | None) -> str:
    """Return an amount to the fen, '' for none; empty fen are left out."""
    if amount is None:
        return ""
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"


def flows(found: Flows) -> Picture:
    """Draw the largest flows, and what is merged as one band."""
    heads = (_("Suppliers from"), _("Customers in"))
    first, others = parted(found)
    listed_flows = [Flow(str(one.supplier_name), str(one.customer_name), one.total) for one in first]
    if others:
        rest = sum(one.total for one in others)
        listed_flows.append(Flow(_("others"), _("others"), rest, rest=True))
    told = listed((f"{one.start} → {one.end}", f"{one.value:,}") for one in listed_flows)
    title = _("From supplier to customer")
    return Picture("flows", title, told, flow_picture(listed_flows, f"{title}: {told}", heads=heads))


def parted(found: Flows) -> tuple[Sequence[FlowFigure], Sequence[FlowFigure]]:
    """Return the largest ten flows, and the others: those that are too small to stand alone among them."""
    first = [one for one in found.flows if not one.merged][:MOST_FLOWS]
    return first, [one for one in found.flows if one not in first]


def series_picture(series: Series) -> Picture:
    """Draw a metric across the editions that have a figure: a share as a line, anything else as columns."""
    points = [point for point in until_this(series.points) if point.best is not None]
    told = listed((short(point), printed(point)) for point in points)
    key, name = series.key.replace("_", "-"), f"{series.name}: {told}"
    if len(points) < FEWEST_POINTS:
        return Picture(key, str(series.name), told, "")
    if series.unit.startswith("percent"):
        drawn = share_line([(short(point), float(point.best or 0)) for point in points], name)
    else:
        drawn = columns([Column(short(point), float(point.best or 0), printed(point)) for point in points], name)
    return Picture(key, str(series.name), told, drawn)


def until_this(points: Sequence[Point]) -> Sequence[Point]:
    """Return the points up to the report's own edition: a report says nothing of later ones."""
    this = next((at for at, point in enumerate(points) if point.is_this), None)
    return points if this is None else points[: this + 1]


def short(point: Point) -> str:
    """Return what stands under a point: the edition's address where it is a year, else its name."""
    return point.edition if point.edition.isdigit() else str(point.name)


def printed(point: Point) -> str:
    """Return a point's figure: a published one with "+" where it was "more than", "≈" where it was "about" or "nearly"."""
    if point.logged is not None:
        return f"{point.logged:,.0f}"
    if point.published is None:
        return ""
    text = f"{point.published:,.0f}" if point.published == point.published.to_integral_value() else f"{point.published.normalize():,f}"
    if point.qualifier in ABOVE:
        return f"{text}+"
    return f"≈{text}" if point.qualifier in AROUND else text


def line_of(chain: ChainLine) -> Picture:
    """Draw a chain's line with the figures of its stations, and the agreements on the links that stay on it."""
    if chain.total is None or not chain.stations:
        return Picture(f"line-{chain.key}", str(chain.name), "", "")
    names = {station.key: str(station.name) for station in chain.stations}
    stops = [
        Stop(station.key, str(station.name), station.stage, "" if station.total is None else f"{station.total:,}")
        for station in chain.stations
    ]
    own = [link for link in chain.links if link.total and link.customer_chain in {"", chain.key} and link.customer in names]
    told = listed((f"{names[link.supplier]} → {names[link.customer]}", f"{link.total:,}") for link in own)
    links = [Link(link.supplier, link.customer, link.total or 0, f"{link.total:,}") for link in own]
    name = _("%(chain)s: agreements and intentions along the line, in all %(total)s") % {"chain": chain.name, "total": f"{chain.total:,}"}
    told = told or listed((stop.name, stop.printed) for stop in stops if stop.printed)
    # The name is short: the table below tells the rest, and a file has the description.
    return Picture(f"line-{chain.key}", str(chain.name), told, chain_line(chain.code, chain.colour, stops, links, name))


def listed(pairs: Iterable[tuple[object, str]]) -> str:
    """Return "term: value" for each pair, as one sentence."""
    said: Sequence[str] = [_("%(term)s: %(value)s") % {"term": term, "value": value} for term, value in pairs]
    return _(", ").join(said)
