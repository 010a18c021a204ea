from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from matchmaking.marketplace.models import Offer, OfferCertificate, SourcingRequest
from matchmaking.matching.actions import work_out_gaps
from matchmaking.matching.kept import market_now
from matchmaking.matching.models import Gap
from matchmaking.matching.queries import fits_for_offer, fits_for_request, segment_gaps
from matchmaking.participants.models import Block
from tests import builders

STRANGER = AnonymousUser()


@pytest.fixture
def request_(buyer, supplier_segment):
    asked = builders.sourcing_request(
        buyer,
        supplier_segment,
        certificates=("IATF 16949",),
        deliver_to="DE",
        quantity=Decimal(3),
        unit="t",
        needed_by=timezone.localdate() + timedelta(days=60),
    )
    return SourcingRequest.objects.for_page().get(pk=asked.pk)


def without_offer():
    """Let the worker look, and say what it found."""
    work_out_gaps()
    return set(Gap.objects.values_list("request", flat=True))


def fitting(exhibitor, segment, **fields):
    return builders.offer(exhibitor, segment, certificates=("IATF 16949",), **fields)


def shown(fits):
    return [fit.card["id"] for fit in fits.cards]


def test_fits_are_told_with_their_reasons_in_words(request_, exhibitor, supplier_segment):
    offer = fitting(exhibitor, supplier_segment, minimum_quantity=500, unit="kg", lead_time_days=90, ships_to=["DE"])
    fits = fits_for_request(request_, visitor=STRANGER)
    assert shown(fits) == [offer.pk]
    assert fits.total == 1
    assert fits.cards[0].reasons == [
        ("fits", "Holds IATF 16949", True),
        ("fits", "Ships to Germany", True),
        ("fits", "Accepts an order of 3,000\N{NO-BREAK SPACE}kg", True),
        ("partly", "30 days too late", True),
    ]
    assert fits.cards[0].line == [("fits", True), ("fits", True), ("fits", True), ("partly", True)]


def test_both_sides_tell_of_each_other(request_, exhibitor, supplier_segment, customer_segment):
    offer = fitting(exhibitor, supplier_segment)
    seen = Offer.objects.for_page().get(pk=offer.pk)
    assert shown(fits_for_offer(seen, visitor=STRANGER)) == [request_.pk]


def test_what_breaks_a_must_is_not_listed(request_, exhibitor, supplier_segment):
    builders.offer(exhibitor, supplier_segment)
    fitting(exhibitor, supplier_segment, ships_to=["FR"])
    fitting(exhibitor, supplier_segment, minimum_quantity=4, unit="t")
    fitting(exhibitor, supplier_segment, lead_time_days=121)
    ended = fitting(exhibitor, supplier_segment)
    OfferCertificate.objects.filter(offer=ended).update(valid_until=timezone.localdate() - timedelta(days=1))
    assert fits_for_request(request_, visitor=STRANGER).total == 0


def test_a_linked_segment_fits_one_way_only(buyer, exhibitor, supplier_segment, customer_segment):
    asked = builders.sourcing_request(buyer, customer_segment)
    offer = builders.offer(exhibitor, supplier_segment)
    builders.offer(exhibitor, customer_segment, title="own")
    fits = fits_for_request(SourcingRequest.objects.for_page().get(pk=asked.pk), visitor=STRANGER)
    assert [(fit.card["id"], fit.is_linked) for fit in fits.cards][-1] == (offer.pk, True)
    other_way = builders.sourcing_request(buyer, supplier_segment)
    fits = fits_for_request(SourcingRequest.objects.for_page().get(pk=other_way.pk), visitor=STRANGER)
    assert shown(fits) == [offer.pk]


@pytest.mark.parametrize("status", ["draft", "submitted", "paused", "expired", "withdrawn", "fulfilled"])
def test_only_open_postings_are_listed(status, request_, exhibitor, supplier_segment):
    fitting(exhibitor, supplier_segment, status=status)
    fitting(exhibitor, supplier_segment, valid_until=timezone.localdate() - timedelta(days=1))
    assert fits_for_request(request_, visitor=STRANGER).total == 0
    assert request_.pk in without_offer()


def test_invited_only_requests_are_listed_nowhere(buyer, exhibitor, supplier_segment):
    builders.sourcing_request(buyer, supplier_segment, visibility="invited")
    offer = builders.offer(exhibitor, supplier_segment)
    assert fits_for_offer(Offer.objects.for_page().get(pk=offer.pk), visitor=STRANGER).total == 0
    assert segment_gaps(exhibitor.edition, market_now()) == {}


def test_a_block_is_known_to_its_own_side_only(request_, exhibitor, supplier_segment, anna, boris, carla, aurora, borealis):
    offer = fitting(exhibitor, supplier_segment)
    Block.objects.create(company=aurora, blocked=borealis)
    assert fits_for_request(request_, visitor=anna).total == 0
    for other in (STRANGER, boris, carla):
        assert shown(fits_for_request(request_, visitor=other)) == [offer.pk]
    assert shown(fits_for_offer(Offer.objects.for_page().get(pk=offer.pk), visitor=boris)) == [request_.pk]


def test_the_same_company_never_fits_itself(request_, edition, aurora, supplier_segment):
    both = builders.registration(aurora, edition)
    fitting(both, supplier_segment)
    assert fits_for_request(request_, visitor=STRANGER).total == 0


def test_fits_take_the_same_queries_for_one_and_for_thirty(request_, exhibitor, supplier_segment, count_queries):
    fitting(exhibitor, supplier_segment)
    market_now()
    one = count_queries(lambda: fits_for_request(request_, visitor=STRANGER, most=30))
    for _number in range(29):
        fitting(exhibitor, supplier_segment)
    market_now()
    assert count_queries(lambda: fits_for_request(request_, visitor=STRANGER, most=30)) == one == 4
    assert fits_for_request(request_, visitor=STRANGER, most=10).total == 30


def test_gaps_count_open_requests_and_those_nobody_fills(request_, buyer, exhibitor, edition, supplier_segment, customer_segment):
    builders.sourcing_request(buyer, customer_segment)
    assert segment_gaps(edition, market_now()) == {supplier_segment.pk: (1, 0), customer_segment.pk: (1, 0)}, "nobody has looked yet"
    work_out_gaps()
    assert segment_gaps(edition, market_now()) == {supplier_segment.pk: (1, 1), customer_segment.pk: (1, 1)}
    fitting(exhibitor, supplier_segment)
    work_out_gaps()
    assert segment_gaps(edition, market_now()) == {supplier_segment.pk: (1, 0), customer_segment.pk: (1, 0)}
    assert segment_gaps(builders.edition(), market_now()) == {}


def test_gaps_and_fits_agree(buyer, exhibitor, supplier_segment, customer_segment):
    asked = [
        builders.sourcing_request(buyer, supplier_segment, certificates=("CE",)),
        builders.sourcing_request(buyer, customer_segment, quantity=1, unit="kg"),
        builders.sourcing_request(buyer, supplier_segment),
    ]
    builders.offer(exhibitor, supplier_segment, minimum_quantity=1, unit="t")
    rows = SourcingRequest.objects.for_page().filter(pk__in=[row.pk for row in asked])
    unfilled = {row.pk for row in rows if not fits_for_request(row, visitor=STRANGER).total}
    assert without_offer() == unfilled == {asked[0].pk, asked[1].pk}


def test_an_empty_site_has_no_gaps(db):
    assert without_offer() == set()
