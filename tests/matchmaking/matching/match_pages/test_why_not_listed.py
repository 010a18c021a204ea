"""What a list of matches leaves out: counted by its first reason, and what stands there as a near miss."""

from datetime import timedelta

import pytest
from django.utils import timezone

from matchmaking.matching.actions.fresh import refresh_posting
from matchmaking.matching.models import Unlisted
from matchmaking.participants.models import Block
from tests import builders
from tests.matchmaking.matching.match_pages.asked import found, says
from tests.matchmaking.matching.matched import CELL, CHARGER, WANTED, another_exhibitor, run


@pytest.fixture
def crowd(edition, buyer, supplier_segment, wanted):
    """Beside what the request asks: a cell that comes late, one not shipped there, one both, another size, another thing, and its own."""
    wanted.needed_by, wanted.deliver_to = timezone.localdate() + timedelta(days=30), "DE"
    wanted.save()

    def offered(name, **fields):
        builders.offer(another_exhibitor(edition, name), supplier_segment, **CELL | fields)

    offered("Late Cells", lead_time_days=90)
    offered("Far Cells", ships_to=["JP"])
    offered("Far and Late Cells", ships_to=["JP"], lead_time_days=90)
    offered("Small Cells", title="LFP prismatic cell, 50 Ah")
    offered("Chargers", **CHARGER)
    builders.offer(buyer, supplier_segment, **CELL)


def test_what_is_not_listed_is_counted_once_by_its_first_reason(edition, wanted, cell, crowd, anna, client_of):
    run(edition)
    row = Unlisted.objects.get(request=wanted)
    assert (row.looked_at, row.reasons) == (6, {"MARKET": 2, "LEAD": 1, "CLASH": 1, "OTHER": 1})
    page = client_of(anna).get(f"/requests/{wanted.pk}/matches/")
    seen = page.context["found"]
    assert (seen.looked_at, len(seen.fits), len(seen.near), seen.others) == (6, 1, 3, 2)
    assert "2 more offers that are not listed, and why" in page.text
    assert "Another product, by text, HS code and figures" in page.text


def test_ten_stand_on_a_list_and_the_others_fit_but_score_lower(edition, wanted, supplier_segment, anna, client_of):
    for number in range(13):
        builders.offer(another_exhibitor(edition, f"Cells {number}"), supplier_segment, **CELL)
    run(edition)
    row = Unlisted.objects.get(request=wanted)
    assert row.reasons == {"LOWER": 3}
    assert found(client_of(anna), f"/requests/{wanted.pk}/matches/").looked_at == 13


def test_places_that_are_spread_are_a_reason_of_their_own(edition, wanted, exhibitor, supplier_segment):
    for _number in range(11):
        builders.offer(exhibitor, supplier_segment, **CELL)
    for number in range(6):
        builders.offer(another_exhibitor(edition, f"Cells {number}"), supplier_segment, **CELL)
    run(edition, share=0.05)
    counts = Unlisted.objects.get(request=wanted).reasons
    assert set(counts) <= {"LOWER", "SPREAD"}
    assert sum(counts.values()) == 7
    assert counts["SPREAD"] > 0


def test_who_is_kept_apart_is_not_counted_as_fitting_worse(edition, wanted, cell, chinese, buyer, exhibitor, anna):
    Block.objects.create(company=buyer.company, blocked=exhibitor.company, set_by=anna)
    run(edition)
    assert Unlisted.objects.get(request=wanted).reasons == {}


def test_a_fresh_posting_has_its_reasons_too(edition, wanted, cell, chinese, supplier_segment, exhibitor):
    run(edition)
    late = builders.offer(exhibitor, supplier_segment, **CHARGER)
    refresh_posting("offer", late.pk)
    refresh_posting("offer", cell.pk)
    assert Unlisted.objects.get(offer=late).reasons == {"OTHER": 1}
    assert Unlisted.objects.get(offer=cell).reasons == {}
    assert Unlisted.objects.filter(offer=cell).count() == 1


def test_what_shares_fields_only_is_no_near_miss(edition, buyer, exhibitor, supplier_segment, anna, client_of):
    seats = builders.sourcing_request(
        buyer, supplier_segment, title="Light seats for a four-seat aircraft", certificates=("CE",), unit="pc", deliver_to="DE"
    )
    builders.offer(exhibitor, supplier_segment, title="Supplier due diligence, ten suppliers a batch", unit="pc")
    run(edition)
    page = client_of(anna).get(f"/requests/{seats.pk}/matches/")
    assert (page.context["found"].fits, page.context["found"].near) == ([], [])
    assert "Nothing comes close either." in page.text


def test_both_sides_read_the_same_of_a_near_miss_and_after_an_answer(edition, buyer, cell, supplier_segment, anna, boris, client_of):
    strict = builders.sourcing_request(buyer, supplier_segment, certificates=("CE", "UN 38.3"), **WANTED)
    run(edition)
    pages = (client_of(anna), f"/requests/{strict.pk}/matches/"), (client_of(boris), f"/offers/{cell.pk}/matches/")
    [mine], [theirs] = (found(*page).near for page in pages)
    assert (mine.score, mine.reasons) == (theirs.score, theirs.reasons)
    assert mine.reasons.fixes
    says("buyer", strict, cell, anna, "interested")
    [mine], [theirs] = (found(*page).near for page in pages)
    assert (mine.score, mine.reasons) == (theirs.score, theirs.reasons)
