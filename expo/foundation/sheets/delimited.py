"""Text files of rows: which characters, which separator. No Django here."""

import codecs
import csv
import io
from collections.abc import Iterator

from expo.foundation.sheets.inert import plain
from expo.foundation.sheets.limits import LONGEST_CELL, MOST_COLUMNS, Unreadable
from expo.foundation.sheets.package import letters

SEPARATORS = (",", ";", "\t")
WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def decode(raw: bytes) -> str:
    """Return the text of a file in UTF-8 with or without its mark, in UTF-16 with it, or in GB 18030. Raises Unreadable."""
    wide = WIDE.get(raw[:2])
    for encoding in [wide] if wide else ["utf-8-sig", "gb18030"]:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise Unreadable("not_a_spreadsheet")
        return text
    raise Unreadable("unknown_text")


def rows_of(text: str) -> Iterator[list[str]]:
    """Yield the rows, empty ones too. The separator is the one that stands most often in the first line that says something."""
    csv.field_size_limit(2 * LONGEST_CELL)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text), strict=True)
    number = 0
    while True:
        number += 1
        try:
            row = next(lines)
        except StopIteration:
            return
        except csv.Error as fault:
            raise Unreadable("long_cell" if "limit" in str(fault) else "quotes", cell=str(number)) from fault
        if len(row) > MOST_COLUMNS and any(cell.strip() for cell in row[MOST_COLUMNS:]):
            raise Unreadable("too_many_columns")
        for at, cell in enumerate(row):
            if len(cell) > LONGEST_CELL:
                raise Unreadable("long_cell", cell=f"{letters(at + 1)}{number}")
        yield [plain(cell) for cell in row]


def separator_of(text: str) -> str:
    """Return the separator of the first line that says something; what stands between quotation marks does not count."""
    start = len(text) - len(text.lstrip())
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else None][:LONGEST_CELL]
    plain = "".join(line.split('"')[::2])
    return max(SEPARATORS, key=plain.count)
