"""The inside of an .xlsx file, looked at before a parser is let near it. No Django here."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree import ElementTree as ET
from xml.parsers import expat

from expo.foundation.sheets.limits import (
    HIGHEST_RATIO,
    LARGEST_IN_ALL,
    LARGEST_PART,
    LARGEST_PARTS,
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_EMPTY_ROWS,
    MOST_PARTS,
    MOST_ROWS,
    RATIO_FROM,
    Unreadable,
)

CHUNK = 64 * 1024
LOCAL_HEADER = 30
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
CELL = re.compile(r"([A-Za-z]{1,6})([0-9]{1,9})")
READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
LETTERS = 26
LAST_ROW = 1_048_576


def check_package(file: BinaryIO) -> str:
    """Read every part through within the limits and return the name of the first sheet that is shown.

    Sizes are counted as they come out, never as the file states them. Raises Unreadable.
    """
    try:
        package = zipfile.ZipFile(file)
        parts = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, KeyError, UnicodeDecodeError) as fault:
        raise Unreadable("broken") from fault
    _check_names(parts)
    first, path = "", ""
    total = 0
    small: dict[str, bytes] = {}
    for info in sorted(parts, key=lambda part: part.filename.startswith("xl/worksheets/")):
        name = info.filename.lower()
        if name.startswith("xl/worksheets/") and not first:
            first, path = _first_sheet(small)
        sheet = _SheetCheck() if path and name == path else None
        total += _read_through(file, info, sheet, small)
        if total > LARGEST_IN_ALL:
            raise Unreadable("too_large_inside")
    return first or _first_sheet(small)[0]


def _check_names(parts: list[zipfile.ZipInfo]) -> None:
    names = [part.filename.lower() for part in parts]
    if len(parts) > MOST_PARTS:
        raise Unreadable("too_many_parts")
    if "encryptedpackage" in names or any(part.flag_bits & 1 for part in parts):
        raise Unreadable("encrypted")
    if any("vbaproject" in name or name.startswith(("xl/macrosheets/", "xl/activex/")) for name in names):
        raise Unreadable("macros")
    if any(name.startswith("xl/externallinks/") for name in names):
        raise Unreadable("external")
    if any(name.startswith("xl/embeddings/") for name in names):
        raise Unreadable("embedded")
    if "xl/workbook.xml" not in names or "[content_types].xml" not in names:
        raise Unreadable("not_a_spreadsheet")
    odd = len(set(names)) != len(names) or any(".." in name or name.startswith(("/", "\\")) for name in names)
    if odd or any(part.compress_type not in READABLE for part in parts):
        raise Unreadable("broken")


def _limit(name: str) -> int:
    return next((limit for start, limit in LARGEST_PARTS.items() if name.startswith(start)), LARGEST_PART)


def _read_through(file: BinaryIO, info: zipfile.ZipInfo, sheet: "_SheetCheck | None", small: dict[str, bytes]) -> int:
    name = info.filename.lower()
    # What it claims is enough to refuse it; what comes out is counted besides, and may not be more.
    if info.file_size > _limit(name) or (info.file_size > RATIO_FROM and info.file_size > HIGHEST_RATIO * max(info.compress_size, 1)):
        raise Unreadable("too_large_inside")
    is_xml = name.endswith((".xml", ".rels", ".vml"))
    kept = name in {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
    check = (sheet or _XmlCheck()) if is_xml else None
    size, whole = 0, []
    for piece in _inflated(file, info):
        size += len(piece)
        if size > info.file_size:
            raise Unreadable("broken")
        if check is not None:
            check.feed(piece)
        if kept:
            whole.append(piece)
    if size != info.file_size:
        raise Unreadable("broken")
    if check is not None:
        check.close()
    if kept:
        small[name] = b"".join(whole)
    return size


def _inflated(file: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield what really comes out of a part: `zipfile` would stop where the file says that it ends."""
    file.seek(info.header_offset)
    head = file.read(LOCAL_HEADER)
    if len(head) != LOCAL_HEADER or head[:4] != b"PK\x03\x04":
        raise Unreadable("broken")
    file.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
    left = info.compress_size
    engine = zlib.decompressobj(-zlib.MAX_WBITS) if info.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0:
        raw = file.read(min(CHUNK, left))
        if not raw:
            raise Unreadable("broken")
        left -= len(raw)
        if engine is None:
            yield raw
            continue
        try:
            yield engine.decompress(raw, CHUNK * 16)
            while engine.unconsumed_tail:
                yield engine.decompress(engine.unconsumed_tail, CHUNK * 16)
        except zlib.error as fault:
            raise Unreadable("broken") from fault
    if engine is not None and (not engine.eof or engine.unused_data):
        raise Unreadable("broken")


class _XmlCheck:
    """A part has to be well-formed and without a document type: that is where entities come from."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, piece: bytes) -> None:
        self._parse(piece, is_last=False)

    def close(self) -> None:
        self._parse(b"", is_last=True)

    def _parse(self, piece: bytes, *, is_last: bool) -> None:
        try:
            self.parser.Parse(piece, is_last)
        except expat.ExpatError as fault:
            raise Unreadable("broken") from fault

    @staticmethod
    def _refuse(*_doctype: object) -> None:
        raise Unreadable("doctype")


class _SheetCheck(_XmlCheck):
    """The first sheet: nothing computed, and its content within the limits wherever it says that it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.row = self.column = self.last = 0
        self.length = 0
        self.is_text = False
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self._cell(attributes.get("r"))
        elif name in {"v", "t"}:
            self.is_text = True
        elif name == "row":
            number = attributes.get("r", "")
            self.row = int(number) if number.isdecimal() and len(number) <= len("1048576") else self.row + 1
            self.column = 0
            if self.row > LAST_ROW:
                raise Unreadable("too_many_rows")
        elif name == "f":
            raise Unreadable("formula", cell=f"{letters(self.column)}{self.row}")

    def _end(self, tag: str) -> None:
        if tag.rpartition(":")[2] in {"v", "t"}:
            self.is_text, self.length = False, 0

    def _text(self, text: str) -> None:
        if not self.is_text:
            return
        self.length += len(text)
        if self.length > LONGEST_CELL:
            raise Unreadable("long_cell", cell=f"{letters(self.column)}{self.row}")
        if self.column > MOST_COLUMNS:
            raise Unreadable("too_many_columns")
        if self.row - self.last > MOST_EMPTY_ROWS:
            raise Unreadable("far_away", cell=f"{letters(self.column)}{self.row}")
        if self.row > MOST_ROWS + MOST_EMPTY_ROWS:
            raise Unreadable("too_many_rows")
        self.last = self.row

    def _cell(self, reference: str | None) -> None:
        if reference is None:
            self.column += 1
            return
        found = CELL.fullmatch(reference)
        if not found:
            raise Unreadable("broken")
        self.column, self.row = _number(found[1]), int(found[2])


def _number(name: str) -> int:
    number = 0
    for letter in name.upper():
        number = number * LETTERS + ord(letter) - ord("A") + 1
    return number


def letters(column: int) -> str:
    """Return the name of a column: 1 -> "A", 28 -> "AB"."""
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, LETTERS)
        name = chr(ord("A") + rest) + name
    return name


def _first_sheet(small: dict[str, bytes]) -> tuple[str, str]:
    """Return the name and the part of the first sheet that is not hidden."""
    try:
        book = ET.fromstring(small["xl/workbook.xml"])  # noqa: S314 - read through without a document type before
        links = ET.fromstring(small["xl/_rels/workbook.xml.rels"])  # noqa: S314 - as above
    except (KeyError, ET.ParseError) as fault:
        raise Unreadable("broken") from fault
    parts = {link.get("Id"): link for link in links}
    for sheet in book.iter():
        if sheet.tag.rpartition("}")[2] != "sheet" or sheet.get("state", "visible") != "visible":
            continue
        key = next((value for name, value in sheet.attrib.items() if name.endswith("}id") or name == RELATION), None)
        link = parts.get(key)
        if link is None or not link.get("Type", "").endswith("/worksheet"):
            continue
        target = link.get("Target", "").lower()
        return sheet.get("name", ""), target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise Unreadable("empty")
