"""At the meeting and after it, and what time brings."""

from datetime import timedelta

import pytest
from django.utils import timezone

from expo.foundation.errors import IllegalMove, Invalid, NotAllowed
from expo.foundation.models import Event, OutboxMessage
from matchmaking.meetings import actions, errors
from matchmaking.meetings.models import Meeting, MeetingRequest, Seat
from tests import builders
from tests.matchmaking.meetings.stage import begin_in
from tests.matchmaking.meetings.test_asking import refused


def told(kind):
    return OutboxMessage.objects.filter(kind=kind).count()


def test_people_check_in_with_the_code_of_the_place_around_the_time(stage):
    meeting = stage.met(stage.slots[0])
    code = meeting.place.key
    refused(errors.TooEarly, lambda: actions.check_in(meeting, by=stage.anna, code=code))
    begin_in(14)
    refused(errors.WrongPlace, lambda: actions.check_in(meeting, by=stage.anna, code="elsewhere"))
    refused(NotAllowed, lambda: actions.check_in(meeting, by=stage.carla, code=code))
    seat = actions.check_in(meeting, by=stage.anna, code=code)
    assert actions.check_in(meeting, by=stage.anna, code=code).checked_in_at == seat.checked_in_at
    assert Event.objects.filter(verb="meeting.checked_in").count() == 1
    begin_in(-31)
    refused(errors.TooLate, lambda: actions.check_in(meeting, by=stage.boris, code=code))


@pytest.mark.parametrize(
    ("boris", "anna", "status"),
    [
        ("took_place", "took_place", "held"),
        ("took_place", "partly", "held"),
        ("did_not", "did_not", "no_show"),
        ("took_place", "did_not", "disputed"),
        ("partly", "did_not", "disputed"),
    ],
)
def test_what_both_sides_say_is_what_came_of_it(stage, boris, anna, status):
    meeting = stage.met(stage.slots[0])
    refused(errors.TooEarly, lambda: actions.say_outcome(meeting, by=stage.anna, says=anna))
    begin_in(-1)
    refused(Invalid, lambda: actions.say_outcome(meeting, by=stage.anna, says="perhaps"))
    refused(NotAllowed, lambda: actions.say_outcome(meeting, by=stage.carla, says=anna))
    assert actions.say_outcome(meeting, by=stage.boris, says=boris).status == "scheduled"
    assert actions.say_outcome(meeting, by=stage.anna, says=anna).status == status


def test_what_was_said_can_be_said_anew_and_a_dispute_is_settled_so(stage):
    meeting = stage.met(stage.slots[0])
    begin_in(-1)
    actions.say_outcome(meeting, by=stage.boris, says="took_place")
    actions.say_outcome(meeting, by=stage.anna, says="did_not")
    assert actions.say_outcome(meeting, by=stage.anna, says="partly").status == "held"


def test_a_held_meeting_is_rated_once_and_no_other(stage):
    meeting = stage.met(stage.slots[0])
    begin_in(-1)
    refused(IllegalMove, lambda: actions.rate(meeting, by=stage.anna, stars=5))
    for person in (stage.boris, stage.anna):
        actions.say_outcome(meeting, by=person, says="took_place")
    for stars in (0, 6):
        refused(Invalid, lambda stars=stars: actions.rate(meeting, by=stage.anna, stars=stars))
    refused(NotAllowed, lambda: actions.rate(meeting, by=stage.carla, stars=5))
    assert actions.rate(meeting, by=stage.anna, stars=4).rating == 4
    refused(errors.RatedAlready, lambda: actions.rate(meeting, by=stage.anna, stars=5))
    assert "4" not in Event.objects.get(verb="meeting.rated").data.values()


def test_a_meeting_nobody_is_named_for_alarms_twice(stage):
    for _number in range(2):
        builders.member(stage.buyer.company, builders.person())
    request = stage.asked(stage.slots[0])
    meeting = actions.accept(request, by=stage.organiser)
    seat = meeting.seats.get(registration=stage.buyer)
    assert seat.person is None
    assert actions.sweep_meetings() == 0
    for minutes, alarms in ((23 * 60, 3), (22 * 60, 3), (119, 6), (60, 6)):
        begin_in(minutes)
        actions.sweep_meetings()
        assert told("meeting_unassigned") == alarms


def test_who_comes_is_reminded_a_day_and_an_hour_before(stage):
    stage.met(stage.slots[0])
    for minutes, mails in ((25 * 60, 0), (23 * 60, 2), (3 * 60, 2), (59, 4), (30, 4)):
        begin_in(minutes)
        actions.sweep_meetings()
        assert told("meeting_reminder") == mails


def test_after_the_meeting_both_are_asked_once(stage):
    meeting = stage.met(stage.slots[0])
    begin_in(-29)
    actions.say_outcome(meeting, by=stage.anna, says="took_place")
    actions.sweep_meetings()
    assert told("meeting_outcome") == 0
    begin_in(-31)
    assert actions.sweep_meetings() == 1
    assert actions.sweep_meetings() == 0
    assert OutboxMessage.objects.get(kind="meeting_outcome").recipient == stage.boris


@pytest.mark.parametrize(("word", "status"), [("took_place", "held"), ("did_not", "no_show")])
def test_after_three_days_one_word_stands_for_both(stage, word, status):
    meeting = stage.met(stage.slots[0])
    begin_in(-60)
    actions.say_outcome(meeting, by=stage.anna, says=word)
    actions.sweep_meetings(timezone.now() + timedelta(days=2))
    assert Meeting.objects.get().status == "scheduled"
    actions.sweep_meetings(timezone.now() + timedelta(days=3))
    assert Meeting.objects.get().status == status


def test_where_both_checked_in_and_nobody_spoke_it_was_held(stage):
    stage.met(stage.slots[0])
    begin_in(-60)
    actions.sweep_meetings(timezone.now() + timedelta(days=3))
    assert Meeting.objects.get().status == "scheduled"
    Seat.objects.update(checked_in_at=timezone.now())
    actions.sweep_meetings(timezone.now() + timedelta(days=3))
    assert Meeting.objects.get().status == "held"


def test_a_request_nobody_answers_runs_out_and_the_sender_is_told_once(stage):
    stage.asked()
    MeetingRequest.objects.update(expires_at=timezone.now())
    assert actions.sweep_meetings() == 1
    assert actions.sweep_meetings() == 0
    assert MeetingRequest.objects.get().status == "expired"
    assert OutboxMessage.objects.get(kind="meeting_request_expired").recipient == stage.boris
    assert stage.asked().is_pending


def test_a_sweep_that_is_killed_leaves_whole_rows_and_the_next_one_goes_on(stage, monkeypatch):
    for _number in range(3):
        actions.ask(stage.exhibitor, stage.another(), by=stage.boris)
    MeetingRequest.objects.update(expires_at=timezone.now())
    from matchmaking.meetings.actions import sweeping

    real, calls = sweeping.tell_company, []

    def killed_at_the_second(*given, **more):
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*given, **more)

    monkeypatch.setattr(sweeping, "tell_company", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        actions.sweep_meetings()
    assert (MeetingRequest.objects.filter(status="expired").count(), told("meeting_request_expired")) == (1, 1)
    actions.sweep_meetings()
    assert (MeetingRequest.objects.filter(status="expired").count(), told("meeting_request_expired")) == (3, 3)


def test_the_best_match_gets_the_freed_time_first(stage, supplier_segment):
    actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots[1:])
    first = stage.another("exhibitor")
    blocking = actions.accept(actions.ask(first, stage.buyer, by=stage.person_of(first), slot=stage.slots[0]), by=stage.anna)
    posting = builders.sourcing_request(stage.buyer, supplier_segment)
    early = actions.accept(stage.asked(), by=stage.anna)
    better = stage.another("exhibitor")
    offer = builders.offer(better, supplier_segment)
    builders.match(posting, offer)
    late = actions.accept(actions.ask(better, stage.buyer, by=stage.person_of(better), postings=[posting]), by=stage.anna)
    actions.cancel(blocking, by=stage.anna, reason="no_time")
    actions.sweep_meetings()
    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.status, late.status) == ("unscheduled", "scheduled")
