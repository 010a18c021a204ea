"""No common language: said before anybody accepts, and an interpreter asked for with the yes."""

import pytest

from matchmaking.meetings import actions, errors
from matchmaking.meetings.models import Interpreter, Meeting, MeetingRequest, MeetingSetup
from tests.matchmaking.meetings.stage import everything

NO_LANGUAGE = "No common language"


@pytest.fixture
def mute(stage):
    """Boris speaks Chinese alone, Anna English; Ida knows both."""
    type(stage.boris).objects.filter(pk=stage.boris.pk).update(speaks=["zh"])
    Interpreter.objects.create(edition=stage.setup.edition, name="Ivo", languages=["en", "de"])
    return Interpreter.objects.create(edition=stage.setup.edition, name="Ida", languages=["en", "zh"])


def page_of(request, verb=""):
    return f"/meetings/requests/{request.pk}/{verb}/" if verb else f"/meetings/requests/{request.pk}/"


def test_accepting_asks_for_an_interpreter_and_takes_one_like_a_table(stage, mute):
    meeting = actions.accept(stage.asked(stage.slots[0]), by=stage.anna, needs_interpreter=True)
    assert (meeting.interpreter, meeting.request.needs_interpreter) == (mute, True)
    assert meeting.taken.filter(interpreter=mute, slot=stage.slots[0]).count() == 1


def test_without_asking_nobody_is_taken(stage, mute):
    meeting = actions.accept(stage.asked(stage.slots[0]), by=stage.anna)
    assert (meeting.interpreter, meeting.request.needs_interpreter) == (None, False)


def test_where_none_is_free_nothing_is_written_and_the_times_offered_have_one(stage, mute):
    seller, buyer = stage.another("exhibitor"), stage.another()
    type(stage.boris).objects.filter(pk=stage.person_of(seller).pk).update(speaks=["zh"])
    other = actions.ask(seller, buyer, by=stage.person_of(seller), slot=stage.slots[0])
    actions.accept(other, by=stage.person_of(buyer), needs_interpreter=True)
    request = stage.asked(stage.slots[0])
    before = everything()
    with pytest.raises(errors.NoInterpreter) as caught:
        actions.accept(request, by=stage.anna, needs_interpreter=True)
    assert everything() == before
    assert MeetingRequest.objects.get(pk=request.pk).needs_interpreter is False
    assert caught.value.alternatives == [stage.slots[1], stage.slots[2], stage.slots[3]]
    assert actions.accept(request, by=stage.anna, slot=stage.slots[1], needs_interpreter=True).interpreter == mute


def test_where_the_planner_chooses_the_wish_is_kept_for_it(stage, mute):
    MeetingSetup.objects.update(scheduling="planner")
    meeting = actions.accept(stage.asked(), by=stage.anna, needs_interpreter=True)
    assert (meeting.interpreter, meeting.request.needs_interpreter) == (None, True)


def test_both_sides_read_it_before_anybody_accepts_and_the_page_offers_one(stage, mute, client_of):
    request = stage.asked(stage.slots[0])
    anna, boris = client_of(stage.anna), client_of(stage.boris)
    page = anna.get(page_of(request)).text
    assert NO_LANGUAGE in page
    assert 'name="needs_interpreter"' in page
    assert NO_LANGUAGE in boris.get(page_of(request)).text
    anna.post(page_of(request, "accept"), {"version": 1, "slot": stage.slots[0].pk, "needs_interpreter": "on"})
    assert Meeting.objects.get().interpreter == mute
    assert "Ida" in boris.get(f"/meetings/{Meeting.objects.get().pk}/").text


def test_the_page_can_be_answered_without_one_too(stage, mute, client_of):
    request = stage.asked(stage.slots[0])
    client_of(stage.anna).post(page_of(request, "accept"), {"version": 1, "slot": stage.slots[0].pk})
    assert Meeting.objects.get().interpreter is None


def test_other_times_of_a_refused_yes_ask_for_one_again(stage, mute, client_of):
    Interpreter.objects.update(is_active=False)
    answer = client_of(stage.anna).post(page_of(stage.asked(stage.slots[0]), "accept"), {"version": 1, "needs_interpreter": "on"})
    assert answer.status_code == 409
    assert "No interpreter is free at this time" in answer.text


def test_where_the_organiser_has_none_for_them_none_is_offered(stage, mute, client_of):
    mute.delete()
    request = stage.asked(stage.slots[0])
    page = client_of(stage.anna).get(page_of(request)).text
    assert "the organiser has no interpreter for them" in page
    assert 'name="needs_interpreter"' not in page
    assert f'action="{page_of(request, "accept")}"' in page


def test_what_waits_is_not_accepted_in_one_tap_where_there_is_no_common_language(stage, mute, client_of):
    request = stage.asked(stage.slots[0])
    page = client_of(stage.anna).get("/desk/meetings/waiting/").text
    assert "You have no common language." in page
    assert page_of(request, "accept") not in page


def test_the_day_leads_to_the_request_where_there_is_no_common_language(stage, mute, client_of):
    request = stage.asked(stage.slots[0])
    page = client_of(stage.anna).get(f"/desk/meetings/?day={stage.slots[0].day:%Y-%m-%d}").text
    assert "You have no common language." in page
    assert f'href="{page_of(request)}#times"' in page
    assert page_of(request, "accept") not in page


def test_where_they_have_a_language_in_common_nothing_is_said(stage, client_of):
    request = stage.asked(stage.slots[0])
    page = client_of(stage.anna).get(page_of(request)).text
    assert NO_LANGUAGE not in page
    assert 'name="needs_interpreter"' not in page
    assert page_of(request, "accept") in client_of(stage.anna).get("/desk/meetings/waiting/").text
    assert page_of(request, "accept") in client_of(stage.anna).get(f"/desk/meetings/?day={stage.slots[0].day:%Y-%m-%d}").text


def test_over_the_api(stage, mute, client_of):
    request = stage.asked(stage.slots[0])
    client, address = client_of(stage.anna), f"/api/v1/meeting-requests/{request.pk}/accept/"
    assert client.post(address, {"needs_interpreter": "yes"}, "application/json").status_code == 400
    answer = client.post(address, {"needs_interpreter": True}, "application/json")
    assert (answer.status_code, answer.json()["needs_interpreter"]) == (200, True)
    assert Meeting.objects.get().interpreter == mute
