"""Breakdowns of any ledger: parts sum to their total, small ones cannot be told, staff see everything."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expo.editions.models import Chain, Edition
from matchmaking.agreements.queries.report import breakdowns, directions
from matchmaking.agreements.queries.report.breakdowns import Ledger
from matchmaking.agreements.queries.report.facts import Fact, Signed

FIRST = date(2027, 6, 20)
CHAINS = {
    pk: Chain(pk=pk, slug=f"chain-{pk}", code=f"C{pk}", short_name_en=f"Chain {pk}", name_en=f"Chain {pk}", colour="sv")
    for pk in range(1, 6)
}
some = settings(max_examples=40)
COUNTRIES = ["CN", "DE", "US", "FR", "JP"]


@st.composite
def ledgers(draw):
    number = draw(st.integers(0, 45))
    chance = draw(st.randoms(use_true_random=False))
    many = draw(st.integers(1, 20))
    facts = []
    for pk in range(1, number + 1):
        sides = [(f"c{chance.randint(1, many)}", chance.choice(["supplier", "supplier", ""])), (f"x{chance.randint(1, many)}", "customer")]
        parties = tuple(Signed(who, COUNTRIES[int(who[1:]) % len(COUNTRIES)], role) for who, role in sides)
        facts.append(
            Fact(
                pk,
                chance.random() < 0.5,
                min(chance.randint(1, 5), chance.randint(1, 5)),
                None,
                None,
                FIRST + timedelta(days=chance.randint(0, 4)),
                None if chance.random() < 0.2 else chance.randint(1, 10**12),
                chance.choice(["public", "public", "public", "anonymous", "totals_only"]),
                parties,
            )
        )
    return facts


def ledger(facts, *, traced=False):
    return Ledger(Edition(slug="2027", starts_on=FIRST, ends_on=FIRST + timedelta(days=4)), facts, CHAINS, traced)


@some
@given(ledgers())
@pytest.mark.parametrize("cut", [breakdowns.by_kind, breakdowns.by_day, breakdowns.by_chain, breakdowns.amount_by_chain])
def test_lines_that_claim_to_be_parts_sum_to_the_total(cut, facts):
    found = cut(ledger(facts))
    assert found.adds_up
    assert found.total == len(facts)
    if found.cells:
        assert sum(cell.total for cell in found.cells) == len(facts)
        assert all(cell.agreements is None or cell.agreements + cell.intentions == cell.total for cell in found.cells)
    else:
        assert found.withheld or not facts


@some
@given(ledgers(), st.booleans())
def test_amounts_by_chain_sum_to_the_fen_with_the_undisclosed_as_a_count(facts, traced):
    found = breakdowns.amount_by_chain(ledger(facts, traced=traced))
    assert found.amount_cny == Decimal(sum(fact.fen or 0 for fact in facts)) / 100
    assert found.undisclosed == sum(fact.fen is None for fact in facts)
    if found.cells:
        assert sum(cell.amount_cny for cell in found.cells) == found.amount_cny
        assert sum(cell.total for cell in found.cells) == len(facts)
    if traced:
        assert sum(cell.undisclosed for cell in found.cells) == found.undisclosed


@some
@given(ledgers())
def test_no_line_for_the_public_is_below_five(facts):
    own = ledger(facts)
    for found in (breakdowns.by_day(own), breakdowns.by_chain(own), breakdowns.by_country(own), breakdowns.amount_by_chain(own)):
        assert not [cell for cell in found.cells if 0 < cell.total < 5]
    assert not [flow for flow in directions.flows_of(own).flows if flow.total < 5]


@some
@given(ledgers())
def test_no_amount_is_told_that_fewer_than_five_agreements_or_parties_disclose(facts):
    found = breakdowns.amount_by_chain(ledger(facts))
    slugs = {chain.slug: pk for pk, chain in CHAINS.items()}
    told = {slugs[cell.key] for cell in found.cells if cell.key}
    parts = [[fact for fact in facts if fact.chain == pk] for pk in told]
    if any(not cell.key for cell in found.cells):
        parts.append([fact for fact in facts if fact.chain not in told])
    for part in parts if found.cells else []:
        disclosing = [fact for fact in part if fact.fen is not None]
        assert len(disclosing) >= 5
        assert len({party.who for fact in disclosing for party in fact.parties}) >= 5


@some
@given(ledgers())
def test_what_no_list_shows_is_not_left_over_from_an_amount_when_the_listed_are_taken_away(facts):
    unlisted = [fact for fact in facts if fact.fen is not None and not fact.is_listed]
    for cell in breakdowns.amount_by_chain(ledger(facts)).cells:
        if cell.key:
            left = sum(CHAINS[fact.chain].slug == cell.key for fact in unlisted)
            assert left == 0 or left >= 5


@some
@given(ledgers())
def test_where_the_nameless_are_from_is_not_left_over_when_the_named_are_taken_away(facts):
    own = ledger(facts)
    named = [fact for fact in facts if fact.is_named]
    for cell in breakdowns.by_country(own).cells:
        if cell.key:
            left = cell.total - sum(any(party.country == cell.key for party in fact.parties) for fact in named)
            assert left == 0 or left >= 5
    for flow in directions.flows_of(own).flows:
        if flow.supplier:
            left = flow.total - sum(
                flow.supplier in fact.countries("supplier") and flow.customer in fact.countries("customer") for fact in named
            )
            assert left == 0 or left >= 5


def test_a_few_without_names_are_left_out_of_the_lines_by_country_and_the_page_says_so():
    seven = [
        Fact(pk, True, 1, None, None, FIRST, 100, "public", (Signed(f"c{pk}", "CN", "supplier"), Signed(f"x{pk}", "DE", "customer")))
        for pk in range(1, 8)
    ]
    secret = Fact(8, True, 1, None, None, FIRST, 100, "anonymous", (Signed("c9", "CN", "supplier"), Signed("x9", "FR", "customer")))
    found = breakdowns.by_country(ledger([*seven, secret]))
    assert [(cell.key, cell.total) for cell in found.cells] == [("CN", 7), ("DE", 7)]
    assert found.total == 8
    assert found.note.en.endswith("Left out: 1 that does not name its parties.")
    assert found.note.zh.endswith("另有1项未公开签约方，不计入。")
    flows = directions.flows_of(ledger([*seven, secret]))
    assert [(flow.supplier, flow.customer, flow.total) for flow in flows.flows] == [("CN", "DE", 7)]
    assert (flows.directed, flows.note.en.endswith("Left out: 1 that does not name its parties.")) == (8, True)
    assert {cell.key: cell.total for cell in breakdowns.by_country(ledger([*seven, secret], traced=True)).cells} == {
        "CN": 8,
        "DE": 7,
        "FR": 1,
    }


def test_a_single_amount_in_totals_alone_does_not_say_its_chain():
    def fact(pk, chain, visibility="public"):
        return Fact(
            pk,
            True,
            chain,
            None,
            None,
            FIRST,
            pk * 100,
            visibility,
            (Signed(f"c{pk}", "CN", "supplier"), Signed(f"x{pk}", "DE", "customer")),
        )

    rows = [fact(pk, 1 + pk % 3) for pk in range(1, 31)]
    shown = breakdowns.amount_by_chain(ledger([*rows, fact(31, 1, "totals_only")]))
    assert [(cell.key, cell.merged) for cell in shown.cells if cell.merged] == [("", 2)]
    assert {cell.key for cell in shown.cells} & {"chain-1"} == set()
    assert sum(cell.amount_cny for cell in shown.cells) == shown.amount_cny == sum(range(1, 32))


@some
@given(ledgers())
def test_a_merged_amount_stands_for_two_chains_or_more(facts):
    assert all(cell.merged >= 2 for cell in breakdowns.amount_by_chain(ledger(facts)).cells if not cell.key)


@some
@given(ledgers())
def test_countries_overlap_and_never_claim_to_add_up(facts):
    found = breakdowns.by_country(ledger(facts))
    assert not found.adds_up
    assert all(cell.total <= len(facts) for cell in found.cells)


@some
@given(ledgers())
def test_staff_see_every_line_as_it_is(facts):
    own = ledger(facts, traced=True)
    days = Counter(fact.day.isoformat() for fact in facts)
    assert {cell.key: cell.total for cell in breakdowns.by_day(own).cells if cell.total} == days
    assert {cell.key: cell.total for cell in breakdowns.by_chain(own).cells} == Counter(CHAINS[fact.chain].slug for fact in facts)
    whose = Counter(country for fact in facts for country in {party.country for party in fact.parties})
    assert {cell.key: cell.total for cell in breakdowns.by_country(own).cells} == whose
    flows = directions.flows_of(own)
    assert flows.directed + flows.undirected == len(facts)
    assert sum(cell.undisclosed for cell in breakdowns.by_chain(own).cells) == sum(fact.fen is None for fact in facts)


@some
@given(ledgers())
def test_what_is_left_of_a_country_besides_its_flows_is_none_or_five(facts):
    own = ledger(facts)
    flows = [flow for flow in directions.flows_of(own).flows if flow.supplier]
    for country in {code for flow in flows for code in (flow.supplier, flow.customer)}:
        whole = {fact.pk for fact in facts if any(party.country == country for party in fact.parties)}
        told = {
            fact.pk
            for fact in facts
            for flow in flows
            if country in {flow.supplier, flow.customer}
            and flow.supplier in fact.countries("supplier")
            and flow.customer in fact.countries("customer")
        }
        assert len(whole - told) == 0 or len(whole - told) >= 5


@some
@given(ledgers())
def test_directions_are_told_only_where_neither_part_is_small(facts):
    found = directions.flows_of(ledger(facts))
    if found.directed is not None:
        assert found.directed + found.undirected == len(facts)
        assert all(count == 0 or count >= 5 for count in (found.directed, found.undirected))
