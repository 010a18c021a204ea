"""What became of agreements over the API: one's own questions, and their answers."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from matchmaking.agreements import actions
from matchmaking.agreements.models import Agreement, Milestone
from matchmaking.agreements.queries.milestones import today_of
from tests import builders

LIST = "/api/v1/milestones/"


def api(person=None):
    client = APIClient()
    if person is not None:
        client.force_authenticate(person)
    return client


@pytest.fixture
def asked(edition, chain, aurora, borealis, anna, boris):
    def signed():
        return builders.agreement(edition, chain, aurora, borealis, signed_on=today_of(Agreement(edition=edition)) - timedelta(days=1))

    signed()
    actions.sweep_milestones()
    return signed


def own(person):
    return Milestone.objects.get(party__company__members__user=person, days=1)


def test_ones_own_questions_are_read_and_answered(asked, anna, boris):
    (row,) = api(anna).get(LIST).json()["results"]
    assert (row["id"], row["company"], row["days"], row["is_open"], row["stage"]) == (own(anna).pk, "aurora-motors", 1, True, "")
    assert "digest" not in row
    answer = api(anna).post(f"{LIST}{row['id']}/answer/", {"stage": "closed"}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["closed_reason"])
    for _time in range(2):
        answer = api(anna).post(f"{LIST}{row['id']}/answer/", {"stage": "met"}, format="json", headers={"Idempotency-Key": "one"})
        assert (answer.status_code, answer.json()["stage"], answer.json()["way"]) == (200, "met", "desk")
    assert api(anna).get(LIST, {"answered": "true"}).json()["results"][0]["stage"] == "met"
    assert api(boris).get(LIST, {"answered": "true"}).json()["results"] == []


def test_carla_and_the_other_side_see_and_answer_nothing(asked, anna, boris, carla, organiser):
    assert api().get(LIST).status_code == 401
    assert api(carla).get(LIST).json()["results"] == []
    for person in (boris, carla):
        assert api(person).get(f"{LIST}{own(anna).pk}/").status_code == 404
        assert api(person).post(f"{LIST}{own(anna).pk}/answer/", {"stage": "met"}, format="json").status_code == 404
    assert own(anna).answered_at is None
    assert len(api(organiser).get(LIST, {"days": 1}).json()["results"]) == 2
    assert api(organiser).post(f"{LIST}{own(anna).pk}/answer/", {"stage": "met"}, format="json").json()["way"] == "staff"


def test_the_list_takes_as_many_queries_for_one_as_for_three(asked, anna, count_queries):
    client = api(anna)
    one = count_queries(lambda: client.get(LIST))
    asked()
    asked()
    actions.sweep_milestones()
    assert len(client.get(LIST).json()["results"]) == 3
    assert count_queries(lambda: client.get(LIST)) == one
