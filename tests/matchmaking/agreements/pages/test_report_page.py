import gzip
import re

import pytest

from expo.editions.models import Edition, Metric
from matchmaking.participants.models import Registration
from tests import builders

RESULTS = "/editions/2027/results/"


def test_an_edition_without_logged_agreements_says_so(client, edition, text_of):
    page = text_of(client.get(RESULTS))
    assert "No agreement of this edition is on record yet." in page
    assert "No figure of this edition has been published yet." in page
    Edition.objects.filter(pk=edition.pk).update(status="closed")
    assert "No agreement of this edition was logged on this site." in text_of(client.get(RESULTS))


@pytest.mark.parametrize(
    "address",
    [
        "1900/results/",
        "2027/results/figures/nothing/",
        "2027/results/rows/nothing/",
        "2027/results/frozen/1/",
        "2027/results/frozen/99999999999999999999/",
        "2027/results/frozen/1.json",
        "2027/results/press/report.pdf",
    ],
)
def test_what_there_is_not_is_not_found(client, edition, address):
    assert client.get(f"/editions/{address}").status_code == 404


def test_every_published_figure_stands_with_its_words_and_all_its_sources(client, published, text_of):
    page = text_of(client.get(RESULTS))
    assert '<b><data value="620">620</data></b>' in page
    assert 'Also: nearly <data value="700">700</data>' in page
    assert '<small>more than</small> <b><data value="210">210</data></b>' in page
    for words in (
        "Taking part",
        "The Weekly",
        "The Mirror",
        "Exhibitors in 2027",
        "620 or nearly 700",
        "620 signed ones",
        'href="#disagreements"',
    ):
        assert words in page
    assert 'href="https://weekly.example/2"' in page
    assert "mirror.example" not in page
    assert page.count('<li id="source-') == 5


def test_announced_logged_and_said_stand_side_by_side(client, published, ledger, text_of):
    page = text_of(client.get(RESULTS))
    assert '<b><data value="7">7</data></b>' in page
    assert "7 cooperation agreements<" in page
    assert "19 cooperation agreements and intentions<" in page
    assert re.search(r"ccording to incomplete statistics, more than 152 billion yuan \(some \$21\.75 billion\)", page)
    assert "CNY 152,310,000,000" in page
    chinese = text_of(client.get(f"/zh{RESULTS}"))
    assert "据不完全统计，金额超过1520亿元人民币（约合217.5亿美元）" in chinese
    assert "19项合作协议和意向" in chinese


def test_breakdowns_add_up_to_what_they_are_parts_of(client_of, organiser, ledger, text_of):
    page = text_of(client_of(organiser).get(RESULTS))
    by_day = page[page.index('aria-labelledby="by-day"') : page.index('aria-labelledby="by-chain"')]
    assert re.findall(r'<tr><th scope="row">(\w+ \d+ \w+)</th>.*?<b>(\d+)</b>', by_day) == [
        ("Sun 20 Jun", "10"),
        ("Mon 21 Jun", "9"),
        ("Tue 22 Jun", "0"),
        ("Wed 23 Jun", "0"),
        ("Thu 24 Jun", "0"),
    ]
    assert "<td><b>19</b></td></tr></tfoot>" in by_day
    amounts = page[page.index('aria-labelledby="amounts"') : page.index('aria-labelledby="by-country"')]
    assert amounts.count("152,310,000,000") == 2


def test_flows_lead_from_the_supplier_to_the_customer(client, ledger, text_of):
    page = text_of(client.get(RESULTS))
    assert '<th scope="row">China (mainland)</th><td class="is-text">Germany</td><td>19</td>' in page
    assert 'aria-label="From supplier to customer: China (mainland) → Germany: 19"' in page


def test_the_line_of_a_chain_has_the_agreements_on_its_links(client, ledger, text_of):
    page = text_of(client.get(RESULTS))
    assert 'aria-label="Smart Vehicle Chain: agreements and intentions along the line, in all 19"' in page
    assert '<th scope="row">Battery cells</th><td>19</td><td class="is-text">Complete vehicles: 19</td>' in page


def test_a_change_is_said_between_equal_definitions_only(client, published, ledger, text_of):
    Registration.objects.update(evidence="exhibited")
    page = text_of(client.get(RESULTS))
    years = page[page.index('aria-labelledby="years"') :]
    assert re.search(r"Exhibitors</th><td>515</td><td>620</td><td>\+20%</td>", years)
    assert re.search(r"logged here</th><td>–</td><td><b>7</b></td><td>≠", years)


def test_small_groups_are_hidden_from_all_but_staff(client_of, edition, chain, aurora, borealis, organiser, carla, text_of):
    for _number in range(3):
        builders.agreement(edition, chain, aurora, borealis)
    for person in (None, carla):
        page = text_of(client_of(person).get(RESULTS))
        assert "Too few to be broken down" in page
        assert "/admin/agreements/" not in page
        assert "Smart vehicle</span>" not in page
    page = text_of(client_of(organiser).get(RESULTS))
    assert "/admin/agreements/agreement/?edition__id__exact=" in page
    assert "Too few to be broken down" not in page


def test_demo_rows_wear_their_mark(client, edition, chain, aurora, borealis, text_of):
    builders.agreement(edition, chain, aurora, borealis)
    assert 'class="demo"' not in text_of(client.get(RESULTS))
    builders.agreement(edition, chain, aurora, borealis, is_demo=True)
    assert text_of(client.get(RESULTS)).count('class="demo"') > 2


def test_the_report_takes_the_same_queries_for_one_row_and_for_many(client, edition, before, chain, aurora, borealis, count_queries):
    builders.figure(edition, builders.metric("m0", group="outcomes"), 1)
    builders.agreement(edition, chain, aurora, borealis)
    client.get(RESULTS)
    few = count_queries(lambda: client.get(RESULTS))
    for number in range(1, 20):
        builders.figure(edition, builders.metric(f"m{number}", group=f"g{number % 4}"), number)
        builders.agreement(edition, builders.chain(edition), aurora, borealis)
    assert count_queries(lambda: client.get(RESULTS)) <= few + 1 <= 28


def test_a_page_of_the_report_weighs_little(client, published, ledger):
    assert len(gzip.compress(client.get(RESULTS).content)) < 20_000


def test_what_two_sources_say_alike_is_said_once_with_both(client, edition, published, ledger, text_of):
    exhibitors = Metric.objects.get(key="exhibitors")
    builders.figure(edition, exhibitors, 700, qualifier="nearly", note_en="By another paper")
    page = text_of(client.get(RESULTS))
    said = re.search(r'Also: nearly <data value="700">700</data>(.*?)</p>', page)[1]
    assert said.count('href="#source-') == 3
    assert "nearly" not in said


def test_what_no_list_of_countries_lets_us_count_is_announced_only_and_says_why(client, edition, published, ledger, text_of):
    share = builders.metric("belt_and_road_share_of_overseas", unit="percent", group="taking_part", order=3)
    builders.figure(edition, share, 50, qualifier="about")
    for prefix, why in (("", "Not counted here: no list of these countries is on file."), ("/zh", "系统未统计：没有这些国家的名单。")):
        page = text_of(client.get(f"{prefix}{RESULTS}"))
        row = re.search(r'<li id="belt_and_road_share_of_overseas">(.*?)</li>', page)[1]
        assert '<data value="50">50%</data>' in row
        assert why in row
