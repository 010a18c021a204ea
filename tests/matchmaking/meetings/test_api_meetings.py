"""Meetings over the API: for those who meet, from another time to what it was worth."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from matchmaking.meetings import actions
from matchmaking.meetings.models import Interpreter, Meeting, Seat, Slot
from matchmaking.participants.models import Consent
from tests import builders
from tests.matchmaking.meetings.stage import begin_in, everything
from tests.matchmaking.meetings.test_api_requests import api

ROWS = "/api/v1/meetings/"
VERBS = ("propose-move", "answer-move", "withdraw-move", "cancel", "hand-over", "check-in", "outcome", "rate")


def step(person, row, verb, body=None, **headers):
    return api(person).post(f"{ROWS}{row.pk}/{verb}/", body or {}, format="json", **headers)


def read(person, row):
    return api(person).get(f"{ROWS}{row.pk}/").json()


def seats(sent):
    return {seat["side"]: seat for seat in sent["seats"]}


def staff(person):
    person.second_factor_given = True
    return person


def let_begin(minutes=-1):
    """Let the first slot have begun."""
    begin_in(minutes)
    return Slot.objects.order_by("starts_at")[0]


def test_each_side_reads_the_meeting_with_time_place_and_who_comes(stage):
    row = stage.met(stage.slots[0])
    sent = read(stage.anna, row)
    assert (sent["status"], sent["slot"]["id"], sent["request"], sent["move"]) == ("scheduled", stage.slots[0].pk, row.request_id, None)
    assert (sent["place"]["kind"], sent["place"]["code"], sent["place"]["hall"]) == ("booth", "N1 1", "N1")
    assert (sent["uid"], sent["sequence"]) == (str(row.uid), 0)
    own, other = seats(sent)["receiver"], seats(sent)["sender"]
    assert (own["is_yours"], own["person"]) == (True, {"full_name": "Anna Adler", "email": None, "phone": None})
    assert (other["is_yours"], other["person"]["email"], other["person"]["phone"]) == (False, "boris@example.com", "+86 10 7654321")
    assert other["person"]["full_name"] == "Boris Bo"


def test_contact_data_goes_with_the_consent(stage):
    row = stage.met(stage.slots[0])
    Consent.objects.filter(person=stage.boris).update(revoked_at=timezone.now())
    assert seats(read(stage.anna, row))["sender"]["person"] is None
    assert "boris@example.com" not in api(stage.anna).get(ROWS).content.decode()
    assert seats(read(stage.boris, row))["receiver"]["person"]["email"] == "anna@example.com"


def test_the_word_of_the_place_is_told_to_nobody(stage):
    row = stage.met(stage.slots[0])
    for person in (stage.anna, stage.boris, staff(stage.organiser)):
        for address in (f"{ROWS}{row.pk}/", "/api/v1/places/"):
            assert row.place.key not in api(person).get(address).content.decode()


def test_what_is_somebody_elses_is_not_there(stage):
    row, nobodys, client = stage.met(stage.slots[0]), Meeting(pk=4799), api(stage.carla)
    assert client.get(ROWS).json()["results"] == []
    before = everything()
    for end in ("", "colleagues/"):
        first, second = (client.get(f"{ROWS}{one.pk}/{end}") for one in (row, nobodys))
        assert (first.status_code, first.content) == (404, second.content)
    for verb in VERBS:
        for body in ({}, {"reason": "no_time", "no_such": 1}):
            first, second = (step(stage.carla, one, verb, body) for one in (row, nobodys))
            assert (first.status_code, first.content) == (404, second.content), verb
    assert everything() == before
    assert APIClient().get(ROWS).status_code == 401


def test_another_time_is_proposed_and_taken(stage):
    row = stage.met(stage.slots[0])
    first = step(stage.anna, row, "propose-move", {"slot": stage.slots[1].pk}, HTTP_IDEMPOTENCY_KEY="m")
    sent = first.json()
    assert (first.status_code, sent["slot"]["id"]) == (200, stage.slots[0].pk)
    assert (sent["move"]["slot"]["id"], sent["move"]["side"]) == (stage.slots[1].pk, "receiver")
    after = everything()
    again = step(stage.anna, row, "propose-move", {"slot": stage.slots[1].pk}, HTTP_IDEMPOTENCY_KEY="m")
    assert (again.content, everything()) == (first.content, after)
    assert step(stage.anna, row, "propose-move", {"slot": stage.slots[2].pk}).json()["code"] == "move_is_open"
    assert (step(stage.anna, row, "answer-move", {"accept": True}).status_code, everything()) == (403, after)
    sent = step(stage.boris, row, "answer-move", {"accept": True}).json()
    assert (sent["slot"]["id"], sent["move"], sent["moves"], sent["sequence"]) == (stage.slots[1].pk, None, 1, 1)
    assert step(stage.boris, row, "answer-move", {"accept": True}).json()["code"] == "illegal_move"


def test_a_time_that_is_taken_is_refused_with_three_others(stage):
    row, third = stage.met(stage.slots[0]), stage.another()
    actions.accept(actions.ask(stage.exhibitor, third, by=stage.boris, slot=stage.slots[2]), by=stage.person_of(third))
    before = everything()
    answer = step(stage.anna, row, "propose-move", {"slot": stage.slots[2].pk})
    assert (answer.status_code, answer.json()["code"], everything()) == (409, "slot_taken", before)
    assert [one["id"] for one in answer.json()["data"]["alternatives"]] == [stage.slots[number].pk for number in (1, 3, 4)]


def test_a_proposed_time_is_declined_or_taken_back(stage):
    row = stage.met(stage.slots[0])
    step(stage.anna, row, "propose-move", {"slot": stage.slots[1].pk})
    assert step(stage.boris, row, "withdraw-move").status_code == 403
    assert step(stage.anna, row, "withdraw-move").json()["move"] is None
    step(stage.anna, row, "propose-move", {"slot": stage.slots[1].pk})
    sent = step(stage.boris, row, "answer-move", {"accept": False}).json()
    assert (sent["slot"]["id"], sent["move"]) == (stage.slots[0].pk, None)


def test_an_answer_may_name_the_time_that_was_read(stage):
    row = stage.met(stage.slots[0])
    step(stage.anna, row, "propose-move", {"slot": stage.slots[1].pk})
    step(stage.anna, row, "withdraw-move")
    step(stage.anna, row, "propose-move", {"slot": stage.slots[2].pk})
    before = everything()
    for accept in (True, False):
        answer = step(stage.boris, row, "answer-move", {"accept": accept, "slot": stage.slots[1].pk})
        assert (answer.status_code, answer.json()["code"], everything()) == (409, "conflict", before)
    assert step(stage.boris, row, "answer-move", {"accept": True, "slot": 999_999}).status_code == 400
    sent = step(stage.boris, row, "answer-move", {"accept": True, "slot": stage.slots[2].pk}).json()
    assert (sent["slot"]["id"], sent["move"]) == (stage.slots[2].pk, None)


def test_a_meeting_is_called_off_with_a_reason_once(stage):
    row = stage.met(stage.slots[0])
    before = everything()
    for body in ({}, {"reason": "organiser"}, {"reason": "no_time", "note": 5}):
        assert (step(stage.anna, row, "cancel", body).status_code, everything()) == (400, before)
    first = step(stage.anna, row, "cancel", {"reason": "no_time", "note": "Flight"}, HTTP_IDEMPOTENCY_KEY="c")
    sent = first.json()
    assert (sent["status"], sent["reason"], sent["note"], sent["cancelled_side"]) == ("cancelled", "no_time", "Flight", "receiver")
    after = everything()
    again = step(stage.anna, row, "cancel", {"reason": "no_time", "note": "Flight"}, HTTP_IDEMPOTENCY_KEY="c")
    assert (again.content, everything()) == (first.content, after)
    assert (step(stage.boris, row, "cancel", {"reason": "no_time"}).json()["code"], everything()) == ("illegal_move", after)


def test_a_meeting_that_changed_since_is_not_called_off(stage):
    row = stage.met(stage.slots[0])
    etag = api(stage.anna).get(f"{ROWS}{row.pk}/")["ETag"]
    step(stage.boris, row, "propose-move", {"slot": stage.slots[1].pk})
    before = everything()
    answer = step(stage.anna, row, "cancel", {"reason": "no_time"}, HTTP_IF_MATCH=etag)
    assert (answer.status_code, everything()) == (412, before)


def test_a_colleague_comes_instead_and_nobody_of_another_company(stage):
    row, cleo = stage.met(stage.slots[0]), builders.person("cleo@example.com", full_name="Cleo Cook")
    membership = builders.member(stage.buyer.company, cleo)
    listed = api(stage.anna).get(f"{ROWS}{row.pk}/colleagues/").json()["results"]
    assert {one["name"] for one in listed} == {"Anna Adler", "Cleo Cook"}
    before = everything()
    foreign = stage.boris.memberships.get().pk
    for number in (foreign, 4799):
        assert (step(stage.anna, row, "hand-over", {"membership": number}).status_code, everything()) == (400, before)
    sent = step(stage.anna, row, "hand-over", {"membership": membership.pk}).json()
    assert seats(sent)["receiver"]["person"]["full_name"] == "Cleo Cook"
    assert seats(read(stage.boris, row))["sender"]["person"]["full_name"] == "Boris Bo"


def test_who_is_there_says_so_with_the_word_of_the_place(stage):
    row = stage.met(stage.slots[0])
    code = {"code": row.place.key}
    assert step(stage.anna, row, "check-in", code).json()["code"] == "too_early"
    let_begin(5)
    before = everything()
    assert (step(stage.anna, row, "check-in", {"code": "elsewhere"}).json()["code"], everything()) == ("wrong_place", before)
    sent = step(stage.anna, row, "check-in", code).json()
    assert [bool(seats(sent)[side]["checked_in_at"]) for side in ("receiver", "sender")] == [True, False]
    after = everything()
    assert (step(stage.anna, row, "check-in", code).status_code, everything()) == (200, after)


def test_each_side_reads_its_own_word_and_stars_only(stage):
    row = stage.met(stage.slots[0])
    assert step(stage.anna, row, "outcome", {"says": "took_place"}).json()["code"] == "too_early"
    let_begin()
    before = everything()
    assert (step(stage.anna, row, "outcome", {"says": "perhaps"}).status_code, everything()) == (400, before)
    assert step(stage.anna, row, "rate", {"stars": 5}).json()["code"] == "illegal_move"
    step(stage.anna, row, "outcome", {"says": "took_place"})
    assert step(stage.boris, row, "outcome", {"says": "partly"}).json()["status"] == "held"
    for stars in (0, 6, "5", 2.5, True):
        assert step(stage.anna, row, "rate", {"stars": stars}).status_code == 400
    sent = step(stage.anna, row, "rate", {"stars": 4}).json()
    assert (seats(sent)["receiver"]["says"], seats(sent)["receiver"]["rating"]) == ("took_place", 4)
    assert (seats(sent)["sender"]["says"], seats(sent)["sender"]["rating"]) == (None, None)
    assert step(stage.anna, row, "rate", {"stars": 5}).json()["code"] == "rated_already"
    assert seats(read(stage.boris, row))["receiver"]["rating"] is None


def test_staff_act_for_the_side_that_they_name(stage):
    row = stage.met(stage.slots[0])
    let_begin()
    anybody = builders.person(is_staff=True)
    assert step(staff(anybody), row, "outcome", {"says": "partly"}).status_code == 404
    olga = staff(stage.organiser)
    sent = step(olga, row, "outcome", {"says": "partly", "acting_for": stage.buyer.pk})
    assert sent.status_code == 200
    seat = Seat.objects.get(registration=stage.buyer)
    assert (seat.says, seat.said_by) == ("partly", olga)
    own = {(one["is_yours"], one["says"], one["person"]) for one in sent.json()["seats"]}
    assert own == {(False, None, None)}
    third = stage.another()
    assert step(olga, row, "outcome", {"says": "partly", "acting_for": third.pk}).status_code == 403
    assert step(stage.anna, row, "outcome", {"says": "partly", "acting_for": stage.exhibitor.pk}).status_code == 403


def test_lists_are_filtered(stage):
    row = stage.met(stage.slots[0])
    client, day = api(stage.anna), stage.slots[0].day
    for asked, count in (
        ({}, 1), ({"status": "scheduled"}, 1), ({"status": "held"}, 0), ({"day": day.isoformat()}, 1),
        ({"day": (day + timedelta(days=1)).isoformat()}, 0), ({"edition": row.edition.slug}, 1),
    ):  # fmt: skip
        assert len(client.get(ROWS, asked).json()["results"]) == count, asked
    for wrong in ({"status": "x"}, {"day": "tomorrow"}, {"edition": "1900"}, {"colour": "red"}):
        assert client.get(ROWS, wrong).status_code == 400


def test_a_list_takes_as_many_queries_for_one_as_for_three(stage, count_queries):
    client = api(stage.boris)
    stage.met(stage.slots[0])
    one = count_queries(lambda: client.get(ROWS))
    for slot in stage.slots[1:3]:
        other = stage.another()
        actions.accept(actions.ask(stage.exhibitor, other, by=stage.boris, slot=slot), by=stage.person_of(other))
    assert len(client.get(ROWS).json()["results"]) == 3
    assert count_queries(lambda: client.get(ROWS)) == one <= 8


def test_slots_and_places_are_read_by_who_signed_in(stage):
    client = api(stage.carla)
    slots = client.get("/api/v1/slots/", {"edition": stage.setup.edition.slug, "kind": "meeting"}).json()["results"]
    assert {one["id"] for one in slots} == {slot.pk for slot in stage.slots}
    (table,) = client.get("/api/v1/places/", {"kind": "table", "hall": "N1"}).json()["results"]
    assert (table["code"], table["booth"], table["capacity"]) == ("N1-T1", None, 1)
    gone = stage.slots[0]
    Slot.objects.filter(pk=gone.pk).update(removed_at=timezone.now())
    assert client.get(f"/api/v1/slots/{gone.pk}/").status_code == 404
    for address in ("slots", "places", "availability", "interpreters", "free-times"):
        assert APIClient().get(f"/api/v1/{address}/").status_code == 401
        assert client.post(f"/api/v1/{address}/", {}, format="json").status_code == (403 if address in {"slots", "interpreters"} else 405)


def test_interpreters_are_for_staff(stage):
    made = Interpreter.objects.create(edition=stage.setup.edition, name="Ines", languages=["de", "zh"])
    (row,) = api(staff(stage.organiser)).get("/api/v1/interpreters/").json()["results"]
    assert (row["name"], row["languages"]) == ("Ines", ["de", "zh"])
    for address in ("/api/v1/interpreters/", f"/api/v1/interpreters/{made.pk}/", "/api/v1/interpreters/4799/"):
        answer = api(stage.anna).get(address)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


KEPT = "/api/v1/availability/"


def keep(person, registration, slots, verb="block", **more):
    body = {"registration": registration.pk, "slots": [slot.pk for slot in slots], **more}
    key = {"HTTP_IDEMPOTENCY_KEY": body.pop("key")} if "key" in body else {}
    return api(person).post(f"{KEPT}{verb}/", body, format="json", **key)


def test_times_are_kept_free_and_let_go(stage):
    answer = keep(stage.boris, stage.exhibitor, stage.slots[:2], key="k")
    assert (answer.status_code, answer.json()) == (200, {"changed": 2})
    assert keep(stage.boris, stage.exhibitor, stage.slots[:2], key="k").json() == {"changed": 2}
    assert keep(stage.boris, stage.exhibitor, stage.slots[:3], only_me=True).json() == {"changed": 3}
    rows = api(stage.boris).get(KEPT).json()["results"]
    assert sorted((row["slot"]["id"], row["registration"]) for row in rows if row["registration"]) == [
        (slot.pk, stage.exhibitor.pk) for slot in stage.slots[:2]
    ]
    assert len(api(stage.boris).get(KEPT, {"only_me": "true"}).json()["results"]) == 3
    assert len(api(stage.boris).get(KEPT, {"only_me": "false"}).json()["results"]) == 2
    assert api(stage.anna).get(KEPT).json()["results"] == []
    assert keep(stage.boris, stage.exhibitor, stage.slots[:1], "free").json() == {"changed": 1}


def test_what_cannot_be_kept_free_writes_nothing(stage):
    stage.met(stage.slots[0])
    before = everything()
    assert keep(stage.boris, stage.exhibitor, stage.slots[:2]).json()["code"] == "time_is_in_use"
    assert keep(stage.boris, stage.exhibitor, [Slot(pk=4799)]).status_code == 400
    assert keep(stage.boris, stage.exhibitor, []).status_code == 400
    assert keep(stage.boris, stage.buyer, stage.slots[1:2]).status_code == 400
    assert keep(stage.anna, stage.exhibitor, stage.slots[1:2]).status_code == 400
    assert keep(builders.person(), stage.exhibitor, stage.slots[1:2]).status_code == 403
    assert everything() == before


def free(person, **asked):
    return api(person).get("/api/v1/free-times/", asked)


def test_free_times_are_those_of_both(stage, supplier_segment):
    wanted = builders.sourcing_request(stage.buyer, supplier_segment)
    keep(stage.anna, stage.buyer, stage.slots[:1])
    keep(stage.boris, stage.exhibitor, stage.slots[1:2])
    for sent in (
        free(stage.boris, sender=stage.exhibitor.pk, request=wanted.pk),
        free(stage.anna, sender=stage.buyer.pk, receiver=stage.exhibitor.pk),
    ):
        assert (sent.status_code, [one["id"] for one in sent.json()["results"]]) == (200, [slot.pk for slot in stage.slots[2:]])
        assert sent.json()["lacks_language"] is False
        assert "Aurora" not in sent.content.decode()


def test_free_times_of_whom_one_may_not_ask_are_not_told(stage, supplier_segment):
    own = builders.sourcing_request(stage.buyer, supplier_segment)
    other = stage.another("exhibitor")
    assert free(stage.boris, sender=stage.exhibitor.pk, receiver=other.pk).status_code == 403
    for asked in ({"receiver": stage.buyer.pk}, {"receiver": 4799}, {"request": 4799}, {"offer": 4799}):
        assert free(stage.boris, sender=stage.exhibitor.pk, **asked).status_code == 404, asked
    for sender in (stage.exhibitor.pk, 4799):
        assert free(stage.carla, sender=sender, request=own.pk).status_code == 404
    for asked in (
        {},
        {"sender": 1},
        {"sender": "x", "receiver": 1},
        {"sender": 1, "receiver": 1, "offer": 1},
        {"sender": 1, "receiver": 1, "a": 1},
    ):
        assert free(stage.boris, **asked).status_code == 400, asked


@pytest.mark.parametrize("address", ["meetings", "meeting-requests", "slots", "places", "availability"])
def test_what_was_read_is_not_sent_again(stage, address):
    stage.met(stage.slots[0])
    client = api(stage.anna)
    etag = client.get(f"/api/v1/{address}/")["ETag"]
    assert client.get(f"/api/v1/{address}/", HTTP_IF_NONE_MATCH=etag).status_code == 304
