"""What both sides say of a match: once each, taken back, told to the other side only when it is a wish to meet."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from expo.foundation.errors import Invalid, NotAllowed, Refused
from expo.foundation.models import Event, OutboxMessage
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching.actions.verdicts import give_verdict, undo_verdict
from matchmaking.matching.errors import NotMatched, PostingClosed, VerdictReasonMissing
from matchmaking.matching.models import Verdict
from matchmaking.participants.models import Block, Registration
from tests import builders


@pytest.fixture
def asked(buyer, supplier_segment):
    return builders.sourcing_request(buyer, supplier_segment, title="Cells wanted")


@pytest.fixture
def offered(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, title="Blade cells")


@pytest.fixture
def match(asked, offered):
    return builders.match(asked, offered, request_rank=2, offer_rank=7)


def told():
    return [(notice.recipient.email, notice.subject) for notice in OutboxMessage.objects.order_by("id").select_related("recipient")]


def test_a_wish_to_meet_is_kept_with_its_rank_and_told_to_the_other_side(match, asked, offered, anna, boris):
    given = give_verdict(asked, offered, side="buyer", says="interested", reason="price", note=" Ask \n Li ", by=anna)
    assert (given.side, given.says, given.reason, given.note, given.rank, given.by) == ("buyer", "interested", "", "Ask Li", 2, anna)
    assert told() == [("boris@example.com", "Would like to meet you: Cells wanted")]
    event = Event.objects.get(verb="give_verdict")
    assert event.actor == anna
    assert event.data == {"request": asked.pk, "offer": offered.pk, "side": "buyer", "says": "interested", "reason": ""}


def test_the_supplier_has_a_rank_of_its_own(match, asked, offered, boris):
    assert give_verdict(asked, offered, side="supplier", says="not_for_us", reason="price", by=boris).rank == 7


def test_both_are_told_when_both_want_to_meet(match, asked, offered, anna, boris):
    give_verdict(asked, offered, side="buyer", says="interested", by=anna)
    give_verdict(asked, offered, side="supplier", says="interested", by=boris)
    assert told()[1:] == [
        ("anna@example.com", "You both want to meet: Blade cells"),
        ("boris@example.com", "You both want to meet: Cells wanted"),
    ]


def test_not_for_us_tells_nobody(match, asked, offered, anna):
    given = give_verdict(asked, offered, side="buyer", says="not_for_us", reason="terms", by=anna)
    assert given.reason == "terms"
    assert told() == []


def test_a_wish_of_whom_the_other_side_turned_down_tells_nobody(match, asked, offered, anna, boris):
    give_verdict(asked, offered, side="buyer", says="not_for_us", reason="terms", by=anna)
    give_verdict(asked, offered, side="supplier", says="interested", by=boris)
    assert told() == []


def test_not_for_us_needs_a_reason(match, asked, offered, anna):
    for reason in ("", "because"):
        with pytest.raises(VerdictReasonMissing):
            give_verdict(asked, offered, side="buyer", says="not_for_us", reason=reason, by=anna)
    assert not Verdict.objects.exists()


@pytest.mark.parametrize("wrong", [{"says": "perhaps"}, {"side": "organiser"}, {"note": "x" * 301}])
def test_unknown_words_and_endless_notes_are_refused(wrong, match, asked, offered, anna):
    with pytest.raises(Invalid):
        give_verdict(asked, offered, **{"side": "buyer", "says": "interested", **wrong}, by=anna)
    assert not Verdict.objects.exists()


def test_nobody_speaks_for_another_side(match, asked, offered, anna, boris, carla, organiser):
    for person, side in ((anna, "supplier"), (boris, "buyer"), (carla, "buyer"), (organiser, "buyer"), (organiser, "supplier")):
        with pytest.raises(NotAllowed):
            give_verdict(asked, offered, side=side, says="interested", by=person)
        with pytest.raises(NotAllowed):
            undo_verdict(asked, offered, side=side, by=person)
    assert not Verdict.objects.exists()


def test_a_company_that_does_not_take_part_says_nothing(match, asked, offered, buyer, anna):
    Registration.objects.filter(pk=buyer.pk).update(status="withdrawn")
    with pytest.raises(NotAllowed):
        give_verdict(asked, offered, side="buyer", says="interested", by=anna)


@pytest.mark.parametrize("model", [Offer, SourcingRequest])
def test_both_have_to_be_open(model, match, asked, offered, anna):
    model.objects.update(status="paused")
    with pytest.raises(PostingClosed):
        give_verdict(asked, offered, side="buyer", says="interested", by=anna)
    assert not Verdict.objects.exists()
    assert told() == []


def test_what_was_not_matched_cannot_be_asked_for(asked, offered, boris):
    with pytest.raises(NotMatched):
        give_verdict(asked, offered, side="supplier", says="interested", by=boris)
    assert not Verdict.objects.exists()


def test_a_second_verdict_takes_the_place_of_the_first(match, asked, offered, anna):
    first = give_verdict(asked, offered, side="buyer", says="interested", by=anna)
    second = give_verdict(asked, offered, side="buyer", says="not_for_us", reason="price", by=anna)
    first.refresh_from_db()
    assert first.undone_at is not None
    assert list(Verdict.objects.standing()) == [second]


def test_the_same_again_changes_nothing(match, asked, offered, anna):
    first = give_verdict(asked, offered, side="buyer", says="interested", by=anna)
    assert give_verdict(asked, offered, side="buyer", says="interested", by=anna) == first
    assert Verdict.objects.count() == Event.objects.filter(verb="give_verdict").count() == len(told()) == 1


def test_a_wish_taken_back_and_given_again_is_told_once(match, asked, offered, anna):
    give_verdict(asked, offered, side="buyer", says="interested", by=anna)
    assert undo_verdict(asked, offered, side="buyer", by=anna).undone_at is not None
    assert undo_verdict(asked, offered, side="buyer", by=anna) is None
    give_verdict(asked, offered, side="buyer", says="interested", by=anna)
    assert (Verdict.objects.standing().count(), Verdict.objects.count(), len(told())) == (1, 2, 1)


def test_what_was_said_can_be_taken_back_of_a_closed_posting(match, asked, offered, anna):
    give_verdict(asked, offered, side="buyer", says="not_for_us", reason="price", by=anna)
    Offer.objects.update(status="withdrawn")
    undo_verdict(asked, offered, side="buyer", by=anna)
    assert not Verdict.objects.standing().exists()


@pytest.mark.parametrize("is_set_by_buyer", [True, False])
def test_a_block_keeps_wishes_silent_and_shows_no_difference(is_set_by_buyer, match, asked, offered, aurora, borealis, boris):
    one, other = (aurora, borealis) if is_set_by_buyer else (borealis, aurora)
    Block.objects.create(company=one, blocked=other)
    assert give_verdict(asked, offered, side="supplier", says="interested", by=boris).says == "interested"
    assert told() == []


def test_a_cap_on_answers_shields_from_more_companies(match, asked, offered, edition, supplier_segment, boris):
    SourcingRequest.objects.update(answer_cap=1)
    give_verdict(asked, offered, side="supplier", says="interested", by=boris)
    second = builders.offer(offered.registration, supplier_segment)
    builders.match(asked, second)
    give_verdict(asked, second, side="supplier", says="interested", by=boris)
    assert len(told()) == 2  # Two offers of one company are one answer.
    dora = builders.person("dora@example.com")
    works = builders.company()
    builders.member(works, dora)
    third = builders.offer(builders.registration(works, edition), supplier_segment)
    builders.match(asked, third)
    give_verdict(asked, third, side="supplier", says="interested", by=dora)
    assert len(told()) == 2


def test_a_mail_does_not_name_a_buyer_that_hides(match, asked, offered, anna):
    SourcingRequest.objects.update(visibility="name_hidden")
    give_verdict(asked, offered, side="buyer", says="interested", by=anna)
    notice = OutboxMessage.objects.get()
    assert "a buyer would like to meet you about “Blade cells”" in notice.body
    assert "Aurora" not in notice.subject + notice.body


def test_the_mail_names_who_does_not_hide_and_leads_to_the_matches(match, asked, offered, boris):
    give_verdict(asked, offered, side="supplier", says="interested", by=boris)
    body = OutboxMessage.objects.get().body
    assert "Borealis Cells would like to meet you about “Cells wanted”" in body
    assert f"/requests/{asked.pk}/matches/" in body


def test_people_read_their_own_side_and_the_wish_of_the_other(match, asked, offered, anna, boris, carla, organiser):
    no = give_verdict(asked, offered, side="buyer", says="not_for_us", reason="price", by=anna)
    yes = give_verdict(asked, offered, side="supplier", says="interested", by=boris)
    assert set(Verdict.objects.visible_to(anna)) == {no, yes}
    assert set(Verdict.objects.visible_to(boris)) == {yes}
    assert not Verdict.objects.visible_to(carla).exists()


# The pages


def address(asked, offered, end=""):
    return f"/requests/{asked.pk}/matches/{offered.pk}/verdict/{end}"


def test_a_card_gives_a_verdict_and_leads_back(match, asked, offered, anna, client_of):
    client = client_of(anna)
    sent = {"side": "buyer", "says": "interested", "next": f"/requests/{asked.pk}/?page=2"}
    answer = client.post(address(asked, offered), sent)
    assert (answer.status_code, answer["Location"]) == (302, f"/requests/{asked.pk}/?page=2")
    assert Verdict.objects.get().says == "interested"
    answer = client.post(address(asked, offered, "undo/"), {"side": "buyer", "next": "https://elsewhere.example/"})
    assert answer["Location"] == f"/requests/{asked.pk}/"
    assert not Verdict.objects.standing().exists()


def test_a_card_is_swapped_for_what_stands(match, asked, offered, anna, client_of):
    client, htmx = client_of(anna), {"HX-Request": "true"}
    page = client.post(address(asked, offered), {"side": "buyer", "says": "not_for_us", "reason": "price"}, headers=htmx).content.decode()
    assert "Not for you" in page
    assert "Show it again" in page
    page = client.post(address(asked, offered, "undo/"), {"side": "buyer"}, headers=htmx).content.decode()
    assert "Would like to meet" in page
    assert "<html" not in page


def test_the_forms_of_a_card_carry_the_token(match, asked, offered, anna, client_of):
    client = client_of(anna, enforce_csrf_checks=True)
    assert client.post(address(asked, offered), {"side": "buyer", "says": "interested"}).status_code == 403
    client.get("/account/")
    token = client.cookies["csrftoken"].value
    sent = {"side": "buyer", "says": "interested", "csrfmiddlewaretoken": token}
    page = client.post(address(asked, offered), sent, headers={"HX-Request": "true"}).content.decode()
    assert 'name="csrfmiddlewaretoken" value="' in page
    assert 'name="csrfmiddlewaretoken" value=""' not in page


def test_carla_is_refused_and_strangers_sign_in(match, asked, offered, carla, client_of):
    sent = {"side": "buyer", "says": "interested"}
    assert client_of(carla).post(address(asked, offered), sent).status_code == 403
    assert client_of(None).post(address(asked, offered), sent).status_code == 302
    assert client_of(carla).get(address(asked, offered)).status_code == 405
    SourcingRequest.objects.update(visibility="invited")
    assert client_of(carla).post(address(asked, offered), sent).status_code == 404
    assert not Verdict.objects.exists()


def test_the_page_says_what_is_missing(match, asked, offered, anna, client_of):
    answer = client_of(anna).post(address(asked, offered), {"side": "buyer", "says": "not_for_us"})
    assert answer.status_code == 400
    assert "choose one of the reasons" in answer.content.decode()


# Both at once


def race(calls):
    start = Barrier(len(calls))

    def run(call):
        try:
            start.wait(10)
            return call()
        except Refused as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_six_presses_at_once_are_one_verdict_and_both_sides_learn_of_each_other(match, asked, offered, anna, boris):
    def press(side, person):
        return lambda: give_verdict(asked, offered, side=side, says="interested", by=person).pk

    results = race([press("buyer", anna), press("supplier", boris)] * 3)
    assert len(set(results)) == 2
    assert Verdict.objects.count() == 2
    assert sorted(subject.partition(":")[0] for _who, subject in told()) == [
        "Would like to meet you",
        "You both want to meet",
        "You both want to meet",
    ]
