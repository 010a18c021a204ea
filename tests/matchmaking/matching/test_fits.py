"""What everybody sees of the lists in force on a posting's page."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching.models import MatchRun
from matchmaking.matching.queries import fits_for_offer, fits_for_request
from matchmaking.participants.models import Block
from tests import builders
from tests.matchmaking.matching.matched import CELL, CHARGER, WANTED, run

STRANGER = AnonymousUser()
UNSEEN = ["draft", "submitted", "paused", "expired", "withdrawn", "fulfilled"]


@pytest.fixture
def wanted(buyer, supplier_segment):
    days = timezone.localdate() + timedelta(days=60)
    return builders.sourcing_request(buyer, supplier_segment, **WANTED, certificates=("IATF 16949",), deliver_to="DE", needed_by=days)


@pytest.fixture
def cell(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, **CELL, certificates=("IATF 16949",), lead_time_days=90, ships_to=["DE"])


def of_request(posting, visitor=STRANGER):
    return fits_for_request(SourcingRequest.objects.for_page().get(pk=posting.pk), visitor)


def of_offer(posting, visitor=STRANGER):
    return fits_for_offer(Offer.objects.for_page().get(pk=posting.pk), visitor)


def shown(fits):
    return [fit.card["id"] for fit in fits.cards]


def test_what_is_on_the_list_is_told_with_its_requirements_in_words(wanted, cell, edition):
    run(edition)
    fits = of_request(wanted)
    assert (shown(fits), fits.total, fits.is_worked_out) == ([cell.pk], 1, True)
    assert fits.cards[0].reasons == [
        ("fits", "Holds IATF 16949", True),
        ("fits", "Ships to Germany", True),
        ("partly", "Lead time 90 days: 30 days too late", True),
    ]
    assert fits.cards[0].line == [("fits", True), ("fits", True), ("partly", True)]
    assert shown(of_offer(cell)) == [wanted.pk]


def test_until_a_run_is_in_force_it_says_so(wanted, cell, edition, client):
    assert not of_request(wanted).is_worked_out
    page = client.get(f"/requests/{wanted.pk}/").content.decode()
    assert "The matches are being worked out" in page
    assert client.get(f"/api/v1/requests/{wanted.pk}/fits/").json() == {"is_worked_out": False, "total": 0, "results": []}
    run(edition)
    assert "The matches are being worked out" not in client.get(f"/requests/{wanted.pk}/").content.decode()
    sent = client.get(f"/api/v1/requests/{wanted.pk}/fits/").json()
    assert (sent["is_worked_out"], sent["total"], sent["results"][0]["id"]) == (True, 1, cell.pk)


def test_what_no_run_has_read_yet_says_so(wanted, edition):
    made = run(edition)
    assert of_request(wanted).is_worked_out
    long_ago = timezone.now() - timedelta(hours=1)
    MatchRun.objects.filter(pk=made.pk).update(finished_at=long_ago, followed_until=long_ago)
    assert not of_request(wanted).is_worked_out


@pytest.mark.parametrize("status", UNSEEN)
def test_what_was_closed_is_gone_at_once(status, wanted, cell, edition):
    run(edition)
    Offer.objects.filter(pk=cell.pk).update(status=status)
    assert shown(of_request(wanted)) == []


def test_a_block_or_a_verdict_changes_nothing_for_others(wanted, cell, edition, anna, boris, carla, aurora, borealis):
    run(edition)
    Block.objects.create(company=aurora, blocked=borealis)
    for other in (STRANGER, anna, boris, carla):
        assert shown(of_request(wanted, other)) == [cell.pk]


def test_what_is_another_thing_is_not_listed(wanted, exhibitor, supplier_segment, edition):
    builders.offer(exhibitor, supplier_segment, **CHARGER, certificates=("IATF 16949",))
    run(edition)
    fits = of_request(wanted)
    assert (fits.is_worked_out, fits.total) == (True, 0)


def test_a_posting_one_step_along_the_chain_is_marked(buyer, cell, customer_segment, edition):
    asked = builders.sourcing_request(buyer, customer_segment, **WANTED)
    run(edition)
    assert [(fit.card["id"], fit.is_linked) for fit in of_request(asked).cards] == [(cell.pk, True)]


def test_fits_take_the_same_queries_for_one_and_for_ten(wanted, cell, edition, supplier_segment, count_queries):
    run(edition)
    posting = SourcingRequest.objects.for_page().get(pk=wanted.pk)
    one = count_queries(lambda: fits_for_request(posting, STRANGER))
    for number in range(9):
        seller = builders.registration(builders.company(f"Seller {number}"), edition)
        builders.offer(seller, supplier_segment, **CELL, certificates=("IATF 16949",))
    run(edition)
    assert count_queries(lambda: fits_for_request(posting, STRANGER)) == one == 3
    assert fits_for_request(posting, STRANGER).total == 10
