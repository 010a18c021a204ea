"""The parties' verbs: send, take back, confirm, dispute. Who may, what follows, and what a refusal leaves alone."""

from datetime import date
from decimal import Decimal

import pytest

from expo.editions.models import ExchangeRate
from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event
from matchmaking.agreements import actions, errors
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement, Confirmation
from matchmaking.agreements.queries import answers_needed, state_of, waiting_for_company
from matchmaking.participants.models import Block, Member, Registration
from tests import builders
from tests.matchmaking.agreements.desk import confirmed, corrected, drafted, everything, mails, recorded, sent, third, verbs, written


def test_a_company_writes_an_agreement_down_for_itself(sheet, boris, borealis):
    kept = drafted(sheet, boris, borealis)
    assert (kept.status, kept.drafted_for, kept.number, kept.version) == ("draft", borealis, None, 1)
    assert Event.objects.get().data["version"] == 1
    assert Event.objects.get().data["state"] == state_of(kept)
    assert mails() == []


@pytest.mark.parametrize(
    ("signed_on", "changes", "error"),
    [
        (date(2027, 6, 19), {}, errors.OutsideEdition),
        (date(2027, 6, 21), {"amount": Decimal(0)}, errors.AmountNotPositive),
        (date(2027, 6, 21), {"amount": Decimal("NaN")}, errors.AmountNotPositive),
        (date(2027, 6, 21), {"amount": Decimal("1e30")}, errors.AmountTooLarge),
        (date(2027, 6, 21), {"amount": None}, errors.AmountMissing),
        (date(2027, 6, 21), {"currency": "XYZ"}, errors.UnknownCurrency),
        (date(2027, 6, 21), {"title": " "}, errors.TitleMissing),
    ],
)
def test_a_sheet_that_does_not_hold_is_not_kept(sheet, boris, borealis, signed_on, changes, error):
    before = everything()
    with pytest.raises(error):
        drafted(sheet, boris, borealis, signed_on=signed_on, **changes)
    assert everything() == before


def test_only_who_stands_for_the_company_writes_for_it(sheet, anna, carla, organiser, borealis):
    before = everything()
    for person in (anna, carla, organiser):
        with pytest.raises(NotAllowed):
            actions.draft_for(borealis, by=person, given=written(sheet))
    assert everything() == before


def test_a_company_writes_down_only_what_it_is_a_party_of(sheet, boris, borealis, aurora, edition):
    cassini, _owner = third(edition)
    with pytest.raises(errors.NotInAgreement):
        drafted(sheet, boris, borealis, parties=[PartyInput(aurora), PartyInput(cassini)])


def test_a_draft_is_its_writers_own(sheet, boris, borealis, anna, carla):
    kept = drafted(sheet, boris, borealis)
    before = everything()
    for person in (anna, carla):
        for deed in (
            lambda: actions.edit_draft(kept, by=person, given=corrected(kept, title="X")),  # noqa: B023 - called at once
            lambda: actions.submit(kept, by=person),  # noqa: B023
            lambda: actions.discard_draft(kept, by=person),  # noqa: B023
        ):
            with pytest.raises(NotAllowed):
                deed()
    assert everything() == before
    assert not Agreement.objects.on_desk_of(anna).exists()
    assert Agreement.objects.on_desk_of(boris).get() == kept


def test_a_representative_does_what_an_owner_does(sheet, boris, borealis):
    helper = builders.person("helper@example.com")
    builders.member(borealis, helper, role=Member.Role.REPRESENTATIVE)
    kept = actions.submit(drafted(sheet, helper, borealis), by=helper)
    assert kept.confirmations.get().person == helper


def test_sending_confirms_for_the_writer_and_asks_the_others(sheet, boris, borealis, aurora):
    kept = sent(sheet, boris, borealis)
    assert (kept.status, kept.number) == ("submitted", None)
    said = kept.confirmations.get()
    assert (said.party.company, said.answer, said.person, said.way, said.version) == (borealis, "confirmed", boris, "desk", 1)
    assert [party.company for party in answers_needed(kept)] == [aurora]
    assert mails() == [("anna@example.com", "agreement_asked")]
    assert verbs() == ["draft", "submit", "confirm"]
    assert not Agreement.objects.counted().exists()


def test_staff_who_send_a_draft_confirm_for_nobody(sheet, boris, borealis, organiser):
    kept = actions.submit(drafted(sheet, boris, borealis), by=organiser)
    assert kept.confirmations.count() == 0
    assert [email for email, _kind in mails()] == ["anna@example.com", "boris@example.com"]


def test_nothing_is_sent_that_could_get_no_number(sheet, boris, borealis, edition):
    kept = drafted(sheet, boris, borealis, currency="JPY")
    before = everything()
    with pytest.raises(errors.NoRate, match=r"Ask the organiser to state one\."):
        actions.submit(kept, by=boris)
    assert everything() == before


def test_no_company_has_more_than_twenty_waiting(sheet, boris, borealis, aurora, edition, chain):
    for _number in range(20):
        builders.agreement(edition, chain, aurora, borealis, status="submitted", drafted_for=borealis)
    kept = drafted(sheet, boris, borealis)
    with pytest.raises(errors.TooManySent):
        actions.submit(kept, by=boris)


def test_the_last_yes_puts_it_on_record_as_confirmed(sheet, boris, borealis, anna):
    kept = confirmed(sheet, boris, borealis, anna)
    assert (kept.status, kept.number, kept.label) == ("confirmed", 1, "2027-0001")
    assert (kept.amount_cny, kept.rate_used, kept.recorded_by) == (Decimal("10500003.50"), Decimal(7), anna)
    assert verbs() == ["draft", "submit", "confirm", "confirm", "confirmed"]
    assert Event.objects.filter(thing="agreements.Agreement").latest("pk").data["state"] == state_of(Agreement.objects.get())
    assert ("boris@example.com", "agreement_confirmed") in mails()
    assert Agreement.objects.counted().get() == kept


def test_of_three_the_second_yes_changes_nothing_yet(sheet, boris, borealis, aurora, anna, edition):
    cassini, owner = third(edition)
    kept = sent(sheet, boris, borealis, parties=[PartyInput(aurora), PartyInput(borealis), PartyInput(cassini)])
    assert actions.confirm(kept, by=anna).status == "submitted"
    assert actions.confirm(kept, by=owner).status == "confirmed"


def test_what_staff_recorded_is_confirmed_by_its_parties(sheet, organiser, boris, anna):
    kept = recorded(sheet, organiser)
    assert mails() == [("anna@example.com", "agreement_asked"), ("boris@example.com", "agreement_asked")]
    assert actions.confirm(kept, by=anna).status == "recorded"
    assert actions.confirm(kept, by=boris).status == "confirmed"
    assert Agreement.objects.get().recorded_by == organiser


def test_what_one_company_says_of_itself_and_a_stranger_is_not_counted(sheet, boris, borealis):
    kept = sent(sheet, boris, borealis, parties=[PartyInput(borealis), PartyInput(None, "Nobody Ltd", "FR")])
    assert kept.status == "submitted"
    assert [party.name for party in answers_needed(kept)] == ["Nobody Ltd"]


def test_one_registered_party_is_enough_for_what_staff_recorded(sheet, organiser, boris, borealis):
    kept = recorded(sheet, organiser, parties=[PartyInput(borealis), PartyInput(None, "Nobody Ltd", "FR")])
    assert actions.confirm(kept, by=boris).status == "confirmed"


def test_nobody_confirms_twice(sheet, boris, borealis, anna):
    kept = confirmed(sheet, boris, borealis, anna)
    before = everything()
    for person in (anna, boris):
        with pytest.raises(errors.AnsweredAlready):
            actions.confirm(kept, by=person)
    assert everything() == before


def test_who_is_no_party_answers_nothing(sheet, boris, borealis, carla, organiser, aurora, anna):
    kept = sent(sheet, boris, borealis)
    before = everything()
    for person in (carla, organiser):
        with pytest.raises(NotAllowed):
            actions.confirm(kept, by=person)
        with pytest.raises(NotAllowed):
            actions.dispute(kept, by=person, reason="No")
    with pytest.raises(NotAllowed):
        actions.confirm(kept, by=boris, party=kept.parties.get(company=aurora))
    assert everything() == before


def test_who_has_left_the_company_answers_nothing(sheet, boris, borealis, anna):
    kept = sent(sheet, boris, borealis)
    Member.objects.filter(user=anna).update(status=Member.Status.LEFT)
    with pytest.raises(NotAllowed):
        actions.confirm(kept, by=anna)


def test_who_stands_for_both_answers_for_the_one_that_is_asked(sheet, boris, borealis, aurora):
    builders.member(aurora, boris)
    kept = actions.confirm(sent(sheet, boris, borealis), by=boris)
    assert kept.status == "confirmed"
    assert [said.party.company for said in kept.confirmations.order_by("pk")] == [borealis, aurora]


def test_who_read_another_version_is_told(sheet, boris, borealis, anna):
    kept = sent(sheet, boris, borealis)
    before = everything()
    with pytest.raises(errors.ChangedMeanwhile, match="after you read it"):
        actions.confirm(kept, by=anna, version=2)
    assert everything() == before


def test_a_no_before_the_record_gives_the_draft_back(sheet, boris, borealis, anna):
    kept = actions.dispute(sent(sheet, boris, borealis), by=anna, reason="The amount is another")
    assert (kept.status, kept.number, kept.version, kept.submitted_at) == ("draft", None, 2, None)
    said = kept.confirmations.latest("pk")
    assert (said.answer, said.reason, said.version) == ("disputed", "The amount is another", 1)
    assert verbs()[-1] == "refuse"
    assert ("boris@example.com", "agreement_refused") in mails()
    again = actions.submit(actions.edit_draft(kept, by=boris, given=corrected(kept, amount=Decimal(5))), by=boris)
    assert [party.company.name for party in answers_needed(again)] == ["Aurora Motors"]


def test_what_was_said_of_the_first_text_does_not_confirm_the_second(sheet, boris, borealis, aurora, anna, edition):
    cassini, owner = third(edition)
    kept = sent(sheet, boris, borealis, parties=[PartyInput(aurora), PartyInput(borealis), PartyInput(cassini)])
    actions.confirm(kept, by=anna)
    kept = actions.take_back(kept, by=boris)
    kept = actions.submit(actions.edit_draft(kept, by=boris, given=corrected(kept, amount=Decimal(5))), by=boris)
    assert {party.company for party in answers_needed(kept)} == {aurora, cassini}
    assert actions.confirm(kept, by=owner).status == "submitted"


def test_taking_back_tells_who_was_asked(sheet, boris, borealis, anna, carla):
    kept = sent(sheet, boris, borealis)
    for person in (anna, carla):
        with pytest.raises(NotAllowed):
            actions.take_back(kept, by=person)
    kept = actions.take_back(kept, by=boris)
    assert (kept.status, kept.version) == ("draft", 2)
    assert ("anna@example.com", "agreement_taken_back") in mails()
    actions.discard_draft(kept, by=boris)
    assert not Agreement.objects.exists()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1001])
def test_a_no_needs_a_reason(sheet, boris, borealis, anna, reason):
    kept = confirmed(sheet, boris, borealis, anna)
    before = everything()
    with pytest.raises(errors.ReasonMissing):
        actions.dispute(kept, by=anna, reason=reason)
    assert everything() == before


def test_what_is_disputed_counts_no_more(sheet, boris, borealis, anna, organiser):
    kept = actions.verify(confirmed(sheet, boris, borealis, anna), by=organiser)
    kept = actions.dispute(kept, by=boris, reason="We never signed")
    assert (kept.status, kept.number, kept.dispute_reason, kept.verified_by) == ("disputed", 1, "We never signed", None)
    assert not Agreement.objects.counted().exists()
    assert ("anna@example.com", "agreement_disputed") in mails()
    assert Event.objects.filter(verb="dispute").get().data["reason"] == "We never signed"


def test_what_waits_for_a_company(sheet, boris, borealis, anna, aurora, organiser, count_queries):
    kept = sent(sheet, boris, borealis)
    other = recorded(sheet, organiser, title="Another")
    assert list(waiting_for_company([aurora.pk])) == [other, kept]
    assert list(waiting_for_company(Member.objects.of(boris))) == [other]
    actions.confirm(kept, by=anna)
    actions.confirm(other, by=anna)
    assert list(waiting_for_company([aurora.pk])) == []
    actions.settle(actions.dispute(other, by=anna, reason="No"), by=organiser, reason="Talked it over")
    assert list(waiting_for_company([aurora.pk])) == [other]
    assert count_queries(lambda: [row.parties.all() for row in waiting_for_company([aurora.pk])]) == 2


# Blocks, and companies that have left


def leave(company, status):
    Registration.objects.filter(company=company).update(status=status, rejection_reason="Not a company")


@pytest.mark.parametrize("status", ["withdrawn", "rejected"])
def test_a_company_that_left_is_no_party(sheet, boris, borealis, aurora, anna, organiser, status):
    kept = sent(sheet, boris, borealis)
    leave(aurora, status)
    before = everything()
    words = "“Aurora Motors” takes no part in this edition at present"
    with pytest.raises(errors.PartyTakesNoPart, match=words):
        drafted(sheet, boris, borealis)
    with pytest.raises(errors.PartyTakesNoPart, match=words):
        actions.draft_agreement(by=organiser, **sheet)
    with pytest.raises(errors.PartyTakesNoPart, match=words):
        actions.confirm(kept, by=anna)
    with pytest.raises(errors.PartyTakesNoPart, match=words):
        actions.record_agreement(kept, by=organiser)
    assert everything() == before


@pytest.mark.parametrize("status", ["draft", "submitted"])
def test_a_company_names_only_verified_ones(sheet, boris, borealis, aurora, organiser, status):
    leave(aurora, status)
    with pytest.raises(errors.PartyTakesNoPart):
        drafted(sheet, boris, borealis)
    assert actions.draft_agreement(by=organiser, **sheet).status == "draft"


def test_who_set_a_block_reads_so_and_the_blocked_one_reads_nothing_of_it(sheet, boris, borealis, aurora, anna, organiser):
    kept = sent(sheet, boris, borealis)
    Block.objects.create(company=aurora, blocked=borealis)
    before = everything()
    with pytest.raises(errors.YouBlockedParty, match="Your company has blocked “Borealis Cells”"):
        actions.confirm(kept, by=anna)
    with pytest.raises(errors.PartyTakesNoPart, match="“Aurora Motors” takes no part in this edition at present"):
        drafted(sheet, boris, borealis)
    with pytest.raises(errors.PartiesBlocked, match="“Aurora Motors” has blocked “Borealis Cells”"):
        actions.draft_agreement(by=organiser, **sheet)
    assert everything() == before


def test_disputing_works_all_the_same(sheet, boris, borealis, aurora, anna):
    kept = confirmed(sheet, boris, borealis, anna)
    Block.objects.create(company=aurora, blocked=borealis)
    leave(aurora, "withdrawn")
    assert actions.dispute(kept, by=anna, reason="Not what we signed").status == "disputed"


def test_a_rate_that_went_refuses_the_last_yes_and_gives_no_number(sheet, boris, borealis, anna, edition):
    kept = sent(sheet, boris, borealis)
    ExchangeRate.objects.filter(edition=edition, currency="USD").delete()
    before = everything()
    with pytest.raises(errors.NoRate):
        actions.confirm(kept, by=anna)
    assert everything() == before
    assert Confirmation.objects.count() == 1


def test_an_edit_keeps_the_rows_of_the_parties_that_stay(sheet, boris, borealis, aurora, edition):
    kept = drafted(sheet, boris, borealis)
    before = {party.company: party.pk for party in kept.parties.all()}
    cassini, _owner = third(edition)
    actions.edit_draft(kept, by=boris, given=corrected(kept, parties=[PartyInput(cassini), PartyInput(borealis, role="supplier")]))
    rows = {party.company: party for party in kept.parties.order_by("order")}
    assert list(rows) == [cassini, borealis]
    assert (rows[borealis].pk, rows[borealis].role, rows[borealis].order) == (before[borealis], "supplier", 1)
    assert Event.objects.filter(verb="edit").get().data["parties"] == ["+ Cassini Glass", "- Aurora Motors"]


def test_a_role_is_one_of_the_three(sheet, boris, borealis, aurora):
    with pytest.raises(errors.UnknownChoice):
        drafted(sheet, boris, borealis, parties=[PartyInput(aurora, role="thief"), PartyInput(borealis)])
