"""What a file may hold: which fields, of which model, told apart by which key. Types, lengths and choices are the model's own."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from expo.foundation.loading.values import Reader, reader_for

if TYPE_CHECKING:
    from expo.foundation.loading.plan import Plan, Row
    from expo.foundation.loading.problems import Problem

HERE = "*"
LANGUAGES = ("en", "zh")


class Care(Enum):
    """How to treat a row that people have worked on."""

    FILL = "only its empty columns are written"
    LEAVE = "nothing is written"


@dataclass(frozen=True)
class Cell:
    """One field of an entry: the column it goes to, or the two columns of a text in two languages."""

    name: str
    columns: tuple[tuple[str, str], ...]
    required: tuple[str, ...]
    readers: Mapping[str, Reader]


@dataclass(frozen=True)
class Link:
    """A field that names one row of another sheet, or several."""

    name: str
    column: Any
    several: bool
    required: bool


@dataclass(frozen=True, eq=False)
class Sheet:
    """The entries of one file, or of one field that lists entries inside others.

    Attributes:
        name: the file without ".yaml", or the field that lists the entries.
        key: the columns that tell rows apart; a reference to a row writes their values with "/" between.
        fields: what an entry may say; a text in two languages is one field with `en` and `zh` under it.
        parent: the column that points to the entry around this one.
        inherits: columns taken over from the entry around this one.
        always: columns that every row of the file gets.
        around: how the key of a reference is put together from the entry's own columns, "*" being what the file says.
        alike: columns by which a row that somebody made here is recognised as the same thing under another key.
        worked_out: columns that `finish` works out, each with the field that decides it.
        exclusive: the yes-or-no column that only one row of its kind may have.
        finish: called when a row is read, to work out further columns.
        check: looks at all rows together and yields what is wrong.
        care: of the rows that stand here already (id, and whether a file was their source) those that need care.
        before, after: called with the rows about to be written, and with the ids that were.
    """

    name: str
    model: type[models.Model]
    key: tuple[str, ...]
    fields: tuple[str, ...]
    parent: str = ""
    children: tuple["Sheet", ...] = ()
    inherits: tuple[str, ...] = ()
    always: Mapping[str, Any] = field(default_factory=dict)
    around: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    alike: tuple[str, ...] = ()
    worked_out: Mapping[str, str] = field(default_factory=dict)
    exclusive: str = ""
    finish: Callable[["Row", "Plan"], None] | None = None
    check: Callable[["Plan", list["Row"]], Iterable["Problem"]] | None = None
    care: Callable[[Mapping[int, bool]], Mapping[int, Care]] | None = None
    before: Callable[[list["Row"]], None] | None = None
    after: Callable[[list[int]], None] | None = None

    @property
    def meta(self) -> Any:
        """Django's description of the model."""
        return self.model._meta

    @property
    def manager(self) -> Any:
        return self.model._default_manager

    @property
    def stored(self) -> Any:
        """Every row of the model."""
        return self.manager.all()

    @property
    def kind(self) -> str:
        return str(self.meta.label)

    @property
    def title(self) -> str:
        return str(self.meta.verbose_name_plural)

    @cached_property
    def key_field(self) -> str:
        """The field that a message about the key points to."""
        column = self.key[-1]
        return column if column in self.fields else column.rpartition("_")[0]

    def column(self, name: str) -> Any:
        return self.meta.get_field(name)

    def field_of(self, column: str) -> str:
        """Return the field that decides a column: "name.en" for `name_en`."""
        for cell in self.cells.values():
            for name, part in cell.columns:
                if name == column:
                    return f"{cell.name}.{part}" if part else cell.name
        return self.worked_out.get(column, column)

    def empty(self, column: str) -> Any:
        """Return what the column holds when the file says nothing, as a plain value."""
        default = self.column(column).get_default()
        if default is None or default in ("", [], {}):
            return default
        readers = next((cell.readers for cell in self.cells.values() if column in cell.readers), None)
        return readers[column](default) if readers else default

    @cached_property
    def cells(self) -> dict[str, Cell]:
        """The fields that hold values, by name."""
        return {name: self._cell(name) for name in self.fields if name not in self.links}

    @cached_property
    def links(self) -> dict[str, Link]:
        """The fields that name rows of other sheets, by name."""
        return {name: link for name in self.fields if (link := self._link(name)) is not None}

    @cached_property
    def columns(self) -> list[str]:
        """Every column that the entry decides, references included."""
        own = [column for cell in self.cells.values() for column, _part in cell.columns]
        own += [*self.links, *self.inherits, *self.always, *self.worked_out]
        return own + [name for name in (self.parent,) if name and name not in own]

    @cached_property
    def counts(self) -> bool:
        """Whether the place of an entry in its list is kept, in the column `order`."""
        return "order" not in self.fields and any(column.name == "order" for column in self.meta.fields)

    def is_reference(self, column: str) -> bool:
        return bool(self.column(column).is_relation) and not self.is_list(column)

    def is_list(self, column: str) -> bool:
        return bool(self.column(column).many_to_many)

    def family(self) -> Iterator["Sheet"]:
        """This sheet and the ones inside it, outer before inner."""
        yield self
        for child in self.children:
            yield from child.family()

    def _link(self, name: str) -> Link | None:
        try:
            column = self.column(name)
        except FieldDoesNotExist:
            return None
        if not column.is_relation:
            return None
        several = bool(column.many_to_many)
        return Link(name, column, several, required=not column.blank and not (getattr(column, "null", False) and not several))

    def _cell(self, name: str) -> Cell:
        known = {column.name: column for column in self.meta.fields}
        pair = [] if name in known else [(f"{name}_{code}", code) for code in LANGUAGES if f"{name}_{code}" in known]
        columns = pair if len(pair) > 1 else [(pair[0][0] if pair else name, "")]
        required = tuple(column for column, _part in columns if column in self.key or _is_required(known[column]))
        return Cell(name, tuple(columns), required, {column: reader_for(known[column]) for column, _part in columns})


def _is_required(column: Any) -> bool:
    return not (column.blank or column.null or column.has_default())
