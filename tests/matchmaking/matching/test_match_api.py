"""Matches, verdicts, runs and uptake over the API: the same as on the pages, for the same people."""

import pytest

from expo.foundation.models import OutboxMessage
from matchmaking.marketplace.models import SourcingRequest
from matchmaking.matching.actions.verdicts import give_verdict
from matchmaking.matching.models import MatchRun, Verdict
from matchmaking.matching.queries.uptake import uptake_of
from tests import builders

JSON = "application/json"


@pytest.fixture
def asked(buyer, supplier_segment):
    return builders.sourcing_request(buyer, supplier_segment, title="Cells wanted")


@pytest.fixture
def offered(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, title="Blade cells")


@pytest.fixture
def match(asked, offered):
    return builders.match(asked, offered, request_rank=2, offer_rank=7)


def matches(kind, posting, end=""):
    return f"/api/v1/{kind}/{posting.pk}/matches/{end}"


def verdict(asked, offered, end=""):
    return matches("requests", asked, f"{offered.pk}/verdict/{end}")


def test_each_side_reads_its_matches_with_score_rank_and_reasons(match, asked, offered, anna, boris, client_of):
    sent = client_of(anna).get(matches("requests", asked)).json()
    (row,) = sent["results"]
    assert (row["offer"], row["title"], row["score"], row["rank"]) == (offered.pk, "Blade cells", 80, 2)
    assert {"code", "verdict", "points", "most", "asked", "says", "is_must"} == set(row["factors"][0])
    assert (row["own_verdict"], row["wants_to_meet"], sent["near_misses"]) == (None, False, [])
    (row,) = client_of(boris).get(matches("offers", offered)).json()["results"]
    assert (row["request"], row["title"], row["rank"]) == (asked.pk, "Cells wanted", 7)


def test_near_misses_are_sent_when_they_are_asked_for(asked, offered, anna, client_of):
    builders.match(asked, offered, near_rank=1)
    client = client_of(anna)
    assert client.get(matches("requests", asked)).json()["near_misses"] == []
    sent = client.get(matches("requests", asked, "?near=true")).json()
    assert ([row["offer"] for row in sent["near_misses"]], sent["results"]) == ([offered.pk], [])
    assert sent["near_misses"][0]["score"] <= 75
    for wrong, name in (("?near=perhaps", "near"), ("?colour=red", "colour")):
        answer = client.get(matches("requests", asked, wrong))
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [name])


def test_others_do_not_see_that_a_posting_has_matches(match, asked, offered, anna, boris, carla, organiser, client_of):
    for person, address in ((boris, matches("requests", asked)), (anna, matches("offers", offered)), (carla, matches("requests", asked))):
        assert client_of(person).get(address).status_code == 404
    assert client_of(None).get(matches("requests", asked)).status_code in {401, 404}
    staff = builders.with_two_steps(client_of(organiser))
    assert len(staff.get(matches("requests", asked)).json()["results"]) == 1


def test_a_hidden_buyer_stays_hidden(match, asked, offered, boris, client_of):
    SourcingRequest.objects.update(visibility="name_hidden")
    assert "Aurora" not in client_of(boris).get(matches("offers", offered)).content.decode()


def test_a_verdict_is_given_read_and_taken_back(match, asked, offered, anna, boris, client_of):
    client = client_of(anna)
    answer = client.post(verdict(asked, offered), {"side": "buyer", "says": "interested", "note": "Ask Li"}, JSON)
    assert answer.status_code == 200
    sent = answer.json()
    assert (sent["request"], sent["offer"], sent["side"], sent["says"], sent["rank"]) == (asked.pk, offered.pk, "buyer", "interested", 2)
    (row,) = client.get(matches("requests", asked)).json()["results"]
    assert (row["own_verdict"]["says"], row["own_verdict"]["note"]) == ("interested", "Ask Li")
    page = client_of(boris).get(matches("offers", offered))
    (row,) = page.json()["results"]
    assert (row["own_verdict"], row["wants_to_meet"]) == (None, True)
    assert "Ask Li" not in page.content.decode()
    answer = client.post(verdict(asked, offered, "undo/"), {"side": "buyer"}, JSON)
    assert (answer.status_code, answer.json()["undone_at"] is not None) == (200, True)
    assert client.post(verdict(asked, offered, "undo/"), {"side": "buyer"}, JSON).status_code == 204


def test_what_is_not_for_us_is_put_aside(match, asked, offered, anna, client_of):
    client = client_of(anna)
    client.post(verdict(asked, offered), {"side": "buyer", "says": "not_for_us", "reason": "price"}, JSON)
    sent = client.get(matches("requests", asked)).json()
    assert (sent["results"], [row["offer"] for row in sent["hidden"]]) == ([], [offered.pk])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"side": "buyer", "says": "not_for_us"}, "reason"),
        ({"side": "buyer", "says": "perhaps"}, "says"),
        ({"says": "interested"}, "side"),
        ({"side": "buyer", "says": "interested", "colour": "red"}, "colour"),
        ({"side": "buyer", "says": "interested", "note": "x" * 301}, "note"),
    ],
)
def test_a_wrong_body_is_told_by_field(body, field, match, asked, offered, anna, client_of):
    answer = client_of(anna).post(verdict(asked, offered), body, JSON)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert not Verdict.objects.exists()


def test_others_say_nothing_whatever_they_send(match, asked, offered, anna, carla, organiser, client_of):
    staff = builders.with_two_steps(client_of(organiser))
    for client in (client_of(carla), staff):
        for body in ({"side": "buyer", "says": "interested"}, {"nonsense": 1}):
            assert client.post(verdict(asked, offered), body, JSON).status_code == 403
            assert client.post(verdict(asked, offered, "undo/"), body, JSON).status_code == 403
    assert client_of(anna).post(verdict(asked, offered), {"side": "supplier", "says": "interested"}, JSON).status_code == 403
    assert client_of(None).post(verdict(asked, offered), {"side": "buyer", "says": "interested"}, JSON).status_code == 401
    assert client_of(anna).post(matches("requests", asked, "999999/verdict/"), {}, JSON).status_code == 404
    assert not Verdict.objects.exists()


def test_a_repeated_call_acts_once(match, asked, offered, anna, client_of):
    client, key = client_of(anna), {"Idempotency-Key": "one"}
    body = {"side": "buyer", "says": "interested"}
    first = client.post(verdict(asked, offered), body, JSON, headers=key)
    second = client.post(verdict(asked, offered), body, JSON, headers=key)
    assert (first.content, second["Idempotent-Replayed"]) == (second.content, "true")
    assert Verdict.objects.count() == OutboxMessage.objects.count() == 1


def test_a_closed_posting_is_a_conflict(match, asked, offered, anna, client_of):
    SourcingRequest.objects.update(status="paused")
    answer = client_of(anna).post(verdict(asked, offered), {"side": "buyer", "says": "interested"}, JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "posting_closed")


def test_three_matches_take_as_many_queries_as_one(asked, exhibitor, supplier_segment, anna, client_of, count_queries):
    client = client_of(anna)
    builders.match(asked, builders.offer(exhibitor, supplier_segment))
    client.get(matches("requests", asked))
    one = count_queries(lambda: client.get(matches("requests", asked)))
    for rank in (2, 3, 4):
        builders.match(asked, builders.offer(exhibitor, supplier_segment), request_rank=rank)
    client.get(matches("requests", asked))
    assert count_queries(lambda: client.get(matches("requests", asked))) == one


# Runs, for the organiser


def test_runs_and_uptake_are_for_staff(match, edition, anna, organiser, client_of):
    run = MatchRun.objects.get()
    for address in ("/api/v1/match-runs/", f"/api/v1/match-runs/{run.pk}/", f"/api/v1/match-runs/{run.pk}/uptake/"):
        assert client_of(anna).get(address).status_code == 403
        assert client_of(None).get(address).status_code == 401
    assert client_of(anna).post("/api/v1/match-runs/", {"edition": edition.slug}, JSON).status_code == 403
    staff = builders.with_two_steps(client_of(organiser))
    (row,) = staff.get("/api/v1/match-runs/").json()["results"]
    assert (row["id"], row["edition"], row["status"]) == (run.pk, edition.slug, "in_force")


def test_staff_start_a_run_and_a_second_one_waits(edition, organiser, client_of, settings):
    staff = builders.with_two_steps(client_of(organiser))
    answer = staff.post("/api/v1/match-runs/", {"edition": edition.slug}, JSON)
    assert (answer.status_code, answer.json()["status"]) == (201, "queued")
    answer = staff.post("/api/v1/match-runs/", {"edition": edition.slug}, JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "run_under_way")


def test_uptake_counts_what_was_said_of_the_first_three(edition, asked, exhibitor, supplier_segment, anna, boris, organiser, client_of):
    offers = [builders.offer(exhibitor, supplier_segment) for _number in range(5)]
    for rank, offer in enumerate(offers, start=1):
        builders.match(asked, offer, request_rank=rank, offer_rank=4)
    give_verdict(asked, offers[0], side="buyer", says="interested", by=anna)
    give_verdict(asked, offers[1], side="buyer", says="not_for_us", reason="price", by=anna)
    give_verdict(asked, offers[2], side="buyer", says="not_for_us", reason="terms", by=anna)
    give_verdict(asked, offers[3], side="buyer", says="interested", by=anna)  # Fourth: it does not count.
    give_verdict(asked, offers[0], side="supplier", says="interested", by=boris)
    (row,) = uptake_of(edition)
    assert (row.side, row.shown, row.interested, row.not_for_us, row.reasons) == ("buyer", 3, 1, 2, {"price": 1, "terms": 1})
    assert row.share == pytest.approx(1 / 3)
    staff = builders.with_two_steps(client_of(organiser))
    sent = staff.get(f"/api/v1/match-runs/{MatchRun.objects.get().pk}/uptake/").json()["results"]
    assert [(one["chain"], one["side"], one["interested"]) for one in sent] == [("smart-vehicle", "buyer", 1)]


def test_the_desk_shows_verdicts_and_their_uptake_but_no_notes(match, asked, offered, anna, organiser, client_of):
    give_verdict(asked, offered, side="buyer", says="not_for_us", reason="price", note="Secret plan", by=anna)
    staff = builders.with_two_steps(client_of(organiser))
    page = staff.get("/admin/matching/verdict/").content.decode()
    assert "Of the first three matches" in page
    assert "0 %" in page
    assert "price 1" in page
    row = staff.get(f"/admin/matching/verdict/{Verdict.objects.get().pk}/change/").content.decode()
    assert "Blade cells" in row
    assert "Secret plan" not in page + row
    assert client_of(anna).get("/admin/matching/verdict/").status_code in {302, 403}


def test_the_description_says_that_runs_are_refused_to_who_is_not_staff(client):
    paths = client.get("/api/v1/schema/?format=json").json()["paths"]
    told = {path for path, methods in paths.items() if "403" in methods.get("get", {}).get("responses", {})}
    of_runs = {path for path in told if "match" in path}
    assert of_runs == {"/api/v1/match-runs/", "/api/v1/match-runs/{id}/", "/api/v1/match-runs/{id}/uptake/"}
