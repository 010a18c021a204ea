"""Files that mean harm or are simply wrong: each ends in one sentence, in little time and memory, and the caller goes on."""

import os
import resource
import time

import pytest

from expo.foundation.sheets import process
from expo.foundation.sheets.process import SENTENCES, UnreadableSheet, read_sheet
from tests.expo.foundation.sheets import files
from tests.expo.foundation.sheets.files import COMPOUND, HEAD, cell, package, poured, row, sheet, written

SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
XXE = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
FORMULA = sheet(row(1, cell("A1", "Title")), row(2, '<c r="A2"><f>HYPERLINK("http://x")</f><v>1</v></c>'))
PREFIXED = '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row r="1"><x:c r="B1"><x:f>1+1</x:f></x:c></x:row></x:sheetData></x:worksheet>'
START = f"{HEAD}<sheetData>".encode()
END = b"</sheetData></worksheet>"

HOSTILE = {
    "empty file": (lambda: b"", "empty"),
    "spaces only": (lambda: b"  \n \r\n ", "empty"),
    "picture called xlsx": (lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 200, "not_a_spreadsheet"),
    "pdf": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\x00\x00", "not_a_spreadsheet"),
    "csv with a nul": (lambda: b"Title,Segment\na\x00b,c\n", "not_a_spreadsheet"),
    "characters of no known kind": (lambda: b"Title\n\xff\xff\xff\x81\n", "unknown_text"),
    "csv with an open quotation mark": (lambda: b'Title\n"never closed\n' + b"x\n" * 40_000, "long_cell"),
    "csv with a stray quotation mark": (lambda: b'Title\n"a"b"c,1\n', "quotes"),
    "csv with a huge cell": (lambda: b"Title\n" + b"x" * 40_000 + b"\n", "long_cell"),
    "csv with 100,000 columns": (lambda: b"a," * 100_000 + b"a\n", "too_many_columns"),
    "csv with too many rows": (lambda: b"a\n" * 100_002, "too_many_rows"),
    "larger than 20 MB": (lambda: b"a,b\n" * 5_300_000, "too_large"),
    "old xls": (lambda: COMPOUND + b"\x00" * 2000, "old_format"),
    "locked with a password": (lambda: COMPOUND + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 600, "encrypted"),
    "zip with a locked part": (files.encrypted_entry, "encrypted"),
    "empty zip": (lambda: b"PK\x05\x06" + b"\x00" * 18, "not_a_spreadsheet"),
    "zip of something else": (lambda: package(**{"xl/workbook.xml": None, "word/document.xml": "<w/>"}), "not_a_spreadsheet"),
    "cut off": (lambda: package()[:-200], "broken"),
    "noise after the magic": (lambda: b"PK\x03\x04" + os.urandom(4000), "broken"),
    "macros": (lambda: package(**{"xl/vbaProject.bin": b"\x00"}), "macros"),
    "external links": (lambda: package(**{"xl/externalLinks/externalLink1.xml": "<e/>"}), "external"),
    "files inside": (lambda: package(**{"xl/embeddings/oleObject1.bin": b"\x00"}), "embedded"),
    "300 parts": (lambda: package(**{f"xl/media/{n}.png": b"x" for n in range(300)}), "too_many_parts"),
    "path out of the package": (lambda: package(**{"../../etc/cron.d/x": b"x"}), "broken"),
    "formula": (lambda: package(FORMULA), "formula"),
    "formula under a prefix": (lambda: package(PREFIXED), "formula"),
    "billion laughs": (lambda: package(HEAD.replace("?>", "?>" + LAUGHS) + "<sheetData/></worksheet>"), "doctype"),
    "entity of a local file": (lambda: package(HEAD.replace("?>", "?>" + XXE) + "<sheetData/></worksheet>"), "doctype"),
    "entities in the strings": (lambda: package(**{"xl/sharedStrings.xml": f'<?xml version="1.0"?>{LAUGHS}<sst/>'}), "doctype"),
    "broken xml": (lambda: package(HEAD + "<sheetData><row><c></row>"), "broken"),
    "half a sheet": (lambda: package(sheet(row(1, cell("A1", "Title")))[:-30]), "broken"),
    "no sheet": (lambda: package(**{"xl/workbook.xml": files.BOOK.replace('<sheet name="Offers" sheetId="1" r:id="rId1"/>', "")}), "empty"),
    "lone surrogate": (lambda: package(sheet(row(1, cell("A1", "&#xD800;")))), "broken"),
    "nul in the sheet": (lambda: package(sheet(row(1, cell("A1", "a&#0;b")))), "broken"),
    "huge cell": (lambda: package(sheet(row(1, cell("A1", "x" * 40_000)))), "long_cell"),
    "100,000 columns": (
        lambda: package(sheet(row(1, *(cell(f"{files_letters(n)}1", "x") for n in range(1, 100_000, 7))))),
        "too_many_columns",
    ),
    "lone cell in the last row": (lambda: package(sheet(row(1, cell("A1", "Title")), row(1_048_576, cell("A1048576", "x")))), "far_away"),
    "cells in opposite corners": (lambda: package(sheet(row(1, cell("A1", "Title")), row(900, cell("XFD900", "x")))), "too_many_columns"),
    "text of 70 MB": (
        lambda: poured("xl/sharedStrings.xml", b"<sst><si><t>", b"x" * 1_000_000, 70, b"</t></si></sst>"),
        "too_large_inside",
    ),
    "styles of 22 MB": (
        lambda: poured("xl/styles.xml", b"<styleSheet><cellXfs>", b"<xf/>" * 10_000, 450, b"</cellXfs></styleSheet>"),
        "too_large_inside",
    ),
    "sheet of 210 MB": (lambda: poured(SHEET, START, b"<row/>" * 100_000, 350, END), "too_large_inside"),
    "a row after the last": (lambda: package(sheet(row(1_048_577, cell("A1048577", "x")))), "too_many_rows"),
    "lying about its size": (lambda: files.lying(4000), "broken"),
    "10 million empty rows": (lambda: poured(SHEET, START, b"<row></row>" * 100_000, 100, END), "too_large_inside"),
}


def files_letters(number):
    from expo.foundation.sheets.package import letters

    return letters(number)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_in_a_sentence(name, tmp_path):
    make, code = HOSTILE[name]
    path = written(tmp_path, make())
    began = time.monotonic()
    with pytest.raises(UnreadableSheet) as refused:
        list(read_sheet(path))
    assert refused.value.reason == code
    assert str(refused.value.detail).endswith(".")
    assert "%(" not in str(refused.value.detail)
    assert time.monotonic() - began < 30  # A promise to people, not a measurement: the limit is 90 seconds.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1024 * 1024


def test_empty_rows_and_a_false_dimension_cost_nothing(tmp_path):
    empty = "".join(f'<row r="{n}"/>' for n in range(3, 100_000))
    content = package(sheet(row(1, cell("A1", "Title")), row(2, cell("A2", "Cell")), empty, before='<dimension ref="A1:XFD1048576"/>'))
    assert list(read_sheet(written(tmp_path, content))) == [(1, ["Title"]), (2, ["Cell"])]


def test_after_a_thousand_empty_rows_of_a_csv_nothing_more_is_read(tmp_path):
    assert list(read_sheet(written(tmp_path, b"Title\na\n" + b",\n" * 1_500 + b"b\n"))) == [(1, ["Title"]), (2, ["a"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_usual_text_file_is_read(tmp_path, encoding, separator):
    text = f'标题{separator}Segment\r\n"碳化硅{separator} 8 英寸"{separator}x\r\n'
    content = text.encode(encoding)
    assert list(read_sheet(written(tmp_path, content))) == [(1, ["标题", "Segment"]), (2, [f"碳化硅{separator} 8 英寸", "x"])]


def test_what_a_file_is_its_first_bytes_say_not_its_name(tmp_path):
    assert list(read_sheet(written(tmp_path, b"Title\nCell\n", "offers.xlsx"))) == [(1, ["Title"]), (2, ["Cell"])]
    assert list(read_sheet(written(tmp_path, package(), "offers.csv"))) == [(1, ["Title"]), (2, ["Cell"])]


def test_a_child_that_dies_is_a_sentence_too(tmp_path, monkeypatch):
    """The guard off: without the look inside, the parser runs into its limit of memory and is ended; the caller is not."""
    corners = package(sheet(row(1, cell("A1", "x")), row(1_048_576, cell("XFD1048576", "x"))))
    blind = tmp_path / "blind.py"
    blind.write_text(
        "import sys\nfrom expo.foundation.sheets import reader\nreader.check_package = lambda file: 'Offers'\nsys.exit(reader.main(sys.argv[1]))\n"
    )
    real = process.subprocess.Popen
    monkeypatch.setattr(
        process.subprocess,
        "Popen",
        lambda command, **rest: real([command[0], str(blind), command[3]], **{**rest, "env": {**rest["env"], "PYTHONPATH": "."}}),
    )
    with pytest.raises(UnreadableSheet) as refused:
        list(read_sheet(written(tmp_path, corners)))
    assert refused.value.reason == "too_heavy"


def test_a_child_that_says_nothing_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "WAIT_SECONDS", 0.3)
    real, started = process.subprocess.Popen, []

    def sleeper(command, **rest):
        started.append(real([command[0], "-c", "import time; time.sleep(60)"], **rest))
        return started[0]

    monkeypatch.setattr(process.subprocess, "Popen", sleeper)
    with pytest.raises(UnreadableSheet) as refused:
        list(read_sheet(written(tmp_path, b"Title\n")))
    assert refused.value.reason == "too_heavy"
    assert started[0].returncode == -9


def test_who_stops_reading_leaves_no_process_behind(tmp_path, monkeypatch):
    real, started = process.subprocess.Popen, []
    monkeypatch.setattr(process.subprocess, "Popen", lambda *args, **rest: started.append(real(*args, **rest)) or started[0])
    rows = read_sheet(written(tmp_path, b"Title,Segment\n" * 90_000))
    next(rows)
    rows.close()
    assert started[0].poll() is not None


def test_the_reader_cannot_write_and_knows_no_django(tmp_path):
    import subprocess
    import sys

    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from expo.foundation.sheets import reader; print('django' in sys.modules); reader.limit_self(); open(sys.argv[1], 'w').write('x')",
            str(tmp_path / "new"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout.strip() == "False"
    assert (tmp_path / "new").stat().st_size == 0


def test_every_code_has_its_sentence_and_its_file():
    assert {code for _make, code in HOSTILE.values()} | {"too_heavy"} == set(SENTENCES)
