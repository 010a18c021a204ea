"""The rows under a figure."""

from dataclasses import dataclass
from decimal import Decimal

from matchmaking.agreements.queries.report.shapes.texts import Both


@dataclass(frozen=True)
class Column:
    """A column of the rows under a figure. `kind` is "text", "number", "money" (yuan), "day" or "moment"."""

    key: str
    name: Both
    kind: str = "text"


@dataclass(frozen=True)
class RowShown:
    """One row under a figure: its values in the order of the columns, its page ('' where it has none for the visitor), and whether it is invented."""

    values: tuple[str | int | Decimal | None, ...]
    address: str
    is_demo: bool = False


@dataclass(frozen=True)
class Drilled:
    """The rows under a figure, a page of them. `total` is the number that the figure counts: `shown` of them the visitor may see, `hidden` not.

    For an amount `total` counts the agreements, and `amount` is the sum; for a share the rows are its part, and `whole` what it is a part of.
    """

    key: str
    columns: tuple[Column, ...]
    rows: tuple[RowShown, ...]
    total: int
    shown: int
    whole: int | None = None
    amount: Decimal | None = None

    @property
    def hidden(self) -> int:
        """How many more there are that are not shown."""
        return self.total - self.shown
