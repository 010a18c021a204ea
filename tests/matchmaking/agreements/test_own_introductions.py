"""A company that is no party names itself as the one that brought the parties together, reads what they say, and takes it back."""

import pytest

from expo.foundation.models import OutboxMessage
from matchmaking.agreements import actions, errors
from matchmaking.agreements.actions import introducing
from matchmaking.agreements.models import Agreement, Introduction
from tests import builders
from tests.matchmaking.agreements.desk import confirmed, everything, mails, third

PAGE = "/desk/agreements/introductions/"


@pytest.fixture
def signed(sheet, boris, borealis, anna):
    return confirmed(sheet, boris, borealis, anna)


@pytest.fixture
def broker(edition):
    """Cassini, who is no party, and its owner."""
    return third(edition)


def test_a_company_that_is_no_party_claims_by_the_number_and_reads_the_answers(signed, broker, client_of, anna, boris):
    cassini, owner = broker
    desk = client_of(owner)
    assert f'href="{PAGE}"' in desk.get("/desk/agreements/").text
    assert "Nobody has named a company of yours yet." in desk.get(PAGE).text
    given = {"company": cassini.pk, "number": " 2027-1 ", "note": "At our stand"}
    assert "Noted. The parties are asked." in desk.post(PAGE, given, follow=True).text
    page = desk.get(PAGE).text
    for words in (
        "Cells for the Aurora",
        "2027-0001",
        "Aurora Motors, Borealis Cells",
        "At our stand",
        "0 of 2 parties said yes",
        "Waits for the parties",
    ):
        assert words in page, words
    claim = Introduction.objects.get()
    actions.answer_introduction(claim, by=anna, answer="yes")
    message = OutboxMessage.objects.get(recipient=owner)
    assert (message.kind, message.link) == ("agreement_introduction_answered", PAGE)
    assert "a party of this agreement has said yes: Cassini Glass brought them together." in message.body
    assert "1 of 2 parties said yes" in desk.get(PAGE).text
    actions.answer_introduction(claim, by=boris, answer="yes")
    assert "Credited" in desk.get(PAGE).text
    assert desk.post(f"{PAGE}{claim.pk}/end/").headers["Location"] == PAGE
    assert "Taken back" in desk.get(PAGE).text
    assert "Nobody is named any more" in desk.post(f"{PAGE}{claim.pk}/end/", follow=True).text


@pytest.mark.parametrize("number", ["", "2027-9", "2027", "-1", "2027-x", "nothing-1", "2027-" + "9" * 30, "2027-0002"])
def test_what_is_in_no_public_list_is_not_claimed(signed, sheet, boris, borealis, anna, broker, client_of, number):
    cassini, owner = broker
    confirmed(sheet, boris, borealis, anna, visibility="totals_only")
    before = everything()
    answer = client_of(owner).post(PAGE, {"company": cassini.pk, "number": number})
    assert answer.status_code == 400
    assert everything() == before
    assert not number or f"No agreement with the number “{number}” stands in a public list." in answer.text


def test_a_second_claim_and_a_company_of_somebody_else_are_refused_on_the_page(signed, broker, client_of, boris, aurora):
    cassini, owner = broker
    assert client_of(owner).post(PAGE, {"company": aurora.pk, "number": "2027-1"}).status_code == 400
    actions.claim_introduction(signed, cassini, by=owner)
    before = everything()
    answer = client_of(owner).post(PAGE, {"company": cassini.pk, "number": "2027-1"})
    assert (answer.status_code, everything()) == (409, before)
    assert "A company is named already as the one that brought the parties together." in answer.text


def test_who_is_named_by_a_party_is_told_no_more_than_everybody_reads(sheet, boris, borealis, anna, broker, client_of):
    cassini, owner = broker
    kept = confirmed(sheet, boris, borealis, anna, visibility="totals_only")
    actions.claim_introduction(kept, cassini, by=boris, note="At the stand of Cassini")
    assert ("cassini@example.com", "agreement_introducer_named") in mails()
    message = OutboxMessage.objects.get(recipient=owner)
    page = client_of(owner).get(PAGE).text
    for text in (message.body, page):
        assert "2027-0001" in text
        for hidden in ("Cells for the Aurora", "Aurora Motors", "Borealis Cells"):
            assert hidden not in text
    assert "Signed on" not in message.body
    Agreement.objects.update(visibility="public")
    assert "Cells for the Aurora" in client_of(owner).get(PAGE).text


def test_to_others_no_claim_exists(signed, broker, client_of, carla):
    cassini, owner = broker
    claim = actions.claim_introduction(signed, cassini, by=owner)
    builders.member(builders.company("Comet Works"), carla)
    before = everything()
    assert client_of(carla).post(f"{PAGE}{claim.pk}/end/").status_code == 404
    assert "Cells for the Aurora" not in client_of(carla).get(PAGE).text
    assert client_of(builders.person()).get(PAGE).status_code == 404
    assert everything() == before


def test_no_company_asks_after_more_than_twenty_a_day(sheet, boris, borealis, anna, broker, organiser, monkeypatch):
    cassini, owner = broker
    monkeypatch.setattr(introducing, "MOST_A_DAY", 1)
    first, second = (confirmed(sheet, boris, borealis, anna) for _one in range(2))
    actions.claim_introduction(first, cassini, by=owner)
    before = everything()
    with pytest.raises(errors.TooManyClaims):
        actions.claim_introduction(second, cassini, by=owner)
    assert everything() == before
    actions.claim_introduction(second, cassini, by=anna)


def test_a_claim_that_is_taken_back_and_made_again_counts_twice(signed, broker, monkeypatch):
    cassini, owner = broker
    monkeypatch.setattr(introducing, "MOST_A_DAY", 2)
    for _again in range(2):
        actions.end_introduction(actions.claim_introduction(signed, cassini, by=owner), by=owner)
    before = everything()
    with pytest.raises(errors.TooManyClaims):
        actions.claim_introduction(signed, cassini, by=owner)
    assert everything() == before


def test_the_page_takes_as_many_queries_for_one_claim_as_for_three(sheet, boris, borealis, anna, broker, client_of, count_queries):
    cassini, owner = broker
    desk = client_of(owner)
    actions.claim_introduction(confirmed(sheet, boris, borealis, anna), cassini, by=owner)
    desk.get(PAGE)
    one = count_queries(lambda: desk.get(PAGE))
    for _more in range(2):
        actions.claim_introduction(confirmed(sheet, boris, borealis, anna), cassini, by=owner)
    assert count_queries(lambda: desk.get(PAGE)) == one
