from decimal import Decimal

import pytest

from matchmaking.agreements.models import Agreement
from tests import builders


@pytest.fixture
def results(edition):
    return f"/editions/{edition.slug}/results/"


@pytest.fixture
def listed(edition):
    return f"/editions/{edition.slug}/agreements/"


def text_of(answer):
    return " ".join(answer.content.decode().split())


def test_the_public_list_shows_public_rows_with_names_and_anonymous_ones_without(client, listed, edition, chain, aurora, borealis):
    builders.agreement(edition, chain, aurora, borealis, title="Open cells")
    builders.agreement(
        edition, chain, aurora, builders.company("Silent Works"), title="Silent cells", visibility="anonymous", amount=Decimal(77)
    )
    builders.agreement(
        edition, chain, aurora, builders.company("Hidden Works"), title="Hidden cells", visibility="totals_only", amount=Decimal(88)
    )
    page = text_of(client.get(listed))
    for words in ("2027-0001", "Open cells", "Aurora Motors", "Borealis Cells", "Germany", "2027-0002", "The parties are not named."):
        assert words in page
    for words in ("Silent", "Hidden", "2027-0003", "CNY 88"):
        assert words not in page


def test_drafts_void_and_disputed_rows_are_on_nobodys_public_list(client_of, listed, edition, chain, aurora, borealis, organiser, carla):
    for number, fields in enumerate(({"status": "draft"}, {"status": "void", "void_reason": "Twice"}, {"status": "disputed"})):
        builders.agreement(edition, chain, aurora, borealis, title=f"Secret {number}", **fields)
    for person in (None, carla, organiser):
        assert b"Secret" not in client_of(person).get(listed).content


def test_an_undisclosed_amount_is_called_so(client, listed, edition, chain, aurora, borealis):
    builders.agreement(edition, chain, aurora, borealis, amount=None, currency="", is_undisclosed=True)
    assert "not disclosed" in text_of(client.get(listed))


def test_an_empty_list_leads_on(client, listed, results):
    page = text_of(client.get(listed))
    assert "No agreement to show" in page
    assert results in page


def test_the_list_takes_the_same_queries_for_one_row_and_for_thirty(client, listed, edition, chain, aurora, borealis, count_queries):
    builders.agreement(edition, chain, aurora, borealis)
    client.get(listed)
    few = count_queries(lambda: client.get(listed))
    for _ in range(29):
        builders.agreement(edition, chain, builders.company(), builders.company())
    assert Agreement.objects.count() == 30
    assert count_queries(lambda: client.get(listed)) == few


def test_many_agreements_come_page_by_page(client, listed, edition, chain, aurora, borealis):
    for _ in range(31):
        builders.agreement(edition, chain, aurora, borealis)
    assert "2027-0001" not in text_of(client.get(listed))
    assert "2027-0001" in text_of(client.get(f"{listed}?page=2"))
    assert client.get(f"{listed}?page=none").status_code == 200
