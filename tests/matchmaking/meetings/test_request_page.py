"""The page of a request: what each side reads, and its answers."""

import pytest

from matchmaking.meetings import actions
from matchmaking.meetings.models import Meeting, MeetingRequest
from tests import builders
from tests.matchmaking.meetings.stage import everything


def address(request, verb=""):
    return f"/meetings/requests/{request.pk}/" + (f"{verb}/" if verb else "")


@pytest.fixture
def anna_at(client_of, stage):
    return client_of(stage.anna)


def test_the_one_who_is_asked_reads_who_what_when_and_until_when(stage, anna_at, supplier_segment):
    offer = builders.offer(stage.exhibitor, supplier_segment, title="LFP cells")
    request = stage.asked(stage.slots[1], postings=[offer], message="We make what you buy.")
    page = anna_at.get(address(request)).content.decode()
    for words in (
        "Borealis Cells",
        "LFP cells",
        "We make what you buy.",
        "Your answer",
        "days left",
        "then the request runs out",
        "English",
    ):
        assert words in page
    assert "boris@example.com" not in page
    assert "+86 10 7654321" not in page
    assert page.count(f'action="{address(request, "accept")}"') == 4


def test_who_asked_reads_that_they_decide_and_may_take_it_back(stage, client_of):
    request = stage.asked(stage.slots[1])
    boris = client_of(stage.boris)
    page = boris.get(address(request)).content.decode()
    assert "They decide" in page
    assert "Your answer" not in page
    assert boris.post(address(request, "withdraw"), {"version": 1}).status_code == 302
    request.refresh_from_db()
    assert request.status == "cancelled"


@pytest.mark.parametrize("verb", ["", "accept", "decline", "counter", "withdraw", "message"])
def test_to_carla_it_does_not_exist(stage, client_of, verb):
    request = stage.asked(stage.slots[1])
    before = everything()
    carla = client_of(stage.carla)
    answer = carla.post(address(request, verb), {"text": "Hello", "reason": "no_fit"}) if verb else carla.get(address(request))
    assert answer.status_code == 404
    assert everything() == before


def test_nobody_reads_it_without_signing_in(stage, client_of):
    answer = client_of(None).get(address(stage.asked()))
    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_accepting_books_and_leads_to_the_meeting(stage, anna_at):
    request = stage.asked(stage.slots[1])
    answer = anna_at.post(address(request, "accept"), {"version": request.version}, follow=True)
    meeting = Meeting.objects.get()
    assert answer.redirect_chain[-1][0] == f"/meetings/{meeting.pk}/"
    assert meeting.slot == stage.slots[1]
    assert "Agreed:" in answer.content.decode()


def test_accepting_at_another_free_time_takes_one_tap(stage, anna_at):
    request = stage.asked(stage.slots[1])
    anna_at.post(address(request, "accept"), {"version": request.version, "slot": stage.slots[2].pk})
    assert Meeting.objects.get().slot == stage.slots[2]


def test_who_loses_a_race_reads_three_other_times_and_takes_one_of_them(stage, anna_at):
    request, other = stage.asked(stage.slots[1]), stage.another("exhibitor")
    actions.accept(actions.ask(other, stage.buyer, by=stage.person_of(other), slot=stage.slots[1]), by=stage.anna)
    answer = anna_at.post(address(request, "accept"), {"version": request.version, "slot": stage.slots[1].pk})
    assert answer.status_code == 409
    taken = answer.context["taken"]
    assert len(taken) == 3
    page = answer.content.decode()
    assert "Free for both:" in page
    for slot in taken:
        assert f'name="slot" value="{slot.pk}"' in page
    anna_at.post(address(request, "accept"), {"version": request.version, "slot": taken[0].pk})
    assert Meeting.objects.get(request=request).slot == taken[0]


def test_a_page_that_is_no_longer_true_says_so(stage, anna_at):
    request = stage.asked(stage.slots[1])
    answer = anna_at.post(address(request, "accept"), {"version": 99})
    assert answer.status_code == 409
    assert not Meeting.objects.exists()
    assert "Look again" in answer.content.decode()


def test_declining_asks_for_a_reason(stage, anna_at):
    request = stage.asked()
    answer = anna_at.post(address(request, "decline"), {"note": "no"})
    assert answer.status_code == 400
    assert "Choose a reason." in answer.content.decode()
    assert MeetingRequest.objects.get().is_pending
    assert anna_at.post(address(request, "decline"), {"reason": "no_fit", "note": "Too small."}).status_code == 302
    page = anna_at.get(address(request)).content.decode()
    assert "does not fit what we need" in page
    assert "Too small." in page


def test_the_organisers_reason_is_not_a_participants(stage, anna_at):
    request = stage.asked()
    assert anna_at.post(address(request, "decline"), {"reason": "organiser"}).status_code == 400
    assert MeetingRequest.objects.get().is_pending


def test_a_counter_proposal_gives_the_turn_to_the_other_side(stage, anna_at, client_of):
    request = stage.asked(stage.slots[1])
    anna_at.post(address(request, "counter"), {"version": request.version, "slot": stage.slots[3].pk})
    request.refresh_from_db()
    assert (request.waits_for, request.slot) == ("sender", stage.slots[3])
    assert "Your answer" in client_of(stage.boris).get(address(request)).content.decode()
    assert "They decide" in anna_at.get(address(request)).content.decode()


@pytest.mark.parametrize("slot", ["", "x", "999999", "99999999999999999999"])
def test_a_time_that_is_none_is_refused(stage, anna_at, slot):
    request = stage.asked(stage.slots[1])
    assert anna_at.post(address(request, "counter"), {"slot": slot}).status_code == 400
    request.refresh_from_db()
    assert request.waits_for == "receiver"


def test_both_write_and_each_line_says_its_language(stage, anna_at, client_of):
    request = stage.asked(message="Good day")
    anna_at.post(address(request, "message"), {"text": "您好"})
    page = client_of(stage.boris).get(address(request)).content.decode()
    assert '<div class="prose" lang="en"><p>Good day</p></div>' in page
    assert '<div class="prose" lang="zh-Hans"><p>您好</p></div>' in page
    assert anna_at.post(address(request, "message"), {"text": " "}).status_code == 400


def test_what_people_write_is_text_and_nothing_else(stage, anna_at):
    request = stage.asked(message="<script>alert(1)</script>")
    assert "<script>alert" not in anna_at.get(address(request)).content.decode()


def test_without_a_common_language_it_says_so_before_it_is_accepted(stage, anna_at):
    stage.boris.__class__.objects.filter(pk=stage.boris.pk).update(speaks=["zh"])
    request = stage.asked(stage.slots[1])
    page = anna_at.get(address(request)).content.decode()
    assert "No common language" in page
    assert '<span lang="zh">中文</span>' in page


def test_the_name_of_a_hidden_buyer_is_nowhere_on_the_page(stage, client_of, supplier_segment):
    posting = builders.sourcing_request(stage.buyer, supplier_segment, visibility="name_hidden")
    request = stage.asked(stage.slots[1], postings=[posting], message="Hello")
    boris = client_of(stage.boris)
    page = boris.get(address(request)).content.decode()
    assert "Aurora" not in page
    assert "Anna" not in page
    actions.write_message(request, by=stage.anna, text="Which cells?")
    assert "Aurora" not in boris.get(address(request)).content.decode()
    meeting = actions.accept(request, by=stage.anna)
    assert "Aurora Motors" in boris.get(f"/meetings/{meeting.pk}/").content.decode()


def test_the_blocker_never_sees_what_was_not_delivered(stage, anna_at, client_of):
    from matchmaking.participants.actions import block_company

    block_company(stage.buyer.company, stage.exhibitor.company, by=stage.anna)
    request = stage.asked()
    assert anna_at.get(address(request)).status_code == 404
    assert client_of(stage.boris).get(address(request)).status_code == 200


def test_an_accepted_request_leads_to_its_meeting(stage, anna_at):
    meeting = stage.met()
    answer = anna_at.get(address(meeting.request))
    assert (answer.status_code, answer["Location"]) == (302, f"/meetings/{meeting.pk}/")


def test_an_unknown_step_is_not_there(stage, anna_at):
    request = stage.asked()
    assert anna_at.post(address(request, "explode")).status_code == 404
    assert anna_at.get(address(request, "accept")).status_code == 405


def test_a_form_without_its_token_changes_nothing(stage, client_of):
    request = stage.asked()
    assert client_of(stage.anna, enforce_csrf_checks=True).post(address(request, "accept")).status_code == 403
    assert not Meeting.objects.exists()


def test_the_page_takes_as_many_queries_for_three_postings_as_for_one(stage, anna_at, count_queries, supplier_segment):
    def asked_about(count):
        postings = [builders.offer(stage.exhibitor, supplier_segment) for _number in range(count)]
        request = stage.asked(postings=postings)
        for _number in range(count):
            actions.write_message(request, by=stage.boris, text="More")
        found = count_queries(lambda: anna_at.get(address(request)))
        actions.withdraw(request, by=stage.boris)
        return found

    assert asked_about(1) == asked_about(3) <= 28


def test_the_organisers_staff_reads_it_and_has_no_buttons(stage, client_of):
    request = stage.asked(stage.slots[1])
    page = client_of(stage.organiser).get(address(request)).content.decode()
    assert "Your answer" not in page
    assert address(request, "withdraw") not in page


BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


def test_who_reloads_a_refused_step_finds_the_way_back(stage, anna_at):
    request = stage.asked()
    for prefix in ("", "/zh"):
        answer = anna_at.get(f"{prefix}{address(request, 'accept')}?acting_for=7&x=<b>", HTTP_ACCEPT=BROWSER)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
        page, other = answer.content.decode(), "" if prefix else "/zh"
        assert f'class="btn" href="{prefix}{address(request)}?acting_for=7&amp;' in page
        assert f'href="{other}{address(request)}?acting_for=7&amp;' in page
        assert address(request, "accept") not in page
    for accepted in ("*/*", "application/json"):
        assert anna_at.get(address(request, "accept"), HTTP_ACCEPT=accepted).content == b""


def test_the_other_language_of_a_refused_step_is_the_page_itself(stage, anna_at):
    request = stage.asked()
    answer = anna_at.post(address(request, "decline"), {"version": 1})
    assert answer.status_code != 302
    assert f'href="/zh{address(request)}"' in answer.content.decode()
    assert f'href="/zh{address(request, "decline")}"' not in answer.content.decode()


def test_a_refusal_leads_back_to_the_page_that_can_be_read(stage, anna_at):
    request = stage.asked()
    answer = anna_at.post(address(request, "withdraw"), {"version": 1}, HTTP_REFERER="http://testserver/")
    assert answer.status_code == 403
    assert f'class="btn" href="{address(request)}"' in answer.content.decode()
