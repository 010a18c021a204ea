"""A plan of the whole edition: asked for, worked out, looked at, published, told."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from expo.foundation.errors import IllegalMove, Invalid, NotAllowed
from expo.foundation.models import Event, OutboxMessage
from matchmaking.meetings import actions, errors, planner
from matchmaking.meetings.models import Meeting, News, Occupancy, PlannedSeat, PlanRun, Slot
from matchmaking.meetings.queries.invariants import breaches
from tests import builders
from tests.matchmaking.meetings.stage import everything
from tests.matchmaking.meetings.test_problem import waiting


def drafted(stage, **more):
    run = actions.order_plan(stage.setup.edition, by=stage.organiser, **more)
    assert actions.work_on_plan(run.pk)
    run.refresh_from_db()
    return run


def lines(run):
    return {row.meeting_id: (row.kind, row.slot_id, row.before_slot_id, row.reason) for row in PlannedSeat.objects.filter(run=run)}


def test_a_plan_becomes_a_draft_and_then_meetings_that_people_are_told_of_once(stage):
    meetings = [waiting(stage), *(waiting(stage, receiver=stage.another()) for _each in range(2))]
    before = everything()
    run = drafted(stage, seed=7)
    assert run.status == "draft"
    assert Meeting.objects.filter(status="scheduled").count() == 0
    assert OutboxMessage.objects.count() == before[-1]
    assert {kind for kind, *_rest in lines(run).values()} == {"new"}
    assert run.figures["kinds"] == {"kept": 0, "moved": 0, "new": 3, "unseated": 0, "proposal": 0}
    assert (run.figures["asked"], run.figures["seated_bound"], run.figures["figures"]["idle_slots"]) == (3, 3, 0)
    assert [each["aim"] for each in run.figures["bounds"]][:2] == ["wishes", "shortfall"]
    assert all(each["gap"] == 0 for each in run.figures["bounds"][:3])
    done = actions.publish_plan(run, by=stage.organiser)
    assert done.scheduled == tuple(sorted(one.pk for one in meetings))
    assert breaches() == []
    run.refresh_from_db()
    assert (run.status, run.published_by) == ("published", stage.organiser)
    OutboxMessage.objects.all().delete()
    assert actions.tell_news(timezone.now() + timedelta(seconds=61)) == 3
    told = OutboxMessage.objects.values_list("recipient__email", flat=True)
    assert sorted(told).count("boris@example.com") == 3
    assert len(told) == 6
    assert not News.objects.exists()
    verbs = list(Event.objects.filter(thing="meetings.PlanRun").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["order_plan", "draft_plan", "publish_plan"]


def test_the_same_facts_and_seed_make_the_same_plan(stage):
    for _each in range(4):
        waiting(stage, receiver=stage.another())
    one, other = drafted(stage, seed=5), drafted(stage, seed=5)
    assert lines(one) == lines(other)
    assert one.facts_digest == other.facts_digest != ""


def test_a_plan_leaves_agreed_times_and_a_replan_moves_only_who_must(stage):
    agreed = stage.met(stage.slots[3])
    new = waiting(stage, receiver=stage.another())
    run = drafted(stage)
    assert lines(run)[agreed.pk] == ("kept", stage.slots[3].pk, stage.slots[3].pk, "")
    assert lines(run)[new.pk][0] == "new"
    actions.publish_plan(run, by=stage.organiser)
    taken = Meeting.objects.get(pk=new.pk).slot
    Slot.objects.filter(pk=stage.slots[3].pk).update(removed_at=timezone.now())
    run = drafted(stage, kind="repair")
    assert lines(run)[new.pk] == ("kept", taken.pk, taken.pk, "")
    kind, slot, before, _reason = lines(run)[agreed.pk]
    assert (kind, before) == ("moved", stage.slots[3].pk)
    assert slot not in {None, stage.slots[3].pk, taken.pk}
    assert run.figures["had_to_move"] == 1
    assert actions.publish_plan(run, by=stage.organiser).moved == (agreed.pk,)
    assert breaches() == []


def test_a_locked_meeting_without_its_time_is_named_and_stays(stage):
    meeting = stage.met(stage.slots[3])
    Meeting.objects.filter(pk=meeting.pk).update(is_locked=True)
    Slot.objects.filter(pk=stage.slots[3].pk).update(removed_at=timezone.now())
    run = drafted(stage, kind="repair")
    assert lines(run)[meeting.pk] == ("kept", stage.slots[3].pk, stage.slots[3].pk, "locked_clash")
    assert actions.publish_plan(run, by=stage.organiser) == actions.Reseated()


def test_who_finds_no_time_has_a_reason(stage):
    actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots)
    meeting = waiting(stage)
    run = drafted(stage)
    assert lines(run)[meeting.pk] == ("unseated", None, None, "no_common_slot")
    assert actions.publish_plan(run, by=stage.organiser) == actions.Reseated()
    assert Meeting.objects.get(pk=meeting.pk).status == "unscheduled"


def test_only_one_open_run_at_a_time(stage):
    run = actions.order_plan(stage.setup.edition, by=stage.organiser)
    with pytest.raises(errors.PlanUnderWay):
        actions.order_plan(stage.setup.edition, by=stage.organiser)
    stopped = actions.stop_plan(run, by=stage.organiser)
    assert (stopped.status, stopped.note) == ("interrupted", "Stopped before it began.")
    with pytest.raises(IllegalMove):
        actions.stop_plan(run, by=stage.organiser)
    actions.order_plan(stage.setup.edition, by=stage.organiser)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "none"}, "kind"),
        ({"seed": -1}, "seed"),
        ({"seconds": 601}, "seconds"),
        ({"kind": "repair", "with_proposals": True}, "with_proposals"),
    ],
)
def test_what_cannot_be_read_is_refused_by_field(stage, given, field):
    before = everything()
    with pytest.raises(Invalid) as refused:
        actions.order_plan(stage.setup.edition, by=stage.organiser, **given)
    assert list(refused.value.fields) == [field]
    assert everything() == before


def test_an_edition_without_meetings_has_no_plan(stage):
    with pytest.raises(errors.NoSetup):
        actions.order_plan(builders.edition(), by=stage.organiser)


def test_carla_anna_and_boris_do_nothing_with_plans(stage):
    waiting(stage)
    draft = drafted(stage)
    before = everything()
    for somebody in (stage.carla, stage.anna, stage.boris):
        for verb in (actions.stop_plan, actions.publish_plan, actions.discard_plan):
            with pytest.raises(NotAllowed):
                verb(draft, by=somebody)
        with pytest.raises(NotAllowed):
            actions.order_plan(stage.setup.edition, by=somebody)
        assert not PlanRun.objects.visible_to(somebody).exists()
    assert everything() == before
    assert PlanRun.objects.visible_to(stage.organiser).exists()


def test_stopping_keeps_the_best_plan_so_far(stage):
    for _each in range(3):
        waiting(stage, receiver=stage.another())
    run = actions.order_plan(stage.setup.edition, by=stage.organiser)
    PlanRun.objects.filter(pk=run.pk).update(status="running", attempts=1, taken_at=timezone.now() - timedelta(minutes=4))
    actions.stop_plan(run, by=stage.organiser)
    assert actions.stop_plan(run, by=stage.organiser).status == "running"
    assert Event.objects.filter(verb="stop_plan").count() == 1
    assert actions.work_on_plan(run.pk)
    run.refresh_from_db()
    assert (run.status, run.figures["is_cut_short"], run.figures["kinds"]["new"]) == ("draft", True, 3)


def test_a_run_left_behind_is_taken_up_and_given_up_after_three(stage, settings):
    waiting(stage)
    run = actions.order_plan(stage.setup.edition, by=stage.organiser)
    now = timezone.now()
    PlanRun.objects.filter(pk=run.pk).update(status="running", attempts=1, taken_at=now)
    assert not actions.work_on_plan(run.pk)
    assert actions.sweep_plans(now) == 1
    assert PlanRun.objects.get().status == "running"
    PlanRun.objects.filter(pk=run.pk).update(taken_at=now - timedelta(minutes=4), attempts=3)
    assert actions.sweep_plans(now) == 1
    row = PlanRun.objects.get()
    assert (row.status, row.note) == ("interrupted", "It was begun three times and not finished.")
    assert actions.sweep_plans(now) == 0
    assert not actions.work_on_plan(run.pk)


def test_a_checkpoint_is_gone_on_from(stage):
    """What the checkpoint says is kept where it can be: here, a time that a plan from nothing would not choose."""
    meeting = waiting(stage)
    run = actions.order_plan(stage.setup.edition, by=stage.organiser)
    booth = stage.exhibitor.booth.meeting_place.pk
    checkpoint = {"seats": [[meeting.pk, stage.slots[8].pk, booth, None]]}
    PlanRun.objects.filter(pk=run.pk).update(checkpoint=json.loads(json.dumps(checkpoint)), status="running", attempts=1)
    assert actions.work_on_plan(run.pk)
    assert lines(run)[meeting.pk][1] == stage.slots[8].pk
    run.refresh_from_db()
    assert (run.checkpoint, run.attempts) == ({}, 2)


def test_what_fails_is_given_back_to_the_queue(stage, monkeypatch):
    run = actions.order_plan(stage.setup.edition, by=stage.organiser)
    Slot.objects.update(day="2020-01-01")
    monkeypatch.setattr("matchmaking.meetings.planner.make_plan", lambda *_args, **_more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        actions.work_on_plan(run.pk)
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("queued", 1)


def test_the_cancelled_is_left_out_and_the_rest_is_published(stage):
    gone, stays = waiting(stage), waiting(stage, receiver=stage.another())
    run = drafted(stage)
    actions.cancel(gone, by=stage.anna, reason="no_time")
    done = actions.publish_plan(run, by=stage.organiser)
    assert (done.scheduled, done.gone) == ((stays.pk,), (gone.pk,))
    assert breaches() == []


def test_a_draft_whose_ground_has_moved_is_not_published(stage):
    meeting, other = waiting(stage), waiting(stage, receiver=stage.another())
    run = drafted(stage)
    slot = Slot.objects.get(pk=lines(run)[meeting.pk][1])
    actions.block_time(stage.buyer, by=stage.anna, slots=[slot])
    before = everything()
    with pytest.raises(errors.GroundMoved) as refused:
        actions.publish_plan(run, by=stage.organiser)
    assert refused.value.meetings == {meeting.pk: "slot_taken"}
    assert everything() == before
    assert set(Meeting.objects.values_list("status", flat=True)) == {"unscheduled"}
    assert PlanRun.objects.get().status == "draft"
    place = stage.exhibitor.booth.meeting_place.pk
    actions.reseat(stage.setup.edition, {other.pk: planner.Seat(stage.slots[9].pk, place)}, by=None, why="")
    with pytest.raises(errors.GroundMoved) as refused:
        actions.publish_plan(run, by=stage.organiser)
    assert refused.value.meetings[other.pk] == "changed"


def test_a_draft_is_published_once_and_a_discarded_one_never(stage):
    waiting(stage)
    run = drafted(stage)
    actions.publish_plan(run, by=stage.organiser)
    for verb in (actions.publish_plan, actions.discard_plan):
        with pytest.raises(IllegalMove):
            verb(run, by=stage.organiser)
    other = drafted(stage)
    actions.discard_plan(other, by=stage.organiser)
    with pytest.raises(IllegalMove):
        actions.publish_plan(other, by=stage.organiser)
    assert Occupancy.objects.exists()


def test_lines_of_old_drafts_go(stage):
    waiting(stage)
    run = drafted(stage)
    actions.discard_plan(run, by=stage.organiser)
    actions.sweep_plans(timezone.now() + timedelta(days=29))
    assert PlannedSeat.objects.count() == 1
    actions.sweep_plans(timezone.now() + timedelta(days=31))
    assert not PlannedSeat.objects.exists()


@pytest.mark.parametrize("number", [1, 3])
def test_publishing_takes_the_same_queries_for_one_and_for_three(stage, django_assert_num_queries, number):
    for _each in range(number):
        waiting(stage, receiver=stage.another())
    run = drafted(stage)
    with django_assert_num_queries(31):
        actions.publish_plan(run, by=stage.organiser)
