"""An agreement grows out of a meeting: what is known is filled in, and what cannot have come of it is refused."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event
from matchmaking.agreements import actions, errors
from matchmaking.agreements.actions import AgreementInput
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.queries import draft_start
from matchmaking.marketplace.models import SourcingRequest
from matchmaking.meetings.models import Meeting
from tests import builders
from tests.matchmaking.agreements.desk import everything
from tests.matchmaking.meetings.conftest import edition, hall, setup, stage  # noqa: F401 - the small expo of the room of meetings
from tests.matchmaking.meetings.stage import begin_in


@pytest.fixture
def offer(stage, supplier_segment):  # noqa: F811 - the fixture imported above
    return builders.offer(stage.exhibitor, supplier_segment, title="LFP cells")


@pytest.fixture
def meeting(stage, offer):  # noqa: F811
    """Boris met Anna about his cells, an hour ago."""
    met = stage.met(stage.slots[0], postings=[offer])
    begin_in(-60)
    met.refresh_from_db()
    return met


def filled(start, **changes):
    """The sheet as it comes from the meeting, with an amount."""
    columns = {
        "edition": start.edition,
        "title": start.title,
        "kind": "agreement",
        "chain": start.chain,
        "segment": start.segment,
        "signed_on": start.signed_on,
        "amount": None,
        "currency": "",
        "is_undisclosed": True,
        "visibility": start.visibility,
        "parties": start.parties,
    }
    return AgreementInput(**{**columns, **changes})


def test_what_the_meeting_says_is_filled_in(meeting, offer, stage, supplier_segment, aurora, borealis, count_queries):  # noqa: F811
    start = draft_start(meeting, stage.boris)
    assert [(party.company, party.role) for party in start.parties] == [(borealis, "supplier"), (aurora, "customer")]
    assert (start.company, start.offer, start.sourcing_request) == (borealis, offer, None)
    assert (start.chain, start.segment, start.title, start.visibility) == (supplier_segment.chain, supplier_segment, "LFP cells", "public")
    assert start.edition.starts_on <= start.signed_on <= start.edition.ends_on
    assert start.already == []
    assert draft_start(meeting, stage.anna).parties[0].company == aurora
    assert count_queries(lambda: draft_start(meeting, stage.boris)) <= 12


def test_without_a_posting_the_chain_is_the_one_that_both_are_interested_in(stage, chain):  # noqa: F811
    met = stage.met(stage.slots[0])
    begin_in(-60)
    start = draft_start(met, stage.boris)
    assert (start.chain, start.segment, start.title, start.offers) == (chain, None, "", [])


def test_who_hid_a_name_behind_the_request_is_not_named_by_the_ledger_either(stage, customer_segment):  # noqa: F811
    request = builders.sourcing_request(stage.buyer, customer_segment, visibility=SourcingRequest.Visibility.NAME_HIDDEN)
    met = stage.met(stage.slots[0], postings=[request])
    begin_in(-60)
    start = draft_start(met, stage.boris)
    assert (start.visibility, start.sourcing_request) == ("anonymous", request)


def test_either_side_writes_it_down(meeting, stage, offer, aurora):  # noqa: F811
    kept = actions.draft_from_meeting(meeting, by=stage.anna, given=filled(draft_start(meeting, stage.anna)))
    assert (kept.meeting, kept.offer, kept.drafted_for, kept.status) == (meeting, offer, aurora, "draft")
    assert [(party.name, party.role) for party in kept.parties.all()] == [("Aurora Motors", "customer"), ("Borealis Cells", "supplier")]
    data = Event.objects.filter(verb="draft").latest("pk").data
    assert (data["meeting"], data["offer"], data["drafted_for"]) == (meeting.pk, offer.pk, aurora.pk)


def test_the_organiser_writes_it_down_for_nobody(meeting, stage):  # noqa: F811
    start = draft_start(meeting, stage.organiser)
    assert start.company is None
    kept = actions.draft_from_meeting(meeting, by=stage.organiser, given=filled(start))
    assert (kept.drafted_for, kept.meeting) == (None, meeting)


def test_who_did_not_meet_writes_nothing(meeting, stage):  # noqa: F811
    given = filled(draft_start(meeting, stage.boris))
    other = stage.another()
    before = everything()
    for person in (stage.carla, stage.person_of(other)):
        with pytest.raises(NotAllowed):
            draft_start(meeting, person)
        with pytest.raises(NotAllowed):
            actions.draft_from_meeting(meeting, by=person, given=given)
    with pytest.raises(NotAllowed):
        actions.draft_from_meeting(meeting, by=stage.boris, given=given, company=stage.buyer.company)
    assert everything() == before


@pytest.mark.parametrize("status", ["cancelled", "no_show", "disputed", "unscheduled", "proposed"])
def test_nothing_comes_of_a_meeting_that_was_not_held(meeting, stage, status):  # noqa: F811
    given = filled(draft_start(meeting, stage.boris))
    more = {"slot": None, "place": None} if status in {"unscheduled", "proposed"} else {}
    Meeting.objects.filter(pk=meeting.pk).update(status=status, reason="no_time", **more)
    before = everything()
    with pytest.raises(errors.MeetingNotHeld):
        actions.draft_from_meeting(meeting, by=stage.boris, given=given)
    assert everything() == before


def test_nothing_comes_of_a_meeting_before_it_begins(stage):  # noqa: F811
    met = stage.met(stage.slots[0])
    assert met.slot.starts_at > timezone.now()
    before = everything()
    with pytest.raises(errors.MeetingNotHeld):
        actions.draft_from_meeting(met, by=stage.boris, given=filled(draft_start(met, stage.boris), title="Early"))
    assert everything() == before


def test_two_of_the_parties_have_met_there(meeting, stage):  # noqa: F811
    other = stage.another()
    start = draft_start(meeting, stage.boris)
    before = everything()
    with_another = filled(start, parties=[start.parties[0], PartyInput(other.company)])
    with pytest.raises(errors.NotFromMeeting):
        actions.draft_from_meeting(meeting, by=stage.boris, given=with_another)
    assert everything() == before
    three = [*start.parties, PartyInput(other.company)]
    assert actions.draft_from_meeting(meeting, by=stage.boris, given=filled(start, parties=three)).parties.count() == 3


def test_a_posting_belongs_to_one_of_the_parties(meeting, stage, supplier_segment):  # noqa: F811
    other = builders.offer(stage.another("exhibitor"), supplier_segment)
    before = everything()
    with pytest.raises(errors.PostingElsewhere):
        actions.draft_from_meeting(meeting, by=stage.boris, given=filled(draft_start(meeting, stage.boris)), offer=other)
    assert everything() == before


def test_a_second_agreement_of_a_meeting_says_so(meeting, stage):  # noqa: F811
    given = filled(draft_start(meeting, stage.boris))
    kept = actions.draft_from_meeting(meeting, by=stage.boris, given=given)
    before = everything()
    with pytest.raises(errors.LikelyDuplicate):
        actions.draft_from_meeting(meeting, by=stage.boris, given=given)
    assert everything() == before
    assert draft_start(meeting, stage.boris).already == [kept]
    assert actions.draft_from_meeting(meeting, by=stage.boris, given=given, is_another=True).meeting == meeting


def test_the_other_sides_draft_is_told_to_nobody(meeting, stage):  # noqa: F811
    given = filled(draft_start(meeting, stage.boris))
    actions.draft_from_meeting(meeting, by=stage.boris, given=given)
    assert draft_start(meeting, stage.anna).already == []
    assert actions.draft_from_meeting(meeting, by=stage.anna, given=filled(draft_start(meeting, stage.anna))).drafted_for is not None


def test_the_day_is_clamped_to_the_expo(meeting, stage):  # noqa: F811
    stage.setup.edition.__class__.objects.filter(pk=stage.setup.edition.pk).update(
        starts_on=timezone.localdate() - timedelta(days=20), ends_on=timezone.localdate() - timedelta(days=15)
    )
    assert draft_start(meeting, stage.boris).signed_on == timezone.localdate() - timedelta(days=15)


def test_currency_and_day_are_those_of_the_posting_and_the_meeting(meeting, offer, stage):  # noqa: F811
    assert draft_start(meeting, stage.boris).currency == ""
    for currency, known in (("EUR", "EUR"), ("JPY", "")):
        type(offer).objects.filter(pk=offer.pk).update(unit_price=1, currency=currency, price_unit="kg")
        assert draft_start(meeting, stage.boris).currency == known, "the edition states no rate for yen"
    assert draft_start(meeting, stage.boris).signed_on == timezone.localdate(meeting.slot.starts_at, ZoneInfo("Asia/Shanghai"))
