"""My day, all days, the list, what waits: for the right person, and nothing for Carla."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from matchmaking.meetings import actions
from matchmaking.meetings.models import Meeting, Slot
from matchmaking.meetings.queries.day import OwnDays
from tests import builders
from tests.matchmaking.meetings.stage import begin_in

DAY = "/desk/meetings/"
WAITING = "/desk/meetings/waiting/"


@pytest.fixture
def anna_at(client_of, stage):
    return client_of(stage.anna)


def test_an_agreed_meeting_stands_in_its_slot_with_the_booth(stage, anna_at, supplier_segment):
    offer = builders.offer(stage.exhibitor, supplier_segment, title="LFP cells")
    meeting = stage.met(stage.slots[1], postings=[offer])
    page = anna_at.get(DAY).content.decode()
    assert "Agreed" in page
    assert "Borealis Cells" in page
    assert "LFP cells" in page
    assert f'href="/meetings/{meeting.pk}/"' in page
    assert "<b>N1</b><span>1</span>" in page
    assert "Lunch" in page


def test_carla_sees_nothing_of_it(stage, client_of):
    stage.met(stage.slots[1])
    for view in ("day", "week", "list"):
        answer = client_of(stage.carla).get(DAY, {"view": view})
        assert answer.status_code == 200
        assert "Borealis" not in answer.content.decode()
        assert "Aurora" not in answer.content.decode()


@pytest.mark.parametrize("view", ["day", "week", "list"])
def test_each_view_shows_all_states(stage, anna_at, view):
    stage.met(stage.slots[0])
    asking = stage.another("exhibitor")
    actions.ask(asking, stage.buyer, by=stage.person_of(asking), slot=stage.slots[1])
    asked = stage.another("exhibitor")
    actions.ask(stage.buyer, asked, by=stage.anna, slot=stage.slots[2])
    page = anna_at.get(DAY, {"view": view}).content.decode()
    for words in ("Agreed", "Waiting for you", "You asked", asking.company.name, asked.company.name):
        assert words in page


def test_a_day_shows_its_own_hours_and_all_days_those_of_all(stage, anna_at):
    first, second = sorted({slot.day for slot in stage.slots})
    actions.lay_days(stage.setup, by=stage.organiser, days=[second], plan=actions.DayPlan(time(9), time(10), 20), replace=True)
    shown = {(view, day): hours_at(anna_at.get(DAY, {"view": view, "day": day})) for view in ("day", "week") for day in (first, second)}
    assert shown["day", second] == ["09:00", "09:20", "09:40"]
    assert shown["day", first] == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]
    assert shown["week", first] == shown["week", second] == sorted({*shown["day", first], *shown["day", second]})
    marked = anna_at.get("/desk/meetings/times/").text.split("<table")[1:]
    assert [re.findall(r"<time>(.{5})</time>", table)[:2] for table in marked] == [["09:00", "09:30"], ["09:00", "09:20"]]


def hours_at(page):
    return re.findall(r'scope="row"><time>(.{5})</time>', page.text)


def test_the_buyer_accepts_from_the_grid_with_one_tap(stage, client_of):
    request = stage.asked(stage.slots[1])
    browser = client_of(stage.anna, enforce_csrf_checks=True)
    page = browser.get(DAY)
    assert f'action="/meetings/requests/{request.pk}/accept/"' in page.content.decode()
    form = {"csrfmiddlewaretoken": page.context["csrf_token"], "version": request.version, "slot": stage.slots[1].pk}
    answer = browser.post(f"/meetings/requests/{request.pk}/accept/", form)
    assert answer.status_code == 302
    assert Meeting.objects.get().slot == stage.slots[1]


def test_time_that_is_kept_free_and_forums_are_shut(stage, anna_at):
    actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots[:1], person=stage.anna)
    slot = stage.slots[1]
    forum = builders.forum(stage.setup.edition, title_en="Batteries", starts_at=slot.starts_at, ends_at=slot.ends_at, on=slot.day)
    forum.seats.create(person=stage.anna)
    page = anna_at.get(DAY).content.decode()
    assert "Kept free" in page
    assert "Forum: Batteries" in page


def test_the_next_meeting_is_announced_with_the_minutes_left(stage, anna_at):
    begin_in(45)
    meeting = stage.met(Slot.objects.for_meetings()[0])
    page = anna_at.get(DAY)
    assert page.context["own"].next.entry.meeting == meeting
    assert page.context["own"].next.begins_in == 45


def test_what_colleagues_come_to_is_behind_a_switch(stage, anna_at):
    colleague = builders.person(full_name="Ada Abel")
    builders.member(stage.buyer.company, colleague)
    meeting = stage.met(stage.slots[0])
    actions.hand_over(meeting, by=stage.anna, person=colleague)
    assert "Borealis" not in anna_at.get(DAY).content.decode()
    page = anna_at.get(DAY, {"who": "all"}).content.decode()
    assert "Borealis" in page
    assert "Ada Abel" in page


def test_who_stands_for_two_companies_reads_for_which_one(stage, anna_at):
    other = builders.registration(builders.company("Second Motors"), stage.setup.edition, role="buyer")
    builders.member(other.company, stage.anna)
    actions.ask(stage.exhibitor, other, by=stage.boris, slot=stage.slots[0])
    assert "Waiting for you" in (page := anna_at.get(DAY).content.decode())
    assert "Second Motors" in page


@pytest.mark.parametrize("query", [{"day": "tomorrow"}, {"view": "year"}, {"who": "them"}])
def test_what_cannot_be_read_is_refused(stage, anna_at, query):
    assert anna_at.get(DAY, query).status_code == 400


def test_a_day_outside_of_the_expo_shows_its_first(stage, anna_at):
    assert anna_at.get(DAY, {"day": "2020-01-01"}).context["day"] == stage.setup.edition.starts_on


def test_without_meetings_the_page_says_so(edition, client_of, anna):
    assert "No meetings are set up yet" in client_of(anna).get(DAY).content.decode()
    assert client_of(anna).get(WAITING).status_code == 200


def test_a_person_without_a_company_is_led_on(setup, client_of):
    assert "You take part for no company yet" in client_of(builders.person()).get(DAY).content.decode()


def test_what_waits_is_listed_with_the_time_left_and_other_times(stage, anna_at):
    request = stage.asked(stage.slots[0], message="Ten minutes will do.")
    page = anna_at.get(WAITING).content.decode()
    assert "Borealis Cells asks for" in page
    assert "days left" in page
    assert "Ten minutes will do." in page
    assert page.count(f'action="/meetings/requests/{request.pk}/accept/"') == 4


def test_what_others_owe_comes_after_it_and_has_no_buttons(stage, client_of):
    request = stage.asked(stage.slots[0])
    page = client_of(stage.boris).get(WAITING).content.decode()
    assert "You asked Aurora Motors for" in page
    assert f"/meetings/requests/{request.pk}/accept/" not in page


def test_a_meeting_that_is_over_asks_how_it_went(stage, anna_at):
    begin_in(60)
    meeting = stage.met(Slot.objects.for_meetings()[0])
    begin_in(-45)
    meeting.refresh_from_db()
    assert "How did it go with Borealis Cells?" in anna_at.get(WAITING).content.decode()
    assert "Note the outcome" in anna_at.get(DAY).content.decode()
    actions.say_outcome(meeting, by=stage.anna, says="took_place")
    assert "How did it go" not in anna_at.get(WAITING).content.decode()


def test_a_hidden_buyer_is_not_named_to_who_asked(stage, client_of, supplier_segment):
    posting = builders.sourcing_request(stage.buyer, supplier_segment, visibility="name_hidden")
    stage.asked(stage.slots[0], postings=[posting])
    boris = client_of(stage.boris)
    for address in (DAY, f"{DAY}?view=week", f"{DAY}?view=list", WAITING):
        page = boris.get(address).content.decode()
        assert "Aurora" not in page
        assert "Name hidden until the buyer accepts" in page


def test_what_never_reached_the_blocker_is_not_on_their_pages(stage, anna_at):
    from matchmaking.participants.actions import block_company

    block_company(stage.buyer.company, stage.exhibitor.company, by=stage.anna)
    stage.asked(stage.slots[0])
    assert "Borealis" not in anna_at.get(DAY).content.decode()
    assert "Borealis" not in anna_at.get(WAITING).content.decode()


def test_what_ran_out_is_only_in_the_list(stage, anna_at):
    request = stage.asked(stage.slots[0])
    type(request).objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert "Borealis" not in anna_at.get(DAY).content.decode()


@pytest.mark.parametrize("address", [DAY, f"{DAY}?view=week", f"{DAY}?view=list", f"{DAY}?who=all", WAITING])
def test_pages_take_as_many_queries_for_three_as_for_one(stage, client_of, count_queries, supplier_segment, address):
    anna = client_of(stage.anna)

    def more():
        one, two = stage.another("exhibitor"), stage.another("exhibitor")
        offer = builders.offer(one, supplier_segment)
        actions.ask(one, stage.buyer, by=stage.person_of(one), postings=[offer])
        meeting = actions.accept(actions.ask(two, stage.buyer, by=stage.person_of(two)), by=stage.anna)
        free = next(slot for slot in reversed(stage.slots) if slot.pk != meeting.slot_id)
        actions.propose_move(meeting, by=stage.person_of(two), slot=free)

    more()
    anna.get(address)
    first = count_queries(lambda: anna.get(address))
    more()
    more()
    assert count_queries(lambda: anna.get(address)) == first
    assert first <= 26


@pytest.mark.parametrize(("now", "shown"), [("08", "10"), ("10", "10"), ("11", "12"), ("20", "12")])
def test_between_days_the_next_one_is_shown_and_after_them_the_last(edition, anna, now, shown):
    zone = ZoneInfo(edition.time_zone)
    slots = [Slot(edition=edition, day=date(2027, 6, day)) for day in (10, 12)]
    own = OwnDays(edition, None, [], anna, datetime(2027, 6, int(now), 9, tzinfo=zone))
    own.slots = slots
    assert str(own.day_to_show(None)) == f"2027-06-{shown}"
    assert str(own.day_to_show(date(2027, 6, 12))) == "2027-06-12"


def test_without_a_timetable_there_is_no_day_to_show(edition, anna):
    assert OwnDays(edition, None, [], anna, timezone.now()).day_to_show(None) is None
