"""The organiser's board: what runs at a moment, who is late, what is empty, and what wants somebody's hand."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from matchmaking.meetings import actions
from matchmaking.meetings.models import Interpreter, Meeting, MeetingRequest, Seat, Slot
from matchmaking.meetings.queries.board import board_at
from tests.matchmaking.meetings.stage import begin_in

PAGES = ["", "screen/", "figures/", "figures/held/", "participants/", "acted/", "schedules/", "schedules/participants/"]


@pytest.fixture
def olga_at(client_of, stage):
    return client_of(stage.organiser)


def board(stage, at, **more):
    return board_at(stage.setup.edition, at, reader=stage.organiser, now=timezone.now(), **more)


def minute(stage, slot, minutes=0):
    """The start of the slot and some minutes, as the page's input has it."""
    return (slot.starts_at + timedelta(minutes=minutes)).astimezone(ZoneInfo(stage.setup.edition.time_zone)).strftime("%Y-%m-%dT%H:%M")


def come(meeting, *sides, early=2):
    Seat.objects.filter(meeting=meeting, side__in=sides).update(checked_in_at=meeting.slot.starts_at - timedelta(minutes=early))


@pytest.mark.parametrize("page", [*PAGES, "participants/1/"])
def test_to_who_is_no_organiser_none_of_it_exists(stage, client_of, page):
    for person in (stage.carla, stage.anna):
        assert client_of(person).get(f"/organiser/meetings/{page}").status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_an_expo_without_meetings_says_so(stage, olga_at, page):
    assert olga_at.get(f"/organiser/meetings/{page}").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_an_edition_that_does_not_meet_says_so(client_of, organiser, edition, page):
    assert "No meetings are set up yet" in client_of(organiser).get(f"/organiser/meetings/{page}").content.decode()


def test_before_the_expo_it_shows_the_start_of_the_first_day(stage, olga_at):
    stage.met(stage.slots[0])
    found = board(stage, None)
    assert (found.phase, found.at, found.running) == ("before", stage.slots[0].starts_at, stage.slots[0])
    assert len(found.now) == 1
    assert found.late == []
    assert "this is how its first day starts" in olga_at.get("/organiser/meetings/").content.decode()


def test_after_the_expo_it_shows_its_last_slot(stage):
    found = board(stage, stage.slots[-1].ends_at + timedelta(days=2))
    assert (found.phase, found.running) == ("after", stage.slots[-1])


def test_a_slot_runs_from_its_start_up_to_and_not_at_its_end(stage):
    first, second = stage.slots[:2]
    a_second = timedelta(seconds=1)
    assert board(stage, first.starts_at - a_second).running is None
    assert board(stage, first.starts_at - a_second).coming == first
    assert board(stage, first.starts_at).running == first
    assert board(stage, first.ends_at - a_second).running == first
    assert board(stage, first.ends_at).running == second
    assert board(stage, stage.slots[-1].ends_at).running is None


def test_a_break_is_no_slot_and_the_next_day_comes_after_the_last_slot(stage):
    lunch = Slot.objects.get(kind="break", day=stage.slots[0].day)
    found = board(stage, lunch.starts_at)
    assert (found.running, found.pause) == (None, lunch)
    evening = board(stage, stage.slots[4].ends_at + timedelta(minutes=5))
    assert (evening.day, evening.running, evening.coming) == (stage.slots[0].day, None, stage.slots[5])


def test_the_moment_asked_for_is_on_the_expos_clocks(stage, olga_at):
    page = olga_at.get(f"/organiser/meetings/?at={minute(stage, stage.slots[0], 7)}")
    assert page.context["board"].at == stage.slots[0].starts_at + timedelta(minutes=7)
    assert "As of 09:07, not now" in page.content.decode()
    assert olga_at.get("/organiser/meetings/?at=soon").status_code == 400


def test_a_meeting_has_begun_once_both_sides_are_there(stage):
    meeting = stage.met(stage.slots[1])
    at = meeting.slot.starts_at + timedelta(minutes=6)
    assert board(stage, at).now[0].state == "nobody"
    come(meeting, "sender")
    assert board(stage, at).now[0].state == "one"
    come(meeting, "sender", "receiver")
    assert board(stage, at).now[0].state == "begun"
    come(meeting, "receiver", early=-8)
    assert board(stage, at).now[0].state == "one"


def test_late_says_whom_to_call_and_to_nobody_without_the_right(stage, olga_at, client_of):
    meeting = stage.met(stage.slots[1])
    come(meeting, "sender")
    page = olga_at.get(f"/organiser/meetings/?at={minute(stage, meeting.slot, 6)}")
    late = page.context["board"].late[0]
    assert (late.minutes, [(one.company, one.name) for one in late.phones]) == (6, [("Aurora Motors", "Anna Adler")])
    assert late.phones[0].phone == stage.anna.phone
    assert f'tel:{stage.anna.phone}"' in page.content.decode()
    stage.organiser.is_superuser = False
    found = board_at(stage.setup.edition, meeting.slot.starts_at + timedelta(minutes=6), reader=stage.organiser, now=timezone.now())
    assert [(one.name, one.phone) for one in found.late[0].phones] == [("", "")]


def test_on_time_nobody_is_late(stage):
    meeting = stage.met(stage.slots[1])
    assert board(stage, meeting.slot.starts_at).late == []
    assert board(stage, meeting.slot.starts_at + timedelta(seconds=60)).late_count == 1


def test_empty_booths_and_free_tables_by_hall(stage):
    stage.met(stage.slots[1])
    hall = board(stage, stage.slots[1].starts_at).halls[0]
    assert (hall.code, hall.meetings, hall.tables.free, hall.tables.desks, hall.tables.empty) == ("N1", 1, 1, 1, ["N1-T1"])
    assert hall.booths.taken == hall.booths.desks
    assert board(stage, stage.slots[2].starts_at).halls[0].booths.taken == 0


def test_what_wants_a_hand_is_counted_and_listed(stage, olga_at):
    meeting = stage.met(stage.slots[1], needs_interpreter=False)
    MeetingRequest.objects.update(needs_interpreter=True)
    Seat.objects.filter(meeting=meeting, side="sender").update(person=None)
    Meeting.objects.update(place=None, queued_at=timezone.now())
    found = board(stage, stage.slots[0].starts_at)
    assert found.odd_counts == {"no_show": 0, "disputed": 0, "without_place": 1, "without_interpreter": 1, "without_person": 1}
    assert board(stage, meeting.slot.ends_at).odd_counts["without_place"] == 0
    Meeting.objects.update(status="disputed")
    assert board(stage, meeting.slot.ends_at).odd_counts["disputed"] == 1
    assert f"/meetings/{meeting.pk}/" in olga_at.get("/organiser/meetings/").content.decode()


def test_requests_that_wait_for_long(stage):
    request = stage.asked(stage.slots[4])
    assert board(stage, None).waiting == []
    MeetingRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert board(stage, None).waiting == [request]
    MeetingRequest.objects.update(is_delivered=False)
    assert board(stage, None).waiting_count == 0


def test_the_board_is_of_one_hall_where_asked(stage, olga_at):
    stage.met(stage.slots[1])
    at = minute(stage, stage.slots[1])
    assert len(olga_at.get(f"/organiser/meetings/?hall=N1&at={at}").context["board"].now) == 1
    assert olga_at.get(f"/organiser/meetings/?hall=N2&at={at}").context["board"].now == []


def test_the_hall_screen_names_no_company_and_no_person(stage, olga_at):
    meeting = stage.met(stage.slots[1])
    page = olga_at.get(f"/organiser/meetings/screen/?at={minute(stage, meeting.slot, 5)}").content.decode()
    assert "1 of 1 tables free" in page
    for words in ("Aurora", "Borealis", "Anna Adler", "Boris", f"/meetings/{meeting.pk}/"):
        assert words not in page.split("<main")[1].split("</main>")[0]


def test_the_board_looks_again_by_itself_and_also_without_script(stage, olga_at):
    page = olga_at.get("/organiser/meetings/").content.decode()
    assert 'hx-trigger="every 30s"' in page
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in page
    assert 'hx-trigger="every' not in olga_at.get(f"/organiser/meetings/?at={minute(stage, stage.slots[0])}").content.decode()


def test_the_board_takes_as_many_queries_for_one_meeting_as_for_many(stage, count_queries):
    Interpreter.objects.create(edition=stage.setup.edition, name="Ines", languages=["en", "zh"])
    stage.met(stage.slots[1])
    at = stage.slots[1].starts_at + timedelta(minutes=5)
    one = count_queries(lambda: board(stage, at))
    for _number in range(3):
        buyer, seller = stage.another(), stage.another("exhibitor")
        asked = actions.ask(seller, buyer, by=stage.person_of(seller), slot=stage.slots[1])
        actions.accept(asked, by=stage.person_of(buyer))
    assert len(board(stage, at).now) == 4
    assert one == count_queries(lambda: board(stage, at)) <= 12


def test_now_is_now(stage):
    meeting = stage.met(stage.slots[0])
    begin_in(-5)
    zone = ZoneInfo(stage.setup.edition.time_zone)
    for slot in Slot.objects.all():
        Slot.objects.filter(pk=slot.pk).update(day=slot.starts_at.astimezone(zone).date())
    found = board(stage, None)
    assert (found.phase, found.running, found.late[0].minutes) == ("during", stage.slots[0], 5)
    assert found.now[0].pk == meeting.pk


def test_the_desk_of_staff_leads_to_the_board_on_days_with_meetings(stage, olga_at, client_of):
    stage.met(stage.slots[0])
    assert "Meetings today" not in olga_at.get("/desk/").content.decode()
    zone = ZoneInfo(stage.setup.edition.time_zone)
    Slot.objects.filter(pk=stage.slots[0].pk).update(day=timezone.now().astimezone(zone).date())
    assert '<a href="/organiser/meetings/">Meetings today</a></dt><dd>1</dd>' in olga_at.get("/desk/").content.decode()
    assert "Meetings today" not in client_of(stage.anna).get("/desk/").content.decode()
