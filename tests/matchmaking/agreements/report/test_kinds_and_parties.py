"""Of any ledger others than staff are told no small number of either kind, nor lines behind which few parties stand."""

from collections import defaultdict

import pytest
from hypothesis import given

from matchmaking.agreements.queries.hiding import Kinds, range_of_agreements
from matchmaking.agreements.queries.report import breakdowns
from tests.matchmaking.agreements.report.test_breakdowns import CHAINS, ledger, ledgers, some

KEYS = {breakdowns.by_chain: lambda fact: CHAINS[fact.chain].slug, breakdowns.by_day: lambda fact: fact.day.isoformat()}


@some
@given(ledgers())
@pytest.mark.parametrize("cut", KEYS)
def test_kinds_are_told_only_where_neither_is_small_and_five_parties_have_signed(cut, facts):
    behind = defaultdict(set)
    for fact in facts:
        behind[KEYS[cut](fact)] |= {party.who for party in fact.parties}
    for cell in cut(ledger(facts)).cells:
        if cell.agreements is not None and cell.total:
            assert not 0 < cell.agreements < 5
            assert not 0 < cell.intentions < 5
            assert len(behind[cell.key]) >= 5


@some
@given(ledgers())
@pytest.mark.parametrize("cut", KEYS)
def test_kinds_that_are_not_told_cannot_be_worked_out_from_the_totals_of_both(cut, facts):
    cells = cut(ledger(facts)).cells
    hidden = {number for number, cell in enumerate(cells) if cell.agreements is None}
    if not hidden or len(hidden) == len(cells):
        return  # All is told, or nothing but the totals.
    left = sum(fact.is_agreement for fact in facts) - sum(cell.agreements or 0 for cell in cells)
    lines = [
        Kinds(0 if number in hidden else cell.agreements, 0 if number in hidden else cell.intentions) for number, cell in enumerate(cells)
    ]
    for number in hidden:  # What a reader knows: the size of each line, and how many agreements the silent ones hold together.
        first, *others = [number, *(hidden - {number})]
        lines[first] = Kinds(left, cells[first].total - left)
        for other in others:
            lines[other] = Kinds(0, cells[other].total)
        low, high = range_of_agreements(lines, number, hidden)
        assert high - low >= 4


@some
@given(ledgers())
def test_no_country_is_told_of_which_fewer_than_five_parties_have_signed(facts):
    for cell in breakdowns.by_country(ledger(facts)).cells:
        if cell.key:
            assert len({party.who for fact in facts for party in fact.parties if party.country == cell.key}) >= 5
