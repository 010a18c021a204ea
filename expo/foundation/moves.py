"""The checker of moves: state fields change only along a printed table."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import IllegalMove

Row = TypeVar("Row", bound=models.Model)


class Moves:
    """A table of legal moves: verb -> (states it may start from, state it leads to; None where the state stays)."""

    def __init__(self, table: Mapping[str, tuple[frozenset[str] | set[str], str | None]]) -> None:
        self.table = dict(table)

    def leads_to(self, verb: str, state: str) -> str:
        """Return the state that `verb` leads to from `state`.

        Raises:
            IllegalMove: the table has no such move.
        """
        starts, end = self.table[verb]
        if state not in starts:
            raise IllegalMove(_("This step is not possible from the present state."))
        return state if end is None else end

    def verbs_from(self, state: str) -> list[str]:
        """Return the verbs that are legal in `state`, in the order of the table."""
        return [verb for verb, (starts, _end) in self.table.items() if state in starts]

    def pairs(self) -> Iterator[tuple[str, str, str]]:
        """Yield every legal (verb, from, to)."""
        for verb, (starts, end) in self.table.items():
            for start in sorted(starts):
                yield verb, start, start if end is None else end


def locked(row: Row) -> Row:
    """Read the row again under a lock, inside the caller's transaction (SQLite has locked at BEGIN already)."""
    return type(row)._default_manager.select_for_update().get(pk=row.pk)
