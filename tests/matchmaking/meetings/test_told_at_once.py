"""Whoever is to meet within two hours is told of another seat at once; others a minute later, unless all is as it was."""

import pytest

from expo.foundation.models import OutboxMessage
from matchmaking.meetings.actions import reseat, sweep_meetings
from matchmaking.meetings.models import Meeting, News, Slot
from tests.matchmaking.meetings.stage import begin_in
from tests.matchmaking.meetings.test_reseating import at, told_later


def told():
    return sorted(OutboxMessage.objects.filter(kind__in=["meeting_moved", "meeting_lost_its_time"]).values_list("recipient__email", "kind"))


def both(kind):
    return [("anna@example.com", kind), ("boris@example.com", kind)]


@pytest.fixture
def near(stage):
    """A meeting in the first slot, which begins in 90 minutes."""
    meeting = stage.met(stage.slots[0])
    begin_in(90)
    return meeting


def test_who_is_to_meet_within_two_hours_is_told_as_soon_as_the_change_is_there(stage, organiser, near, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        reseat(stage.setup.edition, {near.pk: at(stage.slots[5], near.place)}, by=organiser, why="a plan")
        assert told() == []
    assert told() == both("meeting_moved")
    assert not News.objects.exists()
    assert told_later() == (0, [])


def test_so_is_who_loses_a_time_that_is_struck(stage, organiser, near, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        Slot.objects.filter(pk=near.slot_id).update(removed_at=near.created_at)
        reseat(stage.setup.edition, {near.pk: None}, by=organiser, why="hall closed")
    assert told() == both("meeting_lost_its_time")


def test_put_back_after_being_told_is_told_too(stage, organiser, near, django_capture_on_commit_callbacks):
    for slot in (stage.slots[5], stage.slots[0]):
        OutboxMessage.objects.all().delete()
        with django_capture_on_commit_callbacks(execute=True):
            reseat(stage.setup.edition, {near.pk: at(slot, near.place)}, by=organiser, why="a plan")
        assert told() == both("meeting_moved")
        assert f"SEQUENCE:{Meeting.objects.get(pk=near.pk).sequence}" in OutboxMessage.objects.first().calendar


def test_what_is_further_off_waits_for_the_minute(stage, organiser, django_capture_on_commit_callbacks):
    meeting = stage.met(stage.slots[0])
    begin_in(125)
    with django_capture_on_commit_callbacks(execute=True):
        reseat(stage.setup.edition, {meeting.pk: at(stage.slots[5], meeting.place)}, by=organiser, why="a plan")
        sweep_meetings()
    assert told() == []
    assert News.objects.count() == 1
    assert told_later() == (1, both("meeting_moved"))
