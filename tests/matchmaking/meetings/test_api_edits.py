"""Changes of the ground over the API."""

import pytest
from django.db import connection

from matchmaking.meetings import planner
from matchmaking.meetings.models import Edit, Meeting
from tests import builders
from tests.matchmaking.meetings.booked import crowd, meet, rows_of
from tests.matchmaking.meetings.stage import everything

EDITS = "/api/v1/meeting-edits/"


@pytest.fixture
def olga(stage, client_of):
    return client_of(stage.organiser)


def post(client, path, body, key=""):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(EDITS + path, body, content_type="application/json", headers=headers)


def test_a_time_is_taken_out_and_brought_back(stage, hall, olga):
    slot, edition = stage.slots[0], stage.setup.edition.slug
    meetings = crowd(stage, slot, 3, hall)
    before = rows_of(meetings)
    body = {"edition": edition, "kind": "remove_slot", "slot": slot.pk}
    counted = everything()
    shown = post(olga, "preview/", body)
    assert (shown.status_code, everything()) == (200, counted)
    said = shown.json()
    assert said["counts"]["struck"] == len(said["meetings"]) == 3
    assert {one["outcome"] for one in said["meetings"]} == {"time"}
    assert said["meetings"][0]["before"]["slot"] == slot.pk
    done = post(olga, "apply/", {**body, "digest": said["digest"]}, key="remove-1")
    assert done.status_code == 201
    again = post(olga, "apply/", {**body, "digest": said["digest"]}, key="remove-1")
    assert (again.status_code, again.json(), Edit.objects.count()) == (201, done.json(), 1)
    assert {Meeting.objects.get(pk=int(pk)).slot_id == seat[0] for pk, seat in done.json()["after"]["seats"].items()} == {True}
    refused = post(olga, "apply/", {**body, "digest": said["digest"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "preview_is_old")
    number = done.json()["id"]
    undone = post(olga, f"{number}/undo/", {}, key="undo-1")
    assert undone.json()["undone"] == {"restored": 3, "could_not": []}
    assert rows_of(meetings) == before
    assert post(olga, f"{number}/undo/", {}, key="undo-1").json() == undone.json()
    assert post(olga, f"{number}/undo/", {}).status_code == 409
    assert olga.get(EDITS, {"is_undone": "true"}).json()["results"][0]["id"] == number
    assert olga.get(EDITS, {"kind": "close_hall"}).json()["results"] == []


def test_a_move_of_a_booth_is_refused_with_words_and_done_here(stage, hall, olga):
    new = builders.booth(hall, code="N1 5", x=50)
    meeting = meet(stage, stage.buyer, stage.exhibitor, stage.slots[0])
    asked = olga.post(f"/api/v1/registrations/{stage.exhibitor.pk}/move-booth/", {"booth": "N1 5"}, content_type="application/json")
    assert (asked.status_code, asked.json()["code"]) == (409, "meetings_at_the_booth")
    body = {"edition": stage.setup.edition.slug, "kind": "move_exhibitor", "registration": stage.exhibitor.pk, "booth": new.pk}
    digest = post(olga, "preview/", body).json()["digest"]
    assert post(olga, "apply/", {**body, "digest": digest}).status_code == 201
    meeting.refresh_from_db()
    assert meeting.place.booth_id == new.pk


def test_what_is_wrong_is_said_by_field(stage, olga):
    edition = stage.setup.edition.slug
    for body, field in (
        ({"kind": "remove_slot", "slot": 0}, "slot"),
        ({"kind": "close_hall"}, "hall"),
        ({"kind": "burn"}, "kind"),
        ({"kind": "move_slot", "slot": stage.slots[0].pk}, "starts_at"),
    ):
        answer = post(olga, "preview/", {"edition": edition, **body})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert post(olga, "preview/", {"edition": edition, "kind": "close_hall", "colour": "red"}).status_code == 400


@pytest.mark.parametrize("who", ["anna", "boris", "carla"])
def test_nobody_else_reads_or_writes_them(stage, client_of, who):
    edit = Edit.objects.create(edition=stage.setup.edition, kind="close_hall", subject="N1")
    client, counted = client_of(getattr(stage, who)), everything()
    assert client.get(EDITS).status_code == client.get(f"{EDITS}{edit.pk}/").status_code == 403
    for path in ("preview/", "apply/", f"{edit.pk}/undo/"):
        assert post(client, path, {}).status_code in {403, 404}
    assert everything() == counted


@pytest.mark.parametrize("path", ["preview/", "apply/"])
def test_the_planner_works_while_no_transaction_is_open(stage, hall, olga, monkeypatch, path):
    crowd(stage, stage.slots[0], 1, hall)
    inside, plain = [], planner.repair_plan

    def planned(*args, **more):
        inside.append(len(connection.savepoint_ids))
        return plain(*args, **more)

    monkeypatch.setattr(planner, "repair_plan", planned)
    outside = len(connection.savepoint_ids)
    body = {"edition": stage.setup.edition.slug, "kind": "remove_slot", "slot": stage.slots[0].pk}
    answer = post(olga, path, body | ({"digest": "old"} if path == "apply/" else {}))
    assert answer.status_code == (409 if path == "apply/" else 200)
    assert inside == [outside]
