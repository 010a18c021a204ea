"""The planner's runs over the API: for the organiser, and for nobody else."""

import pytest

from matchmaking.meetings.models import PlanRun
from tests.matchmaking.meetings.drafts import draft, line
from tests.matchmaking.meetings.stage import everything
from tests.matchmaking.meetings.test_api_meetings import staff
from tests.matchmaking.meetings.test_api_requests import api

RUNS = "/api/v1/plan-runs/"
SEATS = "/api/v1/plan-seats/"


@pytest.fixture
def desk(stage):
    return api(staff(stage.organiser))


def step(client, run, verb, **headers):
    return client.post(f"{RUNS}{run.pk}/{verb}/", {}, format="json", **headers)


def test_a_run_says_how_far_it_is_and_how_near_to_the_best_possible(stage, desk):
    run = draft(stage.setup.edition, step="walks")
    sent = desk.get(f"{RUNS}{run.pk}/").json()
    assert (sent["kind"], sent["status"], sent["share"], sent["seated"], sent["step"]) == ("plan", "draft", 1, 2, "walks")
    assert sent["figures"]["seated_bound"] == 3
    assert sent["figures"]["bounds"][3] == {"aim": "idle_slots", "reached": 3, "bound": 0, "gap": 3}
    assert [one["id"] for one in desk.get(RUNS, {"status": "draft"}).json()["results"]] == [run.pk]
    assert desk.get(RUNS, {"kind": "repair"}).json()["results"] == []


def test_a_draft_is_read_line_by_line_with_the_reason_in_words(stage, desk):
    run, meeting = draft(stage.setup.edition), stage.met(stage.slots[0])
    line(run, meeting, "unseated", reason="participant_full", data={"participant": stage.exhibitor.pk, "meetings": 14})
    (sent,) = desk.get(SEATS, {"run": run.pk}).json()["results"]
    assert (sent["meeting"], sent["kind"], sent["slot"], sent["before_slot"]["id"]) == (meeting.pk, "unseated", None, meeting.slot_id)
    assert (sent["sender"]["registration"], sent["receiver"]["registration"]) == (stage.exhibitor.pk, stage.buyer.pk)
    assert (sent["before_place"]["code"], sent["partner"]) == ("N1 1", None)
    assert sent["said"] == f"{stage.exhibitor.company.name} has no free time left: 14 meetings."
    assert desk.get(SEATS, {"run": run.pk, "kind": "lost"}).json()["results"] == [sent]
    assert desk.get(SEATS, {"run": run.pk, "kind": "moved"}).json()["results"] == []
    assert desk.get(SEATS, {"run": run.pk + 1}).json()["results"] == []
    assert desk.get(SEATS, {"kind": "odd"}).status_code == 400
    assert desk.get(f"{SEATS}{sent['id']}/").json() == sent


def test_a_proposal_names_who_would_ask(stage, desk):
    run = draft(stage.setup.edition)
    run.planned.create(kind="proposal", sender=stage.buyer, receiver=stage.exhibitor, slot=stage.slots[0], score=77)
    (sent,) = desk.get(SEATS, {"run": run.pk}).json()["results"]
    assert (sent["meeting"], sent["score"], sent["said"]) == (None, 77, "")
    assert (sent["sender"]["registration"], sent["receiver"]["registration"]) == (stage.buyer.pk, stage.exhibitor.pk)


def test_strangers_are_refused_before_anything_is_read(stage):
    run = draft(stage.setup.edition)
    row = line(run, stage.met(stage.slots[0]), "kept")
    before = everything()
    for person in (stage.anna, stage.boris, stage.carla):
        client = api(person)
        for address in (RUNS, f"{RUNS}{run.pk}/", SEATS, f"{SEATS}{row.pk}/"):
            assert client.get(address).status_code == 403, address
        for body in ({"edition": stage.setup.edition.slug}, {"edition": "none", "odd": 1}):
            assert client.post(RUNS, body, format="json").status_code == 403
        for verb in ("stop", "publish", "discard"):
            assert step(client, run, verb).status_code == 403
    assert everything() == before


def test_calling_wrongly_says_what_is_wrong_and_writes_nothing(stage, desk):
    before = everything()
    for body, field in (
        ({}, "edition"),
        ({"edition": "none"}, "edition"),
        ({"edition": stage.setup.edition.slug, "kind": "odd"}, "kind"),
        ({"edition": stage.setup.edition.slug, "seconds": 0}, "seconds"),
        ({"edition": stage.setup.edition.slug, "seconds": "60"}, "seconds"),
        ({"edition": stage.setup.edition.slug, "seed": -1}, "seed"),
        ({"edition": stage.setup.edition.slug, "more": 1}, "more"),
    ):
        answer = desk.post(RUNS, body, format="json")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [field]), body
    assert desk.post(f"{RUNS}4799/stop/", {}, format="json").status_code == 404
    assert desk.patch(f"{RUNS}4799/", {}, format="json").status_code == 405
    assert everything() == before


def test_ordering_twice_with_one_key_orders_one_run(stage, desk):
    body, key = {"edition": stage.setup.edition.slug, "seconds": 5, "seed": 3}, {"HTTP_IDEMPOTENCY_KEY": "plan-of-monday"}
    first = desk.post(RUNS, body, format="json", **key)
    second = desk.post(RUNS, body, format="json", **key)
    assert (first.status_code, first.json()) == (201, second.json())
    run = PlanRun.objects.get()
    assert (run.seed, run.seconds, run.asked_by, run.kind) == (3, 5, stage.organiser, "plan")
    assert first.headers["Location"].endswith(f"{RUNS}{run.pk}/")


def test_what_is_done_twice_is_refused_the_second_time(stage, desk):
    run = draft(stage.setup.edition)
    assert step(desk, run, "discard").json()["status"] == "discarded"
    before = everything()
    for verb in ("discard", "publish", "stop"):
        answer = step(desk, run, verb)
        assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move")
    assert everything() == before


def test_a_stale_reader_publishes_nothing(stage, desk):
    run = draft(stage.setup.edition)
    tag = desk.get(f"{RUNS}{run.pk}/").headers["ETag"]
    PlanRun.objects.update(note="changed meanwhile")
    assert step(desk, run, "publish", HTTP_IF_MATCH=tag).status_code == 412
    assert PlanRun.objects.get().status == "draft"


def test_lists_take_as_many_queries_for_three_rows_as_for_one(stage, desk, count_queries):
    run = draft(stage.setup.edition)
    line(run, stage.met(stage.slots[0]), "unseated", reason="participant_full", data={"participant": stage.buyer.pk, "meetings": 2})
    desk.get(SEATS)
    seats, runs = count_queries(lambda: desk.get(SEATS)), count_queries(lambda: desk.get(RUNS))
    for _number in range(2):
        other = stage.another()
        run.planned.create(kind="proposal", sender=other, receiver=stage.exhibitor, slot=stage.slots[1])
        draft(stage.setup.edition)
    assert count_queries(lambda: desk.get(SEATS)) == seats
    assert count_queries(lambda: desk.get(RUNS)) == runs
