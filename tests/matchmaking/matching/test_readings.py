from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from matchmaking.matching import actions, world
from matchmaking.matching import kept as kept_pages
from matchmaking.matching.engine import packing
from matchmaking.matching.models import Match, Reading, Term
from matchmaking.matching.queries.explained import Pair, reasons_of
from matchmaking.matching.readings import delete_former_readings, read_with
from tests import builders
from tests.matchmaking.matching.matched import CELL, CELL_ZH, CHARGER, WANTED, another_exhibitor, rows, run


@pytest.fixture
def wanted(buyer, supplier_segment):
    return builders.sourcing_request(buyer, supplier_segment, **WANTED, needed_by=timezone.localdate() + timedelta(days=20))


@pytest.fixture
def cell(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, **CELL, lead_time_days=15)


@pytest.fixture
def others(edition, supplier_segment):
    seller = another_exhibitor(edition, "Comet Cells")
    return [builders.offer(seller, supplier_segment, **said, lead_time_days=10) for said in (CELL_ZH, CHARGER)]


@pytest.fixture
def another_worker(edition):
    """Return a function that starts as a new process does, makes a run, and says of how many postings it has read the texts."""

    def start():
        world.forget()
        world._Process.reader = None
        run(edition)
        return world.held().texts_read

    return start


def kept():
    return set(Reading.objects.values_list("offer", "request", "digest", "read_with"))


def test_stored_readings_give_the_same_result_as_fresh_ones(another_worker, wanted, cell, others):
    assert another_worker() == 4
    expected, there = rows(), kept()
    assert len(there) == 4
    assert another_worker() == 0
    assert rows() == expected != []
    Reading.objects.all().delete()
    assert another_worker() == 4
    assert rows() == expected
    assert kept() == there


def test_only_what_was_written_is_read_again(another_worker, wanted, cell, others):
    another_worker()
    before = dict(Reading.objects.values_list("offer", "digest"))
    cell.description = "Prismatic."
    cell.save()
    assert another_worker() == 1
    after = dict(Reading.objects.values_list("offer", "digest"))
    assert {pk for pk in after if after[pk] != before[pk]} == {cell.pk}
    cell.lead_time_days = 16
    cell.save()
    assert another_worker() == 0


def test_another_term_is_not_answered_with_what_was_read_without_it(another_worker, wanted, cell, others):
    another_worker()
    former = read_with(world.reader_now()[0])
    Term.objects.create(english="prismatic cell", chinese="方壳", kind="good", key="prismatic-cell")
    assert another_worker() == 4
    assert not Reading.objects.filter(read_with=former).exists()
    assert Reading.objects.count() == 4


def test_another_engine_does_not_answer_with_what_the_former_read(another_worker, wanted, cell, others, monkeypatch):
    another_worker()
    monkeypatch.setattr(packing, "FORM", packing.FORM + 1)
    packing.reading_version.cache_clear()
    try:
        assert another_worker() == 4
    finally:
        packing.reading_version.cache_clear()


def test_what_is_damaged_is_read_anew(another_worker, wanted, cell, others):
    another_worker()
    expected = rows()
    Reading.objects.filter(offer=cell).update(packed=b"rubbish")
    assert another_worker() == 1
    assert rows() == expected
    assert bytes(Reading.objects.get(offer=cell).packed) != b"rubbish"


def test_readings_of_former_terms_are_swept(another_worker, wanted, cell, others):
    another_worker()
    now = read_with(world.reader_now()[0])
    Reading.objects.filter(offer__in=[one.pk for one in others]).update(read_with="former")
    assert delete_former_readings(now, 1) == 1
    actions.sweep_runs()
    assert set(Reading.objects.values_list("offer", "request")) == {(cell.pk, None), (None, wanted.pk)}


def test_a_reading_goes_with_its_posting(another_worker, wanted, cell):
    another_worker()
    cell.delete()
    assert set(Reading.objects.values_list("offer", "request")) == {(None, wanted.pk)}


def test_a_reading_is_of_one_posting(wanted, cell):
    with pytest.raises(IntegrityError), transaction.atomic():
        Reading.objects.create(offer=cell, request=wanted, digest="a", read_with="b", packed=b"")
    assert not Reading.objects.exists()


def test_a_refresh_reads_what_is_kept_too(edition, another_worker, wanted, cell, others, count_queries):
    another_worker()
    world.forget()
    world._Process.reader = None
    assert actions.refresh_posting("offer", cell.pk)
    assert world.held().texts_read == 0


def test_reasons_are_told_from_what_is_kept_and_are_the_same_where_nothing_is(another_worker, wanted, cell, others):
    another_worker()

    def told():
        world._Process.reader = None
        kept_pages.forget()
        match = Match.objects.in_force().select_related("request_snapshot", "offer_snapshot", "run").get(offer=cell, request=wanted)
        (reasons,) = reasons_of([Pair(match, wanted, cell)], match.run)
        return reasons, world._Process.reader[1]._kept.cache_info().misses

    kept_reasons, read = told()
    assert read == 0
    Reading.objects.all().delete()
    fresh_reasons, read = told()
    assert read > 0
    assert fresh_reasons == kept_reasons
