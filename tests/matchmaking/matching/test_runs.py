import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from expo.foundation.errors import IllegalMove, NotAllowed
from expo.foundation.management.commands.setup import Command
from expo.foundation.models import Event
from matchmaking.matching import actions, world
from matchmaking.matching.actions import runs, sweeping
from matchmaking.matching.errors import RunUnderWay
from matchmaking.matching.models import Match, MatchRun, Shard, Snapshot, Verdict, Weight
from matchmaking.matching.states import RUN_MOVES
from matchmaking.participants.models import Block
from tests import builders
from tests.matchmaking.matching.matched import CELL, CELL_ZH, CHARGER, WANTED, another_buyer, another_exhibitor, rows, run


@pytest.fixture
def wanted(buyer, supplier_segment):
    return builders.sourcing_request(buyer, supplier_segment, **WANTED)


@pytest.fixture
def cell(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, **CELL)


@pytest.fixture
def charger(exhibitor, customer_segment):
    return builders.offer(exhibitor, customer_segment, **CHARGER)


def pairs(of=None):
    return {(request, offer) for request, offer, *_rest in rows(of)}


def test_a_run_brings_together_what_belongs_together_in_both_languages(edition, wanted, cell, charger, supplier_segment):
    chinese = builders.offer(another_exhibitor(edition, "Comet Cells"), supplier_segment, **CELL_ZH)
    made = run(edition)
    assert made.status == "in_force"
    assert pairs() == {(wanted.pk, cell.pk), (wanted.pk, chinese.pk)}
    ranks = {(row.offer_id): (row.request_rank, row.offer_rank, row.near_rank) for row in Match.objects.in_force()}
    assert sorted(ranks.values()) == [(1, 1, None), (2, 1, None)]
    assert (made.figures["requests"], made.figures["offers"], made.figures["matches"]) == (1, 3, 2)
    assert made.figures["pairs"] >= 2
    assert made.figures["peak_bytes"] > 0
    assert made.asked_by is None


def test_two_runs_of_the_same_facts_find_the_same(edition, wanted, cell, supplier_segment, customer_segment):
    for number in range(6):
        seller = another_exhibitor(edition, f"Seller {number}")
        builders.offer(seller, supplier_segment, **{**CELL, "lead_time_days": 10 * number})
        builders.sourcing_request(another_buyer(edition, f"Buyer {number}"), customer_segment, **WANTED)
    first = rows(run(edition))
    assert len(first) > 20
    assert rows(run(edition)) == first
    # What was read stays in memory for the next, and makes no difference either.
    made = actions.start_run(edition, by=None)
    while actions.work_on(made.pk):
        pass
    assert rows(made) == first


def test_a_broken_must_is_a_near_miss_and_never_a_match(edition, buyer, exhibitor, supplier_segment):
    wanted = builders.sourcing_request(buyer, supplier_segment, certificates=("IATF 16949",), **WANTED)
    near = builders.offer(exhibitor, supplier_segment, **CELL)
    fit = builders.offer(another_exhibitor(edition, "Comet Cells"), supplier_segment, certificates=("IATF 16949",), **CELL)
    run(edition)
    assert [(offer, *ranks) for _request, offer, _score, *ranks in rows()] == [(near.pk, None, None, 1), (fit.pk, 1, 1, None)]
    assert pairs() == {(wanted.pk, near.pk), (wanted.pk, fit.pk)}


def test_a_run_replaces_the_one_before_at_once_and_its_rows_go_later(edition, wanted, cell, supplier_segment):
    former = run(edition)
    later = builders.offer(another_exhibitor(edition, "Comet Cells"), supplier_segment, **CELL)
    made = actions.start_run(edition, by=None)
    shards = 0
    while actions.work_on(made.pk):
        shards += 1
        in_force = MatchRun.objects.get(status="in_force")
        assert (in_force == former) is (Shard.objects.filter(run=made).exclude(status="done").exists())
    assert shards == 1
    assert pairs() == {(wanted.pk, cell.pk), (wanted.pk, later.pk)}
    former.refresh_from_db()
    assert former.status == "replaced"
    assert Match.objects.filter(run=former).count() == 1
    assert sweeping.delete_former_rows() == 1
    assert set(Match.objects.values_list("run", flat=True)) == {made.pk}
    Event.objects.get(verb="put_in_force", thing_id=str(made.pk))


def test_a_withdrawn_posting_is_gone_from_the_matches_at_once(edition, wanted, cell):
    run(edition)
    cell.status = "withdrawn"
    cell.save()
    assert rows() == []


def test_one_run_at_a_time(edition, organiser, wanted, cell):
    first = actions.start_run(edition, by=organiser)
    assert first.asked_by == organiser
    with pytest.raises(RunUnderWay) as refused:
        actions.start_run(edition, by=organiser)
    assert refused.value.status == 409
    assert list(MatchRun.objects.all()) == [first]
    assert actions.start_run(builders.edition(), by=None).shards.count() == 0


def test_carla_and_the_traders_start_no_run(edition, carla, anna, boris, wanted, cell):
    for person in (carla, anna, boris):
        with pytest.raises(NotAllowed):
            actions.start_run(edition, by=person)
    assert not MatchRun.objects.exists()


def test_an_interrupted_run_leaves_the_one_before_in_force(edition, wanted, cell):
    former = run(edition)
    made = actions.start_run(edition, by=None)
    actions.interrupt_run(made, "Somebody pulled the plug.")
    made.refresh_from_db()
    assert (made.status, made.note) == ("interrupted", "Somebody pulled the plug.")
    assert not actions.work_on(made.pk)
    assert not actions.put_in_force(made)
    assert MatchRun.objects.get(status="in_force") == former
    assert pairs() == {(wanted.pk, cell.pk)}


def test_a_shard_that_fails_five_times_interrupts_the_run(edition, wanted, cell):
    made = actions.start_run(edition, by=None)
    made.parameters["weights"]["text"] = -1
    made.save()
    for _attempt in range(5):
        with pytest.raises(ValueError, match="not negative"):
            actions.work_on(made.pk)
        assert Shard.objects.get(run=made).status == "waiting"
    actions.work_on(made.pk)
    made.refresh_from_db()
    assert (made.status, made.note) == ("interrupted", "A shard failed 5 times.")


def test_a_shard_of_a_dead_worker_is_taken_again_when_its_lease_is_over(edition, wanted, cell, customer_segment, buyer):
    expected = rows(run(edition))
    made = actions.start_run(edition, by=None)
    left = actions.take_shard(made)
    assert actions.take_shard(made) is None
    assert not actions.put_in_force(made)
    Shard.objects.filter(pk=left.pk).update(taken_at=timezone.now() - runs.LEASE - timedelta(seconds=1))
    assert actions.work_on(made.pk)
    assert rows(made) == expected
    assert Shard.objects.get(pk=left.pk).attempts == 2
    assert MatchRun.objects.get(status="in_force") == made


def test_a_worker_that_was_overtaken_writes_nothing(edition, wanted, cell, monkeypatch):
    made = actions.start_run(edition, by=None)

    def overtaken(work, kind, segment):
        Shard.objects.filter(run=made).update(attempts=2, taken_at=timezone.now())
        return found(work, kind, segment)

    found = runs.lists_of
    monkeypatch.setattr(runs, "lists_of", overtaken)
    assert actions.work_on(made.pk)
    assert not Match.objects.exists()
    assert Shard.objects.get().status == "taken"
    assert not MatchRun.objects.filter(status="in_force").exists()


def test_what_a_first_attempt_left_is_not_in_the_second(edition, wanted, cell):
    made = actions.start_run(edition, by=None)
    Shard.objects.filter(run=made).update(attempts=1)
    old = [Snapshot.objects.create(request=wanted, digest="a", facts={}), Snapshot.objects.create(offer=cell, digest="b", facts={})]
    other = builders.offer(another_exhibitor(edition, "Comet Cells"), cell.segment, **CHARGER)
    left = Match.objects.create(
        run=made, request=wanted, offer=other, score=1, request_rank=1, request_snapshot=old[0], offer_snapshot=old[1]
    )
    assert actions.work_on(made.pk)
    assert not Match.objects.filter(pk=left.pk).exists()
    assert pairs() == {(wanted.pk, cell.pk)}


def test_companies_that_block_each_other_and_refused_pairs_stay_apart(edition, anna, wanted, cell, supplier_segment, aurora):
    comet = another_exhibitor(edition, "Comet Cells")
    refused = builders.offer(comet, supplier_segment, **CELL)
    blocked = builders.offer(another_exhibitor(edition, "Blocked"), supplier_segment, **CELL)
    Block.objects.create(company=blocked.registration.company, blocked=aurora)
    Verdict.objects.create(request=wanted, offer=refused, side="buyer", says="not_for_us", reason="price", by=anna)
    run(edition)
    assert [(offer, *ranks) for _request, offer, _score, *ranks in rows()] == [(cell.pk, 1, 1, None), (refused.pk, None, None, None)]
    Verdict.objects.update(undone_at=timezone.now())
    run(edition)
    assert [(offer, *ranks) for _request, offer, _score, *ranks in rows()] == [(cell.pk, 1, 1, None), (refused.pk, 2, 1, None)]


def test_one_company_does_not_fill_all_lists_where_others_fit_as_well(edition, exhibitor, supplier_segment):
    for number in range(12):
        builders.offer(exhibitor, supplier_segment, **CELL)
        builders.offer(another_exhibitor(edition, f"Small {number}"), supplier_segment, **CELL)
        builders.sourcing_request(another_buyer(edition, f"Buyer {number}"), supplier_segment, **WANTED)
    spread = run(edition).figures["exposure"]["requests"]
    assert spread["before"]["places"] == spread["after"]["places"] == 120
    assert spread["before"]["largest_share"] > 0.4
    assert spread["after"]["largest_share"] < 0.2
    assert spread["after"]["gini"] < spread["before"]["gini"]
    assert 0 <= spread["cost_in_score"] <= runs.WITHIN_POINTS


def test_weights_of_the_organiser_count_in_the_next_run(edition, buyer, exhibitor, supplier_segment):
    builders.sourcing_request(buyer, supplier_segment, **WANTED, needed_by=timezone.localdate() + timedelta(days=30))
    builders.offer(exhibitor, supplier_segment, **CELL, lead_time_days=40)
    before = run(edition)
    Weight.objects.create(factor="terms", points=0)
    Weight.objects.create(factor="text", points=100)
    after = run(edition)
    assert (before.parameters["weights"]["terms"], after.parameters["weights"]["terms"]) == (0.6, 0.0)
    assert after.parameters["weights"]["text"] == 100.0
    assert Match.objects.get(run=before).score != Match.objects.get(run=after).score


def test_a_stored_match_is_explained_from_its_snapshots_to_the_same_score(edition, buyer, exhibitor, supplier_segment):
    wanted = builders.sourcing_request(
        buyer,
        supplier_segment,
        **WANTED,
        needed_by=timezone.localdate() + timedelta(days=30),
        price_cny_base=Decimal(100),
        budget_unit="pc",
    )
    cell = builders.offer(exhibitor, supplier_segment, **CELL, lead_time_days=40, price_cny_base=Decimal(110), price_unit="pc")
    run(edition)
    stored = Match.objects.get()
    # Whatever is written later: the snapshots say what was compared.
    cell.title, cell.lead_time_days = "Ginger", 3000
    cell.save()
    out = io.StringIO()
    call_command("explain_match", wanted.pk, cell.pk, "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert Decimal(said["stored_score"]) == stored.score == Decimal(str(said["score"]))
    thing, terms = (sum(factor["part"] for factor in said["factors"] if (factor["name"] in group)) for group in (set(THING), set(TERMS)))
    assert round(100 * thing * (1 - said["terms_weight"] * (1 - terms)), 2) == said["score"]
    assert said["offer"]["title"] == CELL["title"]
    out = io.StringIO()
    call_command("explain_match", wanted.pk, cell.pk, stdout=out)
    assert f"stored {stored.score}" in out.getvalue()
    assert "price_little_over" in out.getvalue()
    with pytest.raises(CommandError, match="not among the matches"):
        call_command("explain_match", wanted.pk, 0)
    with pytest.raises(CommandError, match="not among the matches"):
        call_command("explain_match", wanted.pk, 10**30)


THING = ("text", "product", "hs", "figures", "segment")
TERMS = ("price", "lead_time", "quantity", "incoterms", "certificates", "language")


def test_the_command_runs_and_tells_what_it_cost(edition, wanted, cell):
    out = io.StringIO()
    call_command("run_matching", "--edition", "2027", "--inline", stdout=out)
    assert "smart-vehicle/battery-cells" in out.getvalue()
    assert "1 requests, 1 offers: 2 pairs scored, 1 matches and 0 near misses stored" in out.getvalue()
    with pytest.raises(CommandError, match="no edition"):
        call_command("run_matching", "--edition", "1999")
    actions.start_run(edition, by=None)
    with pytest.raises(CommandError, match="under way"):
        call_command("run_matching")


def test_the_job_for_each_shard_does_the_run(edition, wanted, cell, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        made = actions.start_run(edition, by=None)
    made.refresh_from_db()
    assert made.status == "in_force"


def test_the_sweep_starts_a_run_when_one_is_due_and_looks_after_it(edition, wanted, cell):
    assert sweeping.is_due(edition)
    actions.sweep_runs()
    made = MatchRun.objects.get()
    assert made.asked_by is None
    assert not sweeping.is_due(edition)
    while actions.work_on(made.pk):
        pass
    assert not sweeping.is_due(edition)
    Weight.objects.create(factor="hs", points=3)
    assert sweeping.is_due(edition)
    Weight.objects.all().delete()
    made.refresh_from_db()
    made.parameters["day"] = "2026-01-01"
    made.save()
    assert sweeping.is_due(edition)
    wanted.delete()
    assert not sweeping.is_due(edition)


def test_the_sweep_ends_what_takes_too_long_and_rests_before_the_next(edition, wanted, cell):
    made = actions.start_run(edition, by=None)
    MatchRun.objects.update(created_at=timezone.now() - timedelta(hours=7))
    actions.sweep_runs()
    made.refresh_from_db()
    assert made.status == "interrupted"
    MatchRun.objects.filter(pk=made.pk).update(created_at=timezone.now())
    assert not sweeping.is_due(edition)


def test_a_matched_posting_can_be_deleted_with_its_matches(edition, wanted, cell):
    run(edition)
    wanted.delete()
    assert not Match.objects.exists()
    assert not Snapshot.objects.filter(offer=None).exists()


def test_snapshots_that_nobody_needs_go_and_the_newest_stays(edition, wanted, cell):
    old = Snapshot.objects.create(offer=cell, digest="old", facts={}, read_at=timezone.now() - timedelta(days=3))
    run(edition)
    sweeping.delete_former_rows()
    assert not Snapshot.objects.filter(pk=old.pk).exists()
    assert Snapshot.objects.count() == 2


@pytest.mark.parametrize("verb", RUN_MOVES.table)
@pytest.mark.parametrize("state", MatchRun.Status.values)
def test_every_state_knows_its_moves(verb, state):
    starts, end = RUN_MOVES.table[verb]
    if state in starts:
        assert RUN_MOVES.leads_to(verb, state) == end
    else:
        with pytest.raises(IllegalMove):
            RUN_MOVES.leads_to(verb, state)


def test_a_posting_without_code_price_or_text_neither_breaks_nor_dominates(edition, buyer, exhibitor, wanted, cell, supplier_segment):
    for title in ("x", "🙂" * 40, "<b>&amp;</b>", "电Cell电 1", "280"):
        builders.offer(exhibitor, supplier_segment, title=title, description="cell " * 1000)
        builders.sourcing_request(buyer, supplier_segment, title=title)
    run(edition)
    first = Match.objects.in_force().get(request=wanted, request_rank=1)
    assert first.offer == cell


def test_the_world_reads_only_what_was_written(edition, wanted, cell, count_queries, supplier_segment):
    layout = world.layout_now()
    reach = layout.reach(supplier_segment.chain_id)
    here = world.world_of(edition, timezone.localdate())
    here.catch_up(reach)
    assert count_queries(lambda: here.catch_up(reach)) == 2
    cell.title = "DC charging pile"
    cell.save()
    here.catch_up(reach)
    assert [one.title for one in here.side("offer", reach).facts] == ["DC charging pile"]
    cell.delete()
    here.catch_up(reach)
    assert len(here.side("offer", reach)) == 0


def test_setup_matches_the_demo_before_the_site_opens(edition, wanted, cell):
    Command().match_demo()
    assert MatchRun.objects.get().status == "in_force"
    assert pairs() == {(wanted.pk, cell.pk)}


def test_setup_leaves_a_run_that_is_under_way_to_its_workers(edition, wanted, cell, monkeypatch):
    monkeypatch.setattr(runs, "ask_workers", lambda _run: 0)
    made = actions.start_run(edition, by=None)
    Command().match_demo()
    assert MatchRun.objects.get() == made
