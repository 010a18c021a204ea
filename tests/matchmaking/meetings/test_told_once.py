"""Who was given another seat and is not told yet: whatever happens in that minute, they are told once, and their calendars hold no ghosts."""

import pytest
from django.db import connection

from expo.foundation.models import OutboxMessage
from matchmaking.meetings import actions
from matchmaking.meetings.actions import reseat
from matchmaking.meetings.models import Meeting, News, Place
from tests import builders
from tests.matchmaking.meetings.test_interpreters_told import in_the_pool, met, told
from tests.matchmaking.meetings.test_reseating import at, told_later


def test_who_lost_its_time_and_is_called_off_before_being_told_leaves_no_entry_behind(stage, organiser):
    meeting = stage.met(stage.slots[0])
    reseat(stage.setup.edition, {meeting.pk: None}, by=organiser, why="")
    OutboxMessage.objects.all().delete()
    cancelled = actions.cancel(Meeting.objects.get(pk=meeting.pk), by=stage.anna, reason="no_time")
    assert cancelled.slot is None
    messages = OutboxMessage.objects.filter(kind="meeting_cancelled")
    assert len(messages) == 2
    for message in messages:
        assert "METHOD:CANCEL" in message.calendar
        assert stage.slots[0].starts_at.strftime("%Y%m%dT%H%M") in message.calendar
    assert told_later() == (1, [])


def test_a_table_found_before_the_change_was_told_is_told_with_it(stage, organiser):
    meeting = stage.met(stage.slots[0])
    reseat(stage.setup.edition, {meeting.pk: at(stage.slots[1])}, by=organiser, why="")
    OutboxMessage.objects.all().delete()
    table = Place.objects.create(edition=stage.setup.edition, kind="table", code="T1", hall=builders.hall(stage.setup.edition, code="T"))
    Place.objects.exclude(pk=table.pk).update(closed_at=meeting.created_at)
    actions.sweep_meetings()
    assert Meeting.objects.get(pk=meeting.pk).place == table
    assert not OutboxMessage.objects.exists()
    assert told_later() == (1, [("anna@example.com", "meeting_moved"), ("boris@example.com", "meeting_moved")])
    assert "T1" in OutboxMessage.objects.first().body


def test_who_agrees_on_another_time_before_being_told_is_told_of_that_alone(stage, organiser):
    meeting = stage.met(stage.slots[0])
    reseat(stage.setup.edition, {meeting.pk: at(stage.slots[1], meeting.place)}, by=organiser, why="")
    proposal = actions.propose_move(Meeting.objects.get(pk=meeting.pk), by=stage.anna, slot=stage.slots[4])
    OutboxMessage.objects.all().delete()
    actions.answer_move(proposal, by=stage.boris, accept=True)
    assert sorted(OutboxMessage.objects.values_list("kind", flat=True)) == ["meeting_moved"] * 2
    assert told_later() == (0, [])


def test_who_interpreted_before_it_lost_its_time_is_told_when_another_does_at_the_next(stage, organiser):
    type(stage.boris).objects.filter(pk=stage.boris.pk).update(speaks=["zh"])
    ida, ivan = in_the_pool(stage, "ida@example.com"), in_the_pool(stage, "ivan@example.com")
    meeting = met(stage)
    reseat(stage.setup.edition, {meeting.pk: None}, by=organiser, why="")
    actions.set_absences(ida, by=organiser, slots=stage.slots)
    actions.sweep_meetings()
    assert Meeting.objects.get(pk=meeting.pk).interpreter == ivan
    assert [row[:2] for row in told(ida)] == [("interpreting", "REQUEST"), ("interpreting_ended", "CANCEL")]
    assert [row[:2] for row in told(ivan)] == [("interpreting", "REQUEST")]
    assert told_later() == (0, [])


def test_news_are_read_under_a_lock_so_that_none_is_lost_to_who_is_just_telling(stage, organiser, django_assert_num_queries):
    if not connection.features.has_select_for_update:
        pytest.skip("writes come one after the other here")
    meeting = stage.met(stage.slots[0])
    reseat(stage.setup.edition, {meeting.pk: at(stage.slots[1], meeting.place)}, by=organiser, why="")
    with django_assert_num_queries(21) as found:
        reseat(stage.setup.edition, {meeting.pk: at(stage.slots[2], meeting.place)}, by=organiser, why="")
    read = [
        each["sql"]
        for each in found.captured_queries
        if each["sql"].startswith("SELECT") and f'FROM "{News._meta.db_table}"' in each["sql"]
    ]
    assert all("FOR UPDATE" in sql for sql in read)
    assert read
