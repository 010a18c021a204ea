"""The page of a meeting: who comes, the way there, changes, check-in, how it went."""

import pytest

from matchmaking.meetings import actions
from matchmaking.meetings.models import Meeting, MoveProposal, Seat, Slot
from tests import builders
from tests.matchmaking.meetings.stage import begin_in, everything

STEPS = ["move", "answer-move", "withdraw-move", "cancel", "hand-over", "check-in", "outcome", "rate", "message"]


def address(meeting, verb=""):
    return f"/meetings/{meeting.pk}/" + (f"{verb}/" if verb else "")


@pytest.fixture
def anna_at(client_of, stage):
    return client_of(stage.anna)


def test_each_side_reads_who_comes_from_the_other(stage, anna_at, client_of):
    meeting = stage.met(stage.slots[1])
    page = anna_at.get(address(meeting)).content.decode()
    for words in ("Borealis Cells", "Boris Bo", "boris@example.com", "+86 10 7654321", "09:30–10:00"):
        assert words in page
    page = client_of(stage.boris).get(address(meeting)).content.decode()
    for words in ("Aurora Motors", "Anna Adler", "anna@example.com", "They come to your booth."):
        assert words in page


def test_what_a_person_takes_back_is_shown_no_more(stage, anna_at):
    meeting = stage.met(stage.slots[1])
    stage.boris.consents.filter(field="phone").update(revoked_at="2020-01-01T00:00Z")
    page = anna_at.get(address(meeting)).content.decode()
    assert "boris@example.com" in page
    assert "+86 10 7654321" not in page


@pytest.mark.parametrize("verb", ["", *STEPS])
def test_to_carla_it_does_not_exist(stage, client_of, verb):
    meeting = stage.met(stage.slots[1])
    before = everything()
    carla = client_of(stage.carla)
    assert (carla.post(address(meeting, verb)) if verb else carla.get(address(meeting))).status_code == 404
    assert everything() == before


def test_the_way_leads_to_the_booth_on_the_plan(stage, anna_at):
    meeting = stage.met(stage.slots[1])
    page = anna_at.get(address(meeting)).content.decode()
    assert 'href="/plan/?booth=N1+1#booth"' in page
    assert anna_at.get("/plan/?booth=N1+1").context["selected"].booth == stage.exhibitor.booth


def test_who_waits_for_a_table_reads_the_place_in_the_queue(stage, anna_at):
    stage.exhibitor.booth = None
    stage.exhibitor.save()
    other = stage.another("exhibitor")
    buyer = stage.another()
    actions.accept(actions.ask(other, buyer, by=stage.person_of(other), slot=stage.slots[1]), by=stage.person_of(buyer))
    meeting = stage.met(stage.slots[1])
    assert meeting.place is None
    page = anna_at.get(address(meeting)).content.decode()
    assert "You are number 1 in the queue." in page
    assert "The table follows" in anna_at.get("/desk/meetings/").content.decode()


def test_another_time_is_proposed_and_the_old_one_kept_until_it_is_taken(stage, anna_at, client_of):
    meeting, boris = stage.met(stage.slots[1]), client_of(stage.boris)
    assert anna_at.post(address(meeting, "move"), {"slot": stage.slots[3].pk, "version": 1}).status_code == 302
    meeting.refresh_from_db()
    assert meeting.slot == stage.slots[1]
    assert "You proposed" in anna_at.get(address(meeting)).content.decode()
    assert "Aurora Motors would rather meet" in boris.get(address(meeting)).content.decode()
    assert "Aurora Motors would rather meet" in boris.get("/desk/meetings/waiting/").content.decode()
    boris.post(address(meeting, "answer-move"), {"answer": "accept"})
    meeting.refresh_from_db()
    assert meeting.slot == stage.slots[3]


def test_a_proposed_time_is_declined_or_taken_back(stage, anna_at, client_of):
    meeting, boris = stage.met(stage.slots[1]), client_of(stage.boris)
    anna_at.post(address(meeting, "move"), {"slot": stage.slots[3].pk})
    boris.post(address(meeting, "answer-move"), {"answer": "decline"})
    anna_at.post(address(meeting, "move"), {"slot": stage.slots[2].pk})
    anna_at.post(address(meeting, "withdraw-move"))
    assert list(MoveProposal.objects.order_by("pk").values_list("status", flat=True)) == ["declined", "withdrawn"]
    meeting.refresh_from_db()
    assert meeting.slot == stage.slots[1]


def test_only_the_proposal_that_was_read_is_answered(stage, anna_at, client_of):
    meeting, boris = stage.met(stage.slots[1]), client_of(stage.boris)
    read = actions.propose_move(meeting, by=stage.anna, slot=stage.slots[3])
    sign = f'name="proposal" value="{read.pk}"'
    shown = [anna_at.get(address(meeting)), boris.get(address(meeting)), boris.get("/desk/meetings/waiting/")]
    assert [page.content.decode().count(sign) for page in shown] == [1, 2, 2]
    actions.withdraw_move(read, by=stage.anna)
    actions.propose_move(meeting, by=stage.anna, slot=stage.slots[2])
    for answer in ("accept", "decline"):
        assert boris.post(address(meeting, "answer-move"), {"answer": answer, "proposal": read.pk}).status_code == 409
    assert anna_at.post(address(meeting, "withdraw-move"), {"proposal": read.pk}).status_code == 409
    assert meeting.proposals.get(status=MoveProposal.Status.PENDING).slot == stage.slots[2]
    meeting.refresh_from_db()
    assert meeting.slot == stage.slots[1]


def test_a_time_that_was_taken_meanwhile_comes_with_others(stage, anna_at):
    meeting, other = stage.met(stage.slots[1]), stage.another("exhibitor")
    actions.accept(actions.ask(other, stage.buyer, by=stage.person_of(other), slot=stage.slots[2]), by=stage.anna)
    answer = anna_at.post(address(meeting, "move"), {"slot": stage.slots[2].pk})
    assert answer.status_code == 409
    assert len(answer.context["taken"]) == 3


def test_nothing_to_answer_is_a_conflict(stage, anna_at):
    meeting = stage.met(stage.slots[1])
    assert anna_at.post(address(meeting, "answer-move"), {"answer": "accept"}).status_code == 409
    assert anna_at.post(address(meeting, "withdraw-move")).status_code == 409


def test_cancelling_needs_a_reason_and_frees_the_time(stage, anna_at, client_of):
    meeting = stage.met(stage.slots[1])
    assert anna_at.post(address(meeting, "cancel")).status_code == 400
    assert anna_at.post(address(meeting, "cancel"), {"reason": "no_time", "note": "Sorry"}).status_code == 302
    page = client_of(stage.boris).get(address(meeting)).content.decode()
    assert "This meeting was cancelled" in page
    assert "no time" in page
    assert "Borealis" not in anna_at.get("/desk/meetings/").content.decode()
    assert "Borealis" in anna_at.get("/desk/meetings/?view=list").content.decode()


def test_a_colleague_comes_instead(stage, anna_at):
    colleague = builders.person(full_name="Ada Abel")
    builders.member(stage.buyer.company, colleague)
    meeting = stage.met(stage.slots[1])
    assert "Send a colleague" in anna_at.get(address(meeting)).content.decode()
    assert anna_at.post(address(meeting, "hand-over"), {"person": colleague.pk, "version": meeting.version}).status_code == 302
    assert Seat.objects.get(registration=stage.buyer).person == colleague


@pytest.mark.parametrize("who", ["carla", "boris", "nobody"])
def test_it_is_handed_to_nobody_else(stage, anna_at, who):
    meeting = stage.met(stage.slots[1])
    person = {"carla": stage.carla.pk, "boris": stage.boris.pk, "nobody": "x"}[who]
    assert anna_at.post(address(meeting, "hand-over"), {"person": person}).status_code == 400
    assert Seat.objects.get(registration=stage.buyer).person == stage.anna


def test_checking_in_on_the_page_needs_the_word_of_the_sign(stage, anna_at):
    begin_in(60)
    meeting = stage.met(Slot.objects.for_meetings()[0])
    assert "I am here" not in anna_at.get(address(meeting)).content.decode()
    begin_in(10)
    assert "I am here" in anna_at.get(address(meeting)).content.decode()
    assert anna_at.post(address(meeting, "check-in"), {"code": "wrong"}).status_code == 409
    assert anna_at.post(address(meeting, "check-in"), {"code": meeting.place.key}).status_code == 302
    assert "You are checked in." in anna_at.get(address(meeting)).content.decode()


def test_how_it_went_is_one_tap_and_then_it_is_rated_once(stage, anna_at, client_of):
    begin_in(60)
    meeting = stage.met(Slot.objects.for_meetings()[0])
    assert "How did it go?" not in anna_at.get(address(meeting)).content.decode()
    begin_in(-45)
    assert "How did it go?" in anna_at.get(address(meeting)).content.decode()
    anna_at.post(address(meeting, "outcome"), {"says": "took_place"})
    assert "Was it worth the walk?" not in anna_at.get(address(meeting)).content.decode()
    client_of(stage.boris).post(address(meeting, "outcome"), {"says": "partly"})
    assert "Was it worth the walk?" in anna_at.get(address(meeting)).content.decode()
    assert anna_at.post(address(meeting, "rate"), {"stars": 4}).status_code == 302
    assert anna_at.post(address(meeting, "rate"), {"stars": 5}).status_code == 409
    assert "You gave it 4 of 5" in anna_at.get(address(meeting)).content.decode()
    assert "4 of 5" not in client_of(stage.boris).get(address(meeting)).content.decode()
    assert "rated" not in client_of(stage.boris).get(address(meeting)).content.decode()


def test_where_the_sides_disagree_neither_is_blamed(stage, anna_at, client_of):
    begin_in(60)
    meeting = stage.met(Slot.objects.for_meetings()[0])
    begin_in(-45)
    anna_at.post(address(meeting, "outcome"), {"says": "took_place"})
    client_of(stage.boris).post(address(meeting, "outcome"), {"says": "did_not"})
    assert Meeting.objects.get().status == "disputed"
    assert "Neither is held against anybody" in anna_at.get(address(meeting)).content.decode()


@pytest.mark.parametrize(("verb", "sent"), [("outcome", {"says": "maybe"}), ("rate", {"stars": "6"}), ("rate", {}), ("message", {})])
def test_what_cannot_be_is_refused(stage, anna_at, verb, sent):
    meeting = stage.met(stage.slots[1])
    before = everything()
    assert anna_at.post(address(meeting, verb), sent).status_code == 400
    assert everything() == before


def test_a_step_too_early_or_too_late_is_a_conflict(stage, anna_at):
    begin_in(60)
    meeting = stage.met(Slot.objects.for_meetings()[0])
    assert anna_at.post(address(meeting, "outcome"), {"says": "took_place"}).status_code == 409
    begin_in(-10)
    assert anna_at.post(address(meeting, "cancel"), {"reason": "no_time"}).status_code == 409


def test_a_partner_of_the_delegation_reads_and_writes_too(stage, client_of):
    partner = stage.another("exhibitor", led_by=stage.exhibitor)
    meeting = stage.met(stage.slots[1], partner=partner)
    page = client_of(stage.person_of(partner)).get(address(meeting)).content.decode()
    assert "Borealis Cells + Aurora Motors" in page
    assert "anna@example.com" in page


def test_an_interpreter_is_named(stage, anna_at):
    from matchmaking.meetings.models import Interpreter

    Interpreter.objects.create(edition=stage.setup.edition, name="Ines Interpres", languages=["en", "zh"])
    type(stage.boris).objects.filter(pk=stage.boris.pk).update(speaks=["zh"])
    meeting = stage.met(stage.slots[1], needs_interpreter=True)
    assert "Ines Interpres interprets." in anna_at.get(address(meeting)).content.decode()


def test_the_page_takes_as_many_queries_for_a_long_story_as_for_a_short_one(stage, anna_at, count_queries, supplier_segment):
    meeting = stage.met(stage.slots[1], postings=[builders.offer(stage.exhibitor, supplier_segment)])
    anna_at.get(address(meeting))
    first = count_queries(lambda: anna_at.get(address(meeting)))
    for _number in range(3):
        actions.write_message(meeting.request, by=stage.boris, text="More")
        builders.member(stage.exhibitor.company, builders.person())
    assert count_queries(lambda: anna_at.get(address(meeting))) == first <= 30


def test_both_languages(stage, anna_at):
    meeting = stage.met(stage.slots[1])
    page = anna_at.get(f"/zh{address(meeting)}").content.decode()
    assert "北极光电芯" in page


def test_the_way_on_foot_is_told_from_the_meeting_before(stage, anna_at):
    far = builders.hall(stage.setup.edition, code="W9", x=600)
    other = stage.another("exhibitor", booth=builders.booth(far, code="W9 1", status="assigned"))
    stage.met(stage.slots[0])
    meeting = actions.accept(actions.ask(other, stage.buyer, by=stage.person_of(other), slot=stage.slots[1]), by=stage.anna)
    assert "10 minutes on foot from your meeting before" in anna_at.get(address(meeting)).content.decode()
    assert "Agreed · 10 min on foot" in anna_at.get("/desk/meetings/").content.decode()
    stage.setup.walking_minutes = {"N1|W9": 7}
    stage.setup.save()
    assert "7 minutes on foot" in anna_at.get(address(meeting)).content.decode()
