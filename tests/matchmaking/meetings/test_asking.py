"""Who may ask whom, how often, and what a blocked company notices: nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from expo.foundation.errors import IllegalMove, Invalid, NotAllowed
from expo.foundation.models import Event, OutboxMessage
from matchmaking.meetings import actions, errors
from matchmaking.meetings.models import MeetingRequest, RoleRight
from matchmaking.participants.actions import block_company
from matchmaking.participants.models import Member, Registration
from tests import builders
from tests.matchmaking.meetings.stage import begin_in, everything


def refused(error, call):
    before = everything()
    with pytest.raises(error) as caught:
        call()
    assert everything() == before
    return caught.value


def test_boris_asks_and_anna_is_told(stage):
    request = stage.asked(message="We make what you buy.")
    assert (request.status, request.waits_for, request.sent_by) == ("pending", "receiver", stage.boris)
    (mail,) = OutboxMessage.objects.filter(kind="meeting_asked")
    assert mail.recipient == stage.anna
    assert "Borealis Cells would like to meet Aurora Motors" in mail.body
    assert "We make what you buy." in mail.body
    assert Event.objects.filter(verb="meeting_request.sent").count() == 1


def test_strangers_ask_for_nobody(stage):
    refused(NotAllowed, lambda: actions.ask(stage.exhibitor, stage.buyer, by=stage.carla))


def test_the_organiser_asks_for_somebody_and_it_is_written_down_as_theirs(stage):
    request = actions.ask(stage.exhibitor, stage.buyer, by=stage.organiser)
    assert request.sent_by == stage.organiser
    assert Event.objects.get(verb="meeting_request.sent").actor == stage.organiser


@pytest.mark.parametrize("status", ["draft", "submitted", "rejected", "withdrawn"])
def test_who_is_not_verified_neither_sends_nor_receives(stage, status):
    Registration.objects.filter(pk=stage.buyer.pk).update(status=status, rejection_reason="x")
    refused(errors.TakesNoPart, stage.asked)
    refused(errors.TakesNoPart, lambda: actions.ask(stage.buyer, stage.exhibitor, by=stage.anna))


def test_a_registration_with_nobody_behind_it_cannot_be_asked(stage):
    Member.objects.filter(user=stage.anna).update(status="left")
    refused(errors.NobodyThere, stage.asked)


def test_without_meetings_at_the_edition_nobody_asks(stage):
    stage.setup.delete()
    refused(errors.NoSetup, stage.asked)


def test_like_roles_do_not_ask_each_other_unless_the_organiser_says_so(stage):
    other = stage.another("exhibitor")
    refused(errors.NotThisRole, lambda: actions.ask(stage.exhibitor, other, by=stage.boris))
    RoleRight.objects.create(setup=stage.setup, asking="exhibitor", asked="exhibitor")
    assert actions.ask(stage.exhibitor, other, by=stage.boris).is_pending


@pytest.mark.parametrize("right", [{"may_ask": False}, {"may_ask": False, "may_see": False}])
def test_a_closed_cell_of_the_matrix_closes_one_direction_only(stage, right):
    stage.setup.rights.filter(asking="exhibitor").update(**right)
    refused(errors.NotThisRole, stage.asked)
    assert actions.ask(stage.buyer, stage.exhibitor, by=stage.anna).is_pending


def test_outside_of_the_booking_window_nothing_new_is_asked_or_agreed_and_what_is_booked_stays(stage):
    meeting, other = stage.met(stage.slots[0]), stage.another()
    pending = actions.ask(stage.exhibitor, other, by=stage.boris)
    stage.setup.closes_at = timezone.now() - timedelta(minutes=1)
    stage.setup.save()
    refused(errors.BookingClosed, lambda: actions.ask(stage.exhibitor, stage.another(), by=stage.boris))
    refused(errors.BookingClosed, lambda: actions.accept(pending, by=stage.person_of(other)))
    actions.sweep_meetings()
    meeting.refresh_from_db()
    assert meeting.status == "scheduled"
    stage.setup.closes_at, stage.setup.opens_at = None, timezone.now() + timedelta(days=1)
    stage.setup.save()
    refused(errors.BookingClosed, lambda: actions.accept(pending, by=stage.person_of(other)))


def test_five_people_of_one_company_are_one_question(stage):
    stage.asked()
    for _number in range(2):
        person = builders.person()
        builders.member(stage.exhibitor.company, person)
        refused(errors.AskedAlready, lambda person=person: actions.ask(stage.exhibitor, stage.buyer, by=person))
    refused(errors.AskedAlready, lambda: actions.ask(stage.buyer, stage.exhibitor, by=stage.anna))


def test_who_has_a_meeting_to_come_does_not_ask_for_another(stage):
    meeting = stage.met()
    refused(errors.MeetingAlready, stage.asked)
    actions.cancel(meeting, by=stage.anna, reason="no_time")
    assert stage.asked().is_pending


def test_twenty_open_requests_are_enough_and_any_answer_frees_one(stage):
    stage.setup.open_requests = 2
    stage.setup.save()
    first, second = stage.another(), stage.another()
    one = actions.ask(stage.exhibitor, first, by=stage.boris)
    two = actions.ask(stage.exhibitor, second, by=stage.boris)
    refused(errors.TooManyRequests, stage.asked)
    actions.counter(one, by=stage.person_of(first), slot=stage.slots[0])
    assert actions.open_requests(stage.exhibitor) == 1
    third = stage.asked()
    refused(errors.TooManyRequests, lambda: actions.ask(stage.exhibitor, stage.another(), by=stage.boris))
    actions.withdraw(third, by=stage.boris)
    actions.decline(two, by=stage.person_of(second), reason="no_fit")
    assert actions.open_requests(stage.exhibitor) == 0


def test_there_is_no_cap_on_what_comes_in_but_the_buyers_own_shield(stage, supplier_segment):
    posting = builders.sourcing_request(stage.buyer, supplier_segment, answer_cap=1)
    stage.asked(postings=[posting])
    other = stage.another("exhibitor")
    person = stage.person_of(other)
    refused(errors.Shielded, lambda: actions.ask(other, stage.buyer, by=person, postings=[posting]))
    assert actions.ask(other, stage.buyer, by=person).is_pending


def test_a_request_carries_what_it_is_about(stage, supplier_segment):
    posting = builders.sourcing_request(stage.buyer, supplier_segment)
    offer = builders.offer(stage.exhibitor, supplier_segment)
    request = stage.asked(postings=[posting, offer])
    assert {about.posting for about in request.about.all()} == {posting, offer}


def test_it_is_not_about_what_is_somebody_elses_or_not_open(stage, supplier_segment):
    theirs = builders.offer(stage.another("exhibitor"), supplier_segment)
    closed = builders.offer(stage.exhibitor, supplier_segment, status="paused")
    for posting in (theirs, closed):
        assert "postings" in refused(Invalid, lambda posting=posting: stage.asked(postings=[posting])).fields


def test_the_blocked_company_notices_nothing(stage):
    block_company(stage.buyer.company, stage.exhibitor.company, by=stage.anna)
    request = stage.asked(stage.slots[0])
    assert (request.status, request.is_delivered) == ("pending", False)
    assert not OutboxMessage.objects.filter(recipient=stage.anna).exists()
    assert not MeetingRequest.objects.visible_to(stage.anna).exists()
    assert MeetingRequest.objects.visible_to(stage.boris).get() == request
    refused(errors.AskedAlready, stage.asked)
    with pytest.raises(NotAllowed):
        actions.accept(request, by=stage.anna)
    with pytest.raises(NotAllowed):
        actions.decline(request, by=stage.anna, reason="no_fit")
    MeetingRequest.objects.update(expires_at=timezone.now())
    actions.sweep_meetings()
    request.refresh_from_db()
    assert request.status == "expired"
    (mail,) = OutboxMessage.objects.filter(kind="meeting_request_expired")
    assert mail.recipient == stage.boris


def test_the_blocker_is_told_to_lift_the_block_first(stage):
    block_company(stage.buyer.company, stage.exhibitor.company, by=stage.anna)
    refused(errors.YouBlocked, lambda: actions.ask(stage.buyer, stage.exhibitor, by=stage.anna))


def test_an_undelivered_request_does_not_stand_in_the_way_of_who_lifted_the_block(stage):
    block_company(stage.buyer.company, stage.exhibitor.company, by=stage.anna)
    stage.asked()
    stage.buyer.company.blocks.all().delete()
    assert actions.ask(stage.buyer, stage.exhibitor, by=stage.anna).is_delivered


def test_blocking_takes_back_what_the_blocker_asked(stage):
    request = actions.ask(stage.buyer, stage.exhibitor, by=stage.anna)
    block_company(stage.buyer.company, stage.exhibitor.company, by=stage.anna)
    request.refresh_from_db()
    assert request.status == "cancelled"
    with pytest.raises(IllegalMove):
        actions.accept(request, by=stage.boris)


def test_blocking_hides_what_the_blocked_one_asked_and_calls_meetings_off(stage):
    request, other = stage.asked(), stage.another()
    meeting = actions.accept(actions.ask(stage.exhibitor, other, by=stage.boris), by=stage.person_of(other))
    block_company(stage.buyer.company, stage.exhibitor.company, by=stage.anna)
    block_company(other.company, stage.exhibitor.company, by=stage.person_of(other))
    request.refresh_from_db()
    meeting.refresh_from_db()
    assert (request.status, request.is_delivered, meeting.status) == ("pending", False, "cancelled")


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [(60 * 24 * 20, 72), (60 * 24 * 2, 12), (-60, 1)],
    ids=["long before", "in the last three days", "while it runs"],
)
def test_a_request_runs_out_by_how_near_the_expo_is(stage, minutes, hours):
    begin_in(minutes)
    request = stage.asked()
    assert abs(request.expires_at - timezone.now() - timedelta(hours=hours)) < timedelta(minutes=1)


def test_a_request_runs_out_thirty_minutes_before_its_time_at_the_latest(stage):
    begin_in(70)
    slot = stage.slots[0]
    slot.refresh_from_db()
    assert stage.asked(slot).expires_at == slot.starts_at - timedelta(minutes=30)


def test_a_time_too_near_is_refused(stage):
    begin_in(29)
    stage.slots[0].refresh_from_db()
    refused(errors.TooLate, lambda: stage.asked(stage.slots[0]))


def test_a_pending_request_holds_its_time_for_the_sender_alone_and_softly(stage):
    slot, other = stage.slots[0], stage.another()
    stage.asked(slot)
    refusal = refused(errors.SlotTaken, lambda: actions.ask(stage.exhibitor, other, by=stage.boris, slot=slot))
    assert len(refusal.alternatives) == 3
    third = stage.another("exhibitor")
    request = actions.ask(third, stage.buyer, by=stage.person_of(third), slot=slot)
    assert actions.accept(request, by=stage.anna).slot == slot
    fourth = actions.ask(other, stage.exhibitor, by=stage.person_of(other), slot=slot)
    assert actions.accept(fourth, by=stage.boris).slot == slot


def test_a_time_that_is_kept_free_is_not_proposed(stage):
    actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots[:1])
    refusal = refused(errors.SlotTaken, lambda: stage.asked(stage.slots[0]))
    assert refusal.data["alternatives"][0]["id"] == stage.slots[1].pk


def test_where_requests_are_accepted_at_once_the_meeting_is_booked(stage):
    stage.setup.approval = "auto_accept"
    stage.setup.save()
    request = stage.asked()
    assert (request.status, request.meeting.slot) == ("accepted", stage.slots[0])


def test_where_there_is_no_time_or_a_block_accepting_at_once_waits_alike(stage):
    stage.setup.approval = "auto_accept"
    stage.setup.save()
    block_company(stage.buyer.company, stage.exhibitor.company, by=stage.anna)
    other = stage.another()
    actions.block_time(other, by=stage.person_of(other), slots=stage.slots)
    assert stage.asked().status == actions.ask(stage.exhibitor, other, by=stage.boris).status == "pending"


def test_a_partner_of_the_delegation_comes_along(stage):
    partner = stage.another("exhibitor", led_by=stage.exhibitor)
    request = stage.asked(partner=partner)
    meeting = actions.accept(request, by=stage.anna)
    assert {seat.registration_id: seat.side for seat in meeting.seats.all()} == {
        stage.exhibitor.pk: "sender",
        partner.pk: "sender",
        stage.buyer.pk: "receiver",
    }
    refused(Invalid, lambda: actions.ask(stage.exhibitor, stage.another(), by=stage.boris, partner=stage.another("exhibitor")))


def test_only_the_sender_takes_a_request_back(stage):
    request = stage.asked()
    refused(NotAllowed, lambda: actions.withdraw(request, by=stage.anna))
    actions.withdraw(request, by=stage.boris)
    assert MeetingRequest.objects.get().status == "cancelled"
    assert OutboxMessage.objects.filter(kind="meeting_request_withdrawn", recipient=stage.anna).count() == 1


def test_both_sides_write_and_nobody_else_does(stage):
    request = stage.asked()
    actions.write_message(request, by=stage.anna, text=" Which cells? ")
    actions.write_message(request, by=stage.boris, text="LFP.")
    assert list(request.messages.values_list("side", "text", "language")) == [
        ("receiver", "Which cells?", "en"),
        ("sender", "LFP.", "en"),
    ]
    refused(NotAllowed, lambda: actions.write_message(request, by=stage.carla, text="Hello"))
    refused(Invalid, lambda: actions.write_message(request, by=stage.anna, text=" "))


def test_the_name_of_a_hidden_buyer_is_not_told_before_it_accepts(stage, supplier_segment):
    posting = builders.sourcing_request(stage.buyer, supplier_segment, visibility="name_hidden")
    request = stage.asked(postings=[posting])
    actions.counter(request, by=stage.anna, slot=stage.slots[1])
    actions.decline(request, by=stage.boris, reason="no_time")
    other = stage.asked(postings=[posting])
    actions.decline(other, by=stage.anna, reason="no_fit")
    mails = OutboxMessage.objects.filter(recipient=stage.boris)
    assert mails.count() == 2
    assert not any("Aurora" in mail.subject + mail.body for mail in mails)
