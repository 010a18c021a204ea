"""Staff act for a participant: they say for whom, the history names both, and the participant's people are told."""

import pytest

from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event, OutboxMessage
from matchmaking.meetings import actions
from matchmaking.meetings.models import Meeting, MeetingRequest, Message, MoveProposal, Occupancy
from matchmaking.meetings.queries.acted import acted_for_others
from tests import builders
from tests.matchmaking.meetings.stage import begin_in, everything


@pytest.fixture
def olga_at(client_of, stage):
    return client_of(stage.organiser)


def acting(thing, registration, verb=""):
    room = "meetings" if isinstance(thing, Meeting) else "meetings/requests"
    return f"/{room}/{thing.pk}/" + (f"{verb}/" if verb else "") + f"?acting_for={registration.pk}"


def told_for(person):
    return OutboxMessage.objects.filter(kind="meeting_done_for_you", recipient=person).count()


def test_staff_first_see_for_which_side_they_may_act(stage, olga_at):
    request = stage.asked(stage.slots[1])
    page = olga_at.get(f"/meetings/requests/{request.pk}/").content.decode()
    assert f'href="?acting_for={stage.buyer.pk}"' in page
    assert "Your answer" not in page
    page = olga_at.get(acting(request, stage.buyer)).content.decode()
    for words in ("Acting for Aurora Motors", "Your answer", f'accept/?acting_for={stage.buyer.pk}"'):
        assert words in page
    assert "Take the request back" in olga_at.get(acting(request, stage.exhibitor)).content.decode()


def test_staff_accept_for_a_company_and_all_is_written_down(stage, olga_at):
    request = stage.asked(stage.slots[1])
    answer = olga_at.post(acting(request, stage.buyer, "accept"), {"version": 1})
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"?acting_for={stage.buyer.pk}")
    meeting = Meeting.objects.get()
    line = Event.objects.get(verb="meeting_request.accepted")
    assert (line.actor, line.data["acting_for"]) == (stage.organiser, stage.buyer.pk)
    mail = OutboxMessage.objects.get(kind="meeting_done_for_you")
    assert mail.recipient == stage.anna
    assert "Olga Organiser, of the organiser, has done this for Aurora Motors: accepted a request to meet." in mail.body
    assert meeting.seats.get(registration=stage.buyer).person == stage.anna
    page = olga_at.get(f"/meetings/{meeting.pk}/").content.decode()
    assert "Accepted, by Olga Organiser for Aurora Motors" in page


def test_the_other_verbs_on_a_request(stage, olga_at):
    request = stage.asked(stage.slots[1])
    olga_at.post(acting(request, stage.buyer, "counter"), {"slot": stage.slots[2].pk, "version": 1})
    olga_at.post(acting(request, stage.exhibitor, "message"), {"text": "We come with two."})
    assert Message.objects.get().side == "sender"
    assert (told_for(stage.anna), told_for(stage.boris)) == (1, 1)
    olga_at.post(acting(request, stage.exhibitor, "decline"), {"reason": "no_time", "version": 2})
    request.refresh_from_db()
    assert request.status == "declined"
    other = stage.asked(stage.slots[1])
    olga_at.post(acting(other, stage.exhibitor, "withdraw"), {"version": 1})
    other.refresh_from_db()
    assert other.status == "cancelled"
    assert (told_for(stage.anna), told_for(stage.boris)) == (1, 3)


def test_the_verbs_of_a_meeting(stage, olga_at):
    meeting = stage.met(stage.slots[1])
    olga_at.post(acting(meeting, stage.buyer, "move"), {"slot": stage.slots[2].pk, "version": 1})
    assert MoveProposal.objects.get().by_seat.registration == stage.buyer
    olga_at.post(acting(meeting, stage.exhibitor, "answer-move"), {"answer": "accept"})
    meeting.refresh_from_db()
    assert meeting.slot == stage.slots[2]
    colleague = builders.person(full_name="Bea Borealis")
    builders.member(stage.exhibitor.company, colleague)
    olga_at.post(acting(meeting, stage.exhibitor, "hand-over"), {"person": colleague.pk, "version": 2})
    assert meeting.seats.get(registration=stage.exhibitor).person == colleague
    olga_at.post(acting(meeting, stage.buyer, "cancel"), {"reason": "no_time"})
    meeting.refresh_from_db()
    assert (meeting.status, meeting.cancelled_side) == ("cancelled", meeting.request.side_of(stage.buyer))
    whose = Event.objects.filter(data__has_key="acting_for").order_by("pk").values_list("verb", "data__acting_for")
    assert list(whose) == [
        ("meeting.move_proposed", stage.buyer.pk),
        ("meeting.moved", stage.exhibitor.pk),
        ("meeting.handed_over", stage.exhibitor.pk),
        ("meeting.cancelled", stage.buyer.pk),
    ]


def test_staff_check_in_without_the_word_and_say_how_it_went(stage, olga_at):
    meeting = stage.met(stage.slots[0])
    begin_in(5)
    page = olga_at.get(acting(meeting, stage.buyer)).content.decode()
    assert "I am here" in page
    assert 'id="code"' not in page
    assert olga_at.post(acting(meeting, stage.buyer, "check-in")).status_code == 302
    assert meeting.seats.get(registration=stage.buyer).checked_in_at is not None
    assert meeting.seats.get(registration=stage.exhibitor).checked_in_at is None
    begin_in(-5)
    olga_at.post(acting(meeting, stage.exhibitor, "outcome"), {"says": "took_place"})
    assert meeting.seats.get(registration=stage.exhibitor).says == "took_place"
    assert (told_for(stage.anna), told_for(stage.boris)) == (1, 1)


def test_not_for_the_side_whose_turn_it_is_not(stage, olga_at):
    request = stage.asked(stage.slots[1])
    before = everything()
    assert olga_at.post(acting(request, stage.exhibitor, "accept"), {"version": 1}).status_code == 403
    assert everything() == before


@pytest.mark.parametrize("verb", ["", "accept", "withdraw", "message"])
def test_a_participant_acts_for_nobody_else(stage, client_of, verb):
    request = stage.asked(stage.slots[1])
    before = everything()
    for person in (stage.anna, stage.boris, stage.carla):
        at = client_of(person)
        address = acting(request, stage.buyer, verb)
        assert (at.post(address, {"text": "x"}) if verb else at.get(address)).status_code == 404
    assert everything() == before


def test_what_its_own_people_do_is_not_said_of_staff(stage):
    stage.met(stage.slots[1])
    assert not Event.objects.filter(data__has_key="acting_for").exists()
    assert not OutboxMessage.objects.filter(kind="meeting_done_for_you").exists()


def test_an_undelivered_request_is_not_answered_for_who_never_got_it(stage, olga_at, client_of):
    request = stage.asked(stage.slots[1])
    MeetingRequest.objects.update(is_delivered=False)
    assert olga_at.get(acting(request, stage.buyer)).status_code == 404
    assert olga_at.get(acting(request, stage.exhibitor)).status_code == 200


def test_staff_ask_for_a_company(stage, olga_at):
    company = stage.exhibitor.company.slug
    address = f"/meetings/ask/?company={company}&acting_for={stage.buyer.pk}"
    page = olga_at.get(address).content.decode()
    assert "Acting for Aurora Motors" in page
    answer = olga_at.post(address, {"sender": stage.buyer.pk, "message": "", "slot": stage.slots[1].pk})
    request = MeetingRequest.objects.get()
    assert answer["Location"] == f"/meetings/requests/{request.pk}/?acting_for={stage.buyer.pk}"
    assert (request.sender, request.sent_by, request.slot) == (stage.buyer, stage.organiser, stage.slots[1])
    assert told_for(stage.anna) == 1


def test_staff_keep_a_companys_times_free(stage, olga_at):
    address = f"/desk/meetings/times/?acting_for={stage.buyer.pk}"
    assert "Acting for Aurora Motors" in olga_at.get(address).content.decode()
    assert olga_at.post(address, {"slots": [stage.slots[1].pk]}).status_code == 302
    assert Occupancy.objects.get().registration == stage.buyer
    line = Event.objects.get(verb="meeting_time.kept_free")
    assert (line.actor, line.data["acting_for"]) == (stage.organiser, stage.buyer.pk)
    assert told_for(stage.anna) == 1


@pytest.mark.parametrize("address", ["/desk/meetings/times/", "/meetings/ask/?company=borealis-cells"])
def test_nobody_else_asks_or_keeps_time_for_a_company(stage, client_of, address):
    before = everything()
    joined = "&" if "?" in address else "?"
    for person in (stage.boris, stage.carla):
        at = client_of(person)
        for answer in (at.get, at.post):
            assert answer(f"{address}{joined}acting_for={stage.buyer.pk}").status_code == 404
    assert everything() == before


def test_the_actions_refuse_who_acts_for_another_than_the_one_whose_step_it_is(stage):
    request = stage.asked(stage.slots[1])
    for act in (actions.accept, actions.withdraw):
        wrong = stage.exhibitor if act is actions.accept else stage.buyer
        with pytest.raises(NotAllowed):
            act(request, by=stage.organiser, acting_for=wrong)


def test_what_staff_did_for_others_is_listed_alone(stage, olga_at):
    request = stage.asked(stage.slots[0])
    other = stage.asked_of(stage.another(), stage.slots[1])
    actions.accept(other, by=stage.person_of(other.receiver))
    actions.accept(request, by=stage.organiser, acting_for=stage.buyer)
    (line,) = acted_for_others(stage.setup.edition)
    assert (line.verb, line.actor, line.data["acting_for"]) == ("meeting_request.accepted", stage.organiser, stage.buyer.pk)
    assert not acted_for_others(builders.edition()).exists()
    assert stage.buyer.company.title in olga_at.get("/organiser/meetings/acted/").content.decode()


def test_a_line_that_staff_wrote_says_so_to_both(stage, olga_at, client_of):
    request = stage.asked(stage.slots[1], message="We make what you buy.")
    olga_at.post(acting(request, stage.buyer, "message"), {"text": "Aurora rings you."})
    actions.write_message(request, by=stage.anna, text="That was us.")
    address = f"/meetings/requests/{request.pk}/"

    def who(client, query=""):
        return [line.who for line in client.get(address + query).context["thread"]]

    assert who(client_of(stage.anna)) == ["Borealis Cells", "The organiser for you", "You"]
    assert who(client_of(stage.boris)) == ["You", "The organiser for Aurora Motors", "Aurora Motors"]
    assert who(olga_at, f"?acting_for={stage.buyer.pk}") == ["Borealis Cells", "The organiser for Aurora Motors", "Aurora Motors"]
    assert "<b>The organiser for you</b>" in client_of(stage.anna).get(address).content.decode()


def test_a_question_that_staff_asked_for_a_side_says_so(stage, client_of):
    request = actions.ask(stage.exhibitor, stage.buyer, by=stage.organiser, message="Borealis would like to meet.")
    thread = client_of(stage.boris).get(f"/meetings/requests/{request.pk}/").context["thread"]
    assert [line.who for line in thread] == ["The organiser for you"]
