"""The counted agreements of an edition by kind, day, chain and country, and their amounts by chain. Staff see every line, others what may be told."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from babel.dates import format_date
from django.db.models import Q

from expo.editions.models import Chain, Edition
from expo.foundation.countries import names_of_country
from matchmaking.agreements.queries.hiding import Bin, Kinds, Split, few, large, lines_that_hide_kinds, split, union, veiled
from matchmaking.agreements.queries.outcome import in_yuan, trace_address
from matchmaking.agreements.queries.report.facts import Fact, binned
from matchmaking.agreements.queries.report.shapes import NOTHING, Both, Breakdown, Cell

REST = Both("Others, too small to stand alone", "其他（数量过少，不单列）")
TOO_SMALL = Both("Too few to be broken down without telling who they are.", "数量过少，为不泄露签约方，不予细分。")
NO_COUNTRY = Both("not stated", "未注明")
EVERY_ONE = Both("Each agreement and intention is counted once.", "每项协议和意向计一次。")
BY_COUNTRY = Both(
    "An agreement counts under every country or region that one of its parties is from: the lines overlap and are not added up.",
    "一项协议计入其各签约方所在的每个国家和地区：各项互有重叠，不可相加。",
)
AMOUNTS = Both(
    "Disclosed amounts in yuan; those that disclose nothing are counted and left out of the sum.",
    "已披露金额，以人民币计；未披露金额的只计项数，不计入总额。",
)


@dataclass
class Ledger:
    """What breakdowns are made of: the edition, its facts, the chains by key, and whether every line may be told."""

    edition: Edition
    facts: Sequence[Fact]
    chains: dict[int, Chain]
    traced: bool

    @cached_property
    def by_pk(self) -> dict[int, Fact]:
        """The facts by the key of their agreement."""
        return {fact.pk: fact for fact in self.facts}

    @cached_property
    def placed(self) -> Sequence[Fact]:
        """The facts of which it may be told where their parties are from."""
        return self.facts if self.traced else without_few_nameless(self.facts)

    def of(self, one: Bin) -> list[Fact]:
        """Return the facts in a bin."""
        return [self.by_pk[pk] for pk in one.agreements]

    def address(self, **filters: Any) -> str:
        """Return the list of exactly these rows for those who may trace them, else ''."""
        return trace_address(self.edition, **filters) if self.traced else ""


def without_few_nameless(facts: Sequence[Fact]) -> Sequence[Fact]:
    """Return the facts without those that the public list does not name, where they are few: beside it, a line with them would tell where they are from."""
    named = [fact for fact in facts if fact.is_named]
    return named if few(len(facts) - len(named)) else facts


def chains_of(edition: Edition, facts: Sequence[Fact]) -> dict[int, Chain]:
    """Return the chains of the edition and those that agreements are under, in their order. One query."""
    rows = Chain.objects.filter(Q(areas__edition=edition) | Q(pk__in={fact.chain for fact in facts})).distinct()
    return {chain.pk: chain for chain in rows.order_by("order", "code")}


def by_kind(ledger: Ledger) -> Breakdown:
    """Return both kinds: their totals are always said."""
    agreements = sum(fact.is_agreement for fact in ledger.facts)
    intentions = len(ledger.facts) - agreements
    cells = (
        Cell("agreement", Both("Agreements", "协议"), agreements, agreements, 0, rows_address=ledger.address(kind__exact="agreement")),
        Cell("intention", Both("Intentions", "意向"), intentions, 0, intentions, rows_address=ledger.address(kind__exact="intention")),
    )
    return Breakdown("kind", Both("By kind", "按类别"), EVERY_ONE, len(ledger.facts), adds_up=True, cells=cells if ledger.facts else ())


def by_day(ledger: Ledger) -> Breakdown:
    """Return the days of the edition, and every other day on which something was signed."""
    bins = binned(ledger.facts, lambda fact: [fact.day.isoformat()])
    days = sorted({*bins, *(day.isoformat() for day in _days(ledger.edition))}) if bins else []

    def cell(key: str) -> Cell:
        day = datetime.date.fromisoformat(key)
        address = ledger.address(signed_on__year=day.year, signed_on__month=day.month, signed_on__day=day.day)
        return Cell(key, _day_name(day), 0, rows_address=address)

    return _parts(ledger, "day", Both("By day", "按日期"), [bins.get(day, Bin(day)) for day in days], cell)


def by_chain(ledger: Ledger) -> Breakdown:
    """Return the chains that agreements are under."""
    return _parts(ledger, "chain", Both("By chain", "按链"), _chain_bins(ledger), lambda key: _chain_cell(ledger, key))


def _chain_bins(ledger: Ledger) -> list[Bin]:
    bins = binned(ledger.facts, lambda fact: [str(fact.chain)])
    return [bins[str(pk)] for pk in ledger.chains if str(pk) in bins]


def _chain_cell(ledger: Ledger, key: str) -> Cell:
    chain = ledger.chains[int(key)]
    name = Both(chain.short_name_en, chain.short_name_zh or chain.short_name_en)
    return Cell(chain.slug, name, 0, code=chain.code, colour=chain.colour, rows_address=ledger.address(chain__id__exact=chain.pk))


def _parts(ledger: Ledger, key: str, name: Both, bins: list[Bin], cell: Callable[[str], Cell]) -> Breakdown:
    """Return lines that are parts of the total: every agreement is under one of them."""
    found = Split(tuple(bins)) if ledger.traced else split(bins, large)
    lines = [(cell(one.key), one) for one in found.shown]
    if found.merged:
        lines.append((Cell("", REST, 0, merged=len(found.merged)), found.rest))
    cells = _with_counts(ledger, lines)
    return Breakdown(key, name, EVERY_ONE, len(ledger.facts), adds_up=True, cells=cells, withheld=TOO_SMALL if found.withheld else NOTHING)


def _with_counts(ledger: Ledger, lines: list[tuple[Cell, Bin]]) -> tuple[Cell, ...]:
    kinds = []
    for cell, one in lines:
        agreements = sum(fact.is_agreement for fact in ledger.of(one))
        kinds.append(Kinds(agreements, one.size - agreements, may_tell=not one.size or (one.has_company and not cell.merged)))
    hidden = set() if ledger.traced else lines_that_hide_kinds(kinds)
    return tuple(
        replace(
            cell,
            total=kind.total,
            agreements=None if number in hidden else kind.agreements,
            intentions=None if number in hidden else kind.intentions,
            undisclosed=sum(fact.fen is None for fact in ledger.of(one)) if ledger.traced else None,
        )
        for number, ((cell, one), kind) in enumerate(zip(lines, kinds, strict=True))
    )


def by_country(ledger: Ledger) -> Breakdown:
    """Return the countries and regions of the parties, the largest first. Lines overlap; others than staff are told no kinds."""
    bins, found = country_split(ledger)
    cells = [_country_cell(ledger, one) for one in found.shown]
    if found.merged:
        cells.append(Cell("", REST, found.rest.size, merged=len(found.merged)))
    withheld = TOO_SMALL if found.withheld and bins else NOTHING
    return Breakdown(
        "country",
        Both("By country and region", "按国家和地区"),
        with_left_out(BY_COUNTRY, len(ledger.facts) - len(ledger.placed)),
        len(ledger.facts),
        adds_up=False,
        cells=tuple(cells),
        withheld=withheld,
    )


def with_left_out(note: Both, number: int) -> Both:
    """Return the note, with how many are left out where some are."""
    if not number:
        return note
    one = number == 1
    english = f"Left out: {number} that {'does' if one else 'do'} not name {'its' if one else 'their'} parties."
    return Both(f"{note.en} {english}", f"{note.zh}另有{number}项未公开签约方，不计入。")


def country_split(ledger: Ledger) -> tuple[list[Bin], Split]:
    """Return the countries and regions with their agreements and own parties, and which of them may be told."""
    bins: dict[str, Bin] = {}
    for fact in ledger.placed:
        for party in fact.parties:
            one = bins.setdefault(party.country, Bin(party.country))
            one.agreements.add(fact.pk)
            one.parties.add(party.who)
            if not fact.is_named:
                one.unnamed.add(fact.pk)
    listed = sorted(bins.values(), key=lambda one: (-one.size, one.key))
    return listed, Split(tuple(listed)) if ledger.traced else split(listed, veiled(union(listed)))


def _country_cell(ledger: Ledger, one: Bin) -> Cell:
    cell = Cell(one.key, country_name(one.key), one.size)
    if not ledger.traced:
        return cell
    agreements = sum(fact.is_agreement for fact in ledger.of(one))
    return replace(cell, agreements=agreements, intentions=one.size - agreements, rows_address=ledger.address(country=one.key))


def country_name(code: str) -> Both:
    """Return a country's or region's name in both languages."""
    return Both(*names_of_country(code)) if code else NO_COUNTRY


def amount_by_chain(ledger: Ledger) -> Breakdown:
    """Return the disclosed amounts by chain, to the fen.

    For others than staff the lines are those by chain, merged further until five agreements and five parties stand behind each amount.
    """
    bins = _chain_bins(ledger)
    total = Breakdown(
        "amount", Both("Amount by chain", "各链金额"), AMOUNTS, len(ledger.facts), adds_up=True, cells=(),
        amount_cny=_yuan(ledger.facts), undisclosed=sum(fact.fen is None for fact in ledger.facts),
    )  # fmt: skip
    if ledger.traced:
        return replace(total, cells=tuple(_amount_cell(ledger, _chain_cell(ledger, one.key), one) for one in bins))
    coarse = split(bins, large)
    lines = [*coarse.shown, *([coarse.rest] if coarse.merged else [])]
    kept, merged = _with_enough_behind(ledger, lines)
    if coarse.withheld or (merged and not kept):
        return replace(total, withheld=TOO_SMALL if ledger.facts else NOTHING)
    cells = [_amount_cell(ledger, _chain_cell(ledger, one.key), one) for one in kept]
    if merged:
        chains = sum(len(coarse.merged) if one.key == "" else 1 for one in merged)
        cells.append(_amount_cell(ledger, Cell("", REST, 0, merged=chains), union(merged)))
    return replace(total, cells=tuple(cells))


def _with_enough_behind(ledger: Ledger, lines: list[Bin]) -> tuple[list[Bin], list[Bin]]:
    """Return the lines whose amounts may be told, and those to be merged: the line of the others always among them."""

    def disclosing(one: Bin) -> Bin:
        facts = [fact for fact in ledger.of(one) if fact.fen is not None]
        who = {party.who for fact in facts for party in fact.parties}
        return Bin(one.key, {fact.pk for fact in facts}, who, {fact.pk for fact in facts if not fact.is_listed})

    enough = veiled(disclosing(union(lines)))

    def alone(one: Bin) -> bool:
        return bool(one.key) and enough(disclosing(one)) and not few(len(disclosing(one).unnamed))

    merged = [one for one in lines if not alone(one)]
    kept = sorted((one for one in lines if one not in merged), key=lambda one: one.size)
    while merged and kept and not ((len(merged) > 1 or merged[0].key == "") and enough(disclosing(union(merged)))):
        merged.append(kept.pop(0))
    return [one for one in lines if one in kept], merged


def _amount_cell(ledger: Ledger, cell: Cell, one: Bin) -> Cell:
    facts = ledger.of(one)
    undisclosed = sum(fact.fen is None for fact in facts)
    return replace(cell, total=one.size, amount_cny=_yuan(facts), undisclosed=undisclosed if ledger.traced else None)


def _yuan(facts: Sequence[Fact]) -> Decimal:
    return in_yuan(sum(fact.fen or 0 for fact in facts))


def _days(edition: Edition) -> list[datetime.date]:
    if edition.starts_on is None or edition.ends_on is None:
        return []
    return [edition.starts_on + datetime.timedelta(days=number) for number in range((edition.ends_on - edition.starts_on).days + 1)]


def _day_name(day: datetime.date) -> Both:
    return Both(str(format_date(day, "EEE d MMM", locale="en_GB")), str(format_date(day, "M月d日", locale="zh_Hans_CN")))
