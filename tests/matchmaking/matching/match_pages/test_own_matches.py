"""Matches among the rest of one's own: on the desk, on the page of a posting, in the list of postings and on the market."""

from functools import partial

from tests import builders
from tests.matchmaking.matching.match_pages.asked import found, offers, says
from tests.matchmaking.matching.matched import CELL, WANTED, another_buyer, run


def test_a_company_with_two_sides_sees_both_in_one_list(edition, buyer, wanted, cell, aurora, supplier_segment, anna, client_of):
    own = builders.registration(aurora, edition)
    builders.offer(own, supplier_segment, **CELL)
    builders.sourcing_request(another_buyer(edition, "Zephyr"), supplier_segment, **WANTED)
    run(edition)
    assert {group.posting.kind for group in found(client_of(anna), "/desk/matches/").groups} == {"offer", "request"}


def test_the_own_page_of_a_posting_shows_what_the_run_found(edition, wanted, cell, chinese, anna, boris, client_of, count_queries):
    path = f"/requests/{wanted.pk}/"
    assert client_of(anna).get(path).context["matched"] is None
    run(edition)
    mine = client_of(anna)
    page = mine.get(path)
    assert page.context["fits"] is None
    assert (page.context["matched"].total, set(offers(page.context["matched"].cards))) == (2, {cell.pk, chinese.pk})
    assert count_queries(partial(mine.get, path)) <= 14
    theirs = client_of(boris).get(path)
    assert theirs.context["matched"] is None
    assert theirs.context["fits"] is not None


def test_the_desk_shows_the_best_that_the_run_found(
    edition, wanted, cell, chinese, buyer, anna, supplier_segment, client_of, count_queries
):
    bare = builders.sourcing_request(buyer, supplier_segment, title="Something nobody has")
    run(edition)
    mine = client_of(anna)
    own = mine.get("/desk/").context["own"]
    assert [(fit["posting"], fit["total"], set(offers(fit["cards"]))) for fit in own.fits] == [(wanted, 2, {cell.pk, chinese.pk})]
    notes = {row["title"]: row["note"] for row in own.postings}
    assert notes == {wanted.title: "published, 2 offers fit", bare.title: "published, 0 offers fit"}
    assert count_queries(partial(mine.get, "/desk/")) <= 30


def test_the_list_of_own_postings_counts_what_the_run_found(edition, wanted, cell, chinese, buyer, anna, supplier_segment, client_of):
    bare = builders.sourcing_request(buyer, supplier_segment, title="Something nobody has")
    run(edition)
    says("buyer", wanted, chinese, anna)
    rows = client_of(anna).get("/desk/postings/").context["page"].object_list
    assert {row["title"]: row["fits"] for row in rows} == {wanted.title: 1, bare.title: 0}


def test_what_is_missing_leads_to_its_field(edition, exhibitor, cell, supplier_segment, boris, client_of):
    run(edition)
    for path in (f"/offers/{cell.pk}/", f"/offers/{cell.pk}/matches/"):
        assert f'href="/offers/{cell.pk}/edit/#id_unit_price"' in client_of(boris).get(path).text
    form = client_of(boris).get(f"/offers/{cell.pk}/edit/").text
    for field in ("unit_price", "lead_time_days", "minimum_quantity", "monthly_capacity", "hs_code", "title"):
        assert f'id="id_{field}"' in form


def test_a_card_of_one_s_own_on_the_market_leads_to_its_matches(edition, wanted, cell, anna, boris, carla, client, client_of):
    run(edition)
    own = f'href="/requests/{wanted.pk}/matches/">1 offer fits<'
    assert own in client_of(anna).get("/market/").text
    assert f'href="/offers/{cell.pk}/matches/">1 request fits<' in client_of(boris).get("/market/").text
    for visitor in (client, client_of(carla), client_of(boris)):
        assert own not in visitor.get("/market/").text


def test_hiding_and_showing_again_keeps_the_filters(edition, wanted, cell, anna, client_of):
    run(edition)
    says("buyer", wanted, cell, anna)
    path = f"/requests/{wanted.pk}/matches/"
    page = client_of(anna).get(path, {"segment": "x"})
    assert f'href="{path}?segment=x&amp;hidden=1#aside"' in page.text
    assert f'href="{path}?segment=x"' in client_of(anna).get(path, {"segment": "x", "hidden": "1"}).text
