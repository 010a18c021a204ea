"""What a folder of files says, as rows that fit their models; nothing is written here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from django.db import models

from expo.foundation.loading.problems import Problem
from expo.foundation.loading.reading import Entry, read_entries
from expo.foundation.loading.sheets import HERE, LANGUAGES, Cell, Link, Sheet
from expo.foundation.loading.values import UnreadableError, read_text, shown

Key = tuple[str, ...]


@dataclass(eq=False)
class Row:
    """One entry, read: plain values by column. A reference holds the parts of a key, several of them a sorted list."""

    sheet: Sheet
    file: str
    entry: Entry
    place: int
    above: "Row | None" = None
    values: dict[str, Any] = field(default_factory=dict)
    key: Key = ()
    wrong: list[tuple[str, str]] = field(default_factory=list)

    @property
    def label(self) -> str:
        """How messages name the row: its key, or its place in the list when it has none."""
        own = " · ".join(self.sheet_parts()) if self.key else f"entry {self.place}"
        return own if self.key or self.above is None else f"{self.above.label} · {self.sheet.name} {own}"

    def sheet_parts(self) -> list[str]:
        """The key, one part for each of its columns."""
        return ["/".join(parts_of(self.values[column])) for column in self.sheet.key]

    def problem(self, name: str, text: str) -> Problem:
        """Say what is wrong with a field ("" for the row as a whole)."""
        line = self.entry.lines.get(name.partition(".")[0], self.entry.line)
        return Problem(self.file, line, self.label, name, text)

    def problems(self) -> list[Problem]:
        return [self.problem(name, text) for name, text in self.wrong]


def parts_of(value: Any) -> Key:
    """Return a key column's value as parts of a key."""
    if isinstance(value, list):
        return tuple(value)
    return () if value in (None, "") else (str(value),)


class Plan:
    """All rows of a folder, and what stands in the database already, looked up once for each kind."""

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self.sheets = [member for sheet in sheets for member in sheet.family()]
        self.rows: dict[Sheet, list[Row]] = {sheet: [] for sheet in self.sheets}
        self.by_key: dict[Sheet, dict[Key, Row]] = {sheet: {} for sheet in self.sheets}
        self.unread: set[Sheet] = set()
        self._of_model = {sheet.model: sheet for sheet in self.sheets}
        self.other_names: dict[Sheet, dict[Key, Key]] = {sheet: {} for sheet in self.sheets}
        self._stored: dict[Sheet, dict[Key, int]] = {}

    def sheet_of(self, model: Any) -> Sheet:
        return self._of_model[model]

    def paths(self, sheet: Sheet) -> list[str]:
        """Return the lookups that make up the key of a sheet's rows."""
        found: list[str] = []
        for column in sheet.key:
            if sheet.is_reference(column):
                found += [f"{column}__{path}" for path in self.paths(self.sheet_of(sheet.column(column).related_model))]
            else:
                found.append(column)
        return found

    def stored(self, sheet: Sheet) -> dict[Key, int]:
        """Return the ids of the rows in the database by key. One query for each sheet."""
        if sheet not in self._stored:
            rows = sheet.stored.values_list("pk", *self.paths(sheet))
            self._stored[sheet] = {tuple(str(part) for part in key): pk for pk, *key in rows}
        return self._stored[sheet]

    def knows(self, sheet: Sheet, key: Key) -> bool:
        """Say whether there is such a row; where a file could not be read, it may well hold it."""
        return sheet in self.unread or key in self.by_key[sheet] or key in self.stored(sheet)

    def stored_key(self, row: Row) -> Key:
        """Return the key under which the row stands in the database, where what it names has another key there."""
        found: list[str] = []
        for column in row.sheet.key:
            parts = parts_of(row.values[column])
            if row.sheet.is_reference(column):
                parts = self.other_names[self.sheet_of(row.sheet.column(column).related_model)].get(parts, parts)
            found += parts
        return tuple(found)

    def value(self, model: type[models.Model], key: Sequence[str] | None, column: str) -> Any:
        """Return what a column of another row will hold: as the files say, else as stored; None for an unknown row."""
        sheet = self.sheet_of(model)
        row = self.by_key[sheet].get(tuple(key or ()))
        if row is not None:
            return row.values.get(column)
        pk = self.stored(sheet).get(tuple(key or ()))
        return None if pk is None else sheet.stored.values_list(column, flat=True).get(pk=pk)


def read_folder(folder: Path, sheets: Sequence[Sheet]) -> tuple[Plan, list[Problem]]:
    """Return the rows of all files of a folder, and what is wrong with their form. A missing file holds no rows."""
    plan, problems = Plan(sheets), _strange_files(folder, sheets)
    for sheet in sheets:
        path = folder / f"{sheet.name}.yaml"
        if not path.is_file():
            continue
        entries, unreadable = read_entries(path)
        problems += unreadable
        if unreadable:
            plan.unread.update(sheet.family())
        for place, entry in enumerate(entries, 1):
            _add(plan, Row(sheet, path.name, entry, place), problems)
    return plan, problems


def _strange_files(folder: Path, sheets: Sequence[Sheet]) -> list[Problem]:
    known = [f"{sheet.name}.yaml" for sheet in sheets]
    found = sorted(path.name for path in folder.iterdir() if path.suffix in {".yaml", ".yml"} and path.name not in known)
    return [Problem(name, 0, "", "", unknown("file", name, known)) for name in found]


def unknown(what: str, word: str, known: Sequence[str]) -> str:
    """Say that there is no such thing, which there are, and which was probably meant."""
    return f"no such {what} is known{meant(word, known) or '.'} Known are {', '.join(known)}"


def meant(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?" for a word that is close to a known one, else ''."""
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _add(plan: Plan, row: Row, problems: list[Problem]) -> None:
    sheet = row.sheet
    _read_row(plan, row)
    row.key = tuple(part for column in sheet.key for part in parts_of(row.values.get(column)))
    if len(row.key) != len(plan.paths(sheet)):
        row.key = ()
    elif row.key in plan.by_key[sheet]:
        first = plan.by_key[sheet][row.key]
        where = f"line {first.entry.line}" if first.file == row.file else first.file
        row.wrong.append((sheet.key_field, f"the key {shown('/'.join(row.sheet_parts()))} is taken already, in {where}"))
    else:
        plan.by_key[sheet][row.key] = row
    plan.rows[sheet].append(row)
    problems += row.problems()
    for child in sheet.children:
        _add_children(plan, row, child, problems)


def _add_children(plan: Plan, row: Row, child: Sheet, problems: list[Problem]) -> None:
    inside = row.entry.get(child.name)
    if inside is None:
        return
    if not isinstance(inside, list) or not all(isinstance(one, Entry) for one in inside):
        problems.append(row.problem(child.name, 'expected a list: entries that start with "- "'))
        plan.unread.update(child.family())
        return
    for place, entry in enumerate(inside, 1):
        _add(plan, Row(child, row.file, entry, place, above=row), problems)


def _read_row(plan: Plan, row: Row) -> None:
    sheet = row.sheet
    known = [*sheet.fields, *(child.name for child in sheet.children)]
    for name in row.entry:
        if name not in known:
            row.wrong.append((name, unknown("field", name, known)))
    for cell in sheet.cells.values():
        _read_cell(row, cell)
    if sheet.parent and row.above is not None:
        row.values[sheet.parent] = list(row.above.key) or None
        row.values.update({column: row.above.values.get(column) for column in sheet.inherits})
    row.values.update(sheet.always)
    if sheet.counts:
        row.values["order"] = row.place
    plain_first = sorted(sheet.links.values(), key=lambda link: link.name in sheet.around)
    for link in plain_first:
        _read_link(plan, row, link)
    if sheet.finish is not None:
        sheet.finish(row, plan)


def _read_cell(row: Row, cell: Cell) -> None:
    said = row.entry.get(cell.name)
    if len(cell.columns) > 1 and said is not None and not isinstance(said, Entry):
        row.wrong.append((cell.name, "expected the text in two languages: en and zh under it"))
        said = None
        row.values.update({column: row.sheet.empty(column) for column, _part in cell.columns})
        return
    if isinstance(said, Entry):
        _only_languages(row, cell, said)
    for column, part in cell.columns:
        field_name = f"{cell.name}.{part}" if part else cell.name
        value = said.get(part) if part and isinstance(said, Entry) else said
        row.values[column] = row.sheet.empty(column)
        if value is None or value == "":
            if column in cell.required:
                row.wrong.append((field_name, "is missing"))
            continue
        try:
            row.values[column] = cell.readers[column](value)
        except UnreadableError as error:
            row.wrong.append((field_name, str(error)))


def _only_languages(row: Row, cell: Cell, said: Entry) -> None:
    if len(cell.columns) > 1:
        strange = [code for code in said if code not in LANGUAGES]
        row.wrong += [(f"{cell.name}.{code}", unknown("language", code, LANGUAGES)) for code in strange]


def _read_link(plan: Plan, row: Row, link: Link) -> None:
    said = row.entry.get(link.name)
    row.values[link.name] = [] if link.several else None
    target = plan.sheet_of(link.column.related_model)
    if said is None or said == []:
        if link.required:
            row.wrong.append((link.name, f"is missing; expected {'at least one' if link.several else 'one'} of the {target.title}"))
        return
    if link.several and not isinstance(said, list):
        row.wrong.append((link.name, f"expected a list such as [{shown(said)[1:-1]}]"))
        return
    keys = []
    for one in said if link.several else [said]:
        try:
            keys.append(_key_of(plan, row, link, target, one))
        except UnreadableError as error:
            row.wrong.append((link.name, str(error)))
    if link.several:
        row.values[link.name] = sorted(list(key) for key in set(keys))
    elif keys:
        row.values[link.name] = list(keys[0])


def _key_of(plan: Plan, row: Row, link: Link, target: Sheet, said: Any) -> Key:
    paths = plan.paths(target)
    around = {name: parts_of(row.values.get(name)) for name in row.sheet.around.get(link.name, (HERE,)) if name != HERE}
    width = len(paths) - sum(len(parts) for parts in around.values())
    text = read_text(said)
    own = tuple(text.split("/", width - 1)) if width > 1 else (text,)
    if len(own) != width:
        raise UnreadableError(f"expected a key of {width} parts with / between, found {shown(text)}")
    key: Key = ()
    for name in row.sheet.around.get(link.name, (HERE,)):
        key += own if name == HERE else around[name]
    return key
