"""Asking a buyer that hides its name: no answer, then or later, says who it is. Tried as a company would that guesses."""

import pytest

from expo.foundation.models import OutboxMessage
from matchmaking.meetings import actions, errors
from matchmaking.meetings.models import MeetingRequest, MeetingSetup
from matchmaking.participants.actions import block_company
from matchmaking.participants.models import Block
from tests import builders
from tests.matchmaking.meetings.stage import everything

ROWS = "/api/v1/meeting-requests/"
OF_THE_MOMENT = {"id", "created_at", "expires_at", "about"}


@pytest.fixture
def posting(stage, supplier_segment):
    return builders.sourcing_request(stage.buyer, supplier_segment, title="Cells, quietly", visibility="name_hidden")


def nothing(_stage):
    """The two have nothing to do with each other."""


def asked_by_name(stage):
    stage.asked(stage.slots[0])


def is_asked(stage):
    actions.ask(stage.buyer, stage.exhibitor, by=stage.anna)


def meets(stage):
    stage.met(stage.slots[0])


def meets_without_a_time(stage):
    MeetingSetup.objects.update(scheduling="planner")
    stage.met()
    MeetingSetup.objects.update(scheduling="participants")


def has_blocked(stage):
    Block.objects.create(company=stage.exhibitor.company, blocked=stage.buyer.company)


def is_blocked(stage):
    Block.objects.create(company=stage.buyer.company, blocked=stage.exhibitor.company)


def buyer_is_busy(stage):
    actions.block_time(stage.buyer, by=stage.anna, slots=[stage.slots[4], stage.slots[5]])


def buyer_speaks_greek(stage):
    type(stage.anna).objects.filter(pk=stage.anna.pk).update(speaks=["el", "zh"])
    type(stage.boris).objects.filter(pk=stage.boris.pk).update(speaks=["zh"])


BETWEEN = [nothing, asked_by_name, is_asked, meets, meets_without_a_time, has_blocked, is_blocked, buyer_is_busy, buyer_speaks_greek]


@pytest.fixture(params=BETWEEN, ids=lambda one: one.__name__)
def between(request):
    return request.param


def ask(stage, client, posting, **more):
    given = {"sender": stage.exhibitor.pk, "requests": [posting.pk], **more}
    answer = client.post(ROWS, given, "application/json")
    return answer.status_code, {name: value for name, value in answer.json().items() if name not in OF_THE_MOMENT}


def test_whatever_is_between_the_two_the_question_is_answered_the_same(stage, client_of, posting, between):
    between(stage)
    slot = stage.slots[4]
    status, said = ask(stage, client_of(stage.boris), posting, slot=slot.pk)
    assert status == 201
    assert (said["status"], said["receiver"], said["slot"]["id"], said["meeting"]) == ("pending", None, slot.pk, None)
    veiled = MeetingRequest.objects.get(is_veiled=True)
    assert veiled.is_delivered is not Block.objects.exists()


def test_the_page_before_it_says_the_same(stage, client_of, posting, between):
    client, address = client_of(stage.boris), f"/meetings/ask/?request={posting.pk}"
    before = client.get(address).context["before"]
    free, tongues = [slot.pk for slot in before.free], before.tongues[1]
    between(stage)
    after = client.get(address).context["before"]
    taken = {stage.slots[0].pk} if between in {asked_by_name, meets} else set()
    assert [pk for pk in free if pk not in taken] == [slot.pk for slot in after.free], "what is free on one's own side, and no less"
    assert (after.tongues[1], tongues, after.open_request, after.meeting) == ([], [], None, None)
    page = client.get(address).text
    assert "Ελληνικά" not in page
    assert "Aurora" not in page


def test_the_free_times_over_the_api_are_ones_own(stage, client_of, posting, supplier_segment):
    client, address = client_of(stage.boris), f"/api/v1/free-times/?sender={stage.exhibitor.pk}&request={posting.pk}"
    shown = builders.sourcing_request(stage.buyer, supplier_segment)
    before = client.get(address).json()
    buyer_is_busy(stage)
    assert client.get(address).json() == before
    named = client.get(f"/api/v1/free-times/?sender={stage.exhibitor.pk}&request={shown.pk}").json()
    assert len(named["results"]) == len(before["results"]) - 2


def test_after_it_was_asked_no_name_is_refused_and_no_page_shows_it_under_one(stage, client_of, posting):
    ask(stage, client_of(stage.boris), posting)
    page = client_of(stage.boris).get(f"/meetings/ask/?company={stage.buyer.company.slug}")
    assert page.status_code == 404 or page.context["before"].open_request is None
    named = stage.asked()
    assert (named.is_veiled, named.is_delivered) == (False, True)
    with pytest.raises(errors.AskedAlready):
        stage.asked()


def test_two_hidden_postings_of_one_buyer_are_two_questions_and_each_is_one(stage, client_of, posting, supplier_segment):
    second = builders.sourcing_request(stage.buyer, supplier_segment, visibility="name_hidden")
    client = client_of(stage.boris)
    assert [ask(stage, client, one)[0] for one in (posting, second)] == [201, 201]
    before = everything()
    status, said = ask(stage, client, posting)
    assert (status, said["code"]) == (409, "asked_already")
    assert everything() == before


def test_a_block_set_afterwards_does_not_show_in_what_becomes_of_it(stage, client_of, posting):
    ask(stage, client_of(stage.boris), posting)
    request = MeetingRequest.objects.get()
    seen = client_of(stage.boris).get(f"{ROWS}{request.pk}/").json()
    block_company(stage.exhibitor.company, blocked=stage.buyer.company, by=stage.boris)
    assert client_of(stage.boris).get(f"{ROWS}{request.pk}/").json() == seen
    assert client_of(stage.anna).get(f"{ROWS}{request.pk}/").status_code == 404
    assert OutboxMessage.objects.filter(recipient=stage.anna, kind="meeting_request_withdrawn").count() == 1
    assert not OutboxMessage.objects.filter(recipient=stage.boris).exists()


def test_that_the_buyer_gets_busy_does_not_move_the_time_on_the_table(stage, client_of, posting):
    ask(stage, client_of(stage.boris), posting, slot=stage.slots[4].pk)
    buyer_is_busy(stage)
    actions.sweep_meetings()
    request = MeetingRequest.objects.get()
    assert request.slot == stage.slots[4]
    actions.block_time(stage.exhibitor, by=stage.boris, slots=[stage.slots[4]])
    actions.sweep_meetings()
    request.refresh_from_db()
    assert request.slot == stage.slots[0]


def test_where_requests_are_accepted_at_once_a_hidden_buyer_is_asked_first(stage, client_of, posting):
    MeetingSetup.objects.update(approval="auto_accept")
    assert ask(stage, client_of(stage.boris), posting)[1]["status"] == "pending"


def test_the_buyer_reads_it_beside_the_other_and_is_named_once_it_accepts(stage, client_of, posting):
    named = stage.asked(stage.slots[0])
    ask(stage, client_of(stage.boris), posting, slot=stage.slots[1].pk)
    veiled = MeetingRequest.objects.get(is_veiled=True)
    rows = client_of(stage.anna).get(ROWS).json()["results"]
    assert {row["id"] for row in rows} == {named.pk, veiled.pk}
    actions.accept(veiled, by=stage.anna)
    assert client_of(stage.boris).get(f"{ROWS}{veiled.pk}/").json()["receiver"]["company"] == stage.buyer.company.slug
    assert actions.accept(named, by=stage.anna).slot == stage.slots[0]


def test_of_the_hidden_buyer_the_asking_side_reads_no_language(stage, client_of, posting):
    buyer_speaks_greek(stage)
    ask(stage, client_of(stage.boris), posting)
    request = MeetingRequest.objects.get()
    assert "Ελληνικά" not in client_of(stage.boris).get(f"/meetings/requests/{request.pk}/").text
    assert "Ελληνικά" in client_of(stage.anna).get(f"/meetings/requests/{request.pk}/").text


def test_an_open_posting_of_the_same_buyer_is_refused_as_before(stage, supplier_segment):
    shown = builders.sourcing_request(stage.buyer, supplier_segment, title="Cells")
    request = stage.asked(postings=[shown])
    assert request.is_veiled is False
    with pytest.raises(errors.AskedAlready):
        stage.asked(postings=[shown])
