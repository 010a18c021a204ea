"""Columns of a spreadsheet, declared once: how each is headed, what may stand in it, how it is read and how it is written."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from expo.foundation.bilingual import in_each_language
from expo.foundation.sheets.inert import NUMBER

Words = str | Promise
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
GROUPED = re.compile(r"[+-]?\d{1,3}([,\s'’]\d{3})+(\.\d+)?")
GROUP_MARKS = re.compile(r"[,\s'’]")
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
HOUR = re.compile(r"(\S+)[ T](\d{1,2}):(\d{2})(?::00)?")
SEPARATORS = re.compile(r"[,;，；、\n]+")
LONGEST_QUOTE = 40
LONGEST_NUMBER = 60
YES, NO = _("yes"), _("no")


class Wrong(Exception):
    """A cell does not hold what its column asks for: a sentence that says what was expected."""

    def __init__(self, words: Words, **params: object) -> None:
        self.words, self.params = words, params
        super().__init__(words)

    def sentence(self) -> str:
        """Return the sentence in the active language."""
        return str(self.words) % self.params if self.params else str(self.words)


@dataclass(frozen=True)
class Option:
    """A permitted value: what is stored, how it is written, in which other words it is understood, and how a sentence
    names it where that depends on the language it is read in."""

    value: Any
    written: str
    names: tuple[str, ...] = ()
    note: Words = ""
    said: Words = ""


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: its name in the code, also taken as a heading.
        label: its heading, taken in every language of the site.
        get: from a row of the table, the value that `write` puts into words.
        is_told: written in exports, passed over in imports.
        is_remark: it goes with a change, and is none by itself.
        is_sign: a row is known by it, and nothing is set by it: left empty, it says nothing of a row that is known otherwise.
        is_number: `write` gives plain numbers, which an .xlsx may hold as numbers.
        options: the permitted values, for the list beside a template; a column that `takes_one` gets a drop-down.
    """

    key: str
    label: Words
    help: Words = ""
    required: bool = False
    is_told: bool = False
    is_number: bool = False
    longest: int = 0
    get: Callable[[Any], Any] | None = None
    options: Callable[[], Sequence[Option]] | None = None
    width: int = 18
    takes_one: bool = False
    is_sign: bool = False
    is_remark: bool = False

    def read(self, text: str) -> Any:
        """Return what the cell means. Raises Wrong."""
        raise NotImplementedError

    def write(self, value: Any) -> str:
        """Return the value as a cell's text, '' for none: what `read` reads back as the same value."""
        return "" if value is None else str(value)

    def of(self, row: Any) -> str:
        """Return the cell's text for a row of the table."""
        return clean(self.write(self.get(row) if self.get else getattr(row, self.key)))

    @cached_property
    def headings(self) -> frozenset[str]:
        """What may stand above the column, folded."""
        return frozenset(map(fold, (self.key, *in_each_language(self.label.__str__).values())))


def clean(text: str) -> str:
    """Return a cell's text as it counts: without what stands around it, with one kind of line break."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def fold(text: str) -> str:
    """Return what a heading or a name is compared by: width, case, spaces and a star for "required" do not count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("*", " ").split())


def quoted(text: str) -> str:
    """Return the beginning of a cell's text, to stand in a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"


@dataclass(frozen=True)
class Text(Column):
    one_line: bool = True

    def read(self, text: str) -> str:
        if UNREADABLE.search(text):
            raise Wrong(_("It holds a character that cannot be read. Type it anew."))
        if self.longest and len(text) > self.longest:
            raise Wrong(_("At most %(most)s signs; these are %(length)s."), most=self.longest, length=len(text))
        return " ".join(text.split()) if self.one_line else text


@dataclass(frozen=True)
class Told(Text):
    """What an export tells besides; an import passes over it."""

    is_told: bool = True


@dataclass(frozen=True)
class Amount(Column):
    places: int = 3
    digits: int = 18
    least: Decimal | None = None
    is_number: bool = True

    def read(self, text: str) -> Decimal | None:
        if not text:
            return None
        value = number(text)
        if value is None:
            raise Wrong(_("“%(value)s” is not a number. Expected: digits only, for example 12000 or 7.25."), value=quoted(text))
        if self.least is not None and value < self.least:
            raise Wrong(_("Expected: %(least)s or more."), least=self.least)
        if _places(value) > self.places:
            raise Wrong(_("Expected: at most %(places)s digits after the point."), places=self.places)
        if value >= Decimal(10) ** (self.digits - self.places):
            raise Wrong(_("Expected: a number below 10 to the power of %(digits)s."), digits=self.digits - self.places)
        return value

    def write(self, value: Any) -> str:
        return "" if value is None else written_number(value)


@dataclass(frozen=True)
class Whole(Column):
    least: int = 0
    most: int = 2_147_483_647
    is_number: bool = True

    def read(self, text: str) -> int | None:
        if not text:
            return None
        value = number(text)
        if value is None or value != value.to_integral_value():
            raise Wrong(_("“%(value)s” is not a whole number. Expected: %(least)s to %(most)s."), value=quoted(text), **self._bounds)
        if not self.least <= value <= self.most:
            raise Wrong(_("Expected: a whole number, %(least)s to %(most)s."), **self._bounds)
        return int(value)

    @property
    def _bounds(self) -> dict[str, int]:
        return {"least": self.least, "most": self.most}


@dataclass(frozen=True)
class Day(Column):
    def read(self, text: str) -> date | None:
        if not text:
            return None
        found = DAY.fullmatch(text.removesuffix(" 00:00"))
        try:
            return date(int(found[1]), int(found[2]), int(found[3])) if found else self._no(text)
        except ValueError:
            return self._no(text)

    def write(self, value: Any) -> str:
        return "" if value is None else value.isoformat()

    @staticmethod
    def _no(text: str) -> date:
        raise Wrong(_("“%(value)s” is not a day. Expected: year-month-day, for example 2027-06-20."), value=quoted(text))


@dataclass(frozen=True)
class Moment(Column):
    """A day and an hour in a time zone of its own; read as an aware time."""

    zone: str = "UTC"

    def read(self, text: str) -> datetime | None:
        if not text:
            return None
        found = HOUR.fullmatch(text)
        try:
            day = Day("day", "").read(found[1]) if found else None
            if found and day is not None:
                return datetime(day.year, day.month, day.day, int(found[2]), int(found[3]), tzinfo=ZoneInfo(self.zone))
        except (Wrong, ValueError):
            pass
        raise Wrong(_("“%(value)s” is not a day with an hour. Expected, for example: 2027-06-20 09:30."), value=quoted(text))

    def write(self, value: Any) -> str:
        return "" if value is None else value.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M")


@dataclass(frozen=True)
class Flag(Column):
    takes_one: bool = True

    def read(self, text: str) -> bool:
        folded = fold(text)
        if not folded or folded in _words("no", NO) | {"n", "false", "0", "否"}:
            return False
        if folded in _words("yes", YES) | {"y", "true", "1", "x", "是"}:
            return True
        raise Wrong(_("“%(value)s” is neither yes nor no."), value=quoted(text))

    def write(self, value: Any) -> str:
        return "" if value is None else str(YES if value else NO)


@dataclass(frozen=True)
class Names(Column):
    """Several names, with semicolons or commas between them; read as a tuple in their order."""

    most: int = 20

    def read(self, text: str) -> tuple[str, ...]:
        if UNREADABLE.search(text):
            raise Wrong(_("It holds a character that cannot be read. Type it anew."))
        parts = re.split(r"[;；\n]+", text) if re.search(r"[;；\n]", text) else SEPARATORS.split(text)
        names = tuple(" ".join(part.split()) for part in parts if part.strip())
        if len(names) > self.most:
            raise Wrong(_("Expected: at most %(most)s."), most=self.most)
        if self.longest and any(len(name) > self.longest for name in names):
            raise Wrong(_("Expected: names of at most %(most)s signs."), most=self.longest)
        return names

    def write(self, value: Any) -> str:
        return "; ".join(value or ())


def number(text: str) -> Decimal | None:
    """Return the number that a cell states, "12,000" and "12 000" as people mean them, or None."""
    plain = GROUP_MARKS.sub("", text) if GROUPED.fullmatch(text) else text
    if len(plain) > LONGEST_NUMBER or not NUMBER.fullmatch(plain):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


def written_number(value: Any) -> str:
    """Return a number without an exponent and without noughts at its end: 7.2500 -> "7.25"."""
    return f"{Decimal(value).normalize():f}"


def in_cell(value: str | int | Decimal | None) -> str:
    """Return a text or a number as it stands in a cell, "" for nothing."""
    return "" if value is None else value if isinstance(value, str) else written_number(value)


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _words(key: str, words: Promise) -> set[str]:
    return {key, *map(fold, in_each_language(words.__str__).values())}
