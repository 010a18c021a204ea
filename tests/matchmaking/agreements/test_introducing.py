"""Who brought the parties together: a claim, and the credit that only their consent gives."""

import pytest

from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event
from matchmaking.agreements import actions, errors
from matchmaking.agreements.models import Introduction
from matchmaking.agreements.queries.introductions import agreements_from_introductions
from tests.matchmaking.agreements.desk import confirmed, everything, mails, third


@pytest.fixture
def signed(sheet, boris, borealis, anna):
    return confirmed(sheet, boris, borealis, anna)


@pytest.fixture
def broker(edition):
    """Cassini, who is no party, and its owner."""
    return third(edition)


def test_the_credit_needs_the_consent_of_both(signed, broker, anna, boris):
    cassini, owner = broker
    claim = actions.claim_introduction(signed, cassini, by=owner, note="At our stand")
    assert (claim.introducer, claim.claimed_by, claim.note) == (cassini, owner, "At our stand")
    assert not agreements_from_introductions(signed.edition).exists()
    assert {email for email, kind in mails() if kind == "agreement_introduced"} == {"anna@example.com", "boris@example.com"}
    actions.answer_introduction(claim, by=anna, answer="yes")
    assert not agreements_from_introductions(signed.edition).exists()
    actions.answer_introduction(claim, by=boris, answer="yes")
    assert agreements_from_introductions(signed.edition).get() == signed
    assert list(Event.objects.filter(verb__in=["introduce", "consent"]).order_by("pk").values_list("verb", flat=True)) == [
        "introduce",
        "consent",
        "consent",
    ]


def test_a_no_takes_the_credit_away_again(signed, broker, anna, boris):
    claim = actions.claim_introduction(signed, broker[0], by=broker[1])
    for person in (anna, boris):
        actions.answer_introduction(claim, by=person, answer="yes")
    actions.answer_introduction(claim, by=anna, answer="no")
    assert not agreements_from_introductions(signed.edition).exists()
    assert claim.consents.count() == 2


def test_a_party_that_names_the_introducer_consents_by_that(signed, broker, anna, boris):
    claim = actions.claim_introduction(signed, broker[0], by=anna)
    assert [consent.party.company.name for consent in claim.consents.all()] == ["Aurora Motors"]
    actions.answer_introduction(claim, by=boris, answer="yes")
    assert agreements_from_introductions(signed.edition).exists()


def test_an_introducer_that_is_a_party_is_not_asked(signed, aurora, anna, boris):
    claim = actions.claim_introduction(signed, aurora, by=anna)
    with pytest.raises(NotAllowed):
        actions.answer_introduction(claim, by=anna, answer="yes")
    actions.answer_introduction(claim, by=boris, answer="yes")
    assert agreements_from_introductions(signed.edition).exists()


def test_strangers_neither_claim_nor_answer(signed, broker, carla):
    cassini, owner = broker
    before = everything()
    with pytest.raises(NotAllowed):
        actions.claim_introduction(signed, cassini, by=carla)
    assert everything() == before
    claim = actions.claim_introduction(signed, cassini, by=owner)
    before = everything()
    for person in (carla, owner):
        with pytest.raises(NotAllowed):
            actions.answer_introduction(claim, by=person, answer="yes")
    with pytest.raises(NotAllowed):
        actions.end_introduction(claim, by=carla)
    assert everything() == before


def test_who_cannot_see_the_agreement_claims_nothing(sheet, boris, borealis, anna, broker):
    hidden = confirmed(sheet, boris, borealis, anna, visibility="totals_only")
    with pytest.raises(NotAllowed):
        actions.claim_introduction(hidden, broker[0], by=broker[1])


def test_one_claim_at_a_time_and_the_next_one_asks_anew(signed, broker, aurora, anna, boris, organiser):
    cassini, owner = broker
    claim = actions.claim_introduction(signed, cassini, by=owner)
    actions.answer_introduction(claim, by=anna, answer="yes")
    before = everything()
    with pytest.raises(errors.IntroducedAlready):
        actions.claim_introduction(signed, aurora, by=organiser)
    assert everything() == before
    actions.end_introduction(claim, by=owner)
    with pytest.raises(errors.NotIntroduced):
        actions.answer_introduction(claim, by=boris, answer="yes")
    with pytest.raises(errors.NotIntroduced):
        actions.end_introduction(claim, by=owner)
    again = actions.claim_introduction(signed, aurora, by=organiser)
    assert (again.pk, again.introducer, again.ended_at, again.consents.count()) == (claim.pk, aurora, None, 0)
    assert Introduction.objects.count() == 1


def test_a_claim_that_a_party_refused_gives_way_to_another_company(signed, broker, aurora, anna, boris):
    cassini, owner = broker
    claim = actions.claim_introduction(signed, cassini, by=owner)
    actions.answer_introduction(claim, by=anna, answer="no")
    with pytest.raises(errors.IntroducedAlready):
        actions.claim_introduction(signed, cassini, by=owner)
    again = actions.claim_introduction(signed, aurora, by=boris)
    assert (again.pk, again.introducer, [row.person for row in again.consents.all()]) == (claim.pk, aurora, [boris])


def test_who_was_refused_does_not_ask_again_by_taking_the_claim_back(signed, broker, anna, boris):
    cassini, owner = broker
    claim = actions.claim_introduction(signed, cassini, by=owner)
    actions.answer_introduction(claim, by=anna, answer="no")
    actions.end_introduction(claim, by=owner)
    before = everything()
    with pytest.raises(errors.IntroducedAlready):
        actions.claim_introduction(signed, cassini, by=owner)
    assert everything() == before
    again = actions.claim_introduction(signed, cassini, by=boris)
    assert [(row.person, row.answer) for row in again.consents.all()] == [(boris, "yes")]


def test_an_answer_is_yes_or_no(signed, broker, anna):
    claim = actions.claim_introduction(signed, broker[0], by=broker[1])
    before = everything()
    with pytest.raises(errors.UnknownChoice):
        actions.answer_introduction(claim, by=anna, answer="perhaps")
    assert everything() == before
