"""What the closing report is made of. Frozen dataclasses, every text in both languages: page, API, command and press kit read these alone.

They hold texts, whole numbers and exact decimals only, so that `keeping` can write a report down and read it back without computing anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from expo.foundation.bilingual import is_chinese

NOT_KEPT: dict[str, Any] = {
    "kept": False
}  # Addresses of a live page: they say nothing of the figures, and are left out of a frozen report.


@dataclass(frozen=True)
class Both:
    """A text in both languages; as a string it is the one of the page."""

    en: str = ""
    zh: str = ""

    def __str__(self) -> str:
        return (self.zh or self.en) if is_chinese() else (self.en or self.zh)

    def __bool__(self) -> bool:
        return bool(self.en or self.zh)

    def of(self, language: str) -> str:
        """Return the text in "en" or "zh"."""
        return self.zh if language == "zh" else self.en


NOTHING = Both()


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


@dataclass(frozen=True)
class Cell:
    """One line of a breakdown.

    Attributes:
        key: the day (ISO), the chain's slug, the kind, the country's code; '' for what was too small to stand alone.
        total: how many agreements and intentions.
        agreements, intentions, undisclosed, amount_cny: None where they are too small to be told.
        merged: how many lines were too small to stand alone, 0 for an ordinary line.
        code, colour: of a chain.
        rows_address: for staff, the ledger's list of exactly these rows.
    """

    key: str
    name: Both
    total: int
    agreements: int | None = None
    intentions: int | None = None
    undisclosed: int | None = None
    amount_cny: Decimal | None = None
    merged: int = 0
    code: str = ""
    colour: str = ""
    rows_address: str = field(default="", metadata=NOT_KEPT)


@dataclass(frozen=True)
class Breakdown:
    """The counted agreements and intentions by one thing.

    Attributes:
        adds_up: whether the lines are parts of `total`: then their totals (and amounts) sum to it exactly. By country they overlap.
        withheld: why there are no lines although there are rows.
        amount_cny, undisclosed: of all lines, for the amounts by chain.
    """

    key: str
    name: Both
    note: Both
    total: int
    adds_up: bool
    cells: tuple[Cell, ...]
    withheld: Both = NOTHING
    amount_cny: Decimal | None = None
    undisclosed: int | None = None

    @property
    def largest(self) -> int:
        return max((cell.total for cell in self.cells), default=0)


@dataclass(frozen=True)
class Flow:
    """Agreements from a supplier's country or region to a customer's; both codes '' for what was too small to stand alone."""

    supplier: str
    customer: str
    supplier_name: Both
    customer_name: Both
    total: int
    merged: int = 0


@dataclass(frozen=True)
class Flows:
    """Who supplies whom, by country or region. One agreement may be in several flows: they are not added up.

    `directed` have a supplier and a customer; `undirected` do not say who supplies whom. None where one of the two is too small to be told.
    """

    note: Both
    flows: tuple[Flow, ...]
    directed: int | None
    undirected: int | None
    withheld: Both = NOTHING


@dataclass(frozen=True)
class Station:
    """A segment of a chain with the agreements on what is made there; None where too small to be told."""

    key: str
    name: Both
    stage: str
    total: int | None


@dataclass(frozen=True)
class Link:
    """From a segment to one that uses what it makes (of the same chain or another, `customer_chain`). Links of one segment overlap."""

    supplier: str
    customer: str
    customer_chain: str
    total: int | None


@dataclass(frozen=True)
class ChainLine:
    """A chain with its agreements: stations, `elsewhere` (no segment named) and `hidden` (too small to be told, in one sum) add up to `total`.

    `total` is None where the chain is too small to be told: then nothing on it is.
    """

    key: str
    code: str
    colour: str
    name: Both
    total: int | None
    stations: tuple[Station, ...]
    links: tuple[Link, ...]
    elsewhere: int | None
    hidden: int


@dataclass(frozen=True)
class Breakdowns:
    """All breakdowns of an edition's ledger."""

    by_kind: Breakdown
    by_day: Breakdown
    by_chain: Breakdown
    by_country: Breakdown
    amount_by_chain: Breakdown
    flows: Flows
    chain_lines: tuple[ChainLine, ...]

    @property
    def counts(self) -> tuple[Breakdown, ...]:
        """The four breakdowns of numbers, in the order in which they are read."""
        return (self.by_kind, self.by_day, self.by_chain, self.by_country)


@dataclass(frozen=True)
class Point:
    """A metric in one edition: what was logged (None for nothing), and the published figure that stands (None for none)."""

    edition: str
    name: Both
    metric: str
    logged: Decimal | None
    version: int
    published: Decimal | None
    qualifier: str
    qualifier_name: Both
    published_text: Both
    is_this: bool = False

    @property
    def best(self) -> Decimal | None:
        """The logged figure, else the published one."""
        return self.published if self.logged is None else self.logged


@dataclass(frozen=True)
class Series:
    """A metric across editions, oldest first. `note` says where points are counted by different definitions, or are no exact figures."""

    key: str
    name: Both
    unit: str
    unit_name: Both
    definition: Both
    points: tuple[Point, ...]
    note: Both = NOTHING

    @property
    def metrics(self) -> set[str]:
        """The metrics that its points are of: more than one where editions were published by different ones."""
        return {point.metric for point in self.points}


@dataclass(frozen=True)
class Report:
    """The closing report of an edition. `view` is "staff" for those who may trace every row, else "public"."""

    edition: str
    title: Both
    short: Both
    dates: Both
    place: Both
    view: str
    definitions: str
    previous: str
    groups: tuple[Group, ...]
    breakdowns: Breakdowns
    series: tuple[Series, ...]
    contradictions: tuple[Contradiction, ...]
    sources: tuple[SourceShown, ...]
    has_demo: bool
    logs_agreements: bool

    @property
    def lines(self) -> Iterator[Line]:
        """All lines in their order."""
        return (line for group in self.groups for line in group.lines)

    def line(self, key: str) -> Line | None:
        """Return the line of a metric, None where the report has none."""
        return next((line for line in self.lines if line.key == key), None)


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
