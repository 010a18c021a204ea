"""The ledger of an edition by one thing at a time: days, chains, kinds, countries, directions."""

from dataclasses import dataclass, field
from decimal import Decimal

from matchmaking.agreements.queries.report.shapes.texts import NOT_KEPT, NOTHING, Both


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

    def end_of(self, link: Link) -> tuple[str, str]:
        """Return chain and segment to which one of its links leads."""
        return (link.customer_chain or self.key, link.customer)


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

    @property
    def station_names(self) -> dict[tuple[str, str], Both]:
        """The names of all stations, by chain and segment."""
        return {(line.key, station.key): station.name for line in self.chain_lines for station in line.stations}
