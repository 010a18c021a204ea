"""Another time, another person, or no meeting at all."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from expo.accounts.models import User
from expo.foundation.errors import IllegalMove, Invalid, NotAllowed
from expo.foundation.models import Event, OutboxMessage
from matchmaking.meetings import actions, errors
from matchmaking.meetings.models import Meeting, MoveProposal, Occupancy, Slot
from matchmaking.participants.models import Consent, Member, Registration
from tests import builders
from tests.matchmaking.meetings.stage import begin_in
from tests.matchmaking.meetings.test_asking import refused


def slots_of(meeting):
    return set(Occupancy.objects.filter(meeting=meeting).values_list("slot", flat=True))


def test_the_old_time_is_kept_until_the_new_one_is_accepted(stage):
    meeting = stage.met(stage.slots[0])
    proposal = actions.propose_move(meeting, by=stage.anna, slot=stage.slots[1])
    assert slots_of(meeting) == {stage.slots[0].pk}
    moved = actions.answer_move(proposal, by=stage.boris, accept=True)
    assert (moved.slot, moved.moves, moved.sequence) == (stage.slots[1], 1, 1)
    assert slots_of(meeting) == {stage.slots[1].pk}
    assert OutboxMessage.objects.filter(kind="meeting_moved").count() == 2


def test_each_reads_the_old_time_in_their_own_language(stage):
    User.objects.filter(pk=stage.anna.pk).update(language="zh-hans")
    meeting = stage.met(stage.slots[0])
    actions.answer_move(actions.propose_move(meeting, by=stage.anna, slot=stage.slots[1]), by=stage.boris, accept=True)
    mails = {mail.recipient_id: mail.body for mail in OutboxMessage.objects.filter(kind="meeting_moved")}
    with translation.override("zh-hans"):
        assert f"原定{stage.slots[0].words}" in mails[stage.anna.pk]
    assert f"moved from {stage.slots[0].words}" in mails[stage.boris.pk]


def test_only_the_other_side_answers_and_only_the_own_side_takes_back(stage):
    meeting = stage.met(stage.slots[0])
    refused(NotAllowed, lambda: actions.propose_move(meeting, by=stage.carla, slot=stage.slots[1]))
    proposal = actions.propose_move(meeting, by=stage.anna, slot=stage.slots[1])
    for person in (stage.anna, stage.carla):
        refused(NotAllowed, lambda person=person: actions.answer_move(proposal, by=person, accept=True))
    refused(NotAllowed, lambda: actions.withdraw_move(proposal, by=stage.boris))
    refused(errors.MoveIsOpen, lambda: actions.propose_move(meeting, by=stage.boris, slot=stage.slots[2]))
    assert actions.withdraw_move(proposal, by=stage.anna).status == "withdrawn"
    refused(IllegalMove, lambda: actions.answer_move(proposal, by=stage.boris, accept=True))


def test_a_no_keeps_the_old_time(stage):
    meeting = stage.met(stage.slots[0])
    proposal = actions.propose_move(meeting, by=stage.anna, slot=stage.slots[1])
    actions.answer_move(proposal, by=stage.boris, accept=False)
    assert slots_of(meeting) == {stage.slots[0].pk}
    assert Meeting.objects.get().moves == 0
    assert OutboxMessage.objects.get(kind="meeting_move_declined").recipient == stage.anna


def test_a_new_time_that_was_taken_meanwhile_keeps_the_old_one(stage):
    meeting = stage.met(stage.slots[0])
    proposal = actions.propose_move(meeting, by=stage.anna, slot=stage.slots[1])
    other = stage.another()
    actions.accept(actions.ask(stage.exhibitor, other, by=stage.boris, slot=stage.slots[1]), by=stage.person_of(other))
    refusal = refused(errors.SlotTaken, lambda: actions.answer_move(proposal, by=stage.boris, accept=True))
    assert len(refusal.alternatives) == 3
    assert slots_of(meeting) == {stage.slots[0].pk}
    assert MoveProposal.objects.get().status == "pending"


def test_a_meeting_moves_three_times_and_no_more(stage):
    meeting = stage.met(stage.slots[0])
    for slot in stage.slots[1:4]:
        actions.answer_move(actions.propose_move(meeting, by=stage.anna, slot=slot), by=stage.boris, accept=True)
    refused(errors.MovedTooOften, lambda: actions.propose_move(meeting, by=stage.boris, slot=stage.slots[4]))


def test_in_the_last_sixty_minutes_nothing_moves(stage):
    meeting = stage.met(stage.slots[0])
    proposal = actions.propose_move(meeting, by=stage.anna, slot=stage.slots[6])
    begin_in(59)
    refused(errors.TooLate, lambda: actions.propose_move(meeting, by=stage.anna, slot=stage.slots[6]))
    refused(errors.TooLate, lambda: actions.answer_move(proposal, by=stage.boris, accept=True))


def test_a_proposal_runs_out_and_the_time_stays(stage):
    meeting = stage.met(stage.slots[0])
    actions.propose_move(meeting, by=stage.anna, slot=stage.slots[1])
    MoveProposal.objects.update(expires_at=timezone.now())
    actions.sweep_meetings()
    assert MoveProposal.objects.get().status == "expired"
    assert slots_of(meeting) == {stage.slots[0].pk}
    assert OutboxMessage.objects.get(kind="meeting_move_expired").recipient == stage.anna


def test_on_a_full_day_a_meeting_may_still_move_within_the_day(stage):
    day = [slot for slot in stage.slots if slot.day == stage.slots[0].day]
    for slot in day[:2]:
        other = stage.another("exhibitor")
        actions.accept(actions.ask(other, stage.buyer, by=stage.person_of(other), slot=slot), by=stage.anna)
    meeting = stage.met(day[2])
    proposal = actions.propose_move(meeting, by=stage.boris, slot=day[3])
    assert actions.answer_move(proposal, by=stage.anna, accept=True).slot == day[3]


def test_cancelling_needs_a_reason_frees_the_time_and_tells_both(stage):
    meeting = stage.met(stage.slots[0])
    actions.propose_move(meeting, by=stage.anna, slot=stage.slots[1])
    refused(errors.ReasonMissing, lambda: actions.cancel(meeting, by=stage.anna, reason="because"))
    refused(NotAllowed, lambda: actions.cancel(meeting, by=stage.carla, reason="no_time"))
    cancelled = actions.cancel(meeting, by=stage.anna, reason="no_time", note="Ill.")
    assert (cancelled.status, cancelled.reason, cancelled.cancelled_side) == ("cancelled", "no_time", "receiver")
    assert not Occupancy.objects.exists()
    assert MoveProposal.objects.get().status == "withdrawn"
    assert OutboxMessage.objects.filter(kind="meeting_cancelled").count() == 2
    refused(IllegalMove, lambda: actions.cancel(meeting, by=stage.boris, reason="no_time"))


def test_a_past_meeting_is_not_cancelled(stage):
    meeting = stage.met(stage.slots[0])
    begin_in(-1)
    refused(errors.TooLate, lambda: actions.cancel(meeting, by=stage.anna, reason="no_time"))


def test_the_organiser_acts_for_a_side_and_it_is_written_down(stage):
    meeting = stage.met(stage.slots[0])
    actions.cancel(meeting, by=stage.organiser, reason="organiser", acting_for=stage.buyer)
    assert Meeting.objects.get().cancelled_side == "receiver"
    assert Event.objects.get(verb="meeting.cancelled").actor == stage.organiser


def test_a_colleague_takes_over_with_calendar_and_contact_data(stage):
    meeting = stage.met(stage.slots[0])
    colleague = builders.person(full_name="Clara Colleague")
    refused(Invalid, lambda: actions.hand_over(meeting, by=stage.anna, person=colleague))
    builders.member(stage.buyer.company, colleague)
    refused(NotAllowed, lambda: actions.hand_over(meeting, by=stage.carla, person=colleague))
    seat = actions.hand_over(meeting, by=stage.anna, person=colleague)
    assert seat.person == colleague
    assert set(Occupancy.objects.filter(person__isnull=False).values_list("person", flat=True)) == {colleague.pk, stage.boris.pk}
    assert Consent.objects.filter(person=colleague, shown_to=stage.exhibitor.company, field="email").exists()
    given, gone = OutboxMessage.objects.get(kind="meeting_handed_over"), OutboxMessage.objects.get(kind="meeting_given_away")
    assert (given.recipient, "METHOD:REQUEST" in given.calendar) == (colleague, True)
    assert (gone.recipient, "METHOD:CANCEL" in gone.calendar) == (stage.anna, True)


def test_a_colleague_who_meets_somebody_then_cannot_take_over(stage):
    Registration.objects.filter(pk=stage.buyer.pk).update(parallel_meetings=2)
    meeting, colleague = stage.met(stage.slots[0]), builders.person()
    builders.member(stage.buyer.company, colleague)
    other = stage.another("exhibitor")
    actions.accept(actions.ask(other, stage.buyer, by=stage.person_of(other), slot=stage.slots[0]), by=colleague)
    refused(errors.PersonIsBusy, lambda: actions.hand_over(meeting, by=stage.anna, person=colleague))


def test_a_meeting_without_a_time_is_handed_over_too(stage):
    stage.setup.scheduling = "planner"
    stage.setup.save()
    meeting, colleague = stage.met(), builders.person()
    builders.member(stage.buyer.company, colleague)
    assert actions.hand_over(meeting, by=stage.anna, person=colleague).person == colleague


def test_when_a_person_leaves_the_colleagues_are_offered_the_seat_first(stage):
    meeting, colleague = stage.met(stage.slots[0]), builders.person()
    builders.member(stage.buyer.company, colleague)
    Member.objects.filter(user=stage.anna).update(status="left")
    actions.sweep_meetings()
    assert meeting.seats.get(registration=stage.buyer).person is None
    assert OutboxMessage.objects.get(kind="meeting_unassigned").recipient == colleague
    assert Meeting.objects.get().status == "scheduled"
    Member.objects.filter(user=colleague).update(status="left")
    actions.sweep_meetings()
    cancelled = Meeting.objects.get()
    assert (cancelled.status, cancelled.reason) == ("cancelled", "person_left")
    assert OutboxMessage.objects.get(kind="meeting_cancelled").recipient == stage.boris


def test_when_a_company_withdraws_its_meetings_and_requests_end(stage):
    meeting, other = stage.met(stage.slots[0]), stage.another()
    theirs = actions.ask(stage.exhibitor, other, by=stage.boris)
    Registration.objects.filter(pk=stage.exhibitor.pk).update(status="withdrawn", booth=None)
    actions.sweep_meetings()
    meeting.refresh_from_db()
    theirs.refresh_from_db()
    assert (meeting.status, meeting.reason, theirs.status) == ("cancelled", "not_coming", "cancelled")
    assert not Occupancy.objects.exists()


def test_time_kept_free_is_refused_where_there_is_a_meeting_and_freed_again(stage):
    stage.met(stage.slots[0])
    refused(errors.TimeIsInUse, lambda: actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots[:2]))
    refused(NotAllowed, lambda: actions.block_time(stage.buyer, by=stage.carla, slots=stage.slots[1:2]))
    assert actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots[1:3]) == 2
    assert actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots[1:3]) == 0
    assert actions.free_time(stage.buyer, by=stage.anna, slots=stage.slots) == 2
    assert Occupancy.objects.filter(why="blocked").count() == 0


def test_a_persons_own_time_is_theirs_alone(stage):
    colleague = builders.person()
    builders.member(stage.buyer.company, colleague)
    actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots[:1], person=stage.anna)
    meeting = stage.met(stage.slots[0])
    assert meeting.seats.get(registration=stage.buyer).person is None
    refused(Invalid, lambda: actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots[:1], person=stage.boris))


def test_slots_touch_and_never_overlap(stage):
    last = stage.slots[-1]
    length = last.ends_at - last.starts_at
    after = [(last.ends_at, last.ends_at + length, "meeting", "")]
    assert [slot.day for slot in actions.add_slots(stage.setup, by=stage.organiser, times=after)] == [last.day]
    half = [(last.starts_at + timedelta(minutes=5), last.ends_at, "meeting", "")]
    refused(errors.SlotsOverlap, lambda: actions.add_slots(stage.setup, by=stage.organiser, times=half))
    refused(NotAllowed, lambda: actions.add_slots(stage.setup, by=stage.anna, times=after))
    refused(Invalid, lambda: actions.add_slots(stage.setup, by=stage.organiser, times=[(last.ends_at, last.starts_at, "meeting", "")]))
    Slot.objects.filter(pk=last.pk).update(removed_at=timezone.now())
    assert actions.add_slots(stage.setup, by=stage.organiser, times=[(last.starts_at, last.ends_at, "break", "Tea")])


def test_the_setup_is_the_organisers(stage):
    refused(NotAllowed, lambda: actions.set_up_meetings(stage.setup.edition, by=stage.anna, slot_minutes=20))
    refused(Invalid, lambda: actions.set_up_meetings(stage.setup.edition, by=stage.organiser, slot_minutes=17))
    refused(Invalid, lambda: actions.set_up_meetings(stage.setup.edition, by=stage.organiser, colour="red"))
    changed = actions.set_up_meetings(stage.setup.edition, by=stage.organiser, slot_minutes=20)
    assert (changed.pk, changed.slot_minutes, changed.rights.count()) == (stage.setup.pk, 20, 2)


def test_tables_are_numbered_on(stage, hall):
    made = actions.add_tables(hall, by=stage.organiser, count=2)
    assert [place.code for place in made] == ["N1-T2", "N1-T3"]
    refused(NotAllowed, lambda: actions.add_tables(hall, by=stage.anna, count=2))
    refused(Invalid, lambda: actions.add_tables(hall, by=stage.organiser, count=0))


@pytest.mark.parametrize(("meetings", "slots", "needed"), [(1000, 40, 29), (1, 1, 2), (0, 5, 0), (5, 0, 0)])
def test_tables_needed_are_meetings_by_slots_and_fifteen_percent(meetings, slots, needed):
    assert actions.tables_needed(meetings, slots) == needed
