from datetime import date, timedelta

import pytest
from django.utils import timezone

from expo.foundation.errors import IllegalMove, NotAllowed
from expo.foundation.models import Event, OutboxMessage
from matchmaking.marketplace import actions
from matchmaking.marketplace.errors import HasRunOut, NotVerified, ReasonMissing
from matchmaking.marketplace.models import Offer, PostingStatus, SourcingRequest
from matchmaking.marketplace.states import POSTING_MOVES
from matchmaking.marketplace.tasks import sweep_postings
from matchmaking.participants.models import Registration
from tests import builders

OWNER_STEPS = {
    "submit": actions.submit_posting,
    "pause": actions.pause_posting,
    "resume": actions.resume_posting,
    "renew": actions.renew_posting,
    "fulfil": actions.fulfil_posting,
    "withdraw": actions.withdraw_posting,
}
STAFF_STEPS = {"publish": actions.publish_posting, "request_changes": actions.request_changes}


def make(kind, status, exhibitor, buyer, segment, **fields):
    fields = {"status": status, "review_reason": "More figures" if status == "changes_requested" else "", **fields}
    if kind == "offer":
        return builders.offer(exhibitor, segment, **fields)
    return builders.sourcing_request(buyer, segment, **fields)


@pytest.mark.parametrize("status", PostingStatus.values)
@pytest.mark.parametrize("verb", [*OWNER_STEPS, *STAFF_STEPS])
@pytest.mark.parametrize("kind", ["offer", "request"])
def test_every_pair_of_state_and_verb(kind, verb, status, exhibitor, buyer, supplier_segment, anna, boris, organiser):
    posting = make(kind, status, exhibitor, buyer, supplier_segment)
    by = organiser if verb in STAFF_STEPS else (boris if kind == "offer" else anna)
    more = {"reason": "Name the unit"} if verb == "request_changes" else {}
    starts, end = POSTING_MOVES.table[verb]
    step = {**OWNER_STEPS, **STAFF_STEPS}[verb]
    if status in starts:
        assert step(posting, by=by, **more).status == end
        posting.refresh_from_db()
        assert posting.status == end
        assert Event.objects.filter(verb=verb, thing_id=str(posting.pk), actor=by).count() == 1
    else:
        with pytest.raises(IllegalMove):
            step(posting, by=by, **more)
        posting.refresh_from_db()
        assert posting.status == status
        assert not Event.objects.exists()
        assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("verb", OWNER_STEPS)
def test_carla_moves_nothing_and_neither_does_the_organiser(verb, exhibitor, supplier_segment, carla, anna, organiser):
    for status in sorted(POSTING_MOVES.table[verb][0]):
        offer = builders.offer(exhibitor, supplier_segment, status=status, review_reason="x")
        for person in (carla, anna, organiser):
            with pytest.raises(NotAllowed):
                OWNER_STEPS[verb](offer, by=person)
        offer.refresh_from_db()
        assert offer.status == status
    assert not Event.objects.exists()


@pytest.mark.parametrize("verb", STAFF_STEPS)
def test_only_staff_with_the_permission_reviews(verb, exhibitor, supplier_segment, boris, carla):
    offer = builders.offer(exhibitor, supplier_segment, status="submitted")
    helper = builders.person("helper@example.com", is_staff=True)
    more = {"reason": "Name the unit"} if verb == "request_changes" else {}
    for person in (boris, carla, helper):
        with pytest.raises(NotAllowed):
            STAFF_STEPS[verb](offer, by=person, **more)
    offer.refresh_from_db()
    assert offer.status == "submitted"


def test_a_double_click_publishes_once(exhibitor, supplier_segment, boris, organiser):
    offer = builders.offer(exhibitor, supplier_segment, status="submitted")
    actions.publish_posting(offer, by=organiser)
    with pytest.raises(IllegalMove):
        actions.publish_posting(offer, by=organiser)
    assert Event.objects.filter(verb="publish").count() == 1
    assert OutboxMessage.objects.count() == 1


def test_without_review_submitting_publishes(edition, exhibitor, supplier_segment, boris):
    edition.reviews_postings = False
    edition.save()
    offer = builders.offer(exhibitor, supplier_segment, status="draft", valid_until=None, published_at=None)
    assert actions.submit_posting(offer, by=boris).status == "published"
    offer.refresh_from_db()
    assert offer.valid_until == date(2027, 6, 24) + timedelta(days=90)
    assert list(Event.objects.order_by("id").values_list("verb", flat=True)) == ["submit", "publish"]


def test_with_review_submitting_waits_and_nobody_else_sees_it(exhibitor, supplier_segment, boris, carla):
    offer = builders.offer(exhibitor, supplier_segment, status="draft", valid_until=None, published_at=None)
    assert actions.submit_posting(offer, by=boris).status == "submitted"
    assert not Offer.objects.visible_to(carla).exists()
    assert Offer.objects.visible_to(boris).get() == offer


def test_an_edition_without_dates_gives_half_a_year(edition, exhibitor, supplier_segment, organiser):
    edition.starts_on = edition.ends_on = None
    edition.save()
    offer = builders.offer(exhibitor, supplier_segment, status="submitted", valid_until=None, published_at=None)
    actions.publish_posting(offer, by=organiser)
    offer.refresh_from_db()
    assert offer.valid_until == timezone.localdate() + timedelta(days=180)


def test_changes_need_a_reason_and_the_author_reads_it(exhibitor, supplier_segment, boris, organiser):
    offer = builders.offer(exhibitor, supplier_segment, status="submitted")
    for reason in ("", "   ", "x" * 1001):
        with pytest.raises(ReasonMissing):
            actions.request_changes(offer, by=organiser, reason=reason)
    offer.refresh_from_db()
    assert offer.status == "submitted"
    actions.request_changes(offer, by=organiser, reason="Give the capacity")
    message = OutboxMessage.objects.get()
    assert message.recipient == boris
    assert "Give the capacity" in message.body
    assert f"http://testserver/offers/{offer.pk}/" in message.body


def test_a_published_posting_that_is_sent_back_leaves_the_market(exhibitor, supplier_segment, organiser, carla):
    offer = builders.offer(exhibitor, supplier_segment)
    actions.request_changes(offer, by=organiser, reason="Not yours to sell")
    assert not Offer.objects.visible_to(carla).exists()


def test_notices_speak_the_reader_s_language_and_keep_texts_in_their_place(exhibitor, supplier_segment, boris, organiser):
    boris.language = "zh-hans"
    boris.save()
    offer = builders.offer(exhibitor, supplier_segment, status="submitted", title="Cells\r\nBcc: all@example.com <b>")
    actions.publish_posting(offer, by=organiser)
    message = OutboxMessage.objects.get()
    assert f"http://testserver/zh/offers/{offer.pk}/" in message.body
    assert "\n" not in message.subject
    assert "<b>" in message.body


def test_who_no_longer_takes_part_publishes_nothing(exhibitor, supplier_segment, boris, organiser):
    offer = builders.offer(exhibitor, supplier_segment, status="submitted")
    draft = builders.offer(exhibitor, supplier_segment, status="draft")
    ended = builders.offer(exhibitor, supplier_segment, status="expired")
    exhibitor.status = Registration.Status.WITHDRAWN
    exhibitor.save()
    for call in (
        lambda: actions.publish_posting(offer, by=organiser),
        lambda: actions.submit_posting(draft, by=boris),
        lambda: actions.renew_posting(ended, by=boris),
    ):
        with pytest.raises(NotVerified):
            call()
    assert not Event.objects.exists()


def test_what_ran_out_while_paused_is_renewed_not_resumed(exhibitor, supplier_segment, boris):
    yesterday = timezone.localdate() - timedelta(days=1)
    offer = builders.offer(exhibitor, supplier_segment, status="paused", valid_until=yesterday)
    with pytest.raises(HasRunOut):
        actions.resume_posting(offer, by=boris)
    assert actions.renew_posting(offer, by=boris).valid_until > timezone.localdate() + timedelta(days=89)


def test_renewing_late_gives_ninety_days(edition, exhibitor, supplier_segment, boris):
    edition.starts_on, edition.ends_on = date(2020, 1, 1), date(2020, 1, 5)
    edition.save()
    offer = builders.offer(exhibitor, supplier_segment, status="expired", valid_until=date(2020, 4, 4))
    assert actions.renew_posting(offer, by=boris).valid_until == timezone.localdate() + timedelta(days=90)


def test_the_sweep_closes_what_ran_out_once(exhibitor, buyer, supplier_segment, boris, anna):
    today = timezone.localdate()
    for status in ("published", "paused", "draft"):
        builders.offer(exhibitor, supplier_segment, status=status, valid_until=today - timedelta(days=1))
    builders.sourcing_request(buyer, supplier_segment, valid_until=today - timedelta(days=1))
    stays = builders.offer(exhibitor, supplier_segment, valid_until=today)
    assert actions.expire_postings(today) == 3
    assert actions.expire_postings(today) == 0
    stays.refresh_from_db()
    assert stays.status == "published"
    assert sorted(Offer.objects.values_list("status", flat=True)) == ["draft", "expired", "expired", "published"]
    assert SourcingRequest.objects.get().status == "expired"
    assert sorted(OutboxMessage.objects.values_list("recipient__email", flat=True)) == [anna.email, boris.email, boris.email]


def test_owners_are_reminded_fourteen_and_three_days_before_once_each(exhibitor, supplier_segment):
    today = timezone.localdate()
    offer = builders.offer(exhibitor, supplier_segment, valid_until=today + timedelta(days=15))
    counts = [actions.remind_owners(today + timedelta(days=passed)) for passed in (0, 1, 1, 2, 11, 12, 12, 15, 16)]
    assert counts == [0, 1, 0, 0, 0, 1, 0, 0, 0]
    offer.refresh_from_db()
    assert offer.reminded_days == 3


def test_one_reminder_is_enough_when_the_sweep_comes_late(exhibitor, supplier_segment):
    builders.offer(exhibitor, supplier_segment, valid_until=timezone.localdate() + timedelta(days=2))
    assert actions.remind_owners(timezone.localdate()) == 1
    assert actions.remind_owners(timezone.localdate()) == 0


def test_after_renewing_reminders_start_anew(exhibitor, supplier_segment, boris):
    offer = builders.offer(exhibitor, supplier_segment, valid_until=timezone.localdate() + timedelta(days=2))
    actions.remind_owners(timezone.localdate())
    renewed = actions.renew_posting(offer, by=boris)
    assert renewed.reminded_days is None
    assert actions.remind_owners(renewed.valid_until - timedelta(days=14)) == 1


def test_the_job_does_both(exhibitor, supplier_segment):
    builders.offer(exhibitor, supplier_segment, valid_until=timezone.localdate() - timedelta(days=1))
    builders.offer(exhibitor, supplier_segment, valid_until=timezone.localdate() + timedelta(days=1))
    assert sweep_postings.call() == 2
    assert sweep_postings.call() == 0
