"""Asking: from a posting, a match or a company; what is said before it is sent; and what cannot be asked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from matchmaking.meetings import actions
from matchmaking.meetings.models import MeetingRequest, MeetingSetup
from tests import builders
from tests.matchmaking.meetings.stage import everything

ASK = "/meetings/ask/"


@pytest.fixture
def anna_at(client_of, stage):
    return client_of(stage.anna)


@pytest.fixture
def offer(stage, supplier_segment):
    return builders.offer(stage.exhibitor, supplier_segment, title="LFP cells")


def sent(page, **more):
    """Return what the form would send as it stands."""
    form = page.context["form"]
    filled = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: value for name, value in {**filled, **more}.items() if value is not None and value is not False}


def test_the_page_says_all_before_it_is_sent(stage, anna_at, offer):
    page = anna_at.get(ASK, {"offer": offer.pk}).content.decode()
    for words in (
        "Ask Borealis Cells to meet",
        "LFP cells",
        "20 of 20 questions are left.",
        "They decide by",
        "10 times are free for both.",
        "They choose a time",
        "Names and contact data are shown once they accept",
    ):
        assert words in page


def test_it_is_sent_about_the_posting_at_the_first_free_time(stage, anna_at, offer):
    page = anna_at.get(ASK, {"offer": offer.pk})
    answer = anna_at.post(f"{ASK}?offer={offer.pk}", sent(page, message="May we meet?"))
    request = MeetingRequest.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/meetings/requests/{request.pk}/")
    assert (request.sender, request.receiver, request.slot, request.message) == (
        stage.buyer,
        stage.exhibitor,
        stage.slots[0],
        "May we meet?",
    )
    assert [about.posting for about in request.about.all()] == [offer]


def test_another_time_wins_over_the_first_ones(stage, anna_at, offer):
    page = anna_at.get(ASK, {"offer": offer.pk})
    anna_at.post(f"{ASK}?offer={offer.pk}", sent(page, other_slot=stage.slots[6].pk))
    assert MeetingRequest.objects.get().slot == stage.slots[6]


def test_from_a_match_both_postings_are_named_and_the_other_side_is_asked(stage, client_of, offer, supplier_segment):
    wanted = builders.sourcing_request(stage.buyer, supplier_segment, title="Cells wanted")
    for person, receiver in ((stage.anna, "Borealis Cells"), (stage.boris, "Aurora Motors")):
        page = client_of(person).get(ASK, {"offer": offer.pk, "request": wanted.pk})
        assert f"Ask {receiver} to meet" in page.content.decode()
        assert set(page.context["form"].initial["postings"]) == {f"offer-{offer.pk}", f"request-{wanted.pk}"}


def test_from_a_companys_page(stage, anna_at):
    page = anna_at.get(ASK, {"company": stage.exhibitor.company.slug})
    assert "Ask Borealis Cells to meet" in page.content.decode()
    anna_at.post(f"{ASK}?company={stage.exhibitor.company.slug}", sent(page))
    assert MeetingRequest.objects.get().receiver == stage.exhibitor


def test_who_buys_is_not_found_by_its_companys_address(stage, client_of):
    assert client_of(stage.boris).get(ASK, {"company": stage.buyer.company.slug}).status_code == 404


def test_a_hidden_buyer_stays_hidden(stage, client_of, supplier_segment):
    wanted = builders.sourcing_request(stage.buyer, supplier_segment, visibility="name_hidden")
    builders.sourcing_request(stage.buyer, supplier_segment, title="Something else of Aurora")
    boris = client_of(stage.boris)
    page = boris.get(ASK, {"request": wanted.pk})
    assert "Aurora" not in page.content.decode()
    assert "Ask the buyer to meet" in page.content.decode()
    answer = boris.post(f"{ASK}?request={wanted.pk}", sent(page), follow=True)
    assert MeetingRequest.objects.get().receiver == stage.buyer
    assert "Aurora" not in answer.content.decode()


def test_a_refusal_about_a_hidden_buyer_does_not_tell_who_it_is(stage, client_of, supplier_segment):
    wanted = builders.sourcing_request(stage.buyer, supplier_segment, visibility="name_hidden")
    stage.asked()
    boris = client_of(stage.boris)
    page = boris.get(ASK, {"request": wanted.pk})
    assert page.context["before"].open_request is None
    answers = [boris.post(f"{ASK}?request={wanted.pk}", sent(boris.get(ASK, {"request": wanted.pk}))) for _twice in range(2)]
    answer = answers[1]
    assert [one.status_code for one in answers] == [302, 409], "as if the two had nothing to do with each other"
    assert "Aurora" not in answer.content.decode()


@pytest.mark.parametrize("query", [{}, {"offer": "999999"}, {"company": "nobody"}, {"company": "aurora-motors"}])
def test_nobody_to_ask_is_not_found(stage, anna_at, query):
    assert anna_at.get(ASK, query).status_code == 404


@pytest.mark.parametrize("query", [{"offer": "x"}, {"offer": "-1"}, {"company": "a b"}, {"offer": "9" * 30}])
def test_what_cannot_be_read_is_refused(stage, anna_at, query):
    assert anna_at.get(ASK, query).status_code == 400


def test_what_is_not_on_the_market_cannot_be_asked_about(stage, anna_at, supplier_segment):
    draft = builders.offer(stage.exhibitor, supplier_segment, status="draft")
    assert anna_at.get(ASK, {"offer": draft.pk}).status_code == 404


def test_like_roles_are_told_that_they_cannot_ask(stage, client_of, offer):
    page = client_of(stage.carla).get(ASK, {"offer": offer.pk})
    assert "You cannot ask here" in page.content.decode()


def test_a_person_of_no_company_is_led_to_register(stage, client_of, offer):
    before = everything()
    stranger = client_of(builders.person())
    assert "You cannot ask here" in stranger.get(ASK, {"offer": offer.pk}).content.decode()
    assert stranger.post(f"{ASK}?offer={offer.pk}", {"message": "Hello"}).status_code == 400
    assert everything()[: len(before)] == before


def test_somebody_elses_registration_asks_for_nobody(stage, anna_at, offer):
    other = stage.another()
    before = everything()
    assert anna_at.post(f"{ASK}?offer={offer.pk}", {"sender": other.pk, "message": "Hello"}).status_code == 400
    assert everything() == before


def test_without_meetings_or_outside_of_booking_the_page_says_so(stage, anna_at, offer):
    MeetingSetup.objects.update(closes_at=timezone.now() - timedelta(minutes=1))
    assert "Booking is not open now" in anna_at.get(ASK, {"offer": offer.pk}).content.decode()
    MeetingSetup.objects.all().delete()
    assert "There are no meetings at this edition" in anna_at.get(ASK, {"offer": offer.pk}).content.decode()


def test_an_open_request_or_a_meeting_is_shown_instead(stage, anna_at, offer):
    request = stage.asked()
    assert f'href="/meetings/requests/{request.pk}/"' in anna_at.get(ASK, {"offer": offer.pk}).content.decode()
    meeting = actions.accept(request, by=stage.anna)
    assert f'href="/meetings/{meeting.pk}/"' in anna_at.get(ASK, {"offer": offer.pk}).content.decode()


def test_with_no_question_left_the_button_is_off_and_the_rest_stays(stage, anna_at, offer):
    MeetingSetup.objects.update(open_requests=1)
    actions.ask(stage.buyer, stage.another("exhibitor"), by=stage.anna)
    page = anna_at.get(ASK, {"offer": offer.pk})
    assert "All 1 questions are open." in page.content.decode()
    answer = anna_at.post(f"{ASK}?offer={offer.pk}", sent(page, message="I wrote this"))
    assert answer.status_code == 409
    assert "I wrote this" in answer.content.decode()
    assert MeetingRequest.objects.count() == 1


def test_a_time_that_was_taken_meanwhile_comes_back_with_others_and_the_message(stage, anna_at, offer):
    page = anna_at.get(ASK, {"offer": offer.pk})
    form = sent(page, message="I wrote this")
    actions.block_time(stage.exhibitor, by=stage.boris, slots=stage.slots[:1])
    answer = anna_at.post(f"{ASK}?offer={offer.pk}", form)
    assert answer.status_code in {400, 409}
    assert "I wrote this" in answer.content.decode()
    assert not MeetingRequest.objects.exists()


def test_without_a_common_language_an_interpreter_is_asked_for(stage, anna_at, offer):
    type(stage.boris).objects.filter(pk=stage.boris.pk).update(speaks=["zh"])
    page = anna_at.get(ASK, {"offer": offer.pk})
    assert "You have no common language" in page.content.decode()
    assert page.context["form"].initial["needs_interpreter"] is True
    anna_at.post(f"{ASK}?offer={offer.pk}", sent(page))
    assert MeetingRequest.objects.get().needs_interpreter


def test_a_partner_comes_along(stage, anna_at, offer):
    partner = stage.another("exhibitor", led_by=stage.exhibitor)
    page = anna_at.get(ASK, {"offer": offer.pk})
    assert partner.company.title in page.content.decode()
    anna_at.post(f"{ASK}?offer={offer.pk}", sent(page, partner=partner.pk))
    assert MeetingRequest.objects.get().partner == partner


def test_where_the_planner_chooses_no_time_is_asked_for(stage, anna_at, offer):
    MeetingSetup.objects.update(scheduling="planner")
    page = anna_at.get(ASK, {"offer": offer.pk})
    assert "The organiser’s planner chooses the time." in page.content.decode()
    assert "slot" not in page.context["form"].fields


def test_who_may_ask_as_two_chooses(stage, anna_at, offer):
    other = builders.registration(builders.company("Second Motors"), stage.setup.edition, role="buyer")
    builders.member(other.company, stage.anna)
    page = anna_at.get(ASK, {"offer": offer.pk})
    assert "Second Motors, buyer" in page.content.decode()
    anna_at.post(f"{ASK}?offer={offer.pk}", sent(page, sender=other.pk, postings=[]))
    assert MeetingRequest.objects.get().sender == other


def test_nobody_asks_without_signing_in(stage, client_of, offer):
    answer = client_of(None).get(ASK, {"offer": offer.pk})
    assert (answer.status_code, "login" in answer["Location"]) == (302, True)


def test_the_page_takes_as_many_queries_for_three_postings_as_for_one(stage, anna_at, offer, count_queries, supplier_segment):
    builders.sourcing_request(stage.buyer, supplier_segment)
    anna_at.get(ASK, {"offer": offer.pk})
    first = count_queries(lambda: anna_at.get(ASK, {"offer": offer.pk}))
    for _number in range(2):
        builders.offer(stage.exhibitor, supplier_segment)
        builders.sourcing_request(stage.buyer, supplier_segment)
    assert count_queries(lambda: anna_at.get(ASK, {"offer": offer.pk})) == first <= 30
