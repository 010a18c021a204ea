"""How a figure comes about: a count of rows, a share of one count in another, a sum of money, what staff entered, or nothing yet."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from expo.editions.models import Edition, Statistic
from expo.editions.queries import statistic_rows
from matchmaking.agreements.queries.outcome import sum_in_fen
from matchmaking.agreements.queries.report.bases import LEDGER, ORIGIN, Base
from matchmaking.agreements.queries.report.shapes import NOTHING, Both
from matchmaking.agreements.wording import Words


@dataclass(frozen=True)
class Counted:
    """The number of rows of a base that meet the condition; with `by_origin`, of the different origins among them.

    `known` are the rows of which it is known whether they meet it: where there are none, nothing is said. Of `unknown` it is not known.
    """

    base: Base
    which: Q
    by_origin: bool = False
    known: Q | None = None
    unknown: Q | None = None

    def rows(self, edition: Edition) -> QuerySet[Any]:
        """Return exactly the rows that are counted; by origin one row for each, with the number of those from there."""
        rows = self.base.rows(edition).filter(self.which)
        return rows.order_by(ORIGIN).values(ORIGIN).annotate(number=Count("pk")) if self.by_origin else rows

    def aggregate(self) -> Any:
        """Return the expression that counts them."""
        return Count(ORIGIN, distinct=True, filter=self.which) if self.by_origin else Count("pk", filter=self.which)


@dataclass(frozen=True)
class Share:
    """One count as a share of another, in whole percents. Its rows are those of the part."""

    part: Counted
    whole: Counted

    def rows(self, edition: Edition) -> QuerySet[Any]:
        """Return the rows of the part."""
        return self.part.rows(edition)


@dataclass(frozen=True)
class Amount:
    """The sum of the disclosed amounts of all counted agreements and intentions, in a currency. Its rows are all of them."""

    currency: str

    def rows(self, edition: Edition) -> QuerySet[Any]:
        """Return all counted agreements and intentions, those that disclose nothing too."""
        return LEDGER.rows(edition)

    @staticmethod
    def aggregates() -> dict[str, Any]:
        """Return the sum in fen of what is disclosed, and how many disclose nothing."""
        return {"fen": sum_in_fen(), "undisclosed": Count("pk", filter=Q(is_undisclosed=True))}


@dataclass(frozen=True)
class Entered:
    """What staff entered of a metric. Its rows are the entries that hold."""

    key: str

    def rows(self, edition: Edition) -> QuerySet[Any]:
        """Return the entries that the figure comes from."""
        return statistic_rows(edition, self.key)


@dataclass(frozen=True)
class Uncounted:
    """A metric that nothing here counts, and why."""

    why: Both

    def rows(self, edition: Edition) -> QuerySet[Any]:
        """Return no rows."""
        return Statistic.objects.none()


How = Counted | Share | Amount | Entered | Uncounted


@dataclass(frozen=True)
class Measure:
    """A metric of the vocabulary as it is counted here.

    Attributes:
        key: the metric's.
        version: of the definition. It rises with every change of what is counted; a change between editions is said only within one.
        has_own_definition: the words differ from those under which figures were published, since what is counted differs.
        overlaps: one of several groups with common members: never added to another.
        words: the noun of its press wording; None where the figure stands alone.
        measure: the Chinese measure word where the figure stands alone.
    """

    key: str
    group: str
    unit: str
    name: Both
    unit_name: Both
    definition: Both
    how: How
    version: int = 1
    has_own_definition: bool = False
    overlaps: bool = False
    words: Words | None = None
    measure: str = ""
    note: Both = NOTHING

    def rows(self, edition: Edition) -> QuerySet[Any]:
        """Return the very rows that the figure counts."""
        return self.how.rows(edition)

    @property
    def is_share(self) -> bool:
        return isinstance(self.how, Share) or self.unit == "percent"

    @property
    def has_rows(self) -> bool:
        return not isinstance(self.how, Uncounted)
