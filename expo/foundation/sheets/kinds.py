"""What kinds of spreadsheets there are. Each room names its own in its `sheets.py`; `settings.SHEETS` lists those modules."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404

from expo.foundation.sheets.columns import Column, Words

if TYPE_CHECKING:
    from expo.accounts.models import User

Report = Callable[[int, str, Exception], None]


@dataclass(frozen=True)
class Scope:
    """What a spreadsheet is about, and for whom: a registration's offers, an edition's booths."""

    by: "User"
    row: Any
    company_id: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """A row as the file states it: its number, and its cells by the key of their column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Entry:
    """What a row comes to: a new row of the table (`pk` None) or a changed one, with the values that are set."""

    number: int
    pk: Any
    values: Mapping[str, Any]
    stamp: str = ""


class Sheet:
    """One kind of spreadsheet. A room's subclass says what the columns are, which row is meant, what is refused and how it is stored."""

    name = ""
    title: Words = ""
    # What a file of it is called, and how many rows it may change at once.
    most_changes = 100_000
    takes_imports = True
    # A check does what a row says, and undoes it: that many rows change is told before the first is tried.
    tries_rows = False
    # Of the organiser's desk: its door asks for more than being staff.
    is_desk = False
    # Questions on the page of the upload: by key the question, and (value, words) of the answers, the first one by default.
    choices: Mapping[str, tuple[Words, Sequence[tuple[str, Words]]]] = {}

    def scope(self, by: "User", scope_id: int, options: Mapping[str, Any]) -> Scope | None:
        """Return what is meant, or None where there is no such thing for this person."""
        raise NotImplementedError

    def about(self, scope: Scope) -> str:
        """Say in a few words what the sheet is about: whose, of which edition."""
        return str(scope.row)

    def home(self, scope: Scope) -> str:
        """Return the address that shows what was stored."""
        raise NotImplementedError

    def columns(self, scope: Scope) -> list[Column]:
        """Return the columns in their order."""
        raise NotImplementedError

    def find(self, rows: Sequence[Given], scope: Scope, report: Report) -> Mapping[int, Any]:
        """Return the rows of the table that are meant, by the number of the file's row; one that is not named is new.

        `report(number, key, Wrong(...))` tells of a row that names something that is not there, or twice the same.
        """
        raise NotImplementedError

    def faults(self, row: Any, values: Mapping[str, Any], scope: Scope) -> Mapping[str, Sequence[str]]:
        """Return what does not hold beyond single cells: sentences in the active language, by the key of a column."""
        return {}

    def completed(self, row: Any, values: dict[str, Any], scope: Scope) -> dict[str, Any]:
        """Return the values that are stored; more of them where a choice on the page asks for it. Nothing means unchanged."""
        return values

    def stamp(self, row: Any) -> str:
        """Return a text that is another one once somebody changed the row of the table."""
        return ""

    def store(self, entries: Sequence[Entry], scope: Scope) -> None:
        """Store all entries inside the caller's transaction, or raise what the room refuses."""
        raise NotImplementedError

    def prepare(self, entries: Sequence[Entry], scope: Scope, say: Callable[[int], None]) -> Callable[[], None]:
        """Do all that can be done before the transaction, and return what stores the entries inside of it. `say` tells of rows done."""
        return lambda: self.store(entries, scope)

    def rows(self, scope: Scope) -> Iterable[Any]:
        """Yield the rows of an export, in a fixed order."""
        raise NotImplementedError

    def count(self, scope: Scope) -> int:
        """Return how many rows an export has. One query."""
        raise NotImplementedError


@cache
def kinds() -> dict[str, Sheet]:
    """Return every kind by its name."""
    found: list[Sheet] = [sheet for module in settings.SHEETS for sheet in import_module(module).SHEETS]
    return {sheet.name: sheet for sheet in found}


def kind_named(name: str) -> Sheet:
    """Return the kind. Raises Http404."""
    if name not in kinds():
        raise Http404
    return kinds()[name]
