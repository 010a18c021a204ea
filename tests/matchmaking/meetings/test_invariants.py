"""The check finds what it is there for, and nothing where all is well."""

import pytest
from django.core.management import CommandError, call_command

from matchmaking.meetings import actions
from matchmaking.meetings.models import Meeting, MeetingRequest, Occupancy, Slot
from matchmaking.meetings.queries.invariants import breaches
from tests.matchmaking.meetings.stage import begin_in
from tests.matchmaking.meetings.test_problem import waiting


@pytest.fixture
def meeting(stage):
    return stage.met(stage.slots[0])


def test_all_is_well_through_a_meetings_life(stage, meeting, capsys):
    proposal = actions.propose_move(meeting, by=stage.anna, slot=stage.slots[1])
    actions.answer_move(proposal, by=stage.boris, accept=True)
    assert breaches() == []
    begin_in(-40)
    for person in (stage.anna, stage.boris):
        actions.say_outcome(meeting, by=person, says="took_place")
    assert breaches() == []
    call_command("check_invariants")
    assert "hold together" in capsys.readouterr().out


@pytest.mark.parametrize(
    "harm",
    [
        lambda: Occupancy.objects.filter(registration__isnull=False).first().delete(),
        lambda: Occupancy.objects.filter(person__isnull=False).first().delete(),
        lambda: Occupancy.objects.filter(place__isnull=False).delete(),
        lambda: Occupancy.objects.filter(place__isnull=False).update(slot=Slot.objects.for_meetings()[3]),
        lambda: Meeting.objects.update(status="cancelled", reason="other"),
        lambda: MeetingRequest.objects.update(status="pending"),
        lambda: Slot.objects.filter(pk=Slot.objects.for_meetings()[1].pk).update(
            starts_at=Slot.objects.for_meetings()[0].starts_at.replace(minute=7)
        ),
    ],
    ids=["a desk", "a person", "a place", "another slot", "cancelled and held", "no request", "overlapping slots"],
)
def test_what_does_not_agree_is_found(meeting, harm):
    assert breaches() == []
    harm()
    assert breaches()
    with pytest.raises(CommandError):
        call_command("check_invariants")


def test_what_a_plan_gave_and_nobody_changed_is_so(stage):
    waiting(stage)
    run = actions.order_plan(stage.setup.edition, by=stage.organiser)
    actions.work_on_plan(run.pk)
    actions.publish_plan(run, by=stage.organiser)
    meeting = Meeting.objects.get()
    assert breaches() == []
    Meeting.objects.update(slot=stage.slots[9])
    assert f"meeting {meeting.pk} is not at the time that plan {run.pk} gave it" in breaches()
    Meeting.objects.update(slot=meeting.slot)
    actions.reseat(stage.setup.edition, {meeting.pk: None}, by=stage.organiser, why="")
    assert breaches() == []
