"""What a program that follows `/changes/` hears of meetings: whatever either side may read, and nothing that is the other's own."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

import matchmaking.meetings.actions
from expo.api import WRITES_OF_MEETING, WRITES_OF_REQUEST
from matchmaking.meetings import actions
from matchmaking.meetings.models import Meeting, MeetingRequest, MoveProposal, Occupancy, Place
from matchmaking.participants.models import Member
from tests import builders
from tests.matchmaking.meetings.stage import begin_in

# Who did what the other side must not hear of, not even when.
KEPT = {"meeting_request.hidden", "meeting.outcome_asked", "meeting.outcome_said", "meeting.rated"}


def test_every_verb_that_is_written_down_is_told_or_kept_on_purpose():
    code = "".join(file.read_text() for file in Path(matchmaking.meetings.actions.__file__).parent.glob("*.py"))
    verbs = set(re.findall(r'"(meeting(?:_request)?\.[a-z_]+)"', code))
    assert verbs - KEPT <= WRITES_OF_REQUEST | WRITES_OF_MEETING
    assert not KEPT & (WRITES_OF_REQUEST | WRITES_OF_MEETING)


def heard(client, since):
    answer = client.get("/api/v1/changes/", {"since": since.isoformat()})
    assert answer.status_code == 200
    return {(row["kind"], int(row["id"])) for row in answer.json()["results"] if row["kind"].startswith("meeting")}


def met(stage):
    return stage.met(stage.slots[0])


def started(stage):
    meeting = met(stage)
    begin_in(-1)
    return Meeting.objects.get(pk=meeting.pk)


def proposed(stage):
    return actions.propose_move(met(stage), by=stage.boris, slot=stage.slots[2])


def hand_over(stage, meeting):
    colleague = builders.person()
    builders.member(stage.buyer.company, colleague)
    actions.hand_over(meeting, by=stage.anna, person=colleague)


def both_say(stage, meeting):
    for person in (stage.anna, stage.boris):
        actions.say_outcome(meeting, by=person, says="took_place")


def new_time(stage, request):
    slots = [one for one in stage.slots if one.pk == request.slot_id]
    actions.block_time(stage.buyer, by=stage.anna, slots=slots)
    actions.sweep_meetings()


def run_out(_stage, row):
    type(row).objects.update(expires_at=timezone.now())
    actions.sweep_meetings()


def leave(stage, meeting):
    colleague = builders.person()
    builders.member(stage.buyer.company, colleague)
    Member.objects.filter(user=stage.anna).update(status="asked")
    actions.sweep_meetings()
    Member.objects.filter(user=stage.anna).update(status="active")


def without_table(stage):
    stage.exhibitor.booth = None
    stage.exhibitor.save()
    Place.objects.filter(kind="table").update(closed_at=timezone.now())
    return met(stage)


def find_table(stage, _meeting):
    Place.objects.filter(kind="table").update(closed_at=None)
    actions.sweep_meetings()


def without_time(stage):
    actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots)
    return stage.met()


def find_time(_stage, _meeting):
    Occupancy.objects.filter(why="blocked").delete()
    actions.sweep_meetings()


STEPS = {
    "asks": (lambda stage: None, lambda stage, _row: stage.asked()),
    "counters": (lambda stage: stage.asked(), lambda stage, row: actions.counter(row, by=stage.anna, slot=stage.slots[1])),
    "declines": (lambda stage: stage.asked(), lambda stage, row: actions.decline(row, by=stage.anna, reason="no_fit")),
    "withdraws": (lambda stage: stage.asked(), lambda stage, row: actions.withdraw(row, by=stage.boris)),
    "writes": (lambda stage: stage.asked(), lambda stage, row: actions.write_message(row, by=stage.boris, text="Hello")),
    "request runs out": (lambda stage: stage.asked(), run_out),
    "time is taken": (lambda stage: stage.asked(stage.slots[0]), new_time),
    "accepts": (lambda stage: stage.asked(stage.slots[0]), lambda stage, row: actions.accept(row, by=stage.anna)),
    "accepts without a time": (lambda stage: None, lambda stage, _row: without_time(stage)),
    "time is found": (without_time, find_time),
    "table is found": (without_table, find_table),
    "proposes to move": (met, lambda stage, row: actions.propose_move(row, by=stage.anna, slot=stage.slots[2])),
    "moves": (proposed, lambda stage, row: actions.answer_move(row, by=stage.anna, accept=True)),
    "keeps the time": (proposed, lambda stage, row: actions.answer_move(row, by=stage.anna, accept=False)),
    "takes the move back": (proposed, lambda stage, row: actions.withdraw_move(row, by=stage.boris)),
    "move runs out": (proposed, run_out),
    "cancels": (met, lambda stage, row: actions.cancel(row, by=stage.boris, reason="no_time")),
    "hands over": (met, hand_over),
    "person leaves": (met, leave),
    "checks in": (started, lambda stage, row: actions.check_in(row, by=stage.anna, code=row.place.key)),
    "both say how it went": (started, both_say),
}


@pytest.mark.parametrize("name", STEPS)
def test_both_sides_hear_of_it_and_carla_does_not(stage, client_of, name):
    before, act = STEPS[name]
    row = before(stage)
    since = timezone.now()
    act(stage, row)
    meeting = Meeting.objects.first()
    expected = ("meetings", meeting.pk) if meeting is not None else ("meeting-requests", MeetingRequest.objects.get().pk)
    assert expected in heard(client_of(stage.anna), since)
    assert expected in heard(client_of(stage.boris), since)
    assert heard(client_of(stage.carla), since) == set()


def test_the_other_side_does_not_hear_that_somebody_has_rated_or_said_how_it_went(stage, client_of):
    meeting = started(stage)
    since = timezone.now()
    actions.say_outcome(meeting, by=stage.anna, says="did_not")
    assert heard(client_of(stage.boris), since) == set()


@pytest.mark.parametrize("name", [name for name in STEPS if name not in {"writes", "checks in", "person leaves", "asks"}])
def test_the_row_says_when_it_was_last_changed(stage, name):
    before, act = STEPS[name]
    row = before(stage)
    long_ago = timezone.now() - timedelta(days=1)
    for model in (MeetingRequest, Meeting):
        model.objects.update(changed_at=long_ago)
    act(stage, row)
    if (isinstance(row, MoveProposal) and name != "moves") or name == "proposes to move":
        return  # The proposal is a row of its own: the meeting stays as it is.
    newest = Meeting.objects.first() or MeetingRequest.objects.get()
    assert newest.changed_at > long_ago + timedelta(hours=1)
