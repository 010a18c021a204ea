import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from matchmaking.matching import actions
from matchmaking.matching.engine.weights import Weights
from matchmaking.matching.models import MatchRun, Weight
from tests import builders
from tests.matchmaking.matching.matched import CELL, WANTED, run

RUNS = "/admin/matching/matchrun/"
ADD = "/admin/matching/matchrun/add/"
WEIGHTS = "/admin/matching/weight/"


@pytest.fixture
def wanted(buyer, supplier_segment):
    return builders.sourcing_request(buyer, supplier_segment, **WANTED)


@pytest.fixture
def cell(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, **CELL)


def test_the_list_says_how_each_run_went(edition, wanted, cell, organiser, client_of, count_queries):
    run(edition)
    client = client_of(organiser)
    page = client.get(RUNS)
    assert page.status_code == 200
    row = page.content.decode().partition('class="field-number"')[2]
    assert "in force" in row
    assert "1 of 1" in row
    assert "100.00 %" in row
    one = count_queries(lambda: client.get(RUNS))
    run(edition)
    run(edition)
    assert count_queries(lambda: client.get(RUNS)) == one


def test_a_run_says_what_it_found_and_worked_with(edition, wanted, cell, organiser, client_of):
    made = run(edition)
    page = client_of(organiser).get(reverse("admin:matching_matchrun_change", args=[made.pk])).content.decode()
    assert "1 offers, 1 requests, 2 pairs scored" in page
    assert "text 26" in page or "text 28" in page
    assert "10 places a list, 3 near misses" in page
    assert "Battery cells" in page
    queued = actions.start_run(edition, by=None)
    assert client_of(organiser).get(reverse("admin:matching_matchrun_change", args=[queued.pk])).status_code == 200


def test_a_run_that_nobody_has_taken_up_is_shown_too(edition, organiser, client_of):
    made = builders.match_run(edition, started_at=None, finished_at=None)
    assert client_of(organiser).get(reverse("admin:matching_matchrun_change", args=[made.pk])).status_code == 200


def test_the_organiser_starts_a_run_and_one_at_a_time(edition, wanted, cell, organiser, client_of):
    client = client_of(organiser, enforce_csrf_checks=True)
    page = client.get(ADD)
    assert "Start the run" in page.content.decode()
    token = page.context["csrf_token"]
    answer = client.post(ADD, {"edition": edition.pk, "csrfmiddlewaretoken": token})
    assert answer.status_code == 302
    made = MatchRun.objects.get()
    assert (made.asked_by, made.status, made.shards.count()) == (organiser, "queued", 1)
    again = client.post(ADD, {"edition": edition.pk, "csrfmiddlewaretoken": token})
    assert "is under way" in again.content.decode()
    assert MatchRun.objects.get() == made


def test_carla_and_staff_without_the_permission_start_none(edition, wanted, cell, carla, client_of):
    assert client_of(carla).post(ADD, {"edition": edition.pk}).status_code == 302
    looker = builders.person("looker@example.com", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_matchrun"))
    client = client_of(looker)
    assert client.get(RUNS).status_code == 200
    assert client.post(ADD, {"edition": edition.pk}).status_code == 403
    assert not MatchRun.objects.exists()


def test_the_list_of_weights_says_what_every_factor_counts(edition, organiser, client_of):
    client = client_of(organiser)
    page, own = client.get(WEIGHTS).text, Weights()
    assert f'<a href="{WEIGHTS}add/?factor=lead_time">lead_time</a></th><td>{own.lead_time:g}</td><td>–</td>' in page
    assert f">terms</a></th><td>{100 * own.terms:g}</td>" in page
    row = Weight.objects.create(factor="terms", points=30)
    assert f'<a href="{WEIGHTS}{row.pk}/change/">terms</a></th><td>30</td><td>Yes</td>' in client.get(WEIGHTS).text
    assert '<option value="lead_time" selected>' in client.get(f"{WEIGHTS}add/?factor=lead_time").text


def test_too_many_points_are_one_fault(edition, organiser, client_of):
    faults = client_of(organiser).post(f"{WEIGHTS}add/", {"factor": "terms", "points": "200"}).context["adminform"].form.errors
    assert list(faults) == ["points"]


def test_weights_are_changed_within_reason(edition, organiser, client_of):
    client = client_of(organiser)
    assert client.post(f"{WEIGHTS}add/", {"factor": "hs", "points": 30}).status_code == 302
    assert client.post(f"{WEIGHTS}add/", {"factor": "luck", "points": 30}).status_code == 200
    assert client.post(f"{WEIGHTS}add/", {"factor": "text", "points": 101}).status_code == 200
    assert list(Weight.objects.values_list("factor", "points")) == [("hs", 30)]
    page = client.get(WEIGHTS).content.decode()
    assert "hs" in page
    for factor in ("text", "product", "figures", "segment"):
        assert client.post(f"{WEIGHTS}add/", {"factor": factor, "points": 0}).status_code == 302
    refused = client.post(f"{WEIGHTS}{Weight.objects.get(factor='hs').pk}/change/", {"factor": "hs", "points": 0})
    assert "One factor of its group must count" in refused.content.decode()
    assert Weight.objects.get(factor="hs").points == 30
