"""Who is told what, when: at once, in one mail every 12 hours, or on the desk alone; nothing twice, nothing lost."""

import os
import subprocess
import sys
from datetime import timedelta
from urllib.parse import urlparse

import icalendar
import pytest
from django.conf import settings as site
from django.core import mail
from django.utils import timezone

from expo.accounts import actions as accounts
from expo.accounts.gathering import STOP, gather, gather_notices, people_due
from expo.accounts.models import User, Way
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.models import Event, OutboxMessage
from expo.foundation.outbox import GATHERING, send_waiting_messages, tell
from matchmaking.meetings import actions
from matchmaking.meetings.actions.ways import GROUPS
from matchmaking.meetings.models import Meeting, MeetingRequest, Slot
from tests.matchmaking.meetings.stage import begin_in
from tests.processes import address_for_others


def choose(person, **ways):
    accounts.choose_notices(person, by=person, **ways)


def told(person, kind=""):
    rows = OutboxMessage.objects.filter(recipient=person).exclude(kind=GATHERING)
    return list((rows.filter(kind=kind) if kind else rows).order_by("pk"))


def gathered(person):
    return list(OutboxMessage.objects.filter(recipient=person, kind=GATHERING).order_by("pk"))


def later(hours=13):
    OutboxMessage.objects.filter(kind=GATHERING).update(written_at=timezone.now() - timedelta(hours=hours))


# Which way


def test_a_request_is_gathered_and_an_agreed_meeting_is_mailed_at_once_with_its_entry(stage):
    stage.met(stage.slots[0])
    assert [(row.kind, row.way, bool(row.calendar)) for row in told(stage.anna)] == [
        ("meeting_asked", "gathered", False),
        ("meeting_scheduled", "at_once", True),
    ]
    send_waiting_messages()
    assert [sent.subject for sent in mail.outbox if sent.to == ["anna@example.com"]] == [told(stage.anna, "meeting_scheduled")[0].subject]


@pytest.mark.parametrize("way", Way.values)
def test_each_person_chooses_for_each_group_and_nobody_else_is_touched(stage, way):
    choose(stage.anna, mails_of_requests=way, mails_of_meetings=way, mails_of_messages=way)
    request = stage.asked(stage.slots[0], message="Hello")
    actions.write_message(request, by=stage.boris, text="And another thing")
    actions.accept(request, by=stage.anna)
    assert {row.way for row in told(stage.anna)} == {way}
    assert {row.kind: row.way for row in told(stage.boris)} == {"meeting_scheduled": "at_once"}


def test_every_mail_of_the_room_belongs_to_a_group():
    mails = {file.name.split(".")[0] for file in (site.BASE_DIR / "templates/emails").glob("meeting_*.txt")}
    assert set(GROUPS) <= mails
    assert {f"mails_of_{group}" for group in (*GROUPS.values(), "meetings", "agreements")} == set(accounts.MAILS_OF)


@pytest.mark.parametrize("minutes", [23 * 60, 40])
def test_in_the_last_24_hours_and_during_the_expo_everything_goes_at_once(stage, minutes):
    begin_in(minutes)
    stage.setup.edition.refresh_from_db()
    request = stage.asked()
    actions.write_message(request, by=stage.boris, text="Are you there?")
    assert {row.way for row in told(stage.anna)} == {"at_once"}


def test_what_is_switched_off_stays_off_in_the_last_hours(stage):
    choose(stage.anna, mails_of_requests="desk", mails_of_meetings="desk")
    begin_in(40)
    stage.setup.edition.refresh_from_db()
    stage.met()
    assert [row.way for row in told(stage.anna)] == ["desk", "desk"]


def test_a_question_that_must_be_answered_within_24_hours_does_not_wait(stage):
    edition = stage.setup.edition
    edition.starts_on = timezone.localdate() + timedelta(days=3)
    edition.save()
    request = stage.asked()
    assert request.expires_at - timezone.now() < timedelta(hours=13), "twelve hours to answer"
    assert [row.way for row in told(stage.anna)] == ["at_once"]
    actions.withdraw(request, by=stage.boris)
    assert told(stage.anna, "meeting_request_withdrawn")[0].way == "gathered", "nothing is to be answered"


def test_a_change_within_24_hours_before_the_meeting_goes_at_once_even_where_it_is_gathered(stage):
    choose(stage.anna, mails_of_meetings="gathered")
    meeting = stage.met(stage.slots[0])
    assert told(stage.anna, "meeting_scheduled")[0].way == "gathered"
    Slot.objects.filter(pk=stage.slots[0].pk).update(
        starts_at=timezone.now() + timedelta(hours=20), ends_at=timezone.now() + timedelta(hours=21)
    )
    actions.cancel(Meeting.objects.get(pk=meeting.pk), by=stage.boris, reason="no_time")
    assert told(stage.anna, "meeting_cancelled")[0].way == "at_once"


# One mail


def test_what_waits_is_one_mail_in_12_hours_and_nothing_is_told_twice(stage):
    request = stage.asked()
    assert actions.gather_what_waits() == 1
    actions.write_message(request, by=stage.boris, text="One")
    actions.write_message(request, by=stage.boris, text="Two")
    assert actions.gather_what_waits() == 0
    later()
    assert (actions.gather_what_waits(), actions.gather_what_waits()) == (1, 0)
    first, second = gathered(stage.anna)
    assert first.subject == "Borealis Cells would like to meet you"
    assert second.subject == "Borealis Cells has written to you, and 1 more"
    assert "would like to meet" not in second.body
    assert second.body.count("Borealis Cells has written to you") == 2
    assert second.body.count(told(stage.anna)[0].link) == 1
    assert [row.gathered_in for row in told(stage.anna)] == [first, second, second]
    later()
    assert actions.gather_what_waits() == 0, "nothing new, no mail"


def test_it_is_in_the_persons_language_and_each_has_their_own(stage):
    User.objects.filter(pk=stage.anna.pk).update(language="zh-hans")
    choose(stage.boris, mails_of_meetings="gathered")
    stage.met(stage.slots[0])
    assert actions.gather_what_waits() == 2
    (of_anna,), (of_boris,) = gathered(stage.anna), gathered(stage.boris)
    assert "/zh/desk/notices/" in of_anna.body
    assert "Hello Boris Bo," in of_boris.body
    assert "Hello" not in of_anna.body
    assert gathered(stage.carla) == []


def test_whatever_waits_goes_once_the_expo_is_near(stage):
    stage.asked()
    actions.gather_what_waits()
    actions.write_message(MeetingRequest.objects.get(), by=stage.boris, text="One")
    assert actions.gather_what_waits() == 0
    begin_in(20 * 60)
    assert actions.gather_what_waits() == 1
    assert {row.sent_at is not None for row in told(stage.anna)} == {True}


def test_the_entries_of_calendars_go_with_the_gathered_mail_one_for_each_meeting(stage):
    choose(stage.anna, mails_of_meetings="gathered")
    meeting = stage.met(stage.slots[0])
    proposal = actions.propose_move(meeting, by=stage.boris, slot=stage.slots[2])
    actions.answer_move(proposal, by=stage.anna, accept=True)
    mail.outbox.clear()
    actions.gather_what_waits()
    send_waiting_messages()
    (sent,) = [one for one in mail.outbox if one.to == ["anna@example.com"]]
    (attached,) = sent.attachments
    (event,) = icalendar.Calendar.from_ical(attached[1]).walk("VEVENT")
    assert (event["SEQUENCE"], event["DTSTART"].dt) == (1, stage.slots[2].starts_at)
    assert "method=REQUEST" in attached[2]


def test_who_is_gone_gets_none(stage):
    stage.asked()
    User.objects.filter(pk=stage.anna.pk).update(is_active=False)
    assert people_due(timezone.now()) == []
    assert gather(stage.anna.pk, timezone.now()) is False
    assert gathered(stage.anna) == []


def test_the_number_of_queries_is_the_same_for_one_and_for_many(stage, count_queries):
    request = stage.asked()
    one = count_queries(gather_notices)
    later()
    for number in range(4):
        actions.write_message(request, by=stage.boris, text=str(number))
    assert count_queries(gather_notices) <= one


# A killed worker

WORKER = """
import os, signal, sys
import django
django.setup()
from expo.accounts import gathering
from matchmaking.meetings import actions
def die(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "before the end":
    gathering.log = die
actions.gather_what_waits()
"""
COUNT = """
import django
django.setup()
from expo.foundation.models import OutboxMessage
mails = OutboxMessage.objects.filter(kind="notices_gathered")
print(mails.count(), OutboxMessage.objects.filter(way="gathered", sent_at=None).count(), OutboxMessage.objects.filter(gathered_in__in=mails).count())
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_and_doubles_nothing(stage, tmp_path):
    request = stage.asked()
    actions.write_message(request, by=stage.boris, text="One")
    environment = {
        **os.environ,
        "DATABASE_URL": address_for_others(tmp_path),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": ".",
    }

    def run(script, how=""):
        command = [sys.executable, "-W", "ignore", "-c", script, how]
        return subprocess.run(command, env=environment, cwd=site.BASE_DIR, capture_output=True, text=True, timeout=120, check=False)

    assert run(WORKER, "before the end").returncode == -9
    assert run(COUNT).stdout == "0 2 0\n"
    run(WORKER)
    run(WORKER)
    assert run(COUNT).stdout == "1 0 2\n"


# Ending it


def test_one_click_ends_the_gathered_mails_and_leaves_the_others(stage, client_of):
    stage.asked()
    actions.gather_what_waits()
    (row,) = gathered(stage.anna)
    assert row.stop_address == STOP.address(stage.anna)
    send_waiting_messages()
    sent = next(one for one in mail.outbox if one.to == ["anna@example.com"])
    assert sent.extra_headers["List-Unsubscribe"] == f"<{row.stop_address}>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path, stranger = urlparse(row.stop_address).path, client_of(None, enforce_csrf_checks=True)
    assert "Stop these mails" in stranger.get(path).text
    assert stage.anna.mails_of_requests == "gathered", "opening it ends nothing"
    for _twice in range(2):
        assert "You get no more of these mails" in stranger.post(path, {"List-Unsubscribe": "One-Click"}).text
    assert (stage.anna.mails_of_requests, stage.anna.mails_of_messages, stage.anna.mails_of_meetings) == ("desk", "desk", "at_once")
    assert Event.objects.filter(verb="stop_gathered_mail").count() == 1
    for wrong in (path.replace(f"{stage.anna.pk}:", f"{stage.boris.pk}:"), "/account/notices/1/stop/"):
        assert stranger.post(wrong).status_code == 404


def test_what_waited_when_they_were_ended_is_on_the_desk_alone(stage):
    stage.asked()
    accounts.stop_gathered_mail(stage.anna, by=stage.anna)
    assert actions.gather_what_waits() == 0
    assert [row.way for row in told(stage.anna)] == ["desk"]


# The switches


def test_the_page_shows_and_sets_the_switches(stage, client_of):
    client = client_of(stage.anna)
    given = {
        "mails_of_requests": "at_once",
        "mails_of_meetings": "gathered",
        "mails_of_reminders": "desk",
        "mails_of_messages": "gathered",
        "mails_of_agreements": "at_once",
        "mails_of_matches": "desk",
    }
    assert 'name="mails_of_requests"' in client.get("/account/notices/").text
    assert client.post("/account/notices/", given)["Location"] == "/account/notices/"
    anna = stage.anna
    assert (anna.mails_of_requests, anna.mails_of_meetings, anna.mails_of_reminders) == ("at_once", "gathered", "desk")
    assert anna.wants_match_mail is False
    assert client.post("/account/notices/", given | {"mails_of_requests": "never"}).status_code == 200
    assert stage.anna.mails_of_requests == "at_once"
    assert stage.boris.mails_of_requests == "gathered"


def test_the_api_shows_and_sets_the_switches_and_what_one_speaks(stage, client_of):
    client = client_of(stage.anna)
    said = client.get("/api/v1/me/").json()
    assert (said["mails_of_requests"], said["mails_of_meetings"], said["speaks"]) == ("gathered", "at_once", [])
    answer = client.patch("/api/v1/me/", {"mails_of_messages": "desk", "speaks": ["de", "en"]}, "application/json")
    assert (answer.status_code, answer.json()["mails_of_messages"], answer.json()["speaks"]) == (200, "desk", ["de", "en"])
    assert client.patch("/api/v1/me/", {"mails_of_messages": "at_once"}, "application/json").json()["speaks"] == ["de", "en"]
    for wrong in ({"mails_of_messages": "never"}, {"speaks": ["xx"]}, {"speaks": "de"}, {"mails_of_all": "desk"}):
        assert client.patch("/api/v1/me/", wrong, "application/json").status_code == 400
    assert (stage.anna.mails_of_messages, stage.anna.speaks) == ("at_once", ["de", "en"])


def test_nobody_sets_somebody_elses(stage):
    for call in (accounts.choose_notices, accounts.stop_gathered_mail, accounts.read_notices):
        with pytest.raises(NotAllowed):
            call(stage.anna, by=stage.carla)
    with pytest.raises(Invalid):
        accounts.choose_notices(stage.anna, by=stage.anna, password="desk")


# The list on the desk


def test_the_desk_lists_what_was_told_and_counts_what_is_new(stage, client_of):
    choose(stage.anna, mails_of_requests="desk")
    stage.asked()
    actions.gather_what_waits()
    tell(stage.anna, "registration_withdrawn", registration=stage.buyer)
    client = client_of(stage.anna)
    assert "2 new" in client.get("/desk/").text
    page = client.get("/desk/notices/").text
    assert "Borealis Cells would like to meet you" in page
    assert "2 are new." in page
    assert "Borealis" not in client_of(stage.carla).get("/desk/notices/").text


def test_opening_one_marks_it_and_leads_there_and_all_can_be_marked(stage, client_of):
    request = stage.asked()
    actions.write_message(request, by=stage.boris, text="One")
    asked, wrote = told(stage.anna)
    client = client_of(stage.anna)
    answer = client.post(f"/desk/notices/{asked.pk}/open/")
    assert (answer.status_code, client.get(answer["Location"]).status_code) == (302, 200)
    asked.refresh_from_db()
    assert asked.read_at is not None
    assert client_of(stage.boris).post(f"/desk/notices/{wrote.pk}/open/").status_code == 404
    assert client_of(stage.boris).post("/desk/notices/read/", {"up_to": wrote.pk}).status_code == 302
    wrote.refresh_from_db()
    assert wrote.read_at is None
    client.post("/desk/notices/read/", {"up_to": asked.pk})
    assert OutboxMessage.objects.filter(recipient=stage.anna, read_at=None).count() == 1, "what came after the page was shown is new"
    client.post("/desk/notices/read/", {"up_to": wrote.pk})
    assert "Nothing is new." in client.get("/desk/notices/").text


def test_the_list_has_pages_of_30_and_takes_the_same_queries(stage, client_of, count_queries):
    stage.asked()
    client = client_of(stage.anna)
    client.get("/desk/notices/")
    one = count_queries(lambda: client.get("/desk/notices/"))
    for _number in range(32):
        tell(stage.anna, "registration_withdrawn", registration=stage.buyer)
    assert count_queries(lambda: client.get("/desk/notices/")) == one
    assert client.get("/desk/notices/").text.count("<h2") == 30
    assert client.get("/desk/notices/?page=2").text.count("<h2") == 3
    assert client.get("/desk/notices/?page=9").status_code == 404


def test_a_gathered_mail_and_notices_without_text_are_not_listed(stage, client_of):
    stage.asked()
    actions.gather_what_waits()
    assert client_of(stage.anna).get("/desk/notices/").text.count("<h2") == 1
    OutboxMessage.objects.update(body="")
    assert "Nothing yet" in client_of(stage.anna).get("/desk/notices/").text
