"""Terms in files: one for each chain, named for its address; `everywhere.csv` for all. Columns kind, broader, en, zh."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from expo.foundation.loading import FilesRefused, Problem
from matchmaking.matching.glossary.names import cleaned, faults_of, first_key

EVERYWHERE = "everywhere"
COLUMNS = ("kind", "broader", "en", "zh")
FIELD_OF = {"english": "en", "chinese": "zh"}
LARGEST_FILE = 5_000_000


@dataclass(frozen=True)
class Shipped:
    """A term as a file states it. `chain` is the chain's address, '' everywhere."""

    chain: str
    key: str
    kind: str
    broader: str
    english: str
    chinese: str
    file: str
    line: int


def shipped_folder() -> Path:
    """Return the folder of the terms that come with the site."""
    return Path(settings.BASE_DIR) / "fixtures" / "glossary"


def read_folder(folder: Path) -> list[Shipped]:
    """Read all files of a folder, in the order of their names.

    Raises:
        FilesRefused: every problem by file, line and field: no file, another encoding, a wrong column, a field that cannot stand, a key twice.
    """
    paths = sorted(path for path in folder.glob("*.csv") if path.is_file())
    if not paths:
        raise FilesRefused(
            [Problem(folder.name, 0, "", "", "expected a folder with a .csv file for each chain, such as smart-vehicle.csv")]
        )
    problems: list[Problem] = []
    found = [term for path in paths for term in _read_file(path, problems)]
    if problems:
        raise FilesRefused(problems)
    return found


def _read_file(path: Path, problems: list[Problem]) -> Iterator[Shipped]:
    def refuse(text: str, line: int = 0, entry: str = "", field: str = "") -> None:
        problems.append(Problem(path.name, line, entry, field, text))

    rows = _rows(path, refuse)
    chain = "" if path.stem == EVERYWHERE else path.stem
    lines: dict[str, int] = {}
    for line, cells in rows:
        if len(cells) != len(COLUMNS):
            refuse(f"expected {len(COLUMNS)} fields ({', '.join(COLUMNS)}), found {len(cells)}", line)
            continue
        fields = cleaned(dict(zip(("kind", "broader", "english", "chinese"), cells, strict=True)))
        key = first_key(fields["english"], fields["chinese"])
        for field, sentences in faults_of(fields).items():
            for sentence in sentences:
                refuse(sentence, line, key[:40], FIELD_OF.get(field, field))
        if key in lines:
            refuse(f"the key “{key}” stands in line {lines[key]} already; the first English name is the key", line, key[:40], "en")
        lines.setdefault(key, line)
        yield Shipped(chain, key, file=path.name, line=line, **fields)


def _rows(path: Path, refuse: Callable[[str, int], None]) -> list[tuple[int, list[str]]]:
    """Return the rows below the headings with their lines; of a file that cannot be read, nothing."""
    content = path.read_bytes()
    if len(content) > LARGEST_FILE:
        refuse(f"expected at most {LARGEST_FILE} bytes, found {len(content)}", 0)
        return []
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        found = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        refuse(f"expected UTF-8; byte {fault.start + 1} of the file is none", line)
        return []
    except csv.Error as fault:
        refuse(f"cannot be read as comma-separated text: {fault}", 0)
        return []
    if not found or tuple(cell.strip().lower() for cell in found[0][1]) != COLUMNS:
        named = ", ".join(cell.strip() for cell in found[0][1])[:80] if found else "nothing"
        refuse(f"expected the headings {', '.join(COLUMNS)}; found {named}", 1)
        return []
    return found[1:]
