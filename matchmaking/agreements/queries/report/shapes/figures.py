"""A figure of the report: logged, published, how far apart they are, and how it changed."""

from dataclasses import dataclass, field
from decimal import Decimal

from matchmaking.agreements.queries.report.shapes.texts import NOT_KEPT, NOTHING, Both


@dataclass(frozen=True)
class SourceShown:
    """A source under the number by which figures cite it; `link` is '' where it may not be linked."""

    number: int
    title: str
    publisher: str
    published_on: str
    link: str


@dataclass(frozen=True)
class Published:
    """A figure as somebody published it. `stands` marks the one that the logged figure is compared with."""

    value: Decimal
    qualifier: str  # exact, more_than, about, nearly, at_least, derived
    qualifier_name: Both
    text: Both  # digit for digit: "26%", "152 billion yuan"
    note: Both
    as_of: str
    cites: tuple[int, ...]
    is_preferred: bool
    reason: Both  # why it is preferred
    stands: bool


@dataclass(frozen=True)
class Difference:
    """The logged figure less the published one that stands.

    Attributes:
        unit: "count", "points" (of a share), "CNY" or "USD".
        percent: the difference in whole percents of the published figure, None for shares and where nothing can be said.
        holds: whether "more than", "at least" or "nearly" holds of the logged figure; None for the other qualifiers.
    """

    value: Decimal
    unit: str
    percent: int | None
    holds: bool | None
    words: Both


@dataclass(frozen=True)
class Change:
    """The logged figure against the previous edition's same figure by the same definition.

    Attributes:
        value: whole percents, or points for a share; below zero for a fall.
        unit: "percent" or "points".
        before, basis: the figure compared with, and whether that edition "logged" it or it was "published".
        against: the same said: "against the 515 published for the previous edition (First CISCE, 2023)".
    """

    value: int
    unit: str
    before: Decimal
    basis: str
    edition: str
    words: Both
    against: Both


@dataclass(frozen=True)
class Line:
    """One metric: what was logged, what was published, how far apart they are, and what the press may be told.

    Attributes:
        logged: exact; whole percents for a share. None where nothing was logged: then `why_not` says why.
        text: the press wording of the logged figure, with its change where one may be said. Empty where nothing was logged.
        part, whole: the two counts of a share. The rows of a share are its part.
        has_own_definition: the logged figure is not counted by the words under which figures were published: nothing published before it is
            ever compared with it as a change.
        overlaps: a group that overlaps with others: its figure is never added to another.
        why_no_change: why no change to the previous edition is said, where none is.
        has_rows, rows_address: whether rows can be asked for, and the page that lists them ('' for those who may not see any).
    """

    key: str
    name: Both
    unit: str
    unit_name: Both
    definition: Both
    version: int
    has_own_definition: bool
    overlaps: bool
    logged: Decimal | None
    text: Both
    why_not: Both = NOTHING
    part: int | None = None
    whole: int | None = None
    note: Both = NOTHING
    published: tuple[Published, ...] = ()
    published_definition: Both = NOTHING
    disagrees: bool = False
    difference: Difference | None = None
    change: Change | None = None
    why_no_change: Both = NOTHING
    has_demo: bool = False
    has_rows: bool = False
    rows_address: str = field(default="", metadata=NOT_KEPT)
    address: str = field(default="", metadata=NOT_KEPT)

    @property
    def is_logged(self) -> bool:
        return self.logged is not None

    @property
    def stands(self) -> Published | None:
        """The published figure that stands for the edition."""
        return next((one for one in self.published if one.stands), None)


@dataclass(frozen=True)
class Group:
    """Metrics of one subject, in the order of the vocabulary."""

    key: str
    name: Both
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Contradiction:
    """What published sources say differently, and how it was resolved. `metric` is '' where it is about no metric."""

    key: str
    metric: str
    topic: Both
    said: Both
    resolution: Both
