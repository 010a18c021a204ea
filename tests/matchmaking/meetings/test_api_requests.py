"""Requests to meet over the API: the same verbs as on the pages, for the two sides and nobody else."""

import pytest
from rest_framework.test import APIClient

from matchmaking.meetings import actions
from matchmaking.meetings.models import MeetingRequest, MeetingSetup
from matchmaking.participants.models import Block
from tests import builders
from tests.matchmaking.meetings.stage import everything

ROWS = "/api/v1/meeting-requests/"


def api(person):
    client = APIClient()
    client.force_authenticate(person)
    return client


def step(person, row, verb, body=None, **headers):
    return api(person).post(f"{ROWS}{row.pk}/{verb}/", body or {}, format="json", **headers)


@pytest.fixture
def wanted(stage, supplier_segment):
    return builders.sourcing_request(stage.buyer, supplier_segment, title="Cells wanted")


def asking(stage, **body):
    return {"sender": stage.exhibitor.pk, **body}


def test_boris_asks_about_a_request_and_both_read_it(stage, wanted):
    body = asking(stage, requests=[wanted.pk], message="Hello", slot=stage.slots[0].pk)
    answer = api(stage.boris).post(ROWS, body, format="json")
    row = MeetingRequest.objects.get()
    assert (answer.status_code, answer["Location"]) == (201, f"http://testserver{ROWS}{row.pk}/")
    sent = answer.json()
    assert (sent["side"], sent["waits_for"], sent["is_yours_to_answer"]) == ("sender", "receiver", False)
    assert (sent["receiver"]["registration"], sent["receiver"]["name"]) == (stage.buyer.pk, "Aurora Motors")
    assert (sent["slot"]["id"], sent["message"], sent["partner"]) == (stage.slots[0].pk, "Hello", None)
    assert sent["about"] == [{"offer": None, "request": wanted.pk}]
    read = api(stage.anna).get(f"{ROWS}{row.pk}/").json()
    assert (read["side"], read["is_yours_to_answer"]) == ("receiver", True)
    assert {name for name in read if read[name] != sent[name]} == {"side", "is_yours_to_answer"}


def test_a_buyer_asks_an_exhibitor_by_its_registration(stage):
    body = {"sender": stage.buyer.pk, "receiver": stage.exhibitor.pk}
    assert api(stage.anna).post(ROWS, body, format="json").status_code == 201
    assert MeetingRequest.objects.get().receiver == stage.exhibitor


def test_what_is_somebody_elses_is_not_there(stage):
    row, nobodys = stage.asked(), MeetingRequest(pk=4799)
    client = api(stage.carla)
    assert client.get(ROWS).json()["results"] == []
    before = everything()
    for end in ("", "messages/"):
        first, second = (client.get(f"{ROWS}{one.pk}/{end}") for one in (row, nobodys))
        assert (first.status_code, first.content) == (404, second.content)
    for verb in ("accept", "decline", "counter", "withdraw", "write-message"):
        for body in ({}, {"slot": stage.slots[0].pk, "no_such": 1}):
            first, second = (step(stage.carla, one, verb, body) for one in (row, nobodys))
            assert (first.status_code, first.content) == (404, second.content), verb
    answer = client.post(ROWS, asking(stage, receiver=stage.buyer.pk), format="json")
    assert (answer.status_code, everything()) == (400, before)
    assert APIClient().get(ROWS).status_code == 401
    assert APIClient().post(ROWS, {}, format="json").status_code == 401


def test_carla_cannot_ask_for_boris(stage, wanted):
    before = everything()
    answers = [
        api(stage.carla).post(ROWS, {"sender": number, "requests": [wanted.pk]}, format="json") for number in (stage.exhibitor.pk, 4799)
    ]
    assert [one.status_code for one in answers] == [400, 400]
    assert answers[0].content == answers[1].content
    assert api(builders.person()).post(ROWS, asking(stage, requests=[wanted.pk]), format="json").status_code == 403
    assert everything() == before


def test_accepting_makes_a_meeting_and_a_repeat_makes_no_second(stage):
    row = stage.asked(stage.slots[0])
    first = step(stage.anna, row, "accept", HTTP_IDEMPOTENCY_KEY="one")
    assert first.status_code == 200
    row.refresh_from_db()
    sent = first.json()
    assert (sent["status"], sent["meeting"], sent["is_yours_to_answer"]) == ("accepted", row.meeting.pk, False)
    after = everything()
    again = step(stage.anna, row, "accept", HTTP_IDEMPOTENCY_KEY="one")
    assert (again.status_code, again.content, again["Idempotent-Replayed"], everything()) == (200, first.content, "true", after)
    assert step(stage.anna, row, "accept", {"slot": stage.slots[1].pk}, HTTP_IDEMPOTENCY_KEY="one").status_code == 422
    assert (step(stage.anna, row, "accept").json()["code"], everything()) == ("illegal_move", after)


def test_asking_again_with_the_same_key_asks_once(stage, wanted):
    client, body = api(stage.boris), asking(stage, requests=[wanted.pk])
    first = client.post(ROWS, body, format="json", HTTP_IDEMPOTENCY_KEY="ask")
    again = client.post(ROWS, body, format="json", HTTP_IDEMPOTENCY_KEY="ask")
    assert (again.status_code, again.content, MeetingRequest.objects.count()) == (201, first.content, 1)
    answer = client.post(ROWS, body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "asked_already")


def test_who_loses_the_race_gets_three_times(stage):
    slot, third = stage.slots[2], stage.another("exhibitor")
    row = stage.asked(slot)
    actions.accept(actions.ask(third, stage.buyer, by=stage.person_of(third), slot=slot), by=stage.anna)
    before = everything()
    answer = step(stage.anna, row, "accept", HTTP_IDEMPOTENCY_KEY="race")
    assert (answer.status_code, answer.json()["code"], everything()) == (409, "slot_taken", before)
    times = answer.json()["data"]["alternatives"]
    assert [one["id"] for one in times] == [stage.slots[number].pk for number in (0, 1, 3)]
    # A refusal is not kept: the same key takes one of them.
    answer = step(stage.anna, row, "accept", {"slot": times[0]["id"]}, HTTP_IDEMPOTENCY_KEY="race")
    assert (answer.status_code, answer.json()["slot"]["id"]) == (200, times[0]["id"])


def test_only_the_side_whose_turn_it_is_answers(stage):
    row = stage.asked()
    before = everything()
    for verb, body in (("accept", {}), ("decline", {"reason": "no_fit"}), ("counter", {"slot": stage.slots[0].pk})):
        assert step(stage.boris, row, verb, body).status_code == 403
    assert step(stage.anna, row, "withdraw").status_code == 403
    assert everything() == before
    answer = step(stage.anna, row, "counter", {"slot": stage.slots[0].pk}, HTTP_IDEMPOTENCY_KEY="c")
    assert (answer.json()["waits_for"], answer.json()["slot"]["id"]) == ("sender", stage.slots[0].pk)
    # It is no longer her turn, and her repeat is still answered.
    assert step(stage.anna, row, "counter", {"slot": stage.slots[0].pk}, HTTP_IDEMPOTENCY_KEY="c").content == answer.content
    assert step(stage.boris, row, "accept").json()["status"] == "accepted"


def test_declining_and_taking_back(stage):
    row = stage.asked()
    before = everything()
    for body in ({}, {"reason": "because"}, {"reason": "organiser"}, {"reason": "no_fit", "note": "x" * 501}):
        assert (step(stage.anna, row, "decline", body).status_code, everything()) == (400, before)
    sent = step(stage.anna, row, "decline", {"reason": "no_fit", "note": "NMC only"}).json()
    assert (sent["status"], sent["reason"], sent["note"]) == ("declined", "no_fit", "NMC only")
    second = stage.asked()
    assert step(stage.boris, second, "withdraw").json()["status"] == "cancelled"
    assert step(stage.boris, second, "withdraw").json()["code"] == "illegal_move"


def test_what_changed_since_it_was_read_is_not_answered(stage):
    row = stage.asked()
    etag = api(stage.anna).get(f"{ROWS}{row.pk}/")["ETag"]
    assert api(stage.anna).get(f"{ROWS}{row.pk}/", HTTP_IF_NONE_MATCH=etag).status_code == 304
    actions.counter(row, by=stage.anna, slot=stage.slots[0])
    actions.counter(row, by=stage.boris, slot=stage.slots[1])
    before = everything()
    answer = step(stage.anna, row, "accept", HTTP_IF_MATCH=etag)
    assert (answer.status_code, answer.json()["code"], everything()) == (412, "changed_meanwhile", before)
    etag = api(stage.anna).get(f"{ROWS}{row.pk}/")["ETag"]
    assert step(stage.anna, row, "accept", HTTP_IF_MATCH=etag).status_code == 200


def test_both_sides_write_and_read_the_thread(stage):
    row = stage.asked()
    sent = step(stage.boris, row, "write-message", {"text": "Which cells?"}).json()
    assert (sent["side"], sent["text"], sent["language"]) == ("sender", "Which cells?", "en")
    step(stage.anna, row, "write-message", {"text": "Prismatic."})
    lines = api(stage.anna).get(f"{ROWS}{row.pk}/messages/").json()["results"]
    assert [(line["side"], line["text"]) for line in lines] == [("sender", "Which cells?"), ("receiver", "Prismatic.")]
    before = everything()
    assert (step(stage.anna, row, "write-message", {"text": ""}).status_code, everything()) == (400, before)


@pytest.mark.parametrize("body", [
    {}, {"receiver": 4799}, {"receiver": "1"}, {"requests": [4799]}, {"requests": "1"}, {"requests": [True]}, {"requests": list(range(1, 8))},
    {"slot": 4799}, {"partner": 4799}, {"message": "x" * 2001}, {"needs_interpreter": "yes"}, {"colour": "red"},
])  # fmt: skip
def test_a_wrong_body_is_said_by_field(stage, body):
    before = everything()
    if "receiver" not in body and body and "requests" not in body:
        body = {"receiver": stage.exhibitor.pk, **body}
    answer = api(stage.anna).post(ROWS, {"sender": stage.buyer.pk, **body}, format="json")
    assert (answer.status_code, everything()) == (400, before)
    assert answer.json()["fields"]


@pytest.fixture
def hidden(stage, supplier_segment):
    return builders.sourcing_request(stage.buyer, supplier_segment, title="Cells, quietly", visibility="name_hidden")


def test_a_buyer_that_hides_its_name_is_asked_and_named_once_it_accepts(stage, hidden):
    sent = api(stage.boris).post(ROWS, asking(stage, requests=[hidden.pk]), format="json").json()
    assert sent["receiver"] is None
    row = MeetingRequest.objects.get()
    for address in (ROWS, f"{ROWS}{row.pk}/"):
        text = api(stage.boris).get(address).content.decode()
        assert "Aurora" not in text
        assert "aurora" not in text
    assert api(stage.anna).get(f"{ROWS}{row.pk}/").json()["receiver"]["name"] == "Aurora Motors"
    assert step(stage.anna, row, "accept").status_code == 200
    assert api(stage.boris).get(f"{ROWS}{row.pk}/").json()["receiver"]["name"] == "Aurora Motors"


def test_no_answer_says_whether_a_guess_at_a_hidden_buyer_is_right(stage, hidden, supplier_segment):
    other = stage.another("exhibitor")
    shown = builders.sourcing_request(stage.buyer, supplier_segment)
    elses = builders.sourcing_request(stage.another(), supplier_segment)
    second = builders.sourcing_request(stage.buyer, supplier_segment, visibility="name_hidden")
    before, client, said = everything(), api(stage.boris), set()
    for guess in (
        {"receiver": other.pk},
        {"requests": [hidden.pk, shown.pk]},
        {"requests": [hidden.pk, elses.pk]},
        {"requests": [hidden.pk, second.pk]},
    ):
        answer = client.post(ROWS, asking(stage, **{"requests": [hidden.pk], **guess}), format="json")
        said.add((answer.status_code, answer.content))
    assert ([status for status, _content in said], everything()) == ([400], before)


def test_what_is_not_delivered_looks_sent_to_one_and_is_not_there_for_the_other(stage):
    Block.objects.create(company=stage.buyer.company, blocked=stage.exhibitor.company)
    row = stage.asked()
    assert not row.is_delivered
    assert api(stage.boris).get(f"{ROWS}{row.pk}/").json()["status"] == "pending"
    assert api(stage.anna).get(f"{ROWS}{row.pk}/").status_code == 404
    assert step(stage.anna, row, "decline", {"reason": "no_fit"}).status_code == 404


def test_where_requests_are_accepted_at_once_the_answer_is_a_meeting(stage):
    MeetingSetup.objects.update(approval="auto_accept")
    sent = api(stage.anna).post(ROWS, {"sender": stage.buyer.pk, "receiver": stage.exhibitor.pk}, format="json").json()
    assert (sent["status"], sent["meeting"] is not None) == ("accepted", True)


def test_lists_are_filtered(stage):
    row, other = stage.asked(), stage.another()
    mine = actions.ask(other, stage.exhibitor, by=stage.person_of(other))
    actions.decline(mine, by=stage.boris, reason="no_time")

    def found(**asked):
        answer = api(stage.boris).get(ROWS, asked)
        assert answer.status_code == 200, answer.content
        return [one["id"] for one in answer.json()["results"]]

    assert found() == [mine.pk, row.pk]
    assert found(side="sender") == [row.pk]
    assert found(side="receiver", edition=stage.setup.edition.slug) == [mine.pk]
    assert found(status="pending") == [row.pk]
    assert found(is_yours_to_answer="true") == []
    assert [one["id"] for one in api(stage.anna).get(ROWS, {"is_yours_to_answer": "true"}).json()["results"]] == [row.pk]
    for wrong in ({"side": "left"}, {"colour": "red"}, {"is_yours_to_answer": "1"}, {"status": "x"}):
        assert api(stage.boris).get(ROWS, wrong).status_code == 400


def test_changes_tell_the_two_sides_and_nobody_else(stage):
    since = {"since": "2026-01-01T00:00:00Z"}
    row = stage.asked()
    meeting = actions.accept(row, by=stage.anna)
    for person in (stage.anna, stage.boris):
        told = api(person).get("/api/v1/changes/", since).json()["results"]
        assert {("meeting-requests", str(row.pk)), ("meetings", str(meeting.pk))} <= {(one["kind"], one["id"]) for one in told}
    told = api(stage.carla).get("/api/v1/changes/", since).json()["results"]
    assert not [one for one in told if one["kind"].startswith("meeting")]


def test_a_list_takes_as_many_queries_for_one_as_for_three(stage, count_queries, supplier_segment):
    client = api(stage.boris)
    wanted = builders.sourcing_request(stage.buyer, supplier_segment)
    stage.asked(postings=[wanted])
    one = count_queries(lambda: client.get(ROWS))
    for _number in range(2):
        other = stage.another()
        actions.ask(stage.exhibitor, other, by=stage.boris, postings=[builders.sourcing_request(other, supplier_segment)])
    assert len(client.get(ROWS).json()["results"]) == 3
    assert count_queries(lambda: client.get(ROWS)) == one <= 6
