"""The ground over the API: staff set it, everybody else reads times and places."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from matchmaking.meetings.models import Interpreter, MeetingSetup, Place, Slot
from tests import builders
from tests.matchmaking.meetings.stage import everything
from tests.matchmaking.meetings.test_api_meetings import staff
from tests.matchmaking.meetings.test_api_requests import api

V1 = "/api/v1/"
SETUPS, SLOTS, PLACES, POOL = (f"{V1}{name}/" for name in ("meeting-setup", "slots", "places", "interpreters"))


@pytest.fixture
def olga(stage):
    return api(staff(stage.organiser))


def sent(client, address, body, verb="post", **headers):
    return getattr(client, verb)(address, body, format="json", **headers)


def lay(stage, **more):
    edition = stage.setup.edition
    return {"edition": edition.slug, "days": [str(edition.ends_on)], "begins": "13:00", "ends": "15:00", "minutes": 30} | more


def test_only_staff_read_rules_and_write_the_ground(stage, hall):
    slot, ida = stage.slots[0], Interpreter.objects.create(edition=stage.setup.edition, name="Ida", languages=["en", "zh"])
    calls = [
        ("post", SETUPS, {}),
        ("patch", f"{SETUPS}{stage.setup.pk}/", {}),
        ("post", f"{SETUPS}{stage.setup.pk}/rights/", {}),
        ("post", SLOTS, {}),
        ("patch", f"{SLOTS}{slot.pk}/", {}),
        ("post", f"{SLOTS}{slot.pk}/remove/", {}),
        ("post", f"{SLOTS}{slot.pk}/restore/", {}),
        ("post", f"{SLOTS}lay-days/", {}),
        ("post", f"{PLACES}add-tables/", {}),
        ("post", f"{PLACES}open-booths/", {}),
        ("post", POOL, {}),
        ("patch", f"{POOL}{ida.pk}/", {}),
        ("post", f"{POOL}{ida.pk}/absences/", {}),
    ]
    before = everything()
    for verb, address, body in calls:
        assert sent(api(stage.carla), address, body, verb).status_code == 403, address
        assert sent(APIClient(), address, body, verb).status_code == 401, address
    assert everything() == before
    assert api(stage.carla).get(SETUPS).status_code == 403


def test_the_rules_are_read_and_changed(stage, olga):
    (row,) = olga.get(SETUPS, {"edition": stage.setup.edition.slug}).json()["results"]
    assert {(cell["asking"], cell["asked"]) for cell in row["rights"]} == {("exhibitor", "buyer"), ("buyer", "exhibitor")}
    answer = sent(olga, f"{SETUPS}{row['id']}/", {"slot_minutes": 20, "opens_at": "2030-01-02T09:00:00Z"}, "patch")
    assert (answer.status_code, answer.json()["slot_minutes"], answer.json()["opens_at"][:16]) == (200, 20, "2030-01-02T09:00")
    stale = sent(olga, f"{SETUPS}{row['id']}/", {"slot_minutes": 15}, "patch", HTTP_IF_MATCH='"old"')
    assert stale.status_code == 412
    for wrong in ({"slot_minutes": 25}, {"open_requests": -1}, {"walking_minutes": {"N1|N2": 5}}, {"colour": "red"}, {"edition": "x"}):
        assert sent(olga, f"{SETUPS}{row['id']}/", wrong, "patch").status_code == 400


def test_an_edition_gets_its_set_up_once(organiser, edition):
    client, body = api(staff(organiser)), {"edition": edition.slug, "slot_minutes": 15}
    first, again = (sent(client, SETUPS, body, HTTP_IDEMPOTENCY_KEY="k") for _twice in range(2))
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json() == again.json()
    assert MeetingSetup.objects.get().slot_minutes == 15


def test_rights_are_set(stage, olga):
    address = f"{SETUPS}{stage.setup.pk}/rights/"
    cell = {"asking": "buyer", "asked": "buyer", "may_see": True, "may_ask": False}
    answer = sent(olga, address, {"rights": [cell]})
    assert cell in answer.json()["rights"]
    assert sent(olga, address, {"rights": [cell | {"may_see": False, "may_ask": True}]}).status_code == 400
    assert sent(olga, address, {"rights": [cell | {"asked": "press"}]}).status_code == 400


def test_days_are_laid_after_a_look(stage, olga):
    before = everything()
    body = lay(stage, breaks=[{"begins": "13:30", "ends": "14:00", "title": "Coffee"}])
    looked = sent(olga, f"{SLOTS}lay-days/", body | {"only_look": True})
    assert (looked.status_code, [time["kind"] for time in looked.json()["days"][0]["times"]]) == (
        200,
        ["meeting", "break", "meeting", "meeting"],
    )
    assert everything() == before
    laid = sent(olga, f"{SLOTS}lay-days/", body)
    assert laid.json() == looked.json()
    assert Slot.objects.filter(title="Coffee").count() == 1
    again = sent(olga, f"{SLOTS}lay-days/", body)
    assert (again.status_code, again.json()["code"]) == (409, "slots_overlap")


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends": "24:00"},
        {"ends": "12:00"},
        {"minutes": 0},
        {"minutes": -30},
        {"minutes": "30"},
        {"days": ["2001-01-01"]},
        {"days": []},
        {"days": ["yesterday"]},
        {"breaks": [{"begins": "14:00"}]},
        {"breaks": [{"begins": "14:00", "ends": "13:30"}]},
        {"edition": "none"},
    ],
)
def test_days_that_make_no_sense_are_refused(stage, olga, wrong):
    before = everything()
    assert sent(olga, f"{SLOTS}lay-days/", lay(stage, **wrong)).status_code == 400
    assert everything() == before


def test_one_time_is_added_changed_removed_and_put_back(stage, olga):
    last = stage.slots[-1]
    body = {
        "edition": stage.setup.edition.slug,
        "starts_at": last.ends_at.isoformat(),
        "ends_at": (last.ends_at + timedelta(minutes=20)).isoformat(),
    }
    made = sent(olga, SLOTS, body)
    address = made["Location"]
    assert (made.status_code, made.json()["kind"]) == (201, "meeting")
    assert sent(olga, address, {"kind": "break", "title": "Coffee"}, "patch").json()["title"] == "Coffee"
    assert sent(olga, f"{address}remove/", {}).status_code == 204
    assert olga.get(address).status_code == 404
    assert sent(olga, f"{address}remove/", {}).status_code == 409
    assert sent(olga, f"{address}restore/", {}).status_code in {200, 204}
    assert olga.get(address).status_code == 200
    assert sent(olga, SLOTS, body).status_code == 409
    far = {"starts_at": "2001-01-01T09:00:00Z", "ends_at": "2001-01-01T09:30:00Z"}
    assert sent(olga, SLOTS, body | far).status_code == 400


def test_what_is_in_use_is_not_changed_here(stage, olga):
    slot = stage.met(stage.slots[0]).slot
    before = everything()
    for verb, address, body in (("post", f"{SLOTS}{slot.pk}/remove/", {}), ("patch", f"{SLOTS}{slot.pk}/", {"kind": "break"})):
        answer = sent(olga, address, body, verb)
        assert (answer.status_code, answer.json()["code"]) == (409, "slot_in_use")
    assert everything() == before


def test_tables_and_booths_become_places(stage, olga, hall):
    answer = sent(olga, f"{PLACES}add-tables/", {"hall": hall.pk, "count": 2})
    assert (answer.status_code, answer.json()) == (201, {"added": 2, "codes": ["N1-T2", "N1-T3"]})
    for wrong in (
        {"hall": hall.pk, "count": 0},
        {"hall": hall.pk, "count": -5},
        {"hall": hall.pk, "count": 501},
        {"hall": 4799, "count": 1},
    ):
        assert sent(olga, f"{PLACES}add-tables/", wrong).status_code == 400
    booths = sent(olga, f"{PLACES}open-booths/", {"edition": stage.setup.edition.slug})
    assert booths.json()["added"] == Place.objects.filter(kind="booth").count() == 1


def test_the_pool_is_kept(stage, olga):
    body = {"edition": stage.setup.edition.slug, "name": "Ines", "languages": ["de", "zh"]}
    made = sent(olga, POOL, body)
    address = made["Location"]
    assert (made.status_code, made.json()["absences"]) == (201, [])
    away = sent(olga, f"{address}absences/", {"slots": [stage.slots[0].pk]})
    assert away.json()["absences"] == [{"slot": stage.slots[0].pk}]
    assert sent(olga, f"{address}absences/", {"slots": [4799]}).status_code == 400
    assert sent(olga, f"{address}absences/", {"slots": []}).json()["absences"] == []
    changed = sent(olga, address, {"email": "carla@example.com"}, "patch")
    assert (changed.json()["name"], Interpreter.objects.get().person) == ("", stage.carla)
    for wrong in ({"languages": ["de"]}, {"languages": ["xx", "de"]}, {"email": "nobody@example.com"}, {"languages": "de"}):
        assert sent(olga, POOL, body | wrong).status_code == 400


def test_lists_take_as_many_queries_for_one_as_for_three(stage, olga, count_queries):
    def made():
        Interpreter.objects.create(edition=stage.setup.edition, name="Ida", languages=["en", "zh"])

    made()
    one = [count_queries(lambda address=address: olga.get(address)) for address in (SETUPS, POOL)]
    for _more in range(2):
        made()
        MeetingSetup.objects.create(edition=builders.edition(slug=f"more-{_more}"))
    assert [count_queries(lambda address=address: olga.get(address)) for address in (SETUPS, POOL)] == one
