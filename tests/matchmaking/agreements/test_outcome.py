from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser

from matchmaking.agreements import actions
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries import likely_duplicates, outcome
from matchmaking.agreements.queries.report import breakdowns_of
from tests import builders


def many(number, edition, chain, *companies, **fields):
    return [builders.agreement(edition, chain, *companies, **fields) for _ in range(number)]


def test_agreements_and_intentions_are_counted_apart_and_summed_in_yuan_and_dollars(edition, chain, aurora, borealis):
    many(2, edition, chain, aurora, borealis, amount=Decimal(7_000_000))
    many(3, edition, chain, aurora, borealis, kind="intention", amount=Decimal(1_000_000), currency="USD")
    many(1, edition, chain, aurora, borealis, amount=None, currency="", is_undisclosed=True)
    found = outcome(edition)
    assert (found.agreements, found.intentions, found.total, found.undisclosed) == (3, 3, 6, 1)
    assert found.amount_cny == Decimal(35_000_000)
    assert found.amount_usd == Decimal(5_000_000)


def test_many_odd_amounts_are_summed_to_the_fen(edition, chain, aurora, borealis):
    amounts = [Decimal("99999999999.99"), *[Decimal("0.01")] * 7, Decimal("12345678901.23"), Decimal("0.07")]
    for amount in amounts:
        builders.agreement(edition, chain, aurora, borealis, amount=amount)
    assert outcome(edition).amount_cny == sum(amounts)


def test_drafts_void_and_disputed_ones_and_other_editions_do_not_count(edition, chain, aurora, borealis):
    for fields in ({"status": "draft"}, {"status": "void", "void_reason": "Twice"}, {"status": "disputed"}):
        builders.agreement(edition, chain, aurora, borealis, **fields)
    builders.agreement(builders.edition(), chain, aurora, borealis, amount=None, currency="", is_undisclosed=True)
    found = outcome(edition)
    assert (found.total, found.amount_cny) == (0, Decimal(0))


def test_rows_that_are_not_public_are_in_the_totals_all_the_same(edition, chain, aurora, borealis):
    for visibility in Agreement.Visibility.values:
        builders.agreement(edition, chain, aurora, borealis, visibility=visibility)
    assert outcome(edition).total == 3


def test_no_dollars_where_the_edition_states_no_rate(edition, chain, aurora, borealis):
    builders.agreement(edition, chain, aurora, borealis)
    edition.exchange_rates.filter(currency="USD").delete()
    assert outcome(edition).amount_usd is None


def crowds(number):
    return [builders.company(country=country) for country in ("CN", "DE") for _ in range(number)]


@pytest.fixture
def several(edition, chain):
    """Agreements on four chains between many companies, some of them small, one kind of one chain small; Japan in one alone, unnamed."""
    places, parties = [chain, *(builders.chain(edition) for _ in range(3))], crowds(6)
    for place, agreements, intentions in zip(places, (6, 12, 3, 9), (2, 12, 1, 0), strict=True):
        for number in range(agreements + intentions):
            kind = "agreement" if number < agreements else "intention"
            builders.agreement(edition, place, parties[number % 6], parties[6 + number % 5], kind=kind)
    builders.agreement(edition, chain, parties[0], builders.company(country="JP"), visibility="totals_only")
    return edition


def test_the_api_tells_of_chains_and_countries_just_what_the_report_tells(several, client, client_of, organiser):
    for visitor, who in ((AnonymousUser(), client), (organiser, client_of(organiser))):
        parts = breakdowns_of(several, visitor=visitor)
        said = who.get("/api/v1/outcomes/2027/").json()
        for name, told in (("by_chain", parts.by_chain), ("by_country", parts.by_country)):
            assert told.cells
            assert [(one["total"], one["agreements"], one["intentions"], one["merged"]) for one in said[name]] == [
                (cell.total, cell.agreements, cell.intentions, cell.merged) for cell in told.cells
            ]
        assert [one["chain"] for one in said["by_chain"]] == [cell.key or None for cell in parts.by_chain.cells]
        assert ("Japan" in [one["name"] for one in said["by_country"]]) == (visitor == organiser)


def test_outside_parties_count_under_their_own_country(sheet, organiser, aurora):
    parties = [PartyInput(company=aurora), PartyInput(outside_name="Quiet Partner", country="BR")]
    actions.record_agreement(actions.draft_agreement(by=organiser, **{**sheet, "parties": parties}), by=organiser)
    cells = breakdowns_of(sheet["edition"], visitor=organiser).by_country.cells
    assert [cell.name.en for cell in cells] == ["Brazil", "Germany"]


def test_each_line_leads_staff_to_exactly_its_rows(edition, chain, aurora, borealis, organiser, client_of):
    other = builders.chain(edition)
    many(2, edition, chain, aurora, borealis)
    many(1, edition, other, borealis, builders.company(country="JP"))
    builders.agreement(edition, chain, aurora, borealis, status="void", void_reason="Twice")
    found = breakdowns_of(edition, visitor=organiser)
    client = client_of(organiser)
    for cell in [*found.by_kind.cells, *found.by_chain.cells, *found.by_country.cells, *(one for one in found.by_day.cells if one.total)]:
        assert len(client.get(cell.rows_address).context["cl"].result_list) == cell.total


def test_an_outcome_takes_the_same_few_queries_for_three_rows_and_thirty(edition, chain, aurora, borealis, count_queries):
    many(3, edition, chain, aurora, borealis)
    few = count_queries(lambda: outcome(edition))
    for _ in range(3):
        many(9, edition, builders.chain(edition), builders.company(country="FR"), borealis)
    assert count_queries(lambda: outcome(edition)) == few == 2


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
