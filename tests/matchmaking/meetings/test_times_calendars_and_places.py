"""Times kept free, the calendar's secret address, and the code at a booth or table."""

import icalendar
import pytest

from matchmaking.meetings import actions
from matchmaking.meetings.models import CalendarFeed, Occupancy, Place, Slot
from matchmaking.meetings.queries.free import free_slots
from tests import builders
from tests.matchmaking.meetings.stage import begin_in, everything

TIMES = "/desk/meetings/times/"
CALENDAR = "/desk/meetings/calendar/"


@pytest.fixture
def anna_at(client_of, stage):
    return client_of(stage.anna)


def test_marked_times_are_kept_free_and_unmarked_ones_let_go(stage, anna_at):
    one, two, three = stage.slots[:3]
    assert anna_at.post(TIMES, {"slots": [one.pk, two.pk]}).status_code == 302
    assert anna_at.post(TIMES, {"slots": [two.pk, three.pk]}).status_code == 302
    kept = Occupancy.objects.filter(person=stage.anna, meeting=None).order_by("slot__starts_at")
    assert [row.slot for row in kept] == [two, three]
    assert anna_at.get(TIMES).content.decode().count(" checked>") == 2


def test_the_whole_company_keeps_a_time_free(stage, anna_at):
    assert anna_at.post(f"{TIMES}?keeps=company&registration={stage.buyer.pk}", {"slots": [stage.slots[0].pk]}).status_code == 302
    assert Occupancy.objects.get().registration == stage.buyer


def test_a_person_is_not_put_down_while_the_company_can_still_be_booked(stage, anna_at):
    """And so the page says; marked for all of the company, the time is nobody's to book."""
    one, two = stage.slots[:2]
    anna_at.post(TIMES, {"slots": [one.pk]})
    meeting = stage.met(one)
    assert (meeting.slot, meeting.seats.get(registration=stage.buyer).person) == (one, None)
    assert "The company can still be booked" in anna_at.get(TIMES).text
    company = f"{TIMES}?keeps=company&registration={stage.buyer.pk}"
    anna_at.post(company, {"slots": [two.pk]})
    assert "Nobody can book what you mark." in anna_at.get(company).text
    assert two not in free_slots(stage.buyer, stage.another("exhibitor"))


def test_another_companys_times_are_not_reached_by_number(stage, anna_at):
    anna_at.post(f"{TIMES}?keeps=company&registration={stage.exhibitor.pk}", {"slots": [stage.slots[0].pk]})
    assert not Occupancy.objects.filter(registration=stage.exhibitor).exists()


def test_a_time_with_a_meeting_cannot_be_marked(stage, anna_at):
    stage.met(stage.slots[0])
    before = everything()
    page = anna_at.get(TIMES).content.decode()
    assert f'name="slots" value="{stage.slots[0].pk}"' not in page
    answer = anna_at.post(TIMES, {"slots": [stage.slots[0].pk, stage.slots[1].pk]})
    assert answer.status_code == 409
    assert "There is a meeting at one of these times." in answer.content.decode()
    assert everything() == before


@pytest.mark.parametrize("query", [{"keeps": "all"}, {"registration": "x"}, {"registration": "9" * 30}])
def test_what_cannot_be_read_is_refused(stage, anna_at, query):
    assert anna_at.get(TIMES, query).status_code == 400


def test_a_slot_that_is_none_is_refused(stage, anna_at):
    assert anna_at.post(TIMES, {"slots": ["x"]}).status_code == 400
    assert not Occupancy.objects.exists()


def test_without_a_registration_there_is_nothing_to_keep(stage, client_of):
    stranger = client_of(builders.person())
    assert "No meetings are set up yet" in stranger.get(TIMES).content.decode()
    assert stranger.post(TIMES, {"slots": [stage.slots[0].pk]}).status_code == 200
    assert not Occupancy.objects.exists()


def test_the_address_is_shown_once_and_opens_the_own_meetings(stage, anna_at, client_of):
    meeting = stage.met(stage.slots[1])
    page = anna_at.post(CALENDAR)
    address = page.context["address"]
    assert "no-store" in page["Cache-Control"]
    # With "no-referrer" browsers would send the forms of this page with "Origin: null", which is refused as forged.
    assert page["Referrer-Policy"] == "same-origin"
    secret = address.rpartition("/")[2].removesuffix(".ics")
    assert secret not in anna_at.get(CALENDAR).content.decode()
    assert not CalendarFeed.objects.filter(digest__contains=secret).exists()
    answer = client_of(None).get(f"/calendars/{secret}.ics")
    assert answer.status_code == 200
    (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["UID"]) == f"meeting-{meeting.uid}@testserver"
    assert "Borealis Cells" in str(event["SUMMARY"])
    assert event.decoded("DTSTART") == meeting.slot.starts_at


def test_the_same_meeting_moved_stays_one_entry_and_cancelled_leaves(stage, anna_at, client_of):
    meeting = stage.met(stage.slots[1])
    secret = anna_at.post(CALENDAR).context["address"].rpartition("/")[2]

    def events():
        return icalendar.Calendar.from_ical(client_of(None).get(f"/calendars/{secret}").content).walk("VEVENT")

    (before,) = events()
    actions.answer_move(actions.propose_move(meeting, by=stage.anna, slot=stage.slots[3]), by=stage.boris, accept=True)
    (after,) = events()
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("DTSTART") == stage.slots[3].starts_at
    meeting.refresh_from_db()
    actions.cancel(meeting, by=stage.anna, reason="no_time")
    assert events() == []


def test_a_new_address_ends_the_old_one_and_revoking_ends_all(stage, anna_at, client_of):
    first = anna_at.post(CALENDAR).context["address"].rpartition("/")[2]
    second = anna_at.post(CALENDAR).context["address"].rpartition("/")[2]
    nobody = client_of(None)
    assert [nobody.get(f"/calendars/{one}").status_code for one in (first, second)] == [404, 200]
    assert anna_at.post(f"{CALENDAR}revoke/").status_code == 302
    assert nobody.get(f"/calendars/{second}").status_code == 404
    assert CalendarFeed.objects.live().count() == 0
    assert anna_at.post(f"{CALENDAR}revoke/").status_code == 302


@pytest.mark.parametrize("secret", ["x", "a" * 300, "%00", "..%2f"])
def test_a_wrong_address_opens_nothing(stage, client_of, secret):
    assert client_of(None).get(f"/calendars/{secret}.ics").status_code in {400, 404}


def test_an_account_that_is_switched_off_has_no_calendar(stage, anna_at, client_of):
    secret = anna_at.post(CALENDAR).context["address"].rpartition("/")[2]
    type(stage.anna).objects.filter(pk=stage.anna.pk).update(is_active=False)
    assert client_of(None).get(f"/calendars/{secret}").status_code == 404


def test_colleagues_meetings_are_not_in_the_calendar(stage, anna_at):
    colleague = builders.person()
    builders.member(stage.buyer.company, colleague)
    meeting = stage.met(stage.slots[1])
    actions.hand_over(meeting, by=stage.anna, person=colleague)
    assert b"BEGIN:VEVENT" not in anna_at.get("/desk/meetings/my-meetings.ics").content


def test_one_meeting_as_a_file_for_its_sides_only(stage, anna_at, client_of):
    meeting = stage.met(stage.slots[1])
    assert b"BEGIN:VEVENT" in anna_at.get(f"/meetings/{meeting.pk}/meeting.ics").content
    assert client_of(stage.carla).get(f"/meetings/{meeting.pk}/meeting.ics").status_code == 404
    assert b"BEGIN:VEVENT" in anna_at.get("/desk/meetings/my-meetings.ics").content
    assert b"BEGIN:VEVENT" not in client_of(stage.carla).get("/desk/meetings/my-meetings.ics").content


@pytest.fixture
def soon(stage):
    begin_in(60)
    meeting = stage.met(Slot.objects.for_meetings()[0])
    begin_in(10)
    meeting.refresh_from_db()
    return meeting


def test_the_code_at_the_booth_opens_the_meeting_and_checks_in(soon, stage, anna_at):
    here = f"/meetings/here/{soon.place.key}/"
    page = anna_at.get(here).content.decode()
    assert "Borealis Cells" in page
    assert "I am here" in page
    assert anna_at.post(here, {"meeting": soon.pk}).status_code == 302
    assert soon.seats.get(registration=stage.buyer).checked_in_at is not None
    assert "You are checked in." in anna_at.get(here).content.decode()


def test_the_code_of_another_place_checks_nobody_in(soon, stage, anna_at):
    table = Place.objects.get(kind="table")
    here = f"/meetings/here/{table.key}/"
    assert "You have no meeting here now" in anna_at.get(here).content.decode()
    assert anna_at.post(here, {"meeting": soon.pk}).status_code == 409
    assert soon.seats.get(registration=stage.buyer).checked_in_at is None


def test_carla_at_the_booth_sees_no_meeting_and_checks_nobody_in(soon, stage, client_of):
    here = f"/meetings/here/{soon.place.key}/"
    carla = client_of(stage.carla)
    page = carla.get(here).content.decode()
    assert "You have no meeting here now" in page
    assert "Aurora" not in page
    assert carla.post(here, {"meeting": soon.pk}).status_code == 404
    assert not soon.seats.filter(checked_in_at__isnull=False).exists()
    assert carla.get("/meetings/here/nosuchplace/").status_code == 404


@pytest.mark.parametrize("sent", [{}, {"meeting": "x"}, {"meeting": "9" * 30}])
def test_a_meeting_that_is_none_is_refused(soon, anna_at, sent):
    assert anna_at.post(f"/meetings/here/{soon.place.key}/", sent).status_code == 400


def test_the_sign_is_for_who_has_the_booth_and_for_the_organiser(soon, stage, client_of):
    sign = f"/meetings/places/{soon.place.pk}/sign/"
    page = client_of(stage.boris).get(sign).content.decode()
    assert soon.place.key in page
    assert '<svg class="qr"' in page
    assert client_of(stage.organiser).get(sign).status_code == 200
    assert client_of(stage.anna).get(sign).status_code == 404
    assert client_of(stage.carla).get(sign).status_code == 404
    table = Place.objects.get(kind="table")
    assert client_of(stage.boris).get(f"/meetings/places/{table.pk}/sign/").status_code == 404
