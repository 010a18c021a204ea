"""Writing spreadsheets: nothing in them runs. Texts are text cells; in a .csv, what a program could take for a formula is prefixed."""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.foundation.errors import Invalid
from expo.foundation.sheets.columns import Column, Option
from expo.foundation.sheets.inert import NUMBER, inert
from expo.foundation.sheets.limits import LONGEST_CELL, MOST_ROWS

MARK = "\ufeff"
EXACT_DIGITS = 15
FIRST_ROWS = 1000
LONGEST_LIST = 255
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
# Nothing of a text is turned into anything else, and no more than one row is held in memory.
INERT = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class TooManyRows(Invalid):
    """A list is never cut off without a word."""

    code = "too_many_rows"
    detail = gettext_lazy("This list has more rows than a file holds, 100,000. Filter it, and take it in parts.")


def must_fit(count: int) -> None:
    """Raise TooManyRows for more rows than a file holds."""
    if count > MOST_ROWS:
        raise TooManyRows


def csv_lines(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[str]:
    """Yield the lines of a .csv in UTF-8 with its mark, so that every program knows the characters. Raises TooManyRows."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    yield MARK
    for cells in _cells(columns, rows):
        writer.writerow([inert(cell) for cell in cells])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


Tab = tuple[str, Sequence[Column], Iterable[Any]]


def xlsx_file(columns: Sequence[Column], rows: Iterable[Any], *, title: str) -> IO[bytes]:
    """Return an open .xlsx, rewound; it is gone once it is closed. Needs memory for one row. Raises TooManyRows."""
    return xlsx_book([(title, columns, rows)])


def xlsx_book(tabs: Iterable[Tab]) -> IO[bytes]:
    """Return an open .xlsx with a sheet for each (title, columns, rows), rewound; two sheets of one title are told apart by a number."""
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the caller sends it and closes it
    book = xlsxwriter.Workbook(file, INERT)
    for title, columns, rows in tabs:
        sheet = book.add_worksheet(_free_tab(book, title))
        for number, cells in enumerate(_cells(columns, rows)):
            for at, text in enumerate(cells):
                _write(sheet, number, at, text, is_number=number > 0 and columns[at].is_number)
        _lay_out(book, sheet, columns)
    book.close()
    file.seek(0)
    return file


def _free_tab(book: Any, title: str) -> str:
    taken = {sheet.get_name().casefold() for sheet in book.worksheets()}
    wanted, number = _tab(title), 1
    free = wanted
    while free.casefold() in taken:
        number += 1
        free = f"{wanted[: 31 - len(str(number)) - 1]} {number}"
    return free


def template_file(columns: Sequence[Column], *, title: str) -> IO[bytes]:
    """Return an .xlsx to be filled in: the headings, what they ask for, drop-downs, and a second sheet with the permitted values."""
    asked = [column for column in columns if not column.is_told]
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the caller sends it and closes it
    book = xlsxwriter.Workbook(file, {**INERT, "constant_memory": False})
    sheet, permitted = book.add_worksheet(_tab(title)), book.add_worksheet(_tab(_("Permitted values")))
    bold, as_text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    place = 0
    for at, column in enumerate(asked):
        sheet.write_string(0, at, heading(column), bold)
        sheet.set_column(at, at, column.width, None if column.is_number else as_text)
        options = list(column.options()) if column.options else []
        help_text = _help(column)
        rule: dict[str, Any] = {"validate": "any", "input_title": str(column.label)[:32], "input_message": help_text[:LONGEST_LIST]}
        if options:
            last = _list_options(permitted, place, column, options, bold)
            if column.takes_one:
                letter = xlsxwriter.utility.xl_col_to_name(place)
                tab = _tab(_("Permitted values")).replace("'", "''")
                rule |= {
                    "validate": "list",
                    "source": f"='{tab}'!${letter}$2:${letter}${last + 1}",
                    "ignore_blank": True,
                    "error_type": "warning",
                }
            place += 3
        sheet.data_validation(1, at, FIRST_ROWS, at, rule)
    sheet.freeze_panes(1, 0)
    permitted.freeze_panes(1, 0)
    book.close()
    file.seek(0)
    return file


def heading(column: Column) -> str:
    """Return what stands above the column: its name, with a star where a cell has to be filled."""
    return f"{column.label} *" if column.required else str(column.label)


def _help(column: Column) -> str:
    parts = [str(column.help), _("Has to be filled.") if column.required else ""]
    return " ".join(part for part in parts if part)


def _list_options(permitted: Any, place: int, column: Column, options: Sequence[Option], bold: Any) -> int:
    permitted.write_string(0, place, str(column.label), bold)
    permitted.set_column(place, place, 28)
    permitted.set_column(place + 1, place + 1, 34)
    for number, option in enumerate(options, start=1):
        permitted.write_string(number, place, option.written)
        permitted.write_string(number, place + 1, str(option.note))
    return len(options)


def _cells(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[list[str]]:
    yield [heading(column) for column in columns]
    for number, row in enumerate(rows, start=1):
        must_fit(number)
        yield [column.of(row) for column in columns]


def _write(sheet: Any, row: int, at: int, text: str, *, is_number: bool) -> None:
    if not text:
        return
    if is_number and NUMBER.fullmatch(text) and len(text.replace(".", "").replace("-", "").lstrip("0")) <= EXACT_DIGITS:
        sheet.write_number(row, at, float(Decimal(text)))
    else:
        sheet.write_string(row, at, text[:LONGEST_CELL])


def _lay_out(book: Any, sheet: Any, columns: Sequence[Column]) -> None:
    sheet.freeze_panes(1, 0)
    as_text = book.add_format({"num_format": "@"})
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width, None if column.is_number else as_text)


def _tab(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "Sheet"
