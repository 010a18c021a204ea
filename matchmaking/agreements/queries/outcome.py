"""What came of an edition: counts by kind, chain and country or region."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import BigIntegerField, Count, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Coalesce, NullIf, Round
from django.urls import reverse
from django_countries import countries

from expo.editions.models import Chain, Edition
from expo.editions.queries import rates_of
from matchmaking.agreements import rules
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries.hiding import Kinds, lines_that_hide_kinds
from matchmaking.agreements.rules import Person

SMALLEST_CELL = 5
COUNTRY_OF_PARTY = Coalesce("company__country", NullIf(F("country"), Value("")))


@dataclass(frozen=True)
class Cell:
    """One line of a breakdown: what it is about, how many, and where its rows are.

    Attributes:
        name: in the page's language; '' for what was too small to stand alone ("other").
        agreements, intentions: None when one of the two is too small to be told apart; `total` always holds.
        merged: how many lines were too small to stand alone, 0 for an ordinary line.
        trace: the address of exactly these rows for staff, '' for everyone else.
    """

    name: str
    total: int
    agreements: int | None
    intentions: int | None
    chain: Chain | None = None
    merged: int = 0
    trace: str = ""

    @property
    def bar(self) -> list[int]:
        """The parts of the line's bar: agreements, what is not told apart, intentions."""
        return [0, self.total, 0] if self.agreements is None or self.intentions is None else [self.agreements, 0, self.intentions]


@dataclass(frozen=True)
class Outcome:
    """What was logged in an edition: only what counts, neither drafts nor disputed or void ones."""

    agreements: int
    intentions: int
    undisclosed: int
    amount_cny: Decimal
    usd_rate: Decimal | None
    by_chain: list[Cell]
    by_country: list[Cell]
    has_demo: bool
    trace: str

    @property
    def total(self) -> int:
        return self.agreements + self.intentions

    @property
    def amount_usd(self) -> Decimal | None:
        """The amount in dollars at the edition's stated rate, None where it states none."""
        return self.amount_cny / self.usd_rate if self.usd_rate else None

    @property
    def hides_kinds(self) -> bool:
        """Whether some line by chain does not tell its kinds apart."""
        return any(cell.agreements is None for cell in self.by_chain)

    @property
    def largest_cell(self) -> int:
        """How many stand in the longest line by chain: the bars are drawn to it."""
        return max((cell.total for cell in self.by_chain), default=0)


def outcome(edition: Edition, *, visitor: Person) -> Outcome:
    """Count an edition's agreements by kind, chain and country or region of the parties, with totals in yuan and dollars.

    Agreements whose names or rows are not public are in the totals all the same. For everyone but staff, lines of fewer than
    five agreements (or, by country, fewer than five parties) are merged into one, and a line does not say its kinds when one
    of them is smaller than five. An agreement counts under every country that one of its parties is from, so that the lines
    by country do not add up. At most five queries, whatever the number of rows.
    """
    counted = Agreement.objects.filter(edition=edition).counted().order_by()
    traced = rules.may_trace(visitor)
    chains = _count_by_chain(counted)
    cells = [Cell(str(chain.short_name), kinds.total, kinds.agreements, kinds.intentions, chain=chain) for chain, kinds in chains]
    counts = [kinds for _chain, kinds in chains]
    return Outcome(
        agreements=sum(kinds.agreements for kinds in counts),
        intentions=sum(kinds.intentions for kinds in counts),
        undisclosed=sum(kinds.undisclosed for kinds in counts),
        amount_cny=in_yuan(sum(kinds.fen for kinds in counts)),
        usd_rate=rates_of(edition).get("USD"),
        by_chain=_with_traces(cells, edition) if traced else merge_small(cells),
        by_country=_country_cells(edition, counted, traced=traced),
        has_demo=any(kinds.demo for kinds in counts),
        trace=trace_address(edition) if traced else "",
    )


def trace_address(edition: Edition, **filters: Any) -> str:
    """Return the address of the admin's list of exactly the counted rows of the edition, narrowed by `filters`."""
    wanted = {"edition__id__exact": edition.pk, "counted": "yes", **filters}
    return f"{reverse('admin:agreements_agreement_changelist')}?{urlencode(wanted)}"


@dataclass(frozen=True)
class Counts:
    """What stands under one chain."""

    agreements: int
    intentions: int
    undisclosed: int
    demo: int
    fen: int

    @property
    def total(self) -> int:
        return self.agreements + self.intentions


def sum_in_fen(condition: Q | None = None) -> Sum:
    """Sum amounts in yuan as whole fen: exact on both databases, while SQLite sums decimals as floating point. None for no rows."""
    return Sum(Cast(Round(F("amount_cny") * 100), BigIntegerField()), filter=condition)


def in_yuan(fen: int | None) -> Decimal:
    """Return fen as yuan, zero for None."""
    return Decimal(fen or 0) / 100


def _count_by_chain(counted: QuerySet[Agreement]) -> list[tuple[Chain, Counts]]:
    """Return what stands under each chain, in the order of the chains. Two queries."""
    by_chain = counted.values_list("chain").annotate(
        agreements=Count("id", filter=Q(kind="agreement")),
        intentions=Count("id", filter=Q(kind="intention")),
        undisclosed=Count("id", filter=Q(is_undisclosed=True)),
        demo=Count("id", filter=Q(is_demo=True)),
        fen=sum_in_fen(),
    )
    rows = {chain: Counts(agreements, intentions, hidden, demo, fen or 0) for chain, agreements, intentions, hidden, demo, fen in by_chain}
    return [(chain, rows[chain.pk]) for chain in Chain.objects.filter(pk__in=rows)] if rows else []


def _with_traces(cells: Iterable[Cell], edition: Edition) -> list[Cell]:
    return [replace(cell, trace=trace_address(edition, chain__id__exact=cell.chain.pk)) for cell in cells if cell.chain]


def merge_small(cells: list[Cell]) -> list[Cell]:
    """Merge lines below five into one line, together with as many larger ones as it takes to hide each of them, and hide small kinds.

    A single small line merged alone would still be told by what is missing: it takes the next larger one with it. Where
    nothing would remain to stand beside the merged line, there is no breakdown at all.
    """
    small = sorted((cell for cell in cells if cell.total < SMALLEST_CELL), key=lambda cell: cell.total)
    large = sorted((cell for cell in cells if cell.total >= SMALLEST_CELL), key=lambda cell: cell.total)
    while small and large and (len(small) < 2 or sum(cell.total for cell in small) < SMALLEST_CELL):  # noqa: PLR2004 - one alone hides nothing
        small.append(large.pop(0))
    if small and not large:
        return []
    kept = [cell for cell in cells if cell in large]
    lines = [Kinds(cell.agreements or 0, cell.intentions or 0) for cell in kept]
    if small:
        rest = Kinds(sum(cell.agreements or 0 for cell in small), sum(cell.intentions or 0 for cell in small), may_tell=False)
        lines.append(rest)
        kept.append(Cell("", rest.total, rest.agreements, rest.intentions, merged=len(small)))
    hidden = lines_that_hide_kinds(lines)
    return [replace(cell, agreements=None, intentions=None) if number in hidden else cell for number, cell in enumerate(kept)]


def _country_cells(edition: Edition, counted: QuerySet[Agreement], *, traced: bool) -> list[Cell]:
    parties = Party.objects.filter(agreement__in=counted).annotate(origin=COUNTRY_OF_PARTY).order_by()
    rows = parties.values("origin").annotate(
        total=Count("agreement", distinct=True),
        agreements=Count("agreement", distinct=True, filter=Q(agreement__kind="agreement")),
        intentions=Count("agreement", distinct=True, filter=Q(agreement__kind="intention")),
        companies=Count("company", distinct=True) + Count("outside_key", distinct=True, filter=Q(company=None)),
    )
    listed: list[dict[str, Any]] = sorted(map(dict, rows), key=lambda row: (-row["total"], row["origin"]))
    if traced:
        return [_country_cell(row, trace_address(edition, country=row["origin"])) for row in listed]
    kept = [row for row in listed if min(row["total"], row["companies"]) >= SMALLEST_CELL]
    small = [row["origin"] for row in listed if row not in kept]
    if len(small) == 1 and kept:
        small.append(kept.pop()["origin"])
    if not kept:
        return []
    # An agreement is under two countries or more: what one line keeps back, the others would tell.
    cells = [replace(_country_cell(row), agreements=None, intentions=None) for row in kept]
    if small:
        others = parties.filter(origin__in=small).aggregate(total=Count("agreement", distinct=True))["total"]
        if others >= SMALLEST_CELL:
            cells.append(Cell("", others, None, None, merged=len(small)))
    return cells


def _country_cell(row: dict[str, Any], trace: str = "") -> Cell:
    return Cell(str(countries.name(row["origin"])), row["total"], row["agreements"], row["intentions"], trace=trace)
