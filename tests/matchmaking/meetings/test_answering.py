"""Yes, no, another time: what is taken, who is told, who may see whom, and what happens when somebody was quicker."""

from datetime import timedelta

import icalendar
import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from expo.foundation.errors import Conflict, IllegalMove, NotAllowed
from expo.foundation.models import OutboxMessage
from expo.foundation.outbox import send_waiting_messages
from matchmaking.meetings import actions, errors
from matchmaking.meetings.models import Interpreter, Meeting, MeetingRequest, Occupancy, Place
from matchmaking.meetings.queries import free_slots
from matchmaking.participants.models import Consent, Registration
from matchmaking.participants.rules import may_see_contact
from tests import builders
from tests.matchmaking.meetings.stage import begin_in
from tests.matchmaking.meetings.test_asking import refused


def test_one_tap_takes_the_first_common_free_time(stage):
    actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots[:1])
    meeting = stage.met()
    assert (meeting.status, meeting.slot, meeting.place.code) == ("scheduled", stage.slots[1], "N1 1")
    assert {(seat.registration_id, seat.side, seat.desk, seat.person_id) for seat in meeting.seats.all()} == {
        (stage.exhibitor.pk, "sender", 1, stage.boris.pk),
        (stage.buyer.pk, "receiver", 1, stage.anna.pk),
    }
    taken = Occupancy.objects.filter(meeting=meeting)
    assert taken.count() == 5
    assert set(taken.values_list("slot", flat=True)) == {stage.slots[1].pk}


def test_the_time_on_the_table_is_taken_and_another_one_where_it_is_asked_for(stage):
    assert stage.met(stage.slots[2]).slot == stage.slots[2]
    other = stage.another()
    request = actions.ask(stage.exhibitor, other, by=stage.boris, slot=stage.slots[3])
    assert actions.accept(request, by=stage.person_of(other), slot=stage.slots[4]).slot == stage.slots[4]


def test_only_the_side_whose_turn_it_is_answers(stage):
    request = stage.asked()
    for person in (stage.boris, stage.carla):
        refused(NotAllowed, lambda person=person: actions.accept(request, by=person))
        refused(NotAllowed, lambda person=person: actions.decline(request, by=person, reason="no_fit"))
        refused(NotAllowed, lambda person=person: actions.counter(request, by=person, slot=stage.slots[0]))
    actions.counter(request, by=stage.anna, slot=stage.slots[0])
    refused(NotAllowed, lambda: actions.accept(request, by=stage.anna))
    meeting = actions.accept(request, by=stage.boris)
    assert meeting.slot == stage.slots[0]
    assert {seat.person for seat in meeting.seats.all()} == {stage.anna, stage.boris}


def test_a_counter_proposal_gives_the_turn_and_the_time_to_answer_to_the_other_side(stage):
    request = stage.asked(stage.slots[0])
    MeetingRequest.objects.update(expires_at=timezone.now() + timedelta(minutes=5))
    answered = actions.counter(request, by=stage.anna, slot=stage.slots[1])
    assert (answered.status, answered.waits_for, answered.slot) == ("pending", "sender", stage.slots[1])
    assert answered.expires_at > timezone.now() + timedelta(days=2)
    assert OutboxMessage.objects.filter(kind="meeting_countered", recipient=stage.boris).count() == 1


def test_declining_needs_a_reason_and_tells_the_sender(stage):
    request = stage.asked()
    refused(errors.ReasonMissing, lambda: actions.decline(request, by=stage.anna, reason=""))
    actions.decline(request, by=stage.anna, reason="no_fit", note="We buy\nNMC only.")
    request.refresh_from_db()
    assert (request.status, request.reason, request.note) == ("declined", "no_fit", "We buy NMC only.")
    assert "does not fit what we need" in OutboxMessage.objects.get(kind="meeting_declined", recipient=stage.boris).body


@pytest.mark.parametrize("status", ["accepted", "declined", "cancelled", "expired"])
def test_what_is_over_is_not_answered_again(stage, status):
    request = stage.asked()
    MeetingRequest.objects.update(status=status, reason="no_fit")
    for call in (
        lambda: actions.accept(request, by=stage.anna),
        lambda: actions.decline(request, by=stage.anna, reason="no_fit"),
        lambda: actions.counter(request, by=stage.anna, slot=stage.slots[0]),
        lambda: actions.withdraw(request, by=stage.boris),
    ):
        refused(IllegalMove, call)


def test_what_was_changed_since_one_looked_is_not_answered(stage):
    request = stage.asked(stage.slots[0])
    seen = request.version
    actions.counter(request, by=stage.anna, slot=stage.slots[1])
    refused(Conflict, lambda: actions.accept(request, by=stage.boris, version=seen))


def test_what_ran_out_is_not_accepted_before_the_sweep_has_come(stage):
    request = stage.asked()
    MeetingRequest.objects.update(expires_at=timezone.now())
    refused(errors.TooLate, lambda: actions.accept(request, by=stage.anna))


def test_who_loses_the_race_gets_three_times_near_the_one_wanted(stage):
    slot = stage.slots[2]
    other, third = stage.another(), stage.another("exhibitor")
    request = stage.asked(slot)
    actions.accept(actions.ask(third, stage.buyer, by=stage.person_of(third), slot=slot), by=stage.anna)
    refusal = refused(errors.SlotTaken, lambda: actions.accept(request, by=stage.anna))
    assert refusal.alternatives == [stage.slots[0], stage.slots[1], stage.slots[3]]
    assert [one["id"] for one in refusal.data["alternatives"]] == [slot.pk for slot in refusal.alternatives]
    request.refresh_from_db()
    assert request.is_pending
    assert actions.accept(request, by=stage.anna, slot=refusal.alternatives[0]).slot == stage.slots[0]
    assert other.pk


def test_other_requests_for_the_time_are_offered_a_new_one_and_stay(stage):
    slot = stage.slots[0]
    request, third = stage.asked(slot), stage.another("exhibitor")
    actions.accept(actions.ask(third, stage.buyer, by=stage.person_of(third), slot=slot), by=stage.anna)
    actions.sweep_meetings()
    request.refresh_from_db()
    assert (request.status, request.slot) == ("pending", stage.slots[1])
    assert OutboxMessage.objects.filter(kind="meeting_new_time").count() == 2
    assert actions.sweep_meetings() == 0


def test_a_second_desk_takes_a_second_meeting_at_the_same_time(stage):
    Registration.objects.filter(pk=stage.exhibitor.pk).update(parallel_meetings=2)
    builders.member(stage.exhibitor.company, builders.person())
    first, other = stage.met(stage.slots[0]), stage.another()
    request = actions.ask(other, stage.exhibitor, by=stage.person_of(other), slot=stage.slots[0])
    second = actions.accept(request, by=stage.boris)
    assert first.place == second.place
    assert {row.desk for row in Occupancy.objects.filter(place=first.place)} == {1, 2}
    assert second.seats.get(registration=stage.exhibitor).person is None
    third = stage.another()
    request = actions.ask(stage.exhibitor, third, by=stage.boris)
    refused(errors.SlotTaken, lambda: actions.accept(request, by=stage.person_of(third), slot=stage.slots[0]))


def test_a_desk_has_at_most_all_but_two_meetings_a_day(stage):
    day = [slot for slot in stage.slots if slot.day == stage.slots[0].day]
    assert len(day) == 5
    for slot in day[:3]:
        other = stage.another("exhibitor")
        actions.accept(actions.ask(other, stage.buyer, by=stage.person_of(other), slot=slot), by=stage.anna)
    refusal = refused(errors.SlotTaken, lambda: stage.asked(day[3]))
    assert all(slot.day != day[0].day for slot in refusal.alternatives)
    request = stage.asked()
    refusal = refused(errors.DayIsFull, lambda: actions.accept(request, by=stage.anna, slot=day[3]))
    assert refusal.code == "day_is_full"
    assert actions.accept(request, by=stage.anna).slot.day != day[0].day


def test_those_without_a_booth_get_the_first_free_table_of_the_nearest_hall(stage, hall):
    far = builders.hall(stage.setup.edition, code="A9", x=500)
    Place.objects.create(edition=stage.setup.edition, kind="table", hall=far, code="A9-T1")
    near = builders.booth(hall, code="N1 7", x=9)
    other = stage.another("exhibitor", booth=near)
    Place.objects.create(edition=stage.setup.edition, kind="booth", booth=near, hall=hall, code=near.code, closed_at=timezone.now())
    meeting = actions.accept(actions.ask(other, stage.buyer, by=stage.person_of(other), slot=stage.slots[0]), by=stage.anna)
    assert meeting.place.code == "N1-T1"
    third, fourth = stage.another("exhibitor"), stage.another()
    request = actions.ask(third, fourth, by=stage.person_of(third), slot=stage.slots[0])
    assert actions.accept(request, by=stage.person_of(fourth)).place.code == "A9-T1"


def test_without_a_free_table_they_wait_in_a_queue_and_get_the_next_one(stage):
    made = []
    for _number in range(3):
        seller, buyer = stage.another("exhibitor"), stage.another()
        request = actions.ask(seller, buyer, by=stage.person_of(seller), slot=stage.slots[0])
        made.append(actions.accept(request, by=stage.person_of(buyer)))
    assert [meeting.place and meeting.place.code for meeting in made] == ["N1-T1", None, None]
    actions.sweep_meetings()
    actions.cancel(made[0], by=stage.organiser, reason="organiser")
    actions.sweep_meetings()
    for meeting in made:
        meeting.refresh_from_db()
    assert made[1].place.code == "N1-T1"
    assert (made[1].queued_at, made[2].place) == (None, None)
    assert OutboxMessage.objects.filter(kind="meeting_place_found").count() == 2


def test_online_nobody_needs_a_table(stage):
    Registration.objects.filter(pk=stage.buyer.pk).update(attendance="online")
    meeting = stage.met()
    assert meeting.place.kind == "online"
    assert not Occupancy.objects.filter(place__isnull=False).exists()


def test_a_partner_without_a_booth_shares_the_desks_of_its_leader(stage):
    partner = stage.another("exhibitor", led_by=stage.exhibitor)
    meeting = actions.accept(actions.ask(partner, stage.buyer, by=stage.person_of(partner), slot=stage.slots[0]), by=stage.anna)
    assert meeting.place.booth == stage.exhibitor.booth
    other = stage.another()
    request = actions.ask(stage.exhibitor, other, by=stage.boris, slot=stage.slots[0])
    assert actions.accept(request, by=stage.person_of(other)).place.code == "N1-T1"


def test_without_any_common_time_they_agree_and_wait_and_a_freed_time_is_theirs(stage):
    actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots[1:])
    third = stage.another("exhibitor")
    first = actions.accept(actions.ask(third, stage.buyer, by=stage.person_of(third), slot=stage.slots[0]), by=stage.anna)
    waiting = stage.met()
    assert (waiting.status, waiting.slot) == ("unscheduled", None)
    assert OutboxMessage.objects.filter(kind="meeting_agreed").count() == 2
    actions.cancel(first, by=stage.anna, reason="no_time")
    actions.sweep_meetings()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.slot) == ("scheduled", stage.slots[0])


def test_where_the_planner_chooses_no_time_is_taken(stage):
    stage.setup.scheduling = "planner"
    stage.setup.save()
    meeting = actions.accept(stage.asked(stage.slots[0]), by=stage.anna)
    assert (meeting.status, meeting.slot, meeting.queued_at) == ("unscheduled", None, None)
    assert not Occupancy.objects.exists()


def test_an_interpreter_is_taken_like_a_table(stage):
    stage.boris.__class__.objects.filter(pk=stage.boris.pk).update(speaks=["zh"])
    pool = [
        Interpreter.objects.create(edition=stage.setup.edition, name=name, languages=tongues)
        for name, tongues in (("Ivo", ["en", "de"]), ("Ida", ["en", "zh"]))
    ]
    assert stage.met(stage.slots[0], needs_interpreter=True).interpreter == pool[1]
    seller, buyer = stage.another("exhibitor"), stage.another()
    stage.person_of(seller).__class__.objects.filter(pk=stage.person_of(seller).pk).update(speaks=["zh"])
    request = actions.ask(seller, buyer, by=stage.person_of(seller), slot=stage.slots[0], needs_interpreter=True)
    refusal = refused(errors.NoInterpreter, lambda: actions.accept(request, by=stage.person_of(buyer)))
    assert stage.slots[0] not in refusal.alternatives
    assert len(refusal.alternatives) == 3


def test_contact_data_is_shown_from_the_acceptance_on_field_by_field_until_it_is_taken_back(stage):
    request = stage.asked()
    assert not may_see_contact(stage.boris, stage.anna, "phone")
    meeting = actions.accept(request, by=stage.anna)
    shown = Consent.objects.filter(purpose=f"meeting {meeting.pk}")
    assert set(shown.values_list("person__email", "shown_to__name", "field")) == {
        (person, company, field)
        for person, company in (("anna@example.com", "Borealis Cells"), ("boris@example.com", "Aurora Motors"))
        for field in ("full_name", "email", "phone")
    }
    assert all(consent.until.date() > stage.setup.edition.ends_on + timedelta(days=170) for consent in shown)
    assert may_see_contact(stage.boris, stage.anna, "phone")
    assert not may_see_contact(stage.carla, stage.anna, "phone")
    shown.filter(person=stage.anna, field="phone").update(revoked_at=timezone.now())
    assert not may_see_contact(stage.boris, stage.anna, "phone")


def test_the_entry_of_the_calendar_follows_the_meeting(stage, django_capture_on_commit_callbacks):
    meeting = stage.met(stage.slots[0])
    proposal = actions.propose_move(meeting, by=stage.anna, slot=stage.slots[1])
    actions.answer_move(proposal, by=stage.boris, accept=True)
    actions.cancel(meeting, by=stage.boris, reason="other", note="Strike")
    entries = []
    for message in OutboxMessage.objects.filter(recipient=stage.anna).exclude(calendar="").order_by("pk"):
        calendar = icalendar.Calendar.from_ical(message.calendar)
        (event,) = calendar.walk("VEVENT")
        entries.append((str(calendar["METHOD"]), str(event["UID"]), event["SEQUENCE"], event["DTSTART"].dt, event["DTEND"].dt))
        assert "Aurora Motors" in event["SUMMARY"]
        assert event["ORGANIZER"].startswith("mailto:")
        assert event["ATTENDEE"] == "mailto:anna@example.com"
    uid = f"meeting-{meeting.uid}@testserver"
    first, second = stage.slots[:2]
    assert entries == [
        ("REQUEST", uid, 0, first.starts_at, first.ends_at),
        ("REQUEST", uid, 1, second.starts_at, second.ends_at),
        ("CANCEL", uid, 2, second.starts_at, second.ends_at),
    ]


def test_the_mail_carries_the_entry_as_a_file_that_calendars_read(stage):
    stage.met(stage.slots[0])
    send_waiting_messages()
    (sent,) = [one for one in mail.outbox if one.to == ["anna@example.com"] and "Meeting with" in one.subject]
    part = sent.message().get_payload()[1]
    assert part.get_content_type() == "text/calendar"
    assert part.get_param("method") == "REQUEST"
    assert part.get_filename() == "invite.ics"


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("others", [0, 2])
def test_an_accept_takes_fourteen_queries_whatever_else_there_is(stage, count_queries, others, named):
    stage.met(stage.slots[0])  # The booth's place is made by the first.
    for slot in stage.slots[6:][:others]:
        other = stage.another()
        actions.accept(actions.ask(stage.exhibitor, other, by=stage.boris, slot=slot), by=stage.person_of(other))
    request = actions.ask(stage.exhibitor, stage.another(), by=stage.boris, slot=stage.slots[1] if named else None)
    person, request = stage.person_of(request.receiver), MeetingRequest.objects.get(pk=request.pk)
    savepoint, holding = 2, int(connection.vendor == "postgresql")
    assert count_queries(lambda: actions.accept(request, by=person)) == 14 + holding + savepoint


def test_free_times_are_those_of_both(stage):
    actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots[:2])
    actions.block_time(stage.exhibitor, by=stage.boris, slots=stage.slots[2:3])
    assert free_slots(stage.exhibitor, stage.buyer) == stage.slots[3:]
    assert free_slots(stage.exhibitor, stage.buyer, most=2) == stage.slots[3:5]
    begin_in(20)
    assert stage.slots[0].pk not in {slot.pk for slot in free_slots(stage.exhibitor, stage.another())}


def test_an_accepted_request_has_one_meeting(stage):
    meeting = stage.met()
    refused(IllegalMove, lambda: actions.accept(meeting.request, by=stage.anna))
    assert Meeting.objects.count() == 1
