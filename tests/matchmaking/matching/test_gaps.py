from datetime import timedelta

import pytest
from django.utils import timezone

from expo.editions.models import SegmentLink
from matchmaking.marketplace.models import OfferCertificate
from matchmaking.matching import tasks
from matchmaking.matching.actions import gaps as actions
from matchmaking.matching.actions import stale_segments, work_out_gaps
from matchmaking.matching.models import Gap, SegmentLook
from matchmaking.participants.models import Registration
from tests import builders

LONG_AGO = timedelta(hours=1)


@pytest.fixture
def wanted(buyer, supplier_segment):
    return builders.sourcing_request(buyer, supplier_segment, certificates=("IATF 16949",))


@pytest.fixture(autouse=True)
def _settled(monkeypatch):
    """Rows of a test are younger than what settles."""
    monkeypatch.setattr(actions, "SETTLED_AFTER", timedelta(0))


def gaps():
    work_out_gaps()
    return set(Gap.objects.values_list("request", flat=True))


def test_gaps_follow_each_write(wanted, exhibitor, supplier_segment):
    assert gaps() == {wanted.pk}
    offer = builders.offer(exhibitor, supplier_segment, certificates=("IATF 16949",))
    assert gaps() == set()
    offer.status = "paused"
    offer.save()
    assert gaps() == {wanted.pk}
    offer.status = "published"
    offer.save()
    assert gaps() == set()
    exhibitor.status = Registration.Status.WITHDRAWN
    exhibitor.save()
    assert gaps() == {wanted.pk}
    wanted.delete()
    assert gaps() == set()


def test_an_edited_must_is_looked_at_again(wanted, exhibitor, supplier_segment):
    offer = builders.offer(exhibitor, supplier_segment, certificates=("IATF 16949",), lead_time_days=400)
    assert gaps() == set()
    wanted.needed_by = timezone.localdate() + timedelta(days=30)
    wanted.save()
    assert gaps() == {wanted.pk}
    offer.lead_time_days = 20
    offer.save()
    assert gaps() == set()


def test_a_new_link_brings_suppliers(buyer, exhibitor, supplier_segment, chain):
    other = builders.segment(chain)
    wanted = builders.sourcing_request(buyer, other)
    builders.offer(exhibitor, supplier_segment)
    assert gaps() == {wanted.pk}
    link = builders.link(supplier_segment, other)
    assert gaps() == set()
    SegmentLink.objects.filter(pk=link.pk).delete()
    assert gaps() == {wanted.pk}


def test_a_certificate_that_ends_opens_a_gap_the_day_after(wanted, exhibitor, supplier_segment, monkeypatch):
    offer = builders.offer(exhibitor, supplier_segment, certificates=("IATF 16949",))
    OfferCertificate.objects.filter(offer=offer).update(valid_until=timezone.localdate())
    assert gaps() == set()
    tomorrow = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda *_args: tomorrow)
    assert gaps() == {wanted.pk}


def test_only_what_changed_is_worked_out(wanted, buyer, exhibitor, supplier_segment, customer_segment):
    builders.sourcing_request(buyer, customer_segment)
    assert work_out_gaps() == 2
    assert work_out_gaps() == 0
    builders.offer(exhibitor, customer_segment)
    assert list(stale_segments(now=timezone.now())) == [customer_segment.pk]
    assert work_out_gaps() == 1
    builders.offer(exhibitor, supplier_segment)  # It supplies the other segment too.
    assert work_out_gaps() == 2


def test_what_is_fresh_is_looked_at_once_more(wanted, monkeypatch):
    monkeypatch.setattr(actions, "SETTLED_AFTER", timedelta(minutes=2))
    assert (work_out_gaps(), work_out_gaps()) == (1, 1)
    later = timezone.now() + LONG_AGO
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert (work_out_gaps(), work_out_gaps()) == (1, 0)


def test_a_look_gets_a_new_number_only_when_the_gaps_changed(wanted, exhibitor, supplier_segment):
    work_out_gaps()
    look = SegmentLook.objects.get()
    builders.offer(exhibitor, supplier_segment)
    work_out_gaps()
    assert SegmentLook.objects.get().pk == look.pk
    builders.offer(exhibitor, supplier_segment, certificates=("IATF 16949",))
    work_out_gaps()
    assert SegmentLook.objects.get().pk > look.pk


def test_the_sweep_asks_the_worker_only_when_something_changed(wanted):
    assert tasks.sweep_gaps.call() == 1
    assert set(Gap.objects.values_list("request", flat=True)) == {wanted.pk}
    assert tasks.sweep_gaps.call() == 0


def test_the_number_of_queries_does_not_grow_with_the_segment(wanted, exhibitor, supplier_segment, count_queries):
    builders.offer(exhibitor, supplier_segment)
    one = count_queries(work_out_gaps)
    for _number in range(20):
        builders.offer(exhibitor, supplier_segment)
    assert count_queries(work_out_gaps) <= one


def test_an_empty_site_has_no_gaps(db):
    assert gaps() == set()
