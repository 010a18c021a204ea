"""The gap map of a chain: what is open, told to everybody from five on, and in full to the organiser."""

import pytest

from matchmaking.desk.queries import counts_of
from matchmaking.desk.queries.gaps import gap_map
from matchmaking.marketplace.models import Offer
from matchmaking.matching import kept
from tests import builders

ADDRESS = "/chains/smart-vehicle/gaps/"


@pytest.fixture
def six(buyer, exhibitor, supplier_segment, customer_segment):
    """Twelve requests for cells, six of which the one exhibitor's six offers fit; a seventh offer fits nothing."""
    requests = [builders.sourcing_request(buyer, supplier_segment) for _number in range(12)]
    offers = [builders.offer(exhibitor, supplier_segment) for _number in range(7)]
    for request, offer in zip(requests[:6], offers, strict=False):
        builders.match(request, offer)
    builders.match(requests[6], offers[0], near_rank=1)
    builders.read(builders.sourcing_request(buyer, customer_segment, title="A single vehicle"))
    return requests, offers


def rows(chain, edition, *, is_full):
    return {row.segment.slug: row for row in gap_map(chain, edition, is_full=is_full).rows}


def test_counts_are_those_of_the_run_in_force(six, chain, edition):
    row = rows(chain, edition, is_full=True)["battery-cells"]
    assert (row.requests, row.without_offer, row.offers, row.without_request) == (12, 6, 7, 1)
    assert (row.single, row.source, row.is_open) == ("company", "Borealis Cells", True)


def test_a_withdrawn_offer_opens_the_gap_at_once(six, chain, edition):
    Offer.objects.filter(pk=six[1][0].pk).update(status="withdrawn")
    row = rows(chain, edition, is_full=True)["battery-cells"]
    assert (row.without_offer, row.offers) == (7, 6)


def test_two_companies_of_one_country_are_one_source_and_two_countries_are_none(six, chain, edition, supplier_segment):
    second = builders.registration(builders.company("Cathay Cells", country="CN"), edition)
    builders.match(six[0][0], builders.offer(second, supplier_segment), request_rank=2)
    row = rows(chain, edition, is_full=True)["battery-cells"]
    assert (row.single, row.source) == ("country", "China (mainland)")
    third = builders.registration(builders.company("Seoul Cells", country="KR"), edition)
    builders.match(six[0][0], builders.offer(third, supplier_segment), request_rank=3)
    kept.forget()  # The lists are read once a minute.
    assert rows(chain, edition, is_full=True)["battery-cells"].single == ""


def test_without_a_run_nobody_knows_what_lacks_an_offer(buyer, supplier_segment, chain, edition, client):
    for _number in range(6):
        builders.sourcing_request(buyer, supplier_segment)
    row = rows(chain, edition, is_full=True)["battery-cells"]
    assert (row.requests, row.without_offer, row.without_request) == (6, None, None)
    page = client.get(ADDRESS).content.decode()
    assert "No matching run has looked yet." in page
    assert "without an offer" not in page.partition('id="line"')[2].partition("</ol></div>")[0].partition("<ol")[2]


def test_the_map_and_the_chain_page_count_the_same(six, chain, edition):
    counts = counts_of(edition, chain)
    for row in rows(chain, edition, is_full=True).values():
        assert (row.requests, row.without_offer) == (counts.requests([row.segment]), counts.without_offer([row.segment], is_full=True))


def test_others_see_no_count_below_five_and_no_company(six, chain, edition):
    public = rows(chain, edition, is_full=False)
    cells, vehicles = public["battery-cells"], public["complete-vehicles"]
    assert (cells.requests, cells.without_offer, cells.offers, cells.without_request) == (12, 6, 7, None)
    assert (cells.single, cells.source) == ("company", "")
    assert (vehicles.requests, vehicles.without_offer, vehicles.single) == (None, None, "")


def test_who_is_the_only_source_of_fewer_than_five_is_not_told(buyer, exhibitor, supplier_segment, chain, edition):
    for _number in range(4):
        builders.match(builders.sourcing_request(buyer, supplier_segment), builders.offer(exhibitor, supplier_segment))
    assert rows(chain, edition, is_full=False)["battery-cells"].single == ""
    assert rows(chain, edition, is_full=True)["battery-cells"].single == "company"


def test_the_page_is_for_everybody_and_names_no_company(six, client_of):
    page = client_of(None).get(ADDRESS)
    text = page.content.decode()
    assert page.status_code == 200
    assert "6 of 12 requests without an offer" in text
    assert "7 offers, fewer than 5 without a request" in text
    assert "Only one company" in text
    assert "fewer than 5" in text
    assert "Borealis" not in text
    assert "xlsx" not in text
    assert client_of(None).get(ADDRESS + "?segment=complete-vehicles").content.decode().count("A single vehicle") == 0


def test_the_organiser_looks_into_a_segment_and_takes_the_list(six, organiser, client_of):
    staff = builders.with_two_steps(client_of(organiser))
    text = staff.get(ADDRESS + "?segment=complete-vehicles").content.decode()
    assert "Only Borealis Cells" in text
    assert "A single vehicle" in text
    sheet = staff.get("/lists/chain-gaps.csv?chain=smart-vehicle")
    assert sheet.status_code == 200
    content = b"".join(sheet.streaming_content) if sheet.streaming else sheet.content
    assert "Battery cells" in content.decode("utf-8-sig")
    assert staff.get("/lists/chain-gaps.csv?chain=nothing").status_code == 404


def test_the_list_is_for_staff(six, anna, client_of):
    assert client_of(anna).get("/lists/chain-gaps.csv?chain=smart-vehicle").status_code in {302, 403, 404}
    assert client_of(None).get("/chains/nothing/gaps/").status_code == 404


def test_more_segments_take_no_more_queries(six, chain, client_of, count_queries):
    client = client_of(None)
    client.get(ADDRESS)

    def afresh():
        kept.forget()
        client.get(ADDRESS)

    few = count_queries(afresh)
    for _number in range(3):
        builders.segment(chain)
    assert count_queries(afresh) == few


def test_the_api_says_the_same(six, organiser, client_of):
    sent = client_of(None).get("/api/v1/gaps/smart-vehicle/").json()
    cells = next(row for row in sent["results"] if row["segment"] == "battery-cells")
    assert (cells["requests"], cells["without_offer"], cells["without_request"]) == (12, 6, None)
    assert (cells["single_source"], cells["source_name"]) == ("company", "")
    staff = builders.with_two_steps(client_of(organiser)).get("/api/v1/gaps/smart-vehicle/").json()
    cells = next(row for row in staff["results"] if row["segment"] == "battery-cells")
    assert (cells["without_request"], cells["source_name"]) == (1, "Borealis Cells")
    assert client_of(None).get("/api/v1/gaps/nothing/").status_code == 404


def test_both_sides_of_the_line_are_drawn_on_one_scale(six, client_of):
    text = client_of(None).get(ADDRESS).text
    assert text.count('class="balance"') == 2
    assert text.count('fill="none"') >= 6
    assert "requests without an offer" in text


def test_the_organiser_s_page_counts_what_nobody_wants(six, organiser, client_of):
    page = builders.with_two_steps(client_of(organiser)).get(ADDRESS)
    assert [(value, of) for value, of, _words in page.context["figures"]][:2] == [(7, 13), (1, 7)]


def test_no_sum_is_told_of_what_is_not_told_one_by_one(six, client_of):
    assert [value for value, _of, _words in client_of(None).get(ADDRESS).context["figures"]] == [7]


def test_a_segment_says_how_many_are_open_beyond_those_shown(six, organiser, client_of, monkeypatch):
    monkeypatch.setattr("matchmaking.desk.queries.gaps.MOST_LISTED", 4)
    page = builders.with_two_steps(client_of(organiser)).get(ADDRESS + "?segment=battery-cells")
    assert (len(page.context["requests"]), len(page.context["offers"])) == (4, 1)
    assert page.text.count("The newest 4 are shown.") == 1


def test_without_a_run_nothing_is_said_to_lack_a_partner(buyer, exhibitor, supplier_segment, client_of):
    for _number in range(5):
        builders.sourcing_request(buyer, supplier_segment)
        builders.offer(exhibitor, supplier_segment)
    text = client_of(None).get(ADDRESS).text
    assert "No matching run has looked yet" in text
    assert "each with" not in text
    assert "5 offers" in text
