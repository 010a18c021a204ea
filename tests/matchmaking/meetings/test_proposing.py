"""Who match each other and have too few meetings are proposed to each other; the other side knows nothing before the buyer says yes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from expo.foundation.errors import IllegalMove, NotAllowed
from expo.foundation.models import OutboxMessage
from matchmaking.matching.models import Verdict
from matchmaking.meetings import actions, errors
from matchmaking.meetings.models import Meeting, MeetingRequest, MeetingSetup, PlannedSeat, RoleRight
from matchmaking.meetings.queries.free import free_slots
from matchmaking.meetings.queries.invariants import breaches
from matchmaking.meetings.queries.proposing import proposals_for
from matchmaking.participants.models import Block, Consent, Registration
from tests import builders
from tests.matchmaking.meetings.stage import everything


@pytest.fixture
def segment(stage):
    return builders.segment(builders.chain(stage.setup.edition), slug="cells")


@pytest.fixture
def matched(stage, segment):
    """Anna's request and Boris's offer match; everybody should have two meetings."""
    MeetingSetup.objects.update(minimum_meetings=2)
    return builders.match(builders.sourcing_request(stage.buyer, segment), builders.offer(stage.exhibitor, segment))


def another_match(stage, segment, buyer=None, seller=None, **more):
    buyer, seller = buyer or stage.another(), seller or stage.another("exhibitor")
    return builders.match(builders.sourcing_request(buyer, segment), builders.offer(seller, segment), **more)


def proposed(stage):
    """The pairs that are proposed, in their order."""
    setup = MeetingSetup.objects.select_related("edition").get()
    return [(each.sender, each.receiver) for each in proposals_for(setup.edition, setup, timezone.now())]


def wished(match):
    """Both sides say that they want to meet, and the run has read it."""
    for side in Verdict.Side.values:
        Verdict.objects.create(request=match.request, offer=match.offer, side=side, says="interested")
    match.wished_by = 3
    match.save()


def published(stage):
    run = actions.order_plan(stage.setup.edition, by=stage.organiser, with_proposals=True)
    actions.work_on_plan(run.pk)
    actions.publish_plan(run, by=stage.organiser)
    return run


def test_two_who_match_are_proposed_up_to_the_fewest_meetings(stage, segment, matched):
    assert proposed(stage) == [(stage.buyer.pk, stage.exhibitor.pk)]
    others = [another_match(stage, segment, buyer=stage.buyer, score=score) for score in (90, 70)]
    assert proposed(stage) == [(stage.buyer.pk, others[0].offer.registration_id), (stage.buyer.pk, stage.exhibitor.pk)]
    wished(others[1])
    assert proposed(stage)[0] == (stage.buyer.pk, others[1].offer.registration_id)
    stage.met(stage.slots[0])
    assert proposed(stage) == [(stage.buyer.pk, others[1].offer.registration_id)]
    MeetingSetup.objects.update(minimum_meetings=0)
    assert proposed(stage) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda stage, match: Block.objects.create(company=stage.buyer.company, blocked=stage.exhibitor.company),
        lambda stage, match: Block.objects.create(company=stage.exhibitor.company, blocked=stage.buyer.company),
        lambda stage, match: Verdict.objects.create(
            request=match.request, offer=match.offer, side="supplier", says="not_for_us", reason="price"
        ),
        lambda stage, match: RoleRight.objects.filter(asking="buyer").update(may_ask=False),
        lambda stage, match: Registration.objects.filter(pk=stage.buyer.pk).update(status="withdrawn"),
        lambda stage, match: stage.exhibitor.company.members.update(status="left"),
        lambda stage, match: type(match).objects.update(offer_rank=None),
        lambda stage, match: type(match.request).objects.update(visibility="invited"),
        lambda stage, match: actions.decline(stage.asked(), by=stage.anna, reason="no_fit"),
        lambda stage, match: MeetingSetup.objects.update(closes_at=timezone.now()),
    ],
)
def test_who_may_not_or_will_not_is_not_proposed(stage, matched, spoil):
    assert proposed(stage)
    spoil(stage, matched)
    assert proposed(stage) == []


def test_a_proposal_is_laid_ready_for_the_buyer_alone(stage, matched):
    run = published(stage)
    line = PlannedSeat.objects.get(run=run)
    assert (line.kind, line.sender, line.receiver, line.meeting) == ("proposal", stage.buyer, stage.exhibitor, None)
    request = MeetingRequest.objects.get()
    assert (request.sender, request.receiver, request.slot_id) == (stage.buyer, stage.exhibitor, line.slot_id)
    assert (request.is_laid_ready, request.is_delivered, request.waits_for) == (True, False, "sender")
    assert {row.posting for row in request.about.all()} == {matched.offer, matched.request}
    assert not Meeting.objects.exists()
    assert actions.open_requests(stage.buyer) == 0
    assert list(MeetingRequest.objects.visible_to(stage.anna)) == [request]
    for somebody in (stage.boris, stage.carla):
        assert not MeetingRequest.objects.visible_to(somebody).exists()
    assert request.slot in free_slots(stage.exhibitor, stage.another())
    assert proposed(stage) == []
    assert actions.tell_proposals() == 1
    assert actions.tell_proposals() == 0
    message = OutboxMessage.objects.get(kind="meeting_proposed")
    assert message.recipient == stage.anna
    assert "Borealis" in message.body


def test_the_buyers_yes_asks_and_the_others_yes_agrees(stage, matched):
    published(stage)
    request = MeetingRequest.objects.get()
    with pytest.raises(IllegalMove):
        actions.accept(request, by=stage.anna)
    asked = actions.take_up(request, by=stage.anna)
    assert (asked.is_delivered, asked.waits_for, asked.sent_by, asked.is_laid_ready) == (True, "receiver", stage.anna, False)
    assert actions.open_requests(stage.buyer) == 0
    assert OutboxMessage.objects.filter(kind="meeting_asked", recipient=stage.boris).count() == 1
    meeting = actions.accept(asked, by=stage.boris)
    assert (meeting.status, meeting.slot) == ("scheduled", request.slot)
    assert breaches() == []
    with pytest.raises(NotAllowed):
        actions.take_up(request, by=stage.anna)


def test_in_the_planners_mode_the_planned_time_is_taken(stage, matched):
    MeetingSetup.objects.update(scheduling="planner")
    published(stage)
    request = MeetingRequest.objects.get()
    actions.take_up(request, by=stage.anna)
    assert actions.accept(request, by=stage.boris).slot == request.slot


def test_at_another_time_and_at_one_that_is_gone(stage, matched):
    published(stage)
    request = MeetingRequest.objects.get()
    actions.block_time(stage.exhibitor, by=stage.boris, slots=[request.slot])
    with pytest.raises(errors.SlotTaken) as refused:
        actions.take_up(request, by=stage.anna)
    assert len(refused.value.alternatives) == 3
    other = refused.value.alternatives[0]
    assert actions.take_up(request, by=stage.anna, slot=other).slot == other


def test_a_no_and_silence_end_it_unseen(stage, segment, matched):
    another_match(stage, segment, buyer=stage.buyer, score=70)
    published(stage)
    OutboxMessage.objects.all().delete()
    one, other = MeetingRequest.objects.order_by("pk")
    actions.decline(one, by=stage.anna, reason="no_fit")
    MeetingRequest.objects.filter(pk=other.pk).update(expires_at=timezone.now())
    actions.sweep_meetings()
    other.refresh_from_db()
    assert other.status == "expired"
    assert not OutboxMessage.objects.exclude(recipient=stage.anna).exists()
    assert not MeetingRequest.objects.visible_to(stage.boris).exists()
    assert proposed(stage) == []


def test_boris_and_carla_cannot_say_yes_for_anna(stage, matched):
    published(stage)
    request = MeetingRequest.objects.get()
    before = everything()
    for somebody in (stage.boris, stage.carla):
        with pytest.raises(NotAllowed):
            actions.take_up(request, by=somebody)
    assert everything() == before


def test_both_who_said_so_meet_at_once_and_nobodys_contact_is_shown(stage, matched):
    wished(matched)
    published(stage)
    meeting = Meeting.objects.get()
    assert (meeting.status, meeting.request.status, meeting.request.is_delivered) == ("scheduled", "accepted", True)
    assert {seat.person for seat in meeting.seats.all()} == {stage.anna, stage.boris}
    assert breaches() == []
    assert not Consent.objects.exists()
    actions.tell_proposals()
    assert not OutboxMessage.objects.filter(kind="meeting_proposed").exists()
    actions.tell_news(timezone.now() + timedelta(minutes=2))
    assert OutboxMessage.objects.filter(kind="meeting_scheduled").count() == 2


def test_a_buyer_that_hides_its_name_is_asked_first(stage, matched):
    wished(matched)
    type(matched.request).objects.update(visibility="name_hidden")
    published(stage)
    assert not Meeting.objects.exists()
    assert MeetingRequest.objects.get().is_laid_ready


def test_a_wish_that_was_taken_back_is_laid_ready_only(stage, matched):
    wished(matched)
    run = actions.order_plan(stage.setup.edition, by=stage.organiser, with_proposals=True)
    actions.work_on_plan(run.pk)
    Verdict.objects.filter(side="supplier").update(undone_at=timezone.now())
    actions.publish_plan(run, by=stage.organiser)
    assert not Meeting.objects.exists()
    assert MeetingRequest.objects.get().is_laid_ready


def drafted_with_proposals(stage):
    run = actions.order_plan(stage.setup.edition, by=stage.organiser, with_proposals=True)
    actions.work_on_plan(run.pk)
    return run


def test_a_buyer_that_hides_its_name_after_the_draft_is_asked_first(stage, matched):
    wished(matched)
    run = drafted_with_proposals(stage)
    type(matched.request).objects.update(visibility="name_hidden")
    actions.publish_plan(run, by=stage.organiser)
    assert not Meeting.objects.exists()
    assert MeetingRequest.objects.get().is_laid_ready


@pytest.mark.parametrize(
    "spoil",
    [
        lambda match: Verdict.objects.create(request=match.request, offer=match.offer, side="buyer", says="not_for_us", reason="price"),
        lambda match: type(match.request).objects.update(status="withdrawn"),
        lambda match: type(match.offer).objects.update(status="draft"),
    ],
)
def test_what_somebody_said_no_to_or_closed_since_is_left_out(stage, matched, spoil):
    run = drafted_with_proposals(stage)
    spoil(matched)
    actions.publish_plan(run, by=stage.organiser)
    assert not MeetingRequest.objects.exists()


def test_who_asks_at_the_moment_of_publishing_keeps_the_plan_back(stage, matched):
    run = drafted_with_proposals(stage)
    asked = []

    def ask_first(execute, sql, params, many, context):
        if not asked and sql.startswith('INSERT INTO "meetings_meetingrequest"'):
            asked.append(sql)
            actions.ask(stage.buyer, stage.exhibitor, by=stage.anna)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(ask_first), pytest.raises(errors.GroundMoved):
        actions.publish_plan(run, by=stage.organiser)
    assert asked
    run.refresh_from_db()
    assert run.status == "draft"


def test_who_was_asked_or_blocked_since_is_left_out(stage, segment, matched):
    blocked = another_match(stage, segment)
    run = actions.order_plan(stage.setup.edition, by=stage.organiser, with_proposals=True)
    actions.work_on_plan(run.pk)
    stage.asked()
    Block.objects.create(company=blocked.offer.registration.company, blocked=blocked.request.registration.company)
    actions.publish_plan(run, by=stage.organiser)
    assert not MeetingRequest.objects.filter(is_proposal=True).exists()


def test_a_block_set_later_is_not_noticed_by_who_was_blocked(stage, matched):
    published(stage)
    request = MeetingRequest.objects.get()
    Block.objects.create(company=stage.exhibitor.company, blocked=stage.buyer.company)
    actions.sweep_meetings()
    asked = actions.take_up(request, by=stage.anna)
    assert (asked.status, asked.is_delivered, asked.waits_for) == ("pending", False, "receiver")
    assert not OutboxMessage.objects.filter(recipient=stage.boris).exists()


def test_the_buyers_own_block_puts_it_away(stage, matched):
    published(stage)
    Block.objects.create(company=stage.buyer.company, blocked=stage.exhibitor.company)
    actions.sweep_meetings()
    assert MeetingRequest.objects.get().status == "cancelled"


def test_the_sellers_own_question_passes_by_what_is_laid_ready(stage, matched):
    published(stage)
    asked = stage.asked()
    assert asked.is_delivered
    with pytest.raises(errors.AskedAlready):
        actions.take_up(MeetingRequest.objects.get(is_proposal=True), by=stage.anna)
    actions.accept(asked, by=stage.anna)
    assert breaches() == []


@pytest.mark.parametrize("number", [1, 3])
def test_proposals_are_found_in_the_same_queries_for_one_and_for_three(stage, segment, matched, django_assert_num_queries, number):
    for _each in range(number - 1):
        another_match(stage, segment)
    setup = MeetingSetup.objects.select_related("edition").get()
    with django_assert_num_queries(6):
        assert len(proposals_for(setup.edition, setup, timezone.now())) == number


def test_the_page_and_the_api_say_yes(stage, matched, client):
    published(stage)
    request = MeetingRequest.objects.get()
    client.force_login(stage.anna)
    page = client.get(f"/meetings/requests/{request.pk}/")
    assert "The expo proposes this meeting" in page.content.decode()
    answered = client.post(f"/meetings/requests/{request.pk}/accept/", {"version": request.version}, follow=True)
    assert "Sent. It is their turn now." in answered.content.decode()
    request.refresh_from_db()
    assert request.waits_for == "receiver"
