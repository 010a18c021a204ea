"""An interpreter with an account is told of each meeting to interpret: when it comes, when it changes, when it goes; and never how to reach anybody."""

import pytest
from icalendar import Calendar

from expo.foundation.models import OutboxMessage
from matchmaking.meetings import actions
from matchmaking.meetings.actions import reseat
from matchmaking.meetings.models import Interpreter, Meeting
from tests import builders
from tests.matchmaking.meetings.test_reseating import at, told_later


@pytest.fixture
def ida(stage):
    """Boris speaks Chinese alone, Anna English; Ida knows both, and has an account."""
    type(stage.boris).objects.filter(pk=stage.boris.pk).update(speaks=["zh"])
    return in_the_pool(stage, "ida@example.com")


def in_the_pool(stage, address):
    return Interpreter.objects.create(edition=stage.setup.edition, person=builders.person(address), languages=["en", "zh"])


def met(stage):
    return actions.accept(stage.asked(stage.slots[0]), by=stage.anna, needs_interpreter=True)


def told(interpreter):
    """Each mail to the interpreter as (kind, method, sequence, hour), oldest first."""
    found = []
    for row in OutboxMessage.objects.filter(recipient=interpreter.person, kind__startswith="interpreting").order_by("pk"):
        entry = Calendar.from_ical(row.calendar)
        event = entry.walk("VEVENT")[0]
        found.append((row.kind, str(entry["method"]), event["sequence"], event["dtstart"].dt))
    return found


def test_who_gets_a_meeting_is_told_with_an_entry_and_without_how_to_reach_them(stage, ida):
    meeting = met(stage)
    assert told(ida) == [("interpreting", "REQUEST", 0, stage.slots[0].starts_at)]
    row = OutboxMessage.objects.get(kind="interpreting")
    event = Calendar.from_ical(row.calendar).walk("VEVENT")[0]
    assert (
        event["uid"]
        == Calendar.from_ical(OutboxMessage.objects.get(recipient=stage.anna, kind="meeting_scheduled").calendar).walk("VEVENT")[0]["uid"]
    )
    assert "Aurora Motors" in row.body
    assert "Borealis Cells" in row.body
    for person in (stage.anna, stage.boris):
        for secret in (person.email, person.phone, person.full_name):
            assert secret not in row.subject + row.body + row.calendar
    assert f"/meetings/{meeting.pk}/" not in row.body + row.calendar


def test_agreed_on_another_time_the_entry_moves(stage, ida):
    meeting = met(stage)
    actions.answer_move(actions.propose_move(meeting, by=stage.anna, slot=stage.slots[4]), by=stage.boris, accept=True)
    assert told(ida)[1:] == [("interpreting_changed", "REQUEST", 1, stage.slots[4].starts_at)]
    assert stage.slots[0].words in OutboxMessage.objects.get(kind="interpreting_changed").body


def test_called_off_it_goes(stage, ida):
    actions.cancel(met(stage), by=stage.anna, reason="no_time")
    assert told(ida)[1:] == [("interpreting_ended", "CANCEL", 1, stage.slots[0].starts_at)]


def test_of_another_seat_each_is_told_what_concerns_them(stage, ida, organiser):
    meeting, other = met(stage), in_the_pool(stage, "ivo@example.com")
    reseat(stage.setup.edition, {meeting.pk: at(stage.slots[3], meeting.place, ida.pk)}, by=organiser, why="a plan")
    told_later()
    assert told(ida) == [("interpreting_changed", "REQUEST", 1, stage.slots[3].starts_at)]
    reseat(stage.setup.edition, {meeting.pk: at(stage.slots[5], meeting.place, other.pk)}, by=organiser, why="a plan")
    told_later()
    assert told(ida) == [("interpreting_ended", "CANCEL", 2, stage.slots[3].starts_at)]
    assert told(other) == [("interpreting", "REQUEST", 2, stage.slots[5].starts_at)]
    reseat(stage.setup.edition, {meeting.pk: None}, by=organiser, why="hall closed")
    told_later()
    assert (told(ida), told(other)) == ([], [("interpreting_ended", "CANCEL", 3, stage.slots[5].starts_at)])


def test_who_lost_it_and_was_not_told_yet_is_told_once_when_it_is_called_off(stage, ida, organiser):
    meeting = met(stage)
    reseat(stage.setup.edition, {meeting.pk: None}, by=organiser, why="hall closed")
    actions.cancel(Meeting.objects.get(pk=meeting.pk), by=stage.anna, reason="no_time")
    assert told(ida)[1:] == [("interpreting_ended", "CANCEL", 2, stage.slots[0].starts_at)]
    told_later()
    assert told(ida) == []


def test_put_back_within_the_minute_nobody_is_told(stage, ida, organiser):
    meeting = met(stage)
    for slot in (stage.slots[3], stage.slots[0]):
        reseat(stage.setup.edition, {meeting.pk: at(slot, meeting.place, ida.pk)}, by=organiser, why="a plan")
    assert told_later() == (0, [])


def test_they_choose_how_it_reaches_them_and_who_has_no_account_is_not_written_to(stage, ida):
    type(ida.person).objects.filter(pk=ida.person_id).update(mails_of_meetings="desk")
    meeting = met(stage)
    assert OutboxMessage.objects.get(kind="interpreting").way == "desk"
    Interpreter.objects.update(person=None, name="Ida")
    actions.cancel(Meeting.objects.get(pk=meeting.pk), by=stage.anna, reason="no_time")
    assert not OutboxMessage.objects.filter(kind="interpreting_ended").exists()
