"""Requests that nobody can fill: as the run in force found it, and as postings are written after it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching import actions, kept
from matchmaking.matching.actions.gaps import forget_gap_changes
from matchmaking.matching.kept import market_now
from matchmaking.matching.models import GapChange, Match
from matchmaking.matching.queries import fits_for_request, segment_gaps
from matchmaking.matching.unfilled import is_unfilled, told
from matchmaking.participants.models import Registration
from tests import builders
from tests.matchmaking.matching.matched import CELL, WANTED, another_buyer, another_exhibitor, run


@pytest.fixture
def wanted(buyer, supplier_segment):
    return builders.sourcing_request(buyer, supplier_segment, **WANTED)


@pytest.fixture
def cell(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, **CELL)


def gaps(edition):
    """The requests without an offer, row by row; the columns of the market and the counts by segment say the same."""
    open_offers = set(Offer.objects.published().values_list("pk", flat=True))
    listed = Match.objects.filter(run__status="in_force", request_rank__isnull=False)
    filled = {request for request, offer in listed.values_list("request", "offer") if offer in open_offers}
    open_requests = {row.pk: row.segment_id for row in SourcingRequest.objects.published().in_edition(edition)}
    found = open_requests.keys() - filled
    held = market_now()
    assert held.columns.unfilled == found == set(SourcingRequest.objects.published().filter(is_unfilled()).values_list("pk", flat=True))
    totals = segment_gaps(edition, held)
    assert {segment: without for segment, (_all, without) in totals.items()} == {
        segment: sum(open_requests[pk] == segment for pk in found) for segment in set(open_requests.values())
    }
    return found


def follow(*postings):
    for posting in postings:
        actions.refresh_posting(posting.kind, posting.pk)


def test_without_a_run_nobody_knows(wanted, cell, edition):
    assert market_now().columns.unfilled == frozenset()
    assert market_now().columns.runs == {}
    assert not SourcingRequest.objects.filter(is_unfilled()).exists()


def test_gaps_are_those_of_the_run_and_follow_each_write(wanted, cell, edition, exhibitor, supplier_segment):
    run(edition)
    read_at = market_now().read_at
    assert gaps(edition) == set()
    for status, found in (("paused", {wanted.pk}), ("published", set())):
        cell.status = status
        cell.save()
        follow(cell)
        assert gaps(edition) == found
    another = builders.offer(exhibitor, supplier_segment, **CELL)
    follow(another)
    cell.delete()
    assert gaps(edition) == set()
    exhibitor.status = Registration.Status.WITHDRAWN
    exhibitor.save()
    assert gaps(edition) == {wanted.pk}
    wanted.delete()
    assert gaps(edition) == set()
    assert market_now().read_at == read_at, "each write was followed row by row"


def test_a_withdrawn_offer_opens_the_gap_before_anybody_works_it_out(wanted, cell, edition):
    run(edition)
    assert gaps(edition) == set()
    cell.status = "withdrawn"
    cell.save()
    assert gaps(edition) == {wanted.pk}


def test_an_edit_that_breaks_a_must_opens_the_gap_once_it_is_followed(wanted, cell, edition):
    run(edition)
    wanted.needed_by = timezone.localdate() + timedelta(days=3)
    wanted.save()
    Offer.objects.filter(pk=cell.pk).update(lead_time_days=300)
    cell.refresh_from_db()
    cell.save()
    follow(wanted, cell)
    assert gaps(edition) == {wanted.pk}


def test_a_request_counts_once_it_was_read(wanted, cell, edition, supplier_segment):
    run(edition)
    fresh = builders.sourcing_request(another_buyer(edition, "Second Motors"), supplier_segment, title="Paint robots")
    assert market_now().columns.unfilled == frozenset()
    follow(fresh)
    assert gaps(edition) == {fresh.pk}


def test_a_new_run_is_heard_of(wanted, edition, exhibitor, supplier_segment):
    run(edition)
    assert gaps(edition) == {wanted.pk}
    builders.offer(exhibitor, supplier_segment, **CELL)
    run(edition)
    assert gaps(edition) == set()
    assert market_now().columns.runs.keys() == {edition.pk}


def test_gaps_and_lists_agree(wanted, cell, edition, supplier_segment):
    builders.sourcing_request(another_buyer(edition, "Second Motors"), supplier_segment, title="Paint robots", hs_code="847950")
    run(edition)
    rows = SourcingRequest.objects.for_page()
    assert gaps(edition) == {row.pk for row in rows if not fits_for_request(row, AnonymousUser()).total}


def test_only_lists_that_the_posting_may_decide_leave_a_row(wanted, cell, edition, supplier_segment):
    for number in range(3):
        builders.offer(another_exhibitor(edition, f"Seller {number}"), supplier_segment, **CELL)
    run(edition)
    follow(cell)
    assert not GapChange.objects.exists()
    follow(wanted)
    assert list(GapChange.objects.values_list("request", flat=True)) == [wanted.pk]
    forget_gap_changes(timezone.now() + timedelta(minutes=1))
    assert not GapChange.objects.exists()


def test_other_editions_have_gaps_of_their_own(wanted, edition):
    run(edition)
    assert gaps(edition) == {wanted.pk}
    kept.forget()
    assert segment_gaps(builders.edition(), market_now()) == {}


@pytest.mark.parametrize(("count", "everybody", "organiser"), [(0, None, 0), (4, None, 4), (5, 5, 5), (None, None, None)])
def test_less_than_five_is_told_to_the_organiser_only(count, everybody, organiser):
    assert (told(count), told(count, is_full=True)) == (everybody, organiser)
