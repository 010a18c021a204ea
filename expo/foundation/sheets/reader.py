"""The process that reads one spreadsheet and can do nothing else: `python -m expo.foundation.sheets.reader FILE`.

It limits itself first, then writes the rows to its standard output, one JSON list a line: the number of the row and its cells as
text. The last line is {"end": true}, or {"fault": code, "at": {...}}; without one the process was stopped. No Django here.
"""

import datetime
import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from expo.foundation.sheets import delimited
from expo.foundation.sheets.limits import (
    CPU_SECONDS,
    LARGEST_FILE,
    LONGEST_CELL,
    MEMORY,
    MOST_COLUMNS,
    MOST_EMPTY_ROWS,
    MOST_ROWS,
    Unreadable,
)
from expo.foundation.sheets.package import check_package, letters

Rows = Iterator[tuple[int, list[str]]]
OPEN_FILES = 32
MAGIC_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
MAGIC_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What a computer counts exactly: 0.1 + 0.2 is written 0.3, as the sheet shows it.
DIGITS = ".15g"
MIDNIGHT = datetime.time()


def limit_self() -> None:
    """Take away what reading does not need: memory, time, new files. A process that asks for more ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))


def read(path: Path) -> Rows:
    """Yield rows that say something, with their numbers from 1. What the file is, its first bytes say, not its name. Raises Unreadable."""
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise Unreadable("too_large")
    with path.open("rb") as file:
        head = file.read(8)
        if not head.strip():
            raise Unreadable("empty")
        if head.startswith(MAGIC_ZIP):
            rows = _workbook(path, check_package(file))
        elif head == MAGIC_COMPOUND:
            raise Unreadable("encrypted" if "EncryptedPackage".encode("utf-16-le") in file.read() else "old_format")
        else:
            rows = enumerate(delimited.rows_of(delimited.decode(head + file.read())), start=1)
        yield from _said(rows)


def _said(rows: Iterator[tuple[int, list[str]]]) -> Rows:
    last = found = 0
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            if number - last > MOST_EMPTY_ROWS:
                return
            continue
        found += 1
        if found > MOST_ROWS + 1:
            raise Unreadable("too_many_rows")
        last = number
        long = next((at for at, cell in enumerate(cells) if len(cell) > LONGEST_CELL), None)
        if long is not None:
            raise Unreadable("long_cell", cell=f"{letters(long + 1)}{number}")
        yield number, cells


def _workbook(path: Path, name: str) -> Rows:
    from python_calamine import CalamineError, CalamineWorkbook  # Text files are read without it.

    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name)
        if sheet.start is None:
            return
        left = sheet.start[1]
        if left + sheet.width > MOST_COLUMNS:
            raise Unreadable("too_many_columns")
        for number, row in enumerate(sheet.to_python(skip_empty_area=True), start=sheet.start[0] + 1):
            yield number, [""] * left + [plain(value) for value in row]
    except (CalamineError, OSError, ValueError) as fault:
        raise Unreadable("broken") from fault


def plain(value: Any) -> str:
    """Return a cell as the text that a person would type for it: 12000, 0.3, 2027-06-20, TRUE."""
    written = {bool: _flag, float: _decimal, datetime.datetime: _moment, datetime.date: _day, datetime.time: _hour}.get(type(value), str)
    return written(value)


def _flag(value: Any) -> str:
    return "TRUE" if value else "FALSE"


def _decimal(value: Any) -> str:
    text = format(value, DIGITS)
    return text if "e" not in text and "n" not in text else _long_number(value)


def _moment(value: Any) -> str:
    return _day(value.date()) if value.time() == MIDNIGHT else str(value.isoformat(" ", "minutes"))


def _day(value: Any) -> str:
    return str(value.isoformat())


def _hour(value: Any) -> str:
    return str(value.isoformat("minutes"))


def _long_number(value: float) -> str:
    text = format(value, ".15f").rstrip("0").rstrip(".")
    return text if float(text or "nan") == value else str(value)


def main(path: str) -> int:
    """Read the file to standard output; 0 when the answer is complete, whatever it says."""
    limit_self()
    out = sys.stdout
    try:
        for number, cells in read(Path(path)):
            out.write(json.dumps([number, cells], ensure_ascii=True) + "\n")
        out.write('{"end": true}\n')
    except Unreadable as fault:
        out.write(json.dumps({"fault": fault.code, "at": fault.at}) + "\n")
    except (MemoryError, RecursionError):
        out.write('{"fault": "too_heavy", "at": {}}\n')
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
