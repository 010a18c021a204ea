from datetime import date, timedelta
from decimal import Decimal

import pytest

from matchmaking.agreements import actions
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries import Cell, likely_duplicates, outcome
from matchmaking.agreements.queries.outcome import merge_small
from tests import builders


@pytest.fixture
def nobody(carla):
    return carla


def many(number, edition, chain, *companies, **fields):
    return [builders.agreement(edition, chain, *companies, **fields) for _ in range(number)]


def test_agreements_and_intentions_are_counted_apart_and_summed_in_yuan_and_dollars(edition, chain, aurora, borealis, nobody):
    many(2, edition, chain, aurora, borealis, amount=Decimal(7_000_000))
    many(3, edition, chain, aurora, borealis, kind="intention", amount=Decimal(1_000_000), currency="USD")
    many(1, edition, chain, aurora, borealis, amount=None, currency="", is_undisclosed=True)
    found = outcome(edition, visitor=nobody)
    assert (found.agreements, found.intentions, found.total, found.undisclosed) == (3, 3, 6, 1)
    assert found.amount_cny == Decimal(35_000_000)
    assert found.amount_usd == Decimal(5_000_000)


def test_many_odd_amounts_are_summed_to_the_fen(edition, chain, aurora, borealis, nobody):
    amounts = [Decimal("99999999999.99"), *[Decimal("0.01")] * 7, Decimal("12345678901.23"), Decimal("0.07")]
    for amount in amounts:
        builders.agreement(edition, chain, aurora, borealis, amount=amount)
    assert outcome(edition, visitor=nobody).amount_cny == sum(amounts)


def test_drafts_void_and_disputed_ones_and_other_editions_do_not_count(edition, chain, aurora, borealis, nobody):
    for fields in ({"status": "draft"}, {"status": "void", "void_reason": "Twice"}, {"status": "disputed"}):
        builders.agreement(edition, chain, aurora, borealis, **fields)
    builders.agreement(builders.edition(), chain, aurora, borealis, amount=None, currency="", is_undisclosed=True)
    found = outcome(edition, visitor=nobody)
    assert (found.total, found.amount_cny, found.by_chain, found.by_country) == (0, Decimal(0), [], [])


def test_rows_that_are_not_public_are_in_the_totals_all_the_same(edition, chain, aurora, borealis, nobody):
    for visibility in Agreement.Visibility.values:
        builders.agreement(edition, chain, aurora, borealis, visibility=visibility)
    assert outcome(edition, visitor=nobody).total == 3


def test_no_dollars_where_the_edition_states_no_rate(edition, chain, aurora, borealis, nobody):
    builders.agreement(edition, chain, aurora, borealis)
    edition.exchange_rates.filter(currency="USD").delete()
    assert outcome(edition, visitor=nobody).amount_usd is None


def test_small_chains_are_merged_for_the_public_and_not_for_staff(edition, chain, aurora, borealis, nobody, organiser):
    second, third, fourth = (builders.chain(edition) for _ in range(3))
    many(6, edition, chain, aurora, borealis)
    many(5, edition, second, aurora, borealis, kind="intention")
    many(3, edition, third, aurora, borealis)
    many(2, edition, fourth, aurora, borealis)
    public = outcome(edition, visitor=nobody).by_chain
    assert [(cell.chain, cell.total) for cell in public] == [(chain, 6), (second, 5), (None, 5)]
    assert (public[2].name, public[2].merged, public[2].agreements) == ("", 2, None)
    assert not any(cell.trace for cell in public)
    assert [cell.total for cell in outcome(edition, visitor=organiser).by_chain] == [6, 5, 3, 2]


def cells(*totals):
    return [Cell(str(total), total, total, 0) for total in totals]


@pytest.mark.parametrize(
    ("totals", "shown"),
    [
        ((9, 8, 7), [9, 8, 7]),
        ((9, 8, 4), [9, 12]),  # a single small line is hidden behind the next larger one
        ((9, 8, 2, 2), [9, 12]),  # two that are too small together take another with them
        ((9, 8, 3, 2), [9, 8, 5]),
        ((4, 3), []),
        ((9, 3), []),
        ((3,), []),
        ((), []),
    ],
)
def test_no_small_line_can_be_told_from_what_is_missing(totals, shown):
    merged = merge_small(cells(*totals))
    assert [cell.total for cell in merged] == shown
    assert sum(cell.total for cell in merged) in {0, sum(totals)}


def test_a_line_does_not_tell_its_kinds_when_one_is_smaller_than_five(edition, chain, aurora, borealis, nobody, organiser):
    many(6, edition, chain, aurora, borealis)
    many(2, edition, chain, aurora, borealis, kind="intention")
    (cell,) = outcome(edition, visitor=nobody).by_chain
    assert (cell.total, cell.agreements, cell.intentions) == (8, None, None)
    (cell,) = outcome(edition, visitor=organiser).by_chain
    assert (cell.agreements, cell.intentions) == (6, 2)


def test_kinds_that_one_line_hides_cannot_be_worked_out_from_the_others(edition, chain, aurora, borealis, nobody):
    second, third = builders.chain(edition), builders.chain(edition)
    many(6, edition, chain, aurora, borealis)
    many(2, edition, chain, aurora, borealis, kind="intention")
    for other in (second, third):
        many(6, edition, other, aurora, borealis)
        many(6, edition, other, aurora, borealis, kind="intention")
    told = [(cell.total, cell.agreements) for cell in outcome(edition, visitor=nobody).by_chain]
    assert told == [(8, None), (12, None), (12, 6)]


def test_countries_need_five_agreements_and_five_parties_to_stand_alone(edition, chain, nobody, organiser):
    chinese = [builders.company(country="CN") for _ in range(5)]
    german = builders.company(country="DE")
    japanese = builders.company(country="JP")
    for company in chinese:
        builders.agreement(edition, chain, company, german)
    builders.agreement(edition, chain, chinese[0], japanese)
    public = outcome(edition, visitor=nobody).by_country
    assert [(cell.name, cell.total, cell.merged) for cell in public] == [("China (mainland)", 6, 0), ("", 6, 2)]
    staff = outcome(edition, visitor=organiser).by_country
    assert [(cell.name, cell.total) for cell in staff] == [("China (mainland)", 6), ("Germany", 5), ("Japan", 1)]


def test_outside_parties_count_under_their_own_country(sheet, organiser, aurora):
    parties = [PartyInput(company=aurora), PartyInput(outside_name="Quiet Partner", country="BR")]
    actions.record_agreement(actions.draft_agreement(by=organiser, **{**sheet, "parties": parties}), by=organiser)
    assert [cell.name for cell in outcome(sheet["edition"], visitor=organiser).by_country] == ["Brazil", "Germany"]


def test_each_line_leads_staff_to_exactly_its_rows(edition, chain, aurora, borealis, organiser, client_of):
    other = builders.chain(edition)
    many(2, edition, chain, aurora, borealis)
    many(1, edition, other, borealis, builders.company(country="JP"))
    builders.agreement(edition, chain, aurora, borealis, status="void", void_reason="Twice")
    found = outcome(edition, visitor=organiser)
    client = client_of(organiser)
    for cell in [*found.by_chain, *found.by_country]:
        assert len(client.get(cell.trace).context["cl"].result_list) == cell.total
    assert len(client.get(found.trace).context["cl"].result_list) == 3


def test_an_outcome_takes_the_same_few_queries_for_three_rows_and_thirty(edition, chain, aurora, borealis, nobody, count_queries):
    many(3, edition, chain, aurora, borealis)
    few = count_queries(lambda: outcome(edition, visitor=nobody))
    for _ in range(3):
        many(9, edition, builders.chain(edition), builders.company(country="FR"), borealis)
    assert count_queries(lambda: outcome(edition, visitor=nobody)) <= few + 1 <= 6


def duplicates(sheet, **changes):
    given = {"signed_on": sheet["signed_on"], "amount": sheet["amount"], **changes}
    return likely_duplicates(sheet["edition"], given.pop("parties", sheet["parties"]), **given)


@pytest.fixture
def written(sheet, organiser):
    return actions.draft_agreement(by=organiser, **sheet)


def test_the_same_parties_within_three_days_are_pointed_out(sheet, written):
    assert duplicates(sheet) == [written]
    assert duplicates(sheet, signed_on=sheet["signed_on"] + timedelta(days=3), amount=Decimal(1)) == [written]
    assert duplicates(sheet, signed_on=sheet["signed_on"] + timedelta(days=4), amount=Decimal(1)) == []


def test_the_same_parties_over_the_same_amount_are_pointed_out_on_any_day(sheet, written):
    assert duplicates(sheet, signed_on=date(2027, 1, 1)) == [written]
    assert duplicates(sheet, signed_on=date(2027, 1, 1), amount=None) == []


def test_one_common_party_is_no_duplicate(sheet, written, aurora):
    assert duplicates(sheet, parties=[PartyInput(company=aurora), PartyInput(outside_name="Other", country="BR")]) == []


def test_the_very_same_document_is_a_duplicate_whoever_the_parties_are(sheet, organiser, pdf):
    kept = actions.draft_agreement(by=organiser, document=pdf(), **sheet)
    others = [PartyInput(outside_name="One", country="BR"), PartyInput(outside_name="Two", country="BR")]
    assert duplicates(sheet, parties=others, document_sha256=kept.document_sha256) == [kept]
    assert duplicates(sheet, parties=others, document_sha256="0" * 64) == []


def test_void_ones_other_editions_and_the_row_itself_are_no_duplicates(sheet, written, organiser):
    assert duplicates(sheet, leave_out=written.pk) == []
    actions.void_agreement(actions.record_agreement(written, by=organiser), by=organiser, reason="Twice")
    assert duplicates(sheet) == []
    assert likely_duplicates(builders.edition(), sheet["parties"], signed_on=sheet["signed_on"]) == []


def test_outside_parties_are_recognised_however_they_are_written(sheet, organiser, aurora):
    parties = [PartyInput(company=aurora), PartyInput(outside_name="Quiet Partner Ltd", country="BR")]
    kept = actions.draft_agreement(by=organiser, **{**sheet, "parties": parties})
    assert duplicates(sheet, parties=[PartyInput(company=aurora), PartyInput(outside_name="QUIET PARTNER", country="BR")]) == [kept]
