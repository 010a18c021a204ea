from decimal import Decimal

import pytest

from expo.editions.models import Disagreement, Edition
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


def test_an_edition_without_logged_agreements_says_so(client, results, edition):
    assert "No agreement of this edition is on record yet." in text_of(client.get(results))
    Edition.objects.filter(pk=edition.pk).update(status="closed")
    assert "No agreement of this edition was logged on this site." in text_of(client.get(results))
    assert client.get("/editions/1900/results/").status_code == 404


def test_every_published_figure_stands_with_its_words_and_all_its_sources(client, results, edition):
    metric = builders.metric(
        "exhibitors", name_en="Exhibitors", name_zh="参展方", unit="exhibitors", unit_name_en="exhibitors", group="taking_part"
    )
    exact = builders.figure(
        edition, metric, 620, is_preferred=True, preferred_reason_en="The exact count.", note_en="Signed ones.", as_of="2027-06-20"
    )
    exact.sources.add(builders.source(publisher="The Weekly", title="Second report", address="https://weekly.example/2", link_ok=True))
    nearly = builders.figure(edition, metric, 700, qualifier="nearly")
    nearly.sources.add(builders.source(publisher="The Mirror", address="https://mirror.example/", link_ok=False))
    page = text_of(client.get(results))
    assert '<b><data value="620">620</data></b> <small>exhibitors</small>' in page
    assert '<small>nearly</small> <b><data value="700">700</data></b>' in page
    for words in ("Taking part", "The exact count.", "Signed ones.", "As of 2027-06-20.", "preferred here", "The Weekly", "The Mirror"):
        assert words in page
    assert 'href="https://weekly.example/2"' in page
    assert "mirror.example" not in page
    assert page.count('href="#source-') == 4
    assert page.count('<li id="source-') == 4


def test_disagreements_stand_side_by_side_with_their_resolution(client, results, edition):
    metric = builders.metric("exhibitors", group="taking_part")
    builders.figure(edition, metric, 620)
    Disagreement.objects.create(
        key="d", edition=edition, metric=metric, topic_en="Exhibitors in 2027", said_en="620 or nearly 700", resolution_en="620 signed ones"
    )
    page = text_of(client.get(results))
    for words in ("Exhibitors in 2027", "620 or nearly 700", "620 signed ones", 'href="#disagreements"'):
        assert words in page


def test_the_logged_outcome_stands_beside_the_announced_one_in_the_words_of_the_press(client, results, edition, chain, aurora, borealis):
    builders.figure(edition, builders.metric("agreements_signed", group="outcomes"), 210, qualifier="more_than")
    builders.agreement(edition, chain, aurora, borealis, amount=Decimal(152_310_000_000))
    builders.agreement(edition, chain, aurora, borealis, kind="intention", amount=None, currency="", is_undisclosed=True)
    page = text_of(client.get(results))
    assert "1 cooperation agreement<" in page
    assert "1 cooperation intention<" in page
    assert "2 cooperation agreements and intentions<" in page
    assert "According to incomplete statistics, more than 152 billion yuan (some $21.75 billion)" in page
    assert '<small>more than</small> <b><data value="210">210</data></b>' in page
    chinese = text_of(client.get(f"/zh{results}"))
    assert "据不完全统计，金额超过1520亿元人民币（约合217.5亿美元）" in chinese
    assert "2项合作协议和意向" in chinese


def test_only_staff_see_where_a_total_comes_from(client, client_of, results, edition, chain, aurora, borealis, organiser, carla):
    builders.agreement(edition, chain, aurora, borealis)
    for person in (carla, None):
        assert b"/admin/agreements/" not in client_of(person).get(results).content
    assert b"/admin/agreements/agreement/?edition__id__exact=" in client_of(organiser).get(results).content


def test_the_results_take_the_same_queries_for_one_figure_and_for_thirty(client, results, edition, chain, aurora, borealis, count_queries):
    builders.figure(edition, builders.metric("m0", group="outcomes"), 1)
    builders.agreement(edition, chain, aurora, borealis)
    client.get(results)
    few = count_queries(lambda: client.get(results))
    for number in range(1, 30):
        builders.figure(edition, builders.metric(f"m{number}", group=f"g{number % 4}"), number)
        builders.agreement(edition, builders.chain(edition), aurora, borealis)
    assert count_queries(lambda: client.get(results)) <= few + 1 <= 12


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
