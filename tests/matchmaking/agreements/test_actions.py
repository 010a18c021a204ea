from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from expo.editions.models import ExchangeRate
from expo.foundation.errors import IllegalMove, NotAllowed
from expo.foundation.models import Event
from matchmaking.agreements import actions, errors
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement, Ledger
from matchmaking.agreements.states import MOVES
from tests import builders


def draft(sheet, by, **changes):
    return actions.draft_agreement(by=by, **{**sheet, **changes})


def edited(agreement, **changes):
    return actions.AgreementInput(**{**vars(actions.as_written(agreement)), **changes})


def test_a_draft_has_no_number_and_counts_nowhere(sheet, organiser):
    kept = draft(sheet, organiser)
    assert (kept.status, kept.number, kept.amount_cny) == ("draft", None, Decimal("10500003.50"))
    assert [party.name for party in kept.parties.all()] == ["Aurora Motors", "Borealis Cells"]
    assert not Agreement.objects.counted().exists()
    assert Event.objects.get().verb == "draft"


def test_recording_gives_the_number_and_the_amount_in_yuan_at_the_stated_rate(sheet, organiser):
    kept = actions.record_agreement(draft(sheet, organiser), by=organiser)
    assert (kept.status, kept.number, kept.label) == ("recorded", 1, "2027-0001")
    assert (kept.amount_cny, kept.rate_used) == (Decimal("10500003.50"), Decimal(7))
    assert kept.recorded_by == organiser
    assert [entry.history_change_reason for entry in kept.history.all()] == ["recorded", "drafted"]
    assert {entry.history_user for entry in kept.history.all()} == {organiser}


@pytest.mark.parametrize(("rate", "amount", "yuan"), [("7.243", "0.50", "3.62"), ("7.25", "0.02", "0.15"), ("7.21", "0.05", "0.36")])
def test_yuan_are_rounded_half_up_to_the_fen(sheet, organiser, edition, rate, amount, yuan):
    ExchangeRate.objects.filter(edition=edition, currency="USD").update(cny_per_unit=Decimal(rate))
    kept = actions.record_agreement(draft(sheet, organiser, amount=Decimal(amount)), by=organiser)
    assert kept.amount_cny == Decimal(yuan)


def test_a_later_rate_does_not_change_what_is_on_record(sheet, organiser, edition):
    kept = actions.record_agreement(draft(sheet, organiser), by=organiser)
    ExchangeRate.objects.filter(edition=edition, currency="USD").update(cny_per_unit=Decimal(9))
    kept.refresh_from_db()
    assert (kept.amount_cny, kept.rate_used) == (Decimal("10500003.50"), Decimal(7))


def test_an_undisclosed_amount_is_recorded_without_yuan(sheet, organiser):
    kept = actions.record_agreement(draft(sheet, organiser, amount=None, currency="", is_undisclosed=True), by=organiser)
    assert (kept.amount, kept.currency, kept.amount_cny, kept.rate_used) == (None, "", None, None)


def test_numbers_run_without_gaps_for_each_edition(sheet, organiser):
    other = builders.edition(slug="2028", starts_on=date(2028, 6, 20), ends_on=date(2028, 6, 24))
    there = {**sheet, "edition": other, "signed_on": date(2028, 6, 20), "currency": "CNY"}
    numbers = [actions.record_agreement(draft(one, organiser), by=organiser).label for one in (sheet, sheet, there, sheet)]
    assert numbers == ["2027-0001", "2027-0002", "2028-0001", "2027-0003"]


def test_a_refused_recording_takes_no_number(sheet, organiser, edition):
    lost = draft(sheet, organiser, currency="JPY")
    with pytest.raises(errors.NoRate) as refusal:
        actions.record_agreement(lost, by=organiser)
    assert refusal.value.fields == {
        "currency": ["Sample 2027 states no exchange rate for JPY. Add the rate to the edition first, or save a draft."]
    }
    assert not Ledger.objects.exists()
    assert actions.record_agreement(draft(sheet, organiser), by=organiser).number == 1


def test_a_number_lost_in_a_rolled_back_transaction_is_given_again(sheet, organiser):
    def record_and_fail():
        with transaction.atomic():
            actions.record_agreement(draft(sheet, organiser), by=organiser)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        record_and_fail()
    assert actions.record_agreement(draft(sheet, organiser), by=organiser).number == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time anyway")
def test_operators_recording_at_the_same_moment_get_numbers_without_gaps(transactional_db, sheet, organiser):
    drafts = [draft(sheet, organiser) for _ in range(12)]

    def record(kept):
        try:
            return actions.record_agreement(kept, by=organiser).number
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=6) as operators:
        assert sorted(operators.map(record, drafts)) == list(range(1, 13))


REFUSED = {
    "before the edition": (
        {"signed_on": date(2027, 6, 19)},
        errors.OutsideEdition,
        "signed_on",
        "lies outside the edition, which runs from",
    ),
    "after the edition": (
        {"signed_on": date(2027, 6, 25)},
        errors.OutsideEdition,
        "signed_on",
        "lies outside the edition, which runs from",
    ),
    "nothing": ({"amount": None}, errors.AmountMissing, "amount", "Write the amount"),
    "zero": ({"amount": Decimal(0)}, errors.AmountNotPositive, "amount", "more than zero"),
    "negative": ({"amount": Decimal(-1)}, errors.AmountNotPositive, "amount", "more than zero"),
    "not a number": ({"amount": Decimal("NaN")}, errors.AmountNotPositive, "amount", "more than zero"),
    "endless": ({"amount": Decimal("1e30")}, errors.AmountTooLarge, "amount", "more than an amount can be here"),
    "a tenth of a cent": ({"amount": Decimal("1.001")}, errors.AmountNotPositive, "amount", "two decimals"),
    "both": ({"is_undisclosed": True}, errors.AmountNotWanted, "amount", "both cannot be"),
    "unknown currency": ({"currency": "XYZ"}, errors.UnknownCurrency, "currency", "“XYZ” is not a currency"),
    "no currency": ({"currency": ""}, errors.UnknownCurrency, "currency", "Say in which currency"),
    "no title": ({"title": "  "}, errors.TitleMissing, "title", "what was agreed"),
    "unknown kind": ({"kind": "promise"}, errors.UnknownChoice, "kind", "does not exist"),
    "unknown visibility": ({"visibility": "hidden"}, errors.UnknownChoice, "visibility", "does not exist"),
    "a crowd": ({"parties": [PartyInput(None, f"Works {n}", "CN") for n in range(13)]}, errors.TooManyParties, "parties", "at most twelve"),
    "no party": ({"parties": []}, errors.SinglePartner, "parties", "at least two parties"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_hold_is_refused_with_a_sentence_at_its_field(sheet, organiser, case):
    changes, error, field, sentence = REFUSED[case]
    with pytest.raises(error) as refusal:
        draft(sheet, organiser, **changes)
    assert sentence in refusal.value.fields[field][0]
    assert refusal.value.status == 400
    assert not Agreement.objects.exists()
    assert not Event.objects.exists()


def test_a_single_party_is_refused(sheet, organiser, aurora):
    with pytest.raises(errors.SinglePartner):
        draft(sheet, organiser, parties=[PartyInput(company=aurora)])
    assert not Agreement.objects.exists()


@pytest.mark.parametrize("again", ["Aurora Motors", "AURORA  motors GmbH", " aurora-motors"])
def test_the_same_party_twice_is_refused_however_it_is_written(sheet, organiser, again):
    aurora = builders.company("Aurora Motors Ltd", country="FR", name_key="auroramotors")
    with pytest.raises(errors.SamePartyTwice):
        draft(sheet, organiser, parties=[PartyInput(company=aurora), PartyInput(outside_name=again, country="FR")])
    assert not Agreement.objects.exists()


def test_the_same_company_or_outside_party_twice_is_refused(sheet, organiser, aurora):
    outside = PartyInput(outside_name="Quiet Partner", country="BR")
    for parties in ([PartyInput(company=aurora)] * 2, [outside, PartyInput(outside_name="quiet partner", country="BR")]):
        with pytest.raises(errors.SamePartyTwice):
            draft(sheet, organiser, parties=parties)
    assert not Agreement.objects.exists()


def test_the_same_name_in_two_countries_is_two_parties(sheet, organiser):
    kept = draft(sheet, organiser, parties=[PartyInput(outside_name="Twin", country="BR"), PartyInput(outside_name="Twin", country="CL")])
    assert [party.country.code for party in kept.parties.all()] == ["BR", "CL"]


@pytest.mark.parametrize(
    ("party", "field"),
    [
        (PartyInput(), "outside_name"),
        (PartyInput(outside_name="!!!", country="BR"), "outside_name"),
        (PartyInput(outside_name="Quiet Partner"), "country"),
        (PartyInput(outside_name="Quiet Partner", country="XX"), "country"),
    ],
)
def test_an_incomplete_party_is_refused(sheet, organiser, aurora, party, field):
    with pytest.raises(errors.PartyIncomplete) as refusal:
        draft(sheet, organiser, parties=[PartyInput(company=aurora), party])
    assert list(refusal.value.fields) == [field]
    assert not Agreement.objects.exists()


def test_a_chain_of_another_edition_and_a_segment_of_another_chain_are_refused(sheet, organiser):
    elsewhere = builders.chain(builders.edition())
    with pytest.raises(errors.ChainNotInEdition):
        draft(sheet, organiser, chain=elsewhere, segment=None)
    with pytest.raises(errors.SegmentElsewhere):
        draft(sheet, organiser, segment=builders.segment(elsewhere))
    assert not Agreement.objects.exists()


def test_while_an_edition_has_no_dates_a_day_of_the_last_year_holds(sheet, organiser, edition):
    type(edition).objects.filter(pk=edition.pk).update(starts_on=None, ends_on=None)
    edition.refresh_from_db()
    today = timezone.localdate()
    assert draft(sheet, organiser, signed_on=today).signed_on == today
    with pytest.raises(errors.OutsideEdition, match="still to come"):
        draft(sheet, organiser, signed_on=today + timedelta(days=2))
    for day in (date.min, today - timedelta(days=368)):
        with pytest.raises(errors.OutsideEdition, match="more than a year ago"):
            draft(sheet, organiser, signed_on=day)
    assert Agreement.objects.count() == 1


@pytest.mark.parametrize("who", ["carla", "boris"])
def test_who_is_not_staff_may_do_nothing(sheet, organiser, who, request):
    person = request.getfixturevalue(who)
    kept = draft(sheet, organiser)
    for act in (
        lambda: draft(sheet, person),
        lambda: actions.edit_draft(kept, by=person, given=edited(kept, title="Mine")),
        lambda: actions.record_agreement(kept, by=person),
        lambda: actions.void_agreement(kept, by=person, reason="No"),
        lambda: actions.discard_draft(kept, by=person),
    ):
        with pytest.raises(NotAllowed):
            act()
    kept.refresh_from_db()
    assert (Agreement.objects.count(), kept.status, kept.title) == (1, "draft", "Cells for the Aurora")


def test_a_draft_is_edited_and_the_log_says_what_changed(sheet, organiser, borealis):
    kept = draft(sheet, organiser)
    parties = [PartyInput(outside_name="Quiet Partner", country="BR"), PartyInput(company=borealis)]
    actions.edit_draft(kept, by=organiser, given=edited(kept, title="Fewer cells", amount=Decimal(5), parties=parties))
    kept.refresh_from_db()
    assert (kept.title, kept.amount, [party.name for party in kept.parties.all()]) == (
        "Fewer cells",
        Decimal(5),
        ["Quiet Partner", "Borealis Cells"],
    )
    assert Event.objects.get(verb="edit").data["changed"] == ["amount", "title"]


def test_who_saves_second_is_told_and_nothing_is_overwritten(sheet, organiser):
    kept = draft(sheet, organiser)
    seen = actions.latest_entry(kept)
    actions.edit_draft(kept, by=organiser, given=edited(kept, title="First"), seen=seen)
    with pytest.raises(errors.ChangedMeanwhile):
        actions.edit_draft(kept, by=organiser, given=edited(kept, title="Second"), seen=seen)
    kept.refresh_from_db()
    assert kept.title == "First"


def test_what_is_on_record_can_neither_be_edited_nor_discarded_nor_recorded_again(sheet, organiser):
    kept = actions.record_agreement(draft(sheet, organiser), by=organiser)
    for act in (
        lambda: actions.edit_draft(kept, by=organiser, given=edited(kept, title="Other")),
        lambda: actions.discard_draft(kept, by=organiser),
        lambda: actions.record_agreement(kept, by=organiser),
    ):
        with pytest.raises(IllegalMove):
            act()
    kept.refresh_from_db()
    assert (kept.title, kept.number) == ("Cells for the Aurora", 1)


def test_a_void_agreement_keeps_its_row_number_and_reason_and_counts_no_more(sheet, organiser):
    kept = actions.record_agreement(draft(sheet, organiser), by=organiser)
    actions.void_agreement(kept, by=organiser, reason="  Logged twice. ")
    kept.refresh_from_db()
    assert (kept.status, kept.number, kept.void_reason) == ("void", 1, "Logged twice.")
    assert not Agreement.objects.counted().exists()
    assert actions.record_agreement(draft(sheet, organiser), by=organiser).number == 2


def test_voiding_needs_a_reason(sheet, organiser):
    kept = actions.record_agreement(draft(sheet, organiser), by=organiser)
    for reason in ("", "   ", "x" * 1001):
        with pytest.raises(errors.ReasonMissing):
            actions.void_agreement(kept, by=organiser, reason=reason)
    kept.refresh_from_db()
    assert kept.status == "recorded"


def test_a_draft_can_be_thrown_away(sheet, organiser):
    actions.discard_draft(draft(sheet, organiser), by=organiser)
    assert not Agreement.objects.exists()
    assert Event.objects.filter(verb="discard").exists()


def test_nothing_on_record_can_be_deleted(sheet, organiser):
    kept = actions.record_agreement(draft(sheet, organiser), by=organiser)
    draft(sheet, organiser)
    for delete in (kept.delete, Agreement.objects.all().delete, Agreement.objects.filter(pk=kept.pk).delete):
        with pytest.raises(ProtectedError):
            delete()
    assert Agreement.objects.count() == 2
    with pytest.raises(ProtectedError):
        kept.edition.delete()
    with pytest.raises(ProtectedError):
        kept.parties.first().company.delete()


@pytest.mark.parametrize("state", Agreement.Status.values)
@pytest.mark.parametrize("verb", ["record", "void", "discard", "edit"])
def test_every_pair_of_state_and_verb_is_as_the_table_says(sheet, organiser, state, verb):
    row = {"void_reason": "x"} if state == "void" else {}
    agreement = builders.agreement(sheet["edition"], sheet["chain"], *[party.company for party in sheet["parties"]], status=state, **row)
    act = {
        "record": lambda: actions.record_agreement(agreement, by=organiser),
        "void": lambda: actions.void_agreement(agreement, by=organiser, reason="Wrong"),
        "discard": lambda: actions.discard_draft(agreement, by=organiser),
        "edit": lambda: actions.edit_draft(agreement, by=organiser, given=actions.as_written(agreement)),
    }[verb]
    if verb in MOVES.verbs_from(state):
        act()
        return
    with pytest.raises(IllegalMove):
        act()
    agreement.refresh_from_db()
    assert agreement.status == state


def test_the_database_itself_refuses_an_amount_that_is_also_undisclosed(sheet, organiser):
    kept = draft(sheet, organiser)
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(pk=kept.pk).update(is_undisclosed=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(pk=kept.pk).update(status="recorded")
