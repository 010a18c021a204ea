"""A large draft is published by a worker: asked for once, done whole or not at all, and a draft again where the ground has moved."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.utils import timezone

from expo.foundation.errors import IllegalMove, NotAllowed
from expo.foundation.models import Event, OutboxMessage
from matchmaking.meetings import actions, errors
from matchmaking.meetings.actions import publishing
from matchmaking.meetings.models import Meeting, News, PlanRun, Slot
from matchmaking.meetings.queries.invariants import breaches
from tests import builders
from tests.matchmaking.meetings.drafts import draft
from tests.matchmaking.meetings.stage import everything
from tests.matchmaking.meetings.test_api_meetings import staff
from tests.matchmaking.meetings.test_api_requests import api
from tests.matchmaking.meetings.test_plan_pages import PLANS, at, page_of
from tests.matchmaking.meetings.test_planning import drafted, lines
from tests.matchmaking.meetings.test_problem import waiting

MEETINGS = 2


@pytest.fixture
def run(stage, monkeypatch):
    """A draft of two meetings that is too large to be published at once."""
    monkeypatch.setattr(publishing, "AT_ONCE_MOST", MEETINGS - 1)
    for number in range(MEETINGS):
        waiting(stage, receiver=stage.another() if number else None)
    return drafted(stage)


@pytest.fixture
def desk(client_of, stage):
    return client_of(stage.organiser)


def asked(stage, run):
    """The draft, published for a worker."""
    assert actions.publish_plan(run, by=stage.organiser) is None
    run.refresh_from_db()
    return run


def move_the_ground(stage, run):
    """Boris keeps a time free that the draft wants; return the meeting."""
    meeting = Meeting.objects.order_by("pk")[0]
    actions.block_time(stage.buyer, by=stage.anna, slots=[Slot.objects.get(pk=lines(run)[meeting.pk][1])])
    return meeting


def states():
    return set(Meeting.objects.values_list("status", flat=True))


def test_a_large_draft_is_asked_for_once_and_put_into_force_by_a_worker(stage, run, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as jobs:
        asked(stage, run)
        asked(stage, run)
    assert (run.status, run.published_by, run.published_at, len(jobs)) == ("publishing", stage.organiser, None, 1)
    assert run.publish_asked_at is not None
    assert (states(), News.objects.count()) == ({"unscheduled"}, 0)
    jobs[0]()
    run.refresh_from_db()
    assert (run.status, run.published_by, run.published_at is not None) == ("published", stage.organiser, True)
    assert (states(), News.objects.count(), breaches()) == ({"scheduled"}, MEETINGS, [])
    verbs = list(Event.objects.filter(thing="meetings.PlanRun").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["order_plan", "draft_plan", "ask_to_publish_plan", "publish_plan"]
    assert not OutboxMessage.objects.filter(recipient=stage.organiser).exists()
    assert not actions.carry_out_publication(run.pk)


def test_the_sweep_has_done_what_no_worker_did(stage, run):
    asked(stage, run)
    assert actions.sweep_publications() == 1
    assert (states(), PlanRun.objects.get().status) == ({"scheduled"}, "published")
    assert actions.sweep_publications() == 0


def test_a_small_draft_is_published_at_once(stage, run, monkeypatch):
    monkeypatch.setattr(publishing, "AT_ONCE_MOST", MEETINGS)
    assert len(actions.publish_plan(run, by=stage.organiser).scheduled) == MEETINGS
    assert PlanRun.objects.get().publish_asked_at is None


def test_meanwhile_nobody_discards_it_publishes_another_or_orders_one(stage, run):
    another = draft(stage.setup.edition)
    asked(stage, run)
    before = everything()
    for verb in (actions.discard_plan, actions.stop_plan):
        with pytest.raises(IllegalMove):
            verb(run, by=stage.organiser)
    with pytest.raises(errors.PublicationUnderWay):
        actions.publish_plan(another, by=stage.organiser)
    with pytest.raises(errors.PublicationUnderWay):
        actions.order_plan(stage.setup.edition, by=stage.organiser)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanRun.objects.filter(pk=another.pk).update(status="publishing")
    assert everything() == before
    elsewhere = draft(builders.edition())
    PlanRun.objects.filter(pk=elsewhere.pk).update(status="publishing")


def test_where_the_ground_has_moved_it_is_a_draft_again_that_says_why(stage, run, desk):
    asked(stage, run)
    meeting = move_the_ground(stage, run)
    assert actions.carry_out_publication(run.pk)
    run.refresh_from_db()
    assert (run.status, run.published_by, run.publish_asked_at) == ("draft", None, None)
    assert run.kept_back == {"code": "ground_moved", "meetings": [{"id": meeting.pk, "why": "slot_taken"}], "count": 1}
    assert (states(), News.objects.count()) == ({"unscheduled"}, 0)
    mail = OutboxMessage.objects.get(recipient=stage.organiser)
    assert (mail.kind, mail.subject) == ("plan_kept_back", f"Plan {run.pk} could not be published")
    assert at(run) in mail.body
    assert "Some of these meetings, times or places have changed meanwhile." in mail.body
    page = " ".join(page_of(desk, run).split())
    assert "What changed meanwhile" in page
    assert f'<a href="/meetings/{meeting.pk}/"' in page
    assert "one of the sides is not free then any more" in page
    assert 'hx-trigger="every' not in page
    assert api(staff(stage.organiser)).get(f"/api/v1/plan-runs/{run.pk}/").json()["kept_back"]["code"] == "ground_moved"
    actions.free_time(stage.buyer, by=stage.anna, slots=list(stage.slots))
    asked(stage, run)
    assert run.kept_back is None
    assert actions.carry_out_publication(run.pk)
    assert states() == {"scheduled"}


def test_what_was_kept_back_can_be_discarded_and_then_says_no_more_of_it(stage, run, desk):
    asked(stage, run)
    move_the_ground(stage, run)
    actions.carry_out_publication(run.pk)
    actions.discard_plan(run, by=stage.organiser)
    assert "What changed meanwhile" not in page_of(desk, run)


def test_who_waited_longer_than_a_minute_is_told(stage, run):
    asked(stage, run)
    PlanRun.objects.update(publish_asked_at=timezone.now() - timedelta(seconds=61))
    actions.carry_out_publication(run.pk)
    mail = OutboxMessage.objects.get(recipient=stage.organiser)
    assert (mail.kind, mail.subject) == ("plan_published", f"Plan {run.pk} is published")


def test_who_lost_the_right_meanwhile_publishes_nothing(stage, run, desk):
    clerk = builders.person("clerk@example.com", is_staff=True)
    wanted = ["change_meeting", "change_meetingsetup", "view_planrun"]
    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="meetings", codename__in=wanted))
    actions.publish_plan(run, by=staff(clerk))
    clerk.user_permissions.remove(Permission.objects.get(content_type__app_label="meetings", codename="change_meetingsetup"))
    assert actions.carry_out_publication(run.pk)
    run.refresh_from_db()
    assert (run.status, run.kept_back, states()) == ("draft", {"code": "publisher_may_not"}, {"unscheduled"})
    assert "Who published it may not do so any more." in page_of(desk, run)
    asked(stage, run)
    PlanRun.objects.update(published_by=None)  # Erased.
    actions.carry_out_publication(run.pk)
    assert PlanRun.objects.get().status == "draft"


def test_what_three_workers_did_not_finish_is_given_up(stage, run, desk):
    asked(stage, run)
    PlanRun.objects.update(attempts=3, taken_at=timezone.now())
    assert not actions.carry_out_publication(run.pk)
    run.refresh_from_db()
    assert (run.status, run.kept_back, states()) == ("draft", {"code": "publishing_failed"}, {"unscheduled"})
    assert "Publishing was begun three times and not finished." in page_of(desk, run)
    assert OutboxMessage.objects.get(recipient=stage.organiser).kind == "plan_kept_back"


def test_who_was_in_the_way_for_a_moment_is_waited_for_twice(stage, run, monkeypatch):
    asked(stage, run)
    real, met = publishing.reseat, []

    def reseat(*args, **more):
        met.append(args)
        if len(met) < publishing.MOST_ATTEMPTS:
            raise errors.GroundMoved
        return real(*args, **more)

    monkeypatch.setattr(publishing, "reseat", reseat)
    assert actions.carry_out_publication(run.pk)
    assert (len(met), states(), PlanRun.objects.get().status) == (3, {"scheduled"}, "published")


def test_who_is_always_in_the_way_keeps_it_back(stage, run, monkeypatch):
    def reseat(*_args, **_more):
        raise errors.GroundMoved

    asked(stage, run)
    monkeypatch.setattr(publishing, "reseat", reseat)
    actions.carry_out_publication(run.pk)
    run.refresh_from_db()
    assert (run.status, run.attempts, run.kept_back["count"]) == ("draft", 3, 0)


def test_a_fault_leaves_it_for_the_next_worker(stage, run, monkeypatch):
    asked(stage, run)
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "reseat", lambda *_args, **_more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            actions.carry_out_publication(run.pk)
    run.refresh_from_db()
    assert (run.status, run.attempts, states()) == ("publishing", 1, {"unscheduled"})
    assert actions.carry_out_publication(run.pk)
    assert states() == {"scheduled"}


def test_anna_boris_and_carla_publish_no_large_draft_either(stage, run, client_of):
    before = everything()
    for somebody in (stage.anna, stage.boris, stage.carla):
        with pytest.raises(NotAllowed):
            actions.publish_plan(run, by=somebody)
        assert client_of(somebody).post(at(run, "publish")).status_code == 404
        assert api(somebody).post(f"/api/v1/plan-runs/{run.pk}/publish/", {}, format="json").status_code == 403
    assert everything() == before
    asked(stage, run)
    for somebody in (stage.anna, stage.boris, stage.carla):
        with pytest.raises(NotAllowed):
            actions.publish_plan(run, by=somebody)
        assert client_of(somebody).get(at(run)).status_code == 404
    assert PlanRun.objects.get().published_by == stage.organiser


def test_the_page_waits_for_the_worker_and_looks_again_by_itself(stage, run, desk):
    assert "So many changes are made by the worker" in desk.get(at(run, "publish")).content.decode()
    page = " ".join(desk.post(at(run, "publish"), follow=True).content.decode().split())
    assert "A worker publishes the plan now: all of it, or nothing." in page
    assert "Waits for the worker" in page
    assert "2 meetings change: all of them in one step, or none." in page
    assert f'hx-get="{at(run)}" hx-trigger="every 3s"' in page
    assert '<noscript><meta http-equiv="refresh" content="3">' in page
    assert "Discard it" not in page
    assert "Publish it" not in page
    PlanRun.objects.update(taken_at=timezone.now())
    assert "Is being published" in page_of(desk, run)
    PlanRun.objects.update(taken_at=timezone.now() - timedelta(minutes=4))
    assert "Waits for the worker" in page_of(desk, run)
    listed = desk.get(PLANS).content.decode()
    assert f"Plan {run.pk} is being published" in listed
    assert "Order the plan" not in listed
    assert desk.get(at(run, "publish")).headers["Location"] == at(run)
    before = everything()
    assert desk.post(at(run, "publish")).status_code == 302
    assert desk.post(at(run, "discard")).status_code == 409
    assert desk.post(PLANS, {"kind": "plan", "seconds": 5, "seed": 1}).status_code == 409
    assert everything() == before
    actions.carry_out_publication(run.pk)
    assert "Published" in page_of(desk, run)


def test_over_the_api_the_answer_is_the_run_that_is_being_published(stage, run):
    client = api(staff(stage.organiser))
    for _time in range(2):
        answer = client.post(f"/api/v1/plan-runs/{run.pk}/publish/", {}, format="json")
        assert (answer.status_code, answer.json()["status"], answer.json()["published_at"]) == (200, "publishing", None)
    assert Event.objects.filter(verb="ask_to_publish_plan").count() == 1
    assert client.post(f"/api/v1/plan-runs/{run.pk}/discard/", {}, format="json").json()["code"] == "illegal_move"
    order = client.post("/api/v1/plan-runs/", {"edition": stage.setup.edition.slug}, format="json")
    assert (order.status_code, order.json()["code"]) == (409, "publication_under_way")
    assert [one["id"] for one in client.get("/api/v1/plan-runs/", {"status": "publishing"}).json()["results"]] == [run.pk]
