"""What staff do with the record: verify, settle, correct, void; and what the versions say."""

from decimal import Decimal

import pytest

from expo.editions.models import ExchangeRate
from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event
from matchmaking.agreements import actions, errors
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries import answers_needed, canonical, state_of, versions
from matchmaking.participants.models import Registration
from tests import builders
from tests.matchmaking.agreements.desk import confirmed, corrected, everything, mails, recorded, sent, third, verbs


@pytest.fixture
def signed(sheet, boris, borealis, anna):
    """Boris's and Anna's agreement, confirmed by both."""
    return confirmed(sheet, boris, borealis, anna)


def test_staff_verify_what_both_confirmed(signed, organiser):
    kept = actions.verify(signed, by=organiser)
    assert (kept.status, kept.verified_by) == ("verified", organiser)
    assert kept.verified_at is not None
    assert ("anna@example.com", "agreement_verified") in mails()
    assert verbs()[-1] == "verify"


def test_before_both_confirmed_staff_say_what_paper_they_saw(sheet, organiser):
    kept = recorded(sheet, organiser)
    before = everything()
    with pytest.raises(errors.ReasonMissing, match="what paper was seen"):
        actions.verify(kept, by=organiser)
    assert everything() == before
    actions.verify(kept, by=organiser, reason="The signed original")
    assert Event.objects.filter(verb="verify").get().data["reason"] == "The signed original"


def test_only_staff_keep_the_record(signed, anna, boris, carla):
    helper = builders.person("helper@example.com", is_staff=True)
    disputed = actions.dispute(signed, by=anna, reason="No")
    before = everything()
    for person in (anna, boris, carla, helper):
        for deed in (
            lambda: actions.verify(signed, by=person),  # noqa: B023 - called at once
            lambda: actions.settle(disputed, by=person, reason="Yes"),  # noqa: B023
            lambda: actions.correct(signed, by=person, given=corrected(signed, title="X"), reason="Slip"),  # noqa: B023
            lambda: actions.void_agreement(signed, by=person, reason="Wrong"),  # noqa: B023
            lambda: actions.merge(signed, signed, by=person, reason="Same"),  # noqa: B023
            lambda: actions.record_agreement(signed, by=person),  # noqa: B023
        ):
            with pytest.raises(NotAllowed):
                deed()
    assert everything() == before


def test_a_settled_dispute_asks_the_party_again(signed, anna, boris, organiser, aurora):
    kept = actions.settle(actions.dispute(signed, by=anna, reason="The day"), by=organiser, reason="The day is right")
    assert (kept.status, kept.dispute_reason, kept.number) == ("recorded", "", 1)
    assert [party.company for party in answers_needed(kept)] == [aurora]
    assert ("boris@example.com", "agreement_settled") in mails()
    assert actions.confirm(kept, by=anna).status == "confirmed"


def test_staff_settle_for_those_who_agree_after_all(signed, anna, organiser):
    kept = actions.settle(actions.dispute(signed, by=anna, reason="The day"), by=organiser, reason="She rang", as_confirmed=True)
    assert kept.status == "confirmed"
    said = kept.confirmations.latest("pk")
    assert (said.way, said.person, said.reason, said.answer) == ("staff", organiser, "She rang", "confirmed")
    assert answers_needed(kept) == []


def test_settling_needs_a_reason(signed, anna, organiser):
    kept = actions.dispute(signed, by=anna, reason="The day")
    before = everything()
    with pytest.raises(errors.ReasonMissing):
        actions.settle(kept, by=organiser, reason=" ")
    assert everything() == before


def test_a_correction_is_a_new_version_under_the_same_number(signed, organiser, aurora, borealis):
    link = actions.make_link(signed, signed.parties.get(company=aurora), by=organiser).link
    kept = actions.correct(signed, by=organiser, given=corrected(signed, amount=Decimal(2_000_000)), reason="Read it wrongly")
    assert (kept.status, kept.version, kept.number) == ("recorded", 2, 1)
    assert (kept.amount_cny, kept.rate_used) == (Decimal("14000000.00"), Decimal(7))
    assert {party.company for party in answers_needed(kept)} == {aurora, borealis}
    link.refresh_from_db()
    assert link.ended_at is not None
    line = Event.objects.get(verb="correct")
    assert line.data["changes"] == {"amount": ["1500000.50", "2000000"]}
    assert (line.data["reason"], line.data["version"]) == ("Read it wrongly", 2)
    assert ("anna@example.com", "agreement_corrected") in mails()


def test_a_correction_keeps_the_rate_of_its_day_and_takes_the_new_one_for_another_currency(signed, organiser, edition):
    ExchangeRate.objects.filter(edition=edition, currency="USD").update(cny_per_unit=Decimal(9))
    kept = actions.correct(signed, by=organiser, given=corrected(signed, amount=Decimal(1)), reason="A slip")
    assert (kept.amount_cny, kept.rate_used) == (Decimal(7), Decimal(7))
    euro = ExchangeRate.objects.get(edition=edition, currency="EUR").cny_per_unit
    kept = actions.correct(kept, by=organiser, given=corrected(kept, currency="EUR"), reason="In euros")
    assert kept.rate_used == euro
    kept = actions.correct(kept, by=organiser, given=corrected(kept, amount=None, is_undisclosed=True), reason="Not to be told")
    assert (kept.amount_cny, kept.rate_used, kept.currency) == (None, None, "")


WRONG = {
    "nothing": ({}, errors.NothingCorrected),
    "another edition": ({"edition": None}, errors.EditionFixed),
    "no rate": ({"currency": "JPY"}, errors.NoRate),
    "zero": ({"amount": Decimal(0)}, errors.AmountNotPositive),
    "one party": ({"parties": []}, errors.SinglePartner),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_correction_that_does_not_hold_changes_nothing(signed, organiser, case):
    changes, error = WRONG[case]
    if "edition" in changes:
        changes = {"edition": builders.edition(slug="2028")}
    before = everything()
    with pytest.raises(error):
        actions.correct(signed, by=organiser, given=corrected(signed, **changes), reason="A slip")
    assert everything() == before


def test_a_correction_needs_a_reason(signed, organiser):
    before = everything()
    with pytest.raises(errors.ReasonMissing):
        actions.correct(signed, by=organiser, given=corrected(signed, title="X"), reason="")
    assert everything() == before


def test_a_company_that_left_may_still_be_corrected_but_not_come_in(signed, organiser, aurora, borealis, edition):
    Registration.objects.filter(company=aurora).update(status="withdrawn")
    kept = actions.correct(signed, by=organiser, given=corrected(signed, title="Cells"), reason="A slip")
    cassini, _owner = third(edition)
    Registration.objects.filter(company=cassini).update(status="withdrawn")
    with pytest.raises(errors.PartyTakesNoPart):
        actions.correct(kept, by=organiser, given=corrected(kept, parties=[PartyInput(cassini), PartyInput(borealis)]), reason="Mixed up")


def test_what_a_party_said_stays_when_a_correction_takes_it_out(signed, organiser, aurora, borealis, edition):
    cassini, _owner = third(edition)
    kept = actions.correct(
        signed, by=organiser, given=corrected(signed, parties=[PartyInput(cassini), PartyInput(borealis)]), reason="Mixed up"
    )
    said = kept.confirmations.get(party=None)
    assert (said.party_name, said.answer, said.version) == ("Aurora Motors", "confirmed", 1)
    assert {party.company for party in answers_needed(kept)} == {cassini, borealis}


def test_void_keeps_number_and_reason_and_ends_the_links(signed, organiser, aurora):
    link = actions.make_link(signed, signed.parties.get(company=aurora), by=organiser).link
    kept = actions.void_agreement(signed, by=organiser, reason="Never signed")
    link.refresh_from_db()
    assert (kept.status, kept.number, kept.void_reason) == ("void", 1, "Never signed")
    assert link.ended_at is not None
    assert ("boris@example.com", "agreement_voided") in mails()


def test_versions_say_what_changed_by_whom_and_why(signed, organiser, aurora, borealis, edition, count_queries):
    cassini, _owner = third(edition)
    kept = actions.correct(
        signed, by=organiser, given=corrected(signed, amount=Decimal(2_000_000), title="More cells"), reason="Read it wrongly"
    )
    kept = actions.correct(
        kept, by=organiser, given=corrected(kept, parties=[PartyInput(cassini, role="customer"), PartyInput(borealis)]), reason="Mixed up"
    )
    third_one, second, first = versions(kept)
    assert (first.number, first.changes, first.reason) == (1, [], "")
    assert (second.number, second.by, second.reason) == (2, organiser, "Read it wrongly")
    assert [(change.field, change.before, change.after) for change in second.changes] == [
        ("title", "Cells for the Aurora", "More cells"),
        ("amount", "USD\xa01,500,000.50", "USD\xa02,000,000"),
    ]
    assert [(change.field, change.before, change.after) for change in third_one.changes] == [
        ("parties", "Aurora Motors; Borealis Cells", "Cassini Glass (customer); Borealis Cells")
    ]
    assert count_queries(lambda: versions(kept)) <= 7


def test_versions_of_a_draft_that_came_back(sheet, boris, borealis, anna):
    kept = actions.dispute(sent(sheet, boris, borealis), by=anna, reason="Too much")
    actions.edit_draft(kept, by=boris, given=corrected(kept, amount=Decimal(9)))
    newest, first = versions(kept)
    assert (newest.number, newest.reason, [change.field for change in newest.changes]) == (2, "Too much", ["amount"])
    assert first.changes == []


def test_the_state_changes_with_every_column_and_party(signed):
    before = state_of(signed)
    for name, value in {"title": "X", "amount": Decimal(1), "status": "void", "void_reason": "x", "number": 9, "is_demo": True}.items():
        row = Agreement.objects.get(pk=signed.pk)
        setattr(row, name, value)
        assert state_of(row) != before, name
    Party.objects.filter(agreement=signed, order=0).update(role="other")
    assert state_of(Agreement.objects.get(pk=signed.pk)) != before


def test_the_state_is_the_same_before_and_after_the_database(sheet, organiser):
    kept = recorded(sheet, organiser)
    assert canonical(kept) == canonical(Agreement.objects.get(pk=kept.pk))
    assert canonical(kept)["amount"] == "1500000.50"
    assert canonical(kept)["rate_used"] == "7.000000"
    assert state_of(kept) == Event.objects.filter(verb="record").get().data["state"]


def test_every_verb_leaves_the_state_of_the_row_in_its_newest_line(sheet, boris, borealis, anna, organiser, aurora):
    kept = confirmed(sheet, boris, borealis, anna)
    steps = [
        lambda row: actions.verify(row, by=organiser),
        lambda row: actions.dispute(row, by=anna, reason="No"),
        lambda row: actions.settle(row, by=organiser, reason="Yes"),
        lambda row: actions.correct(row, by=organiser, given=corrected(row, title="X"), reason="Slip"),
        lambda row: actions.make_link(row, row.parties.first(), by=organiser).link.agreement,
        lambda row: actions.claim_introduction(row, aurora, by=organiser).agreement,
        lambda row: actions.void_agreement(row, by=organiser, reason="Wrong"),
    ]
    for step in steps:
        step(kept)
        kept = Agreement.objects.get(pk=kept.pk)
        newest = Event.objects.filter(thing="agreements.Agreement", thing_id=str(kept.pk)).latest("pk")
        assert newest.data["state"] == state_of(kept)
        assert newest.seal_id is not None
