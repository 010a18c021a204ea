"""The organiser's pages of changes: what was done, what could be, whom it hits, doing it and undoing it."""

import html
import json
import re
from datetime import timedelta

import pytest

from matchmaking.meetings.models import Edit, Interpreter, Meeting, Slot
from matchmaking.meetings.queries.edits.history import SAID
from tests import builders
from tests.matchmaking.meetings.booked import crowd, meet, place_of, rows_of, tables
from tests.matchmaking.meetings.stage import everything

HOME = "/organiser/meetings/changes/"


@pytest.fixture
def olga(stage, client_of):
    return client_of(stage.organiser)


def hidden(page):
    return {name: html.unescape(value) for name, value in re.findall(r'name="(digest|parameters)" value="([^"]*)"', page.text)}


def test_a_hall_is_closed_and_opened_again_from_the_pages(stage, hall, edition, olga):
    tables(builders.hall(edition, code="N2"), 3)
    meetings = crowd(stage, stage.slots[0], 2, hall)
    before = rows_of(meetings)
    assert "Nothing was changed yet" in olga.get(HOME).text
    assert "See whom it hits" in olga.get(f"{HOME}new/close_hall/").text
    shown = olga.get(f"{HOME}new/close_hall/", {"hall": hall.pk})
    assert "Keep their time, at another place" in shown.text
    assert meetings[0].request.receiver.company.title in shown.text
    assert rows_of(meetings) == before
    answer = olga.post(f"{HOME}new/close_hall/", hidden(shown))
    edit = Edit.objects.get()
    assert answer.url == f"{HOME}{edit.pk}/"
    page = olga.get(answer.url).text
    assert "N2-T1" in page
    assert "Undo" in page
    assert "Close a hall" in olga.get(HOME).text
    assert olga.post(f"{HOME}{edit.pk}/undo/").url == f"{HOME}{edit.pk}/"
    assert rows_of(meetings) == before
    assert "every meeting is where it was" in olga.get(f"{HOME}{edit.pk}/").text
    assert olga.post(f"{HOME}{edit.pk}/undo/").status_code == 409


def test_an_old_preview_is_answered_with_a_new_one(stage, hall, olga):
    slot = stage.slots[0]
    meet(stage, stage.buyer, stage.exhibitor, slot)
    shown = olga.get(f"{HOME}new/remove_slot/", {"slot": slot.pk})
    crowd(stage, slot, 1, hall)
    counted = everything()
    again = olga.post(f"{HOME}new/remove_slot/", hidden(shown))
    assert (again.status_code, everything()) == (409, counted)
    assert "Something has changed since this preview" in again.text
    assert hidden(again)["digest"] != hidden(shown)["digest"]
    assert olga.post(f"{HOME}new/remove_slot/", hidden(again)).status_code == 302
    once_more = olga.post(f"{HOME}new/remove_slot/", hidden(again))
    assert (once_more.status_code, Edit.objects.count()) == (409, 1)


def test_every_kind_has_a_form_and_says_what_is_wrong(stage, olga):
    Interpreter.objects.create(edition=stage.setup.edition, name="Ida", languages=["en", "zh"])
    for kind in SAID:
        assert olga.get(f"{HOME}new/{kind}/").status_code == 200
        assert (
            olga.get(f"{HOME}new/{kind}/", {"slot": "x", "place": "nowhere", "booth": "?", "hall": "0", "asking": "x"}).status_code == 400
        )
        assert olga.post(f"{HOME}new/{kind}/", {"parameters": "[", "digest": "x"}).status_code == 400
    assert olga.get(f"{HOME}new/burn_it_down/").status_code == 404
    assert not Edit.objects.exists()


def test_every_kind_can_be_looked_at(stage, hall, edition, olga):
    place = place_of(stage.exhibitor)
    meet(stage, stage.buyer, stage.exhibitor, stage.slots[0])
    builders.booth(hall, code="N1 9", x=90)
    ida = Interpreter.objects.create(edition=edition, name="Ida", languages=["en", "zh"])
    begins = (stage.slots[4].ends_at + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    asked = {
        "remove_slot": {"slot": stage.slots[0].pk},
        "move_slot": {"slot": stage.slots[0].pk, "starts_at": begins},
        "make_break": {"slot": stage.slots[0].pk, "title": "Speeches"},
        "close_hall": {"hall": hall.pk},
        "close_place": {"place": place.code},
        "change_capacity": {"place": place.code, "capacity": 3},
        "move_exhibitor": {"registration": place.code, "booth": "n1 9"},
        "interpreter_away": {"interpreter": ida.pk, "day": stage.slots[0].day.isoformat()},
        "change_right": {"asking": "buyer", "asked": "buyer", "may_see": "on"},
    }
    for kind, given in asked.items():
        page = olga.get(f"{HOME}new/{kind}/", given)
        assert (page.status_code, "Do it" in page.text) == (200, True), kind
    ida.is_active = False
    ida.save()
    place.closed_at = stage.slots[0].starts_at
    place.save()
    for kind, given in {
        "interpreter_back": {"interpreter": ida.pk},
        "reopen_place": {"place": place.code},
        "reopen_hall": {"hall": hall.pk},
    }.items():
        shown = olga.get(f"{HOME}new/{kind}/", given)
        assert "No meeting is hit" in shown.text
    assert not Edit.objects.exists()


@pytest.mark.parametrize("who", ["anna", "boris", "carla"])
def test_for_others_the_pages_do_not_exist(stage, client_of, who):
    edit = Edit.objects.create(edition=stage.setup.edition, kind="close_hall", subject="N1")
    client, counted = client_of(getattr(stage, who)), everything()
    for path in ("", "new/close_hall/", f"{edit.pk}/"):
        assert client.get(HOME + path).status_code == 404
    for path in ("new/close_hall/", f"{edit.pk}/undo/"):
        assert client.post(HOME + path, {"digest": "x"}).status_code == 404
    assert everything() == counted


def test_who_only_looks_after_meetings_does_not_change_the_ground(stage, client_of):
    from django.contrib.auth.models import Permission

    helper = builders.person("helper@example.com", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=["change_meeting", "view_meeting"]))
    assert client_of(helper).get("/organiser/meetings/").status_code == 200
    assert client_of(helper).get(HOME).status_code == 404


def test_pages_read_no_more_for_many_meetings(stage, hall, edition, olga, count_queries):
    tables(builders.hall(edition, code="N2"), 12)
    crowd(stage, stage.slots[0], 1, hall)
    olga.get(f"{HOME}new/close_hall/", {"hall": hall.pk})
    one = count_queries(lambda: olga.get(f"{HOME}new/close_hall/", {"hall": hall.pk}))
    crowd(stage, stage.slots[1], 5, builders.hall(edition, code="N3"))
    Meeting.objects.filter(slot=stage.slots[1]).update(place=None, queued_at=stage.slots[0].starts_at)
    for number in range(4):
        Edit.objects.create(edition=edition, kind="close_hall", subject=f"N{number}", done_by=stage.organiser)
    several = count_queries(lambda: olga.get(f"{HOME}new/close_hall/", {"hall": hall.pk}))
    assert several <= one + 1
    assert count_queries(lambda: olga.get(HOME)) <= 12
    assert Slot.objects.filter(removed_at__isnull=True).exists()


@pytest.mark.parametrize("starts_at", ["2100-01-01T09:00", "9999-12-31T23:59", "0001-01-01T00:00", "{day}T23:50"])
def test_a_time_moves_to_an_hour_of_a_day_of_the_expo_alone(stage, olga, starts_at):
    given = {"slot": stage.slots[0].pk, "starts_at": starts_at.format(day=stage.slots[0].day)}
    assert olga.get(f"{HOME}new/move_slot/", given).status_code == 400
    assert olga.post(f"{HOME}new/move_slot/", {"parameters": json.dumps(given), "digest": "x"}).status_code == 400


@pytest.mark.parametrize("title", ["\ud800Tea", "Tea\ntime", "\u202eTea"])
def test_the_name_of_a_break_can_be_written_on_one_line(stage, olga, title):
    given = {"parameters": json.dumps({"slot": stage.slots[0].pk, "title": title}), "digest": "x"}
    shown = olga.post(f"{HOME}new/make_break/", given)
    assert olga.post(f"{HOME}new/make_break/", hidden(shown)).status_code == 302
    assert Slot.objects.get(pk=stage.slots[0].pk).title in {"?Tea", "Tea time", "Tea"}


def test_an_hour_that_the_clocks_skip_is_no_hour_to_move_to(stage, olga):
    type(stage.setup.edition).objects.update(time_zone="Europe/Berlin")
    answer = olga.get(f"{HOME}new/move_slot/", {"slot": stage.slots[0].pk, "starts_at": "2027-03-28T02:30"})
    assert answer.status_code == 400
    assert "The clocks change then" in answer.text
