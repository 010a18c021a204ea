"""Checking a spreadsheet row by row against what is there: what is new, what changes, and every cell that cannot stand."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.utils.translation import gettext_lazy as _

from expo.foundation.bilingual import in_each_language
from expo.foundation.errors import Invalid
from expo.foundation.sheets.columns import Column, Wrong, clean, fold, quoted
from expo.foundation.sheets.kinds import Entry, Given, Scope, Sheet
from expo.foundation.sheets.package import letters

BATCH = 500
MOST_FAULTS = 1_000
PREVIEW_ROWS = 10
Progress = Callable[[int], None]


class NothingToRead(Invalid):
    """The sheet has no heading row, or no row below it."""

    code = "nothing_to_read"
    detail = _("There are no rows below the headings.")


@dataclass
class Findings:
    """What a check found. `faults` are as they are kept: row, column, key, value, and a sentence in each language."""

    total: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    bad: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    hash: Any = field(default_factory=hashlib.sha256)

    @property
    def preview(self) -> dict[str, Any]:
        """The first rows that would be written, or the first rows where none would."""
        return {"keys": self.keys, "places": self.places, "rows": self.shown}


def check_rows(
    rows: Iterator[tuple[int, list[str]]], sheet: Sheet, scope: Scope, *, progress: Progress = lambda _done: None, keep: bool = False
) -> Findings:
    """Check all rows; nothing is written. With `keep` the entries that would be stored are in `.entries`.

    Two queries or so for each 500 rows. The same rows against the same tables give the same `.hash`.

    Raises:
        Invalid: the file cannot be read, or has no rows.
    """
    columns, found = sheet.columns(scope), Findings()
    first = next(rows, None)
    if first is None:
        raise NothingToRead
    places = _headings(first, columns, found)
    found.keys, found.places = [column.key for column in places.values()], list(places)
    if found.faults:
        return found
    check = _Check(sheet, scope, places, columns, found, keep=keep)
    while batch := list(islice(rows, BATCH)):
        check.batch(batch)
        if check.changes > sheet.most_changes:
            return _too_many(found, sheet.most_changes)
        progress(found.total)
    if not found.total:
        raise NothingToRead
    check.try_waiting(progress)
    found.faults.sort(key=lambda fault: (fault["row"] or 0, fault["at"] or 0))
    return found


def _too_many(found: Findings, most: int) -> Findings:
    """Return findings that say only this: the rest of the file was not read, and no row of it was tried."""
    found.faults, found.shown, found.bad = [], [], 0
    _add(found, None, None, "", Wrong(_("At most %(most)s rows may be new or changed at once. Split the file."), most=most))
    return found


def _headings(first: tuple[int, list[str]], columns: Sequence[Column], found: Findings) -> dict[int, Column]:
    """Return which column stands where; what cannot be placed is a fault."""
    number, cells = first
    known = {name: column for column in columns for name in column.headings}
    places: dict[int, Column] = {}
    for at, text in enumerate(map(clean, cells)):
        column = known.get(fold(text))
        if column is None and text:
            words = Wrong(_("“%(value)s” is no column of this sheet. Use the template's headings."), value=quoted(text))
            _add(found, number, at, text, words)
        elif column is not None and column in places.values():
            _add(found, number, at, text, Wrong(_("The column “%(value)s” stands here a second time."), value=quoted(text)))
        elif column is not None:
            places[at] = column
    for column in columns:
        if column.required and column not in places.values():
            _add(found, number, None, "", Wrong(_("The column “%(name)s” is missing."), name=column.label))
    return places


class _Check:
    """Goes through the rows batch by batch."""

    def __init__(
        self, sheet: Sheet, scope: Scope, places: Mapping[int, Column], columns: Sequence[Column], found: Findings, *, keep: bool
    ) -> None:
        self.sheet, self.scope, self.found, self.keep = sheet, scope, found, keep
        self.places = places
        self.at = {column.key: at for at, column in places.items()}
        self.columns = {column.key: column for column in columns}
        self.read = [column for column in places.values() if not column.is_told]
        self.bad: set[int] = set()
        # How many rows would change, and, where each is tried by doing it, the rows that wait until this number is known.
        self.changes = 0
        self.waiting: list[tuple[Given, Any, dict[str, Any]]] = []

    def batch(self, batch: Sequence[tuple[int, list[str]]]) -> None:
        given = [self._given(number, cells) for number, cells in batch]
        there = self.sheet.find(given, self.scope, self.report)
        for row in given:
            self._row(row, there.get(row.number))
        if not self.sheet.tries_rows:
            self.bad.clear()

    def try_waiting(self, progress: Progress) -> None:
        """Go on with the rows that wait."""
        for given, row, values in self.waiting:
            self._verdict(given, row, values)
            progress(self.found.total)

    def report(self, number: int, key: str, fault: Exception) -> None:
        wrong = fault if isinstance(fault, Wrong) else Wrong(str(fault))
        self._fault(number, key, wrong)

    def _given(self, number: int, cells: list[str]) -> Given:
        for at in range(len(cells)):
            if at not in self.places and cells[at].strip():
                self.bad.add(number)
                _add(self.found, number, at, cells[at], Wrong(_("There is no heading above this cell.")))
        named = {column.key: clean(cells[at]) if at < len(cells) else "" for at, column in self.places.items()}
        return Given(number, named)

    def _row(self, given: Given, row: Any) -> None:
        self.found.total += 1
        before = {} if row is None else {column.key: column.of(row) for column in self.read}
        values = self._values(given, row, before)
        self.changes += row is None or bool(values)
        if self.sheet.tries_rows:
            self.waiting.append((given, row, values))
        else:
            self._verdict(given, row, values)

    def _verdict(self, given: Given, row: Any, values: dict[str, Any]) -> None:
        if given.number not in self.bad:
            self._check(given, row, values)
        if given.number in self.bad:
            self.found.bad += 1
            return
        values = self.sheet.completed(row, values, self.scope)
        is_same = row is not None and not values
        stamp = "" if row is None else self.sheet.stamp(row)
        verdict = "new" if row is None else "same" if is_same else "changed"
        setattr(self.found, verdict, getattr(self.found, verdict) + 1)
        pk = None if row is None else row.pk
        self.found.hash.update(repr((given.number, verdict, pk, sorted(values.items(), key=lambda pair: pair[0]), stamp)).encode())
        self._show(given, verdict, [key for key in values if row is not None])
        if self.keep and not is_same:
            self.found.entries.append(Entry(given.number, pk, values, stamp))

    def _values(self, given: Given, row: Any, before: Mapping[str, str]) -> dict[str, Any]:
        """Return what is set: all cells of a new row, of another one those that say something else than the table."""
        values = {}
        for column in self.read:
            text = given.cells[column.key]
            if row is not None and (column.is_sign or text == before[column.key]):
                continue
            try:
                value = _read(column, text)
            except Wrong as wrong:
                self._fault(given.number, column.key, wrong, text)
                continue
            if row is None or not _says_the_same(column, before[column.key], value):
                values[column.key] = value
        is_change = row is None or any(column.key in values for column in self.read if not column.is_remark)
        return values if is_change else {}

    def _check(self, given: Given, row: Any, values: Mapping[str, Any]) -> None:
        if row is not None and not values:
            return
        faults = self.sheet.faults(row, values, self.scope)
        if not faults:
            return
        self.bad.add(given.number)
        if len(self.found.faults) >= MOST_FAULTS:
            return
        said = in_each_language(lambda: self.sheet.faults(row, values, self.scope))
        for key in faults:
            for at, _sentence in enumerate(faults[key]):
                sentences = {language: found[key][at] for language, found in said.items()}
                _keep_fault(self.found, given.number, self.at.get(key), given.cells.get(key, ""), sentences)

    def _fault(self, number: int, key: str, wrong: Wrong, text: str = "") -> None:
        self.bad.add(number)
        _add(self.found, number, self.at.get(key), text, wrong)

    def _show(self, given: Given, verdict: str, changed: list[str]) -> None:
        shown = self.found.shown
        if len(shown) >= PREVIEW_ROWS:
            if verdict == "same" or not any(row["is"] == "same" for row in shown):
                return
            shown.remove(next(row for row in shown if row["is"] == "same"))
        cells = [quoted(given.cells[key]) for key in self.found.keys]
        shown.append({"row": given.number, "is": verdict, "cells": cells, "changed": changed})


def _read(column: Column, text: str) -> Any:
    if column.required and not text:
        raise Wrong(_("This cell may not be empty."))
    return column.read(text)


def _says_the_same(column: Column, before: str, value: Any) -> bool:
    try:
        return bool(column.read(before) == value)
    except Wrong:
        return False  # What is stored would not be taken today; the file says something else.


def _add(found: Findings, number: int | None, at: int | None, text: str, wrong: Wrong) -> None:
    if len(found.faults) < MOST_FAULTS:  # A file may hold millions: those that nobody is told are not put into words either.
        _keep_fault(found, number, at, text, in_each_language(wrong.sentence))


def _keep_fault(found: Findings, number: int | None, at: int | None, text: str, sentences: Mapping[str, str]) -> None:
    if len(found.faults) < MOST_FAULTS:
        column = letters(at + 1) if at is not None else ""
        found.faults.append({"row": number, "column": column, "at": at, "value": quoted(text), "says": dict(sentences)})
