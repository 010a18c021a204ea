from datetime import timedelta

import pytest
from django.utils import timezone

from expo.foundation import eventlog
from expo.foundation.models import Event
from matchmaking.marketplace import actions as market
from matchmaking.matching import actions, tasks, world
from matchmaking.matching.actions import fresh
from matchmaking.matching.models import Match, MatchRun, Verdict
from matchmaking.participants import actions as people
from tests import builders
from tests.matchmaking.matching.matched import CELL, CELL_ZH, CHARGER, WANTED, another_buyer, another_exhibitor, rows, run

IN_TIME = {"lead_time_days": 10}


@pytest.fixture
def wanted(buyer, supplier_segment):
    return builders.sourcing_request(buyer, supplier_segment, **WANTED, needed_by=timezone.localdate() + timedelta(days=20))


@pytest.fixture
def cell(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, **CELL, lead_time_days=15)


def ranks(of="request"):
    return [(row.request_id, row.offer_id, getattr(row, f"{of}_rank")) for row in Match.objects.order_by(of, f"{of}_rank")]


def test_nothing_is_worked_out_before_the_first_run(wanted, cell):
    assert not actions.refresh_posting("offer", cell.pk)
    assert not Match.objects.exists()


def test_a_new_posting_finds_its_matches_as_a_run_would(edition, wanted, cell, supplier_segment):
    run(edition)
    chinese = builders.offer(another_exhibitor(edition, "Comet Cells"), supplier_segment, **CELL_ZH, **IN_TIME)
    other = builders.sourcing_request(another_buyer(edition, "Buyer"), supplier_segment, **WANTED)
    assert actions.refresh_posting("offer", chinese.pk)
    assert actions.refresh_posting("request", other.pk)
    found = rows()
    assert {row[:2] for row in found} == {(one.pk, offer.pk) for one in (wanted, other) for offer in (cell, chinese)}
    run(edition)
    assert rows() == found


def test_working_out_twice_changes_nothing(edition, wanted, cell, supplier_segment):
    builders.offer(another_exhibitor(edition, "Comet Cells"), supplier_segment, **CELL_ZH, **IN_TIME)
    run(edition)
    expected = rows()
    for kind, key in (("request", wanted.pk), ("offer", cell.pk), ("request", wanted.pk)):
        actions.refresh_posting(kind, key)
        assert rows() == expected


def test_an_edit_moves_a_posting_in_its_own_list_and_in_those_of_others(edition, wanted, cell, supplier_segment):
    second = builders.offer(another_exhibitor(edition, "Comet Cells"), supplier_segment, **CELL, lead_time_days=25)
    run(edition)
    assert ranks() == [(wanted.pk, cell.pk, 1), (wanted.pk, second.pk, 2)]
    second.lead_time_days, cell.lead_time_days = 15, 25
    second.save()
    cell.save()
    actions.refresh_posting("offer", second.pk)
    actions.refresh_posting("offer", cell.pk)
    assert ranks() == [(wanted.pk, second.pk, 1), (wanted.pk, cell.pk, 2)]
    second.title, second.hs_code = CHARGER["title"], CHARGER["hs_code"]
    second.save()
    actions.refresh_posting("offer", second.pk)
    assert ranks() == [(wanted.pk, cell.pk, 1)]


def test_what_comes_into_a_full_list_pushes_the_last_one_out(edition, wanted, supplier_segment):
    seller = another_exhibitor(edition, "Comet Cells")
    for _number in range(10):
        builders.offer(seller, supplier_segment, **CELL, lead_time_days=25)
    run(edition)
    assert len(rows()) == 10
    last = Match.objects.get(request_rank=10)
    better = builders.offer(another_exhibitor(edition, "Better"), supplier_segment, **CELL, lead_time_days=5)
    actions.refresh_posting("offer", better.pk)
    assert Match.objects.get(request_rank=1).offer == better
    assert sorted(Match.objects.filter(request_rank__isnull=False).values_list("request_rank", flat=True)) == list(range(1, 11))
    last.refresh_from_db()
    assert (last.request_rank, last.offer_rank) == (None, 1)  # It is still the best request for that offer.


def test_a_closed_posting_leaves_all_lists(edition, wanted, cell, supplier_segment):
    second = builders.offer(another_exhibitor(edition, "Comet Cells"), supplier_segment, **CELL, lead_time_days=25)
    run(edition)
    cell.status = "withdrawn"
    cell.save()
    assert [row[1] for row in rows()] == [second.pk]
    actions.refresh_posting("offer", cell.pk)
    assert ranks() == [(wanted.pk, second.pk, 1)]


def test_refused_pairs_keep_their_row_without_a_place(edition, anna, wanted, cell):
    run(edition)
    Verdict.objects.create(request=wanted, offer=cell, side="buyer", says="not_for_us", reason="price", by=anna)
    actions.refresh_posting("request", wanted.pk)
    assert ranks() == [(wanted.pk, cell.pk, None)]
    assert ranks("offer") == [(wanted.pk, cell.pk, None)]


@pytest.fixture
def at_once(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_each_verb_of_a_posting_is_followed_at_once(edition, boris, exhibitor, wanted, supplier_segment, at_once):
    run(edition)
    assert rows() == []
    fields = {"segment": supplier_segment, **CELL}
    with at_once():
        draft = market.save_offer(None, by=boris, registration=exhibitor, fields=fields, certificates=[])
    assert rows() == []
    edition.reviews_postings = False
    edition.save()
    with at_once():
        made = market.submit_posting(draft, by=boris)
    assert [row[:2] for row in rows()] == [(wanted.pk, made.pk)]
    with at_once():
        market.withdraw_posting(made, by=boris)
    assert not Match.objects.exists()


def test_a_registration_that_is_verified_brings_its_postings(edition, organiser, wanted, cell, at_once):
    with at_once():
        exhibitor = cell.registration
        exhibitor.status = "submitted"
        exhibitor.save()
        run(edition)
    assert rows() == []
    with at_once():
        people.verify_registration(exhibitor, by=organiser)
    assert [row[:2] for row in rows()] == [(wanted.pk, cell.pk)]


def test_the_site_does_not_ask_for_a_job_that_has_nothing_to_do(boris, cell, at_once, monkeypatch):
    asked = []
    monkeypatch.setattr(tasks, "refresh", type("Job", (), {"enqueue": lambda *given: asked.append(given)}))
    with at_once():
        market.withdraw_posting(cell, by=boris)
    assert asked == []


def missed(posting):
    """Something was done, and the job for it was lost."""
    Event.objects.create(verb="publish", thing=posting._meta.label, thing_id=str(posting.pk))


def test_the_sweep_finds_what_was_missed_and_nothing_twice(edition, wanted, cell, supplier_segment):
    run(edition)
    later = builders.offer(another_exhibitor(edition, "Comet Cells"), supplier_segment, **CELL)
    missed(later)
    missed(wanted)
    assert actions.follow_what_was_missed() == 2
    assert {row[1] for row in rows()} == {cell.pk, later.pk}
    assert actions.follow_what_was_missed() == 0
    later.status = "withdrawn"
    later.save()
    missed(later)
    assert actions.follow_what_was_missed() == 1
    assert [row.offer_id for row in Match.objects.all()] == [cell.pk]
    assert actions.follow_what_was_missed() == 0


def test_what_is_written_while_a_run_is_under_way_is_taken_in_when_it_ends(edition, wanted, cell, supplier_segment, at_once):
    with at_once():
        run(edition)
    with at_once():
        made = actions.start_run(edition, by=None)
        while actions.work_on(made.pk):
            later = builders.offer(another_exhibitor(edition, "Comet Cells"), supplier_segment, **CELL)
            missed(later)
    assert {row[1] for row in rows()} == {cell.pk, later.pk}
    assert MatchRun.objects.get(status="in_force") == made


def test_a_run_far_behind_is_made_anew(edition, wanted, cell, monkeypatch):
    run(edition)
    monkeypatch.setattr(fresh, "MOST_ONE_BY_ONE", 0)
    cell.title = "LFP cells"
    cell.save()
    missed(cell)
    actions.follow_what_was_missed()
    assert MatchRun.objects.get(status="queued").asked_by is None


def test_the_log_tells_each_follower_once(exhibitor, organiser):
    heard = []
    eventlog.FOLLOWERS.append(heard.append)
    try:
        eventlog.log(exhibitor, "look", by=organiser)
        eventlog.log_all([(exhibitor, "look", {}), (exhibitor, "look", {})], by=organiser)
    finally:
        eventlog.FOLLOWERS.remove(heard.append)
    assert [{model: set(keys) for model, keys in touched.items()} for touched in heard] == [{type(exhibitor): {exhibitor.pk}}] * 2


def test_refreshing_takes_as_many_queries_for_many_partners_as_for_one(edition, wanted, cell, supplier_segment, count_queries):
    run(edition)
    actions.refresh_posting("request", wanted.pk)
    one = count_queries(lambda: actions.refresh_posting("request", wanted.pk))
    for number in range(3):
        builders.offer(another_exhibitor(edition, f"Seller {number}"), supplier_segment, **CELL, lead_time_days=15)
    run(edition)
    actions.refresh_posting("request", wanted.pk)
    # Each list that it stands on closes up and opens again: two short updates for each partner.
    assert count_queries(lambda: actions.refresh_posting("request", wanted.pk)) - one == 2 * 3


def test_a_worker_that_has_just_started_reads_a_little_at_a_time(edition, wanted, cell, customer_segment, exhibitor):
    builders.offer(exhibitor, customer_segment, **CHARGER)
    assert not actions.warm_up()
    run(edition)
    world.forget()
    assert actions.warm_up(seconds=-1)
    assert not actions.warm_up()
    held = world.held()
    assert held is not None
    assert held.unread([cell.segment_id, customer_segment.pk]) == []
