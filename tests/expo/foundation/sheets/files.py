"""Spreadsheets made by hand, part by part: honest ones and hostile ones."""

import io
import struct
import zipfile
from pathlib import Path

TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
ROOT = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
BOOK = '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Offers" sheetId="1" r:id="rId1"/></sheets></workbook>'
LINKS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
STYLES = '<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="1"><xf/></cellXfs></styleSheet>'
STRINGS = '<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
HEAD = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def sheet(*rows: str, before: str = "", after: str = "") -> str:
    return f"{HEAD}{before}<sheetData>{''.join(rows)}</sheetData>{after}</worksheet>"


PLAIN = sheet(row(1, cell("A1", "Title")), row(2, cell("A2", "Cell")))


def package(sheet_xml: str | bytes = PLAIN, *, level: int = 6, **parts: str | bytes | None) -> bytes:
    """An .xlsx; `parts` replace or add a part by its name, "__" for "/" and "_" kept; None leaves it out."""
    held: dict[str, str | bytes | None] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": ROOT,
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": LINKS,
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": STRINGS,
        "xl/worksheets/sheet1.xml": sheet_xml,
    }
    held |= parts
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as file:
        for name, content in held.items():
            if content is not None:
                file.writestr(name, content)
    return out.getvalue()


def poured(name: str, head: bytes, piece: bytes, times: int, tail: bytes, **parts: str) -> bytes:
    """An .xlsx with one part written piece by piece, larger than anybody wants to hold."""
    whole = package(**{name: None}, **parts) if name != "xl/worksheets/sheet1.xml" else package(**{**parts, name: None})
    out = io.BytesIO(whole)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as file, file.open(name, "w", force_zip64=True) as part:
        part.write(head)
        for _time in range(times):
            part.write(piece)
        part.write(tail)
    return out.getvalue()


def lying(claimed: int) -> bytes:
    """An .xlsx whose sheet says that it unpacks to `claimed` bytes; it comes out far larger."""
    raw = bytearray(
        poured("xl/worksheets/sheet1.xml", HEAD.encode() + b"<sheetData>", b"<row/>" * 10_000, 200, b"</sheetData></worksheet>")
    )
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", claimed)
    return bytes(raw)


def encrypted_entry() -> bytes:
    raw = bytearray(package())
    at = raw.find(b"PK\x01\x02")
    raw[at + 8] |= 1
    return bytes(raw)


def written(folder: Path, content: bytes, name: str = "upload") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
