import pytest

from expo.editions.models import Edition
from matchmaking.desk.queries import counts_of, segment_exhibitors
from matchmaking.marketplace.models import Offer
from tests import builders

MOST_QUERIES = 12


@pytest.fixture
def here(exhibitor, supplier_segment):
    """Borealis Cells stands on the segment of battery cells."""
    exhibitor.main_segment = supplier_segment
    exhibitor.save()
    return exhibitor


def cells(page):
    return next(stop for stage in page.context["stages"] for stop in stage["stops"] if stop["name"] == "Battery cells")


def rows(page):
    return page.text.partition('class="exhibitors"')[2].partition("</ul>")[0]


def test_the_line_counts_supply_demand_and_gap_by_segment(client, chain, here, buyer, supplier_segment, customer_segment):
    builders.offer(here, supplier_segment)
    requests = [builders.sourcing_request(buyer, supplier_segment) for _number in range(6)]
    builders.match(requests[0], Offer.objects.get())
    page = client.get("/chains/smart-vehicle/")
    stop = cells(page)
    assert (stop["exhibitors"], stop["offers"], stop["requests"], stop["without_offer"]) == (1, 1, 6, 5)
    assert stop["address"] == "/market/?chain=smart-vehicle&segment=battery-cells"
    assert page.context["without_offer"] == 5
    assert "5 without an offer" in page.text
    assert "Battery cells" in page.text.partition("Where the line is open")[2]


def test_less_than_five_without_an_offer_are_told_to_the_organiser_only(client, client_of, organiser, chain, here, buyer, supplier_segment):
    builders.offer(here, supplier_segment)
    requests = [builders.sourcing_request(buyer, supplier_segment) for _number in range(5)]
    builders.match(requests[0], Offer.objects.get())
    page = client.get("/chains/smart-vehicle/")
    assert (cells(page)["without_offer"], page.context["without_offer"], page.context["gaps"]) == (None, None, [])
    assert "fewer than 5 without an offer" in page.text
    assert "No segment has five requests or more" in page.text
    for address in ("/", "/chains/"):
        assert "fewer than 5 requests without an offer" in client.get(address).text
    page = builders.with_two_steps(client_of(organiser)).get("/chains/smart-vehicle/")
    assert (cells(page)["without_offer"], page.context["without_offer"]) == (4, 4)
    assert "4 without an offer" in page.text


def test_without_a_run_the_chain_says_that_it_is_being_worked_out(client, chain, here, buyer, supplier_segment):
    builders.sourcing_request(buyer, supplier_segment)
    page = client.get("/chains/smart-vehicle/")
    assert cells(page)["without_offer"] is None
    assert "Which requests have an offer is being worked out." in page.text
    assert "without an offer" not in page.text.partition('id="line"')[2]
    assert "Where the line is open" not in page.text


def test_kept_totals_equal_a_count_row_by_row(edition, chain, here, supplier_segment, customer_segment):
    for segment in (supplier_segment, supplier_segment, customer_segment):
        builders.offer(here, segment)
    builders.offer(here, customer_segment, status="paused")
    tally = counts_of(edition, chain).offers
    assert (tally.of(supplier_segment.pk), tally.of(customer_segment.pk), tally.total) == (2, 1, 3)
    assert segment_exhibitors(edition, chain).of(supplier_segment.pk) == 1


def test_exhibitors_are_listed_by_stage_with_their_booth(client, edition, chain, here, supplier_segment, customer_segment):
    here.booth = builders.booth(builders.hall(edition), code="SV 201", status="assigned")
    here.save()
    late = builders.registration(builders.company("Zeta Cars"), edition, main_segment=customer_segment)
    late.chains.add(chain)
    assert "Borealis Cells" in rows(client.get("/chains/smart-vehicle/"))
    downstream = client.get("/chains/smart-vehicle/?stage=downstream")
    assert "Zeta Cars" in rows(downstream)
    assert "Borealis" not in rows(downstream)
    assert "<b>SV</b><span>201</span>" in rows(client.get("/chains/smart-vehicle/?stage=midstream"))


def test_companies_of_past_editions_stand_in_a_list_of_their_own(client, edition, chain, here):
    held = builders.edition(year=2024)
    builders.registration(builders.company("Old Wheels"), held, evidence="announced", shown_en="Wheels").chains.add(chain)
    page = client.get("/chains/smart-vehicle/")
    now, _heading, before = page.text.partition("Named at past editions")
    assert "Old Wheels" not in now
    assert "Announced as coming. Wheels" in before
    assert "Borealis" not in before


def test_invented_companies_of_past_editions_stand_in_no_list_of_reports(client, edition, chain, here):
    past = builders.edition(slug="2025", status=Edition.Status.CLOSED)
    builders.registration(builders.company("Invented Wheels", is_demo=True), past).chains.add(chain)
    page = client.get("/chains/smart-vehicle/").text
    assert "Invented Wheels" not in page
    assert "Named at past editions" not in page


def test_who_is_not_verified_and_who_buys_is_not_listed(client, edition, chain, here, buyer):
    builders.registration(builders.company("Waiting Room"), edition, status="submitted").chains.add(chain)
    page = client.get("/chains/smart-vehicle/").text
    assert "Waiting Room" not in page
    assert "Aurora Motors" not in page


def test_a_long_list_is_cut_into_pages(client, edition, chain):
    for number in range(13):
        builders.registration(builders.company(f"Maker {number:02d}"), edition).chains.add(chain)
    assert client.get("/chains/smart-vehicle/").context["lists"].page.paginator.num_pages == 2
    assert "Maker 12" in rows(client.get("/chains/smart-vehicle/?page=2"))
    assert client.get("/chains/smart-vehicle/?page=3").status_code == 404


def test_lines_that_cross_name_the_other_chain(client, edition, chain, supplier_segment):
    storage = builders.chain(edition, code="CE", slug="clean-energy", short_name_en="Clean energy")
    builders.link(supplier_segment, builders.segment(storage, name_en="Storage"))
    side = client.get("/chains/smart-vehicle/").text.partition("Lines that cross here")[2]
    assert 'href="/chains/clean-energy/"' in side
    assert "Storage" in side


def test_the_newest_forum_of_the_chain_stands_beside(client, edition, chain):
    builders.forum(builders.edition(ordinal=1), chain=chain, title_en="First forum")
    builders.forum(edition, chain=chain, title_en="Latest forum", kind="release")
    page = client.get("/chains/smart-vehicle/").text
    assert "Latest forum" in page
    assert "First forum" not in page


def test_a_chain_of_the_past_shows_its_line_without_counts(client, edition):
    old = builders.chain(builders.edition(year=2025), slug="innovation", name_en="Innovation chain")
    builders.segment(old, name_en="Laboratories")
    page = client.get("/chains/innovation/").text
    assert "Not part of the current edition." in page
    assert "Laboratories" in page
    assert "Counted here" not in page


def test_a_chain_without_an_edition_and_an_unknown_one(client, db):
    builders.chain(slug="alone")
    assert client.get("/chains/alone/").status_code == 200
    assert client.get("/chains/nowhere/").status_code == 404


def test_an_unknown_stage_shows_all(client, chain, here):
    assert "Borealis" in rows(client.get("/chains/smart-vehicle/?stage=sideways"))


def test_the_number_of_queries_is_the_same_for_one_row_and_for_many(client, edition, chain, here, buyer, supplier_segment, count_queries):
    held = builders.edition(status=Edition.Status.CLOSED, year=2024)
    builders.registration(here.company, held).chains.add(chain)
    builders.offer(here, supplier_segment)
    builders.sourcing_request(buyer, supplier_segment)
    client.get("/chains/smart-vehicle/")
    one = count_queries(lambda: client.get("/chains/smart-vehicle/"))
    for number in range(4):
        segment = builders.segment(chain, stage=["upstream", "service"][number % 2])
        more = builders.registration(builders.company(), edition, main_segment=segment)
        more.chains.add(chain)
        builders.registration(more.company, held).chains.add(chain)
        builders.offer(more, segment)
        builders.sourcing_request(buyer, segment)
        builders.link(supplier_segment, builders.segment(builders.chain(edition, code=f"Y{number}")))
    client.get("/chains/smart-vehicle/")
    assert count_queries(lambda: client.get("/chains/smart-vehicle/")) == one <= MOST_QUERIES
