"""The press kit of a closing report: its tables for spreadsheets, and the one page of text. Everything comes from the report itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import IO

from django.utils.translation import gettext as _

from expo.foundation.bilingual import is_chinese
from expo.foundation.drawing.portable import Frame, portable
from expo.foundation.sheets.columns import Column, Told, in_cell
from expo.foundation.sheets.writing import csv_lines, xlsx_book
from matchmaking.agreements.pictures import Picture
from matchmaking.agreements.queries.report.flat import said_of
from matchmaking.agreements.queries.report.shapes import Breakdown, Line, Report

Value = str | int | Decimal | None
WIDE, NARROW = 48, 16


@dataclass(frozen=True)
class Head:
    """A column of a table. Numbers stand in a spreadsheet as numbers."""

    words: str
    is_number: bool = False
    width: int = NARROW


@dataclass(frozen=True)
class Table:
    """A table of the report: a sheet of the spreadsheet, a part of the .csv."""

    key: str
    title: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""


def tables_of(report: Report) -> list[Table]:
    """Return every table of the report that has rows, in the order of the page."""
    found = report.breakdowns
    tables = [
        _figures(report),
        *(_breakdown(one) for one in (*found.counts, found.amount_by_chain)),
        _flows(report),
        _links(report),
        _series(report),
        _contradictions(report),
        _sources(report),
    ]
    return [table for table in tables if table.rows]


def _figures(report: Report) -> Table:
    heads = (
        Head(_("Group")),
        Head(_("Key"), width=28),
        Head(_("Figure"), width=WIDE),
        Head(_("Logged"), is_number=True),
        Head(_("Unit")),
        Head(_("For the press"), width=WIDE),
        Head(_("Announced"), is_number=True),
        Head(_("In the words of"), width=NARROW),
        Head(_("Also announced"), width=32),
        Head(_("Sources")),
        Head(_("Difference"), width=32),
        Head(_("Definition"), width=WIDE),
        Head(_("Version of the definition"), is_number=True),
        Head(_("Demo")),
    )
    return Table("figures", _("Figures"), heads, tuple(_figure(str(group.name), line) for group in report.groups for line in group.lines))


def _figure(group: str, line: Line) -> tuple[Value, ...]:
    stands, language = line.stands, "zh" if is_chinese() else "en"
    return (
        group,
        line.key,
        str(line.name),
        line.logged,
        str(line.unit_name),
        str(line.text) if line.is_logged else str(line.why_not),
        stands.value if stands else None,
        str(stands.qualifier_name) if stands else "",
        "; ".join(said_of(one, language) for one in line.published if not one.stands),
        ", ".join(str(number) for number in dict.fromkeys(number for one in line.published for number in one.cites)),
        str(line.difference.words) if line.difference else "",
        str(line.definition),
        line.version,
        _("Demo") if line.has_demo else "",
    )


def _breakdown(found: Breakdown) -> Table:
    heads = (
        Head(str(found.name), width=32),
        Head(_("All"), is_number=True),
        Head(_("Agreements"), is_number=True),
        Head(_("Intentions"), is_number=True),
        Head(_("Amount not disclosed"), is_number=True),
        Head(_("Amount in yuan"), is_number=True, width=24),
    )
    rows = tuple((str(cell.name), cell.total, cell.agreements, cell.intentions, cell.undisclosed, cell.amount_cny) for cell in found.cells)
    return Table(found.key, str(found.name), heads, rows, str(found.note))


def _flows(report: Report) -> Table:
    heads = (Head(_("Suppliers from"), width=32), Head(_("Customers in"), width=32), Head(_("Agreements and intentions"), is_number=True))
    rows = tuple((str(one.supplier_name), str(one.customer_name), one.total) for one in report.breakdowns.flows.flows)
    return Table("flows", _("From supplier to customer"), heads, rows, str(report.breakdowns.flows.note))


def _links(report: Report) -> Table:
    heads = (
        Head(_("Chain"), width=32),
        Head(_("Segment"), width=WIDE),
        Head(_("To the segment"), width=WIDE),
        Head(_("All"), is_number=True),
    )
    return Table("links", _("Along the chains"), heads, tuple(_along(report)))


def _along(report: Report) -> Iterator[tuple[Value, ...]]:
    """Yield the stations of each chain, then its links; what is too small to be told is left out."""
    lines = report.breakdowns.chain_lines
    names = {place: str(name) for place, name in report.breakdowns.station_names.items()}
    for line in lines:
        yield from ((str(line.name), str(station.name), "", station.total) for station in line.stations if station.total is not None)
        for link in line.links:
            if link.total:
                to = names.get(line.end_of(link), link.customer)
                yield (str(line.name), names.get((line.key, link.supplier), link.supplier), to, link.total)


def _series(report: Report) -> Table:
    heads = (
        Head(_("Figure"), width=WIDE),
        Head(_("Edition")),
        Head(_("Logged"), is_number=True),
        Head(_("Version of the definition"), is_number=True),
        Head(_("In the words of")),
        Head(_("Announced"), is_number=True),
    )
    rows = tuple(
        (str(series.name), point.edition, point.logged, point.version, str(point.qualifier_name), point.published)
        for series in report.series
        for point in series.points
        if point.best is not None
    )
    return Table("editions", _("Year on year"), heads, rows)


def _contradictions(report: Report) -> Table:
    heads = (Head(_("Subject"), width=WIDE), Head(_("Sources say"), width=WIDE), Head(_("Read here as"), width=WIDE))
    rows = tuple((str(one.topic), str(one.said), str(one.resolution)) for one in report.contradictions)
    return Table("disagreements", _("Where sources disagree"), heads, rows)


def _sources(report: Report) -> Table:
    heads = (Head(_("Number"), is_number=True), Head(_("Title"), width=WIDE), Head(_("Publisher"), width=32), Head(_("Published on")))
    return Table("sources", _("Sources"), heads, tuple((one.number, one.title, one.publisher, one.published_on) for one in report.sources))


def _columns(table: Table) -> list[Column]:
    return [
        Told(str(at), head.words, get=partial(_at, at), is_number=head.is_number, width=head.width) for at, head in enumerate(table.heads)
    ]


def _at(place: int, row: tuple[Value, ...]) -> str:
    return in_cell(row[place])


def spreadsheet(report: Report) -> IO[bytes]:
    """Return an open .xlsx with a sheet for each table; it is gone once it is closed."""
    return xlsx_book((table.title, _columns(table), table.rows) for table in tables_of(report))


def csv_of(report: Report) -> Iterator[str]:
    """Yield the lines of one .csv: each table under its title, an empty line between them."""
    for number, table in enumerate(tables_of(report)):
        lines = csv_lines(_columns(table), table.rows)
        mark = next(lines)
        yield mark if not number else "\r\n"
        yield f"{table.title}\r\n"
        yield from lines


def as_text(report: Report) -> Iterator[str]:
    """Yield the lines of every table but the figures themselves, as plain text; columns in which nothing stands are left out."""
    for table in tables_of(report):
        if table.key != "figures":
            yield from ("", table.title.upper(), *([f"  {table.note}"] if table.note else []))
            filled = [at for at in range(len(table.heads)) if any(row[at] not in {None, ""} for row in table.rows)]
            for row in (tuple(head.words for head in table.heads), *table.rows):
                yield "  " + " · ".join(_told(row[at]) for at in filled)


def _told(value: Value) -> str:
    return "–" if value in {None, ""} else value if isinstance(value, str) else f"{value:,}"


def framed(picture: Picture, report: Report, *, language: str) -> str:
    """Return a chart as the text of an SVG file with heading, key and source."""
    source = _("%(edition)s, closing report, definitions version %(version)s") % {"edition": report.short, "version": report.definitions}
    if report.has_demo:
        source += _(", with demo data")
    return portable(picture.drawn, Frame(picture.title, picture.description, picture.keys, source, language))


def paragraphs(report: Report, language: str) -> list[tuple[str, list[str]]]:
    """Return what is read out, "en" or "zh": for each group its name and a sentence for each logged figure."""
    colon, stop = ("：", "。") if language == "zh" else (": ", ".")
    told: list[tuple[str, list[str]]] = []
    for group in report.groups:
        said = [f"{line.name.of(language)}{colon}{line.text.of(language)}{stop}" for line in group.lines if line.is_logged and line.text]
        if said:
            told.append((group.name.of(language), said))
    return told


def where_and_when(report: Report, language: str) -> str:
    """Return place and days in one line."""
    return ("，" if language == "zh" else ", ").join(filter(None, (report.place.of(language), report.dates.of(language))))


def closing(report: Report) -> str:
    """Return what stands below the text, in the active language; '' where nothing was logged."""
    if not any(line.is_logged for line in report.lines):
        return ""
    words = _("Figures as logged by the organiser, definitions version %(version)s. Words round down, never up.")
    return words % {"version": report.definitions} + (
        ("" if is_chinese() else " ") + _("They include demo data.") if report.has_demo else ""
    )


def statement(report: Report, language: str) -> str:
    """Return the one page of text, "en" or "zh", as plain text; to be called with that language active."""
    told = paragraphs(report, language)
    lines = [report.title.of(language), where_and_when(report, language)]
    for name, said in told:
        lines += ["", name, *said]
    lines += ["", closing(report) if told else _("Nothing of this edition was logged on this site.")]
    return "\n".join(line for line in lines) + "\n"
