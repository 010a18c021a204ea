"""`manage.py verify_ledger`: an honest ledger is proved, and each forged row is named, whatever the forger knows."""

import io
import json
import os
from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from expo.foundation import guards
from expo.foundation.models import Event
from expo.foundation.proving import prove_log
from expo.foundation.sealing import digest_of, head, seal_waiting
from matchmaking.agreements import errors
from matchmaking.agreements.actions import (
    as_written,
    confirm,
    correct,
    discard_draft,
    dispute,
    draft_agreement,
    draft_for,
    edit_draft,
    merge,
    record_agreement,
    settle,
    submit,
    verify,
    void_agreement,
)
from matchmaking.agreements.actions.report import freeze_report
from matchmaking.agreements.models import Agreement, Ledger, Party
from matchmaking.agreements.queries.canonical import state_of
from matchmaking.agreements.queries.checking import prove_ledger
from tests import builders

THING = "agreements.Agreement"
EDITS = int(os.environ.get("LEDGER_EDITS", "1000"))
ITS_HISTORY_TOO = "its history was changed with it, or says the same of what was lost."


def faults():
    said = []
    prove_log(said.append)
    prove_ledger(said.append)
    return [(one.code, one.row) for one in said]


def sentences():
    said = []
    prove_log(said.append)
    prove_ledger(said.append)
    return [one.says for one in said]


def forge(statement, *values):
    with guards.lifted(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def record(organiser, sheet):
    def made(**other):
        return record_agreement(draft_agreement(by=organiser, **{**sheet, **other}), by=organiser)

    return made


def test_every_way_through_the_life_of_an_agreement_is_proved(record, organiser, sheet, anna, boris, aurora, borealis, pdf):
    draft = draft_agreement(by=organiser, document=pdf(), **sheet)
    edit_draft(draft, by=organiser, given=as_written(draft))
    discard_draft(draft_agreement(by=organiser, **{**sheet, "title": "Never mind"}), by=organiser)
    record_agreement(draft, by=organiser)
    confirm(draft, by=anna)
    dispute(draft, by=boris, reason="Not our price")
    settle(draft, by=organiser, reason="It was")
    verify(draft, by=organiser, reason="The signed paper was seen")
    correct(draft, by=organiser, given=replace(as_written(draft), title="Cells for the new Aurora"), reason="A word in the title")
    confirm(draft, by=anna)
    confirm(draft, by=boris)
    dispute(draft, by=boris, reason="Not quite")
    settle(draft, by=organiser, reason="Quite", as_confirmed=True)
    again = record(title="The same again")
    merge(again, draft, by=organiser, reason="Twice the same")
    void_agreement(record(title="A third"), by=organiser, reason="Never signed")
    sent = draft_for(borealis, by=boris, given=as_written(draft), is_another=True)
    submit(sent, by=boris)
    confirm(sent, by=anna)
    assert set(Agreement.objects.values_list("status", flat=True)) == {"confirmed", "void"}
    assert faults() == []


@pytest.mark.parametrize(
    ("column", "value", "also"),
    [
        ("title", "Cells for nobody", []),
        ("visibility", "totals_only", []),
        ("signed_on", "2027-06-20", []),
        ("amount", "15.00", ["sum_is_wrong"]),
        ("amount_cny", "99.00", ["sum_is_wrong"]),
        ("status", "verified", ["status_not_reached"]),
    ],
)
def test_a_changed_agreement_is_named_with_the_column(record, column, value, also):
    agreement = record()
    forge(f"UPDATE agreements_agreement SET {column} = %s WHERE id = %s", value, agreement.pk)
    assert faults() == [(code, f"{THING} {agreement.pk}") for code in ["agreement_changed", *also]]
    assert sentences()[0] == (
        f"Agreement {agreement.label} (row {agreement.pk}) is not what its newest line says: {column} differs from its history."
    )


def test_a_changed_party_is_named(record):
    agreement = record()
    party = agreement.parties.first()
    forge("UPDATE agreements_party SET role = 'other' WHERE id = %s", party.pk)
    assert faults() == [("agreement_changed", f"{THING} {agreement.pk}")]
    assert "parties.role differs" in sentences()[0]
    forge("DELETE FROM agreements_party WHERE id = %s", party.pk)
    assert "parties differs" in sentences()[0]


def test_who_forges_the_history_and_the_line_too_is_found_by_the_seal(record):
    agreement = record()
    line = Event.objects.get(thing=THING, verb="record")
    forge("UPDATE agreements_agreement SET title = 'Forged' WHERE id = %s", agreement.pk)
    forge("UPDATE agreements_historicalagreement SET title = 'Forged' WHERE number = 1 AND id = %s", agreement.pk)
    entry = agreement.history.get(number=1).history_id
    assert sentences() == [
        f"Agreement {agreement.label} (row {agreement.pk}) is not what its newest line says: {ITS_HISTORY_TOO}",
        f"History entry {entry} of agreement {agreement.label} (row {agreement.pk}) is not what the log says of that step.",
    ]
    with guards.lifted():
        Event.objects.filter(pk=line.pk).update(data={**line.data, "state": state_of(Agreement.objects.get())})
        Event.objects.filter(pk=line.pk).update(digest=digest_of(Event.objects.get(pk=line.pk)))
    # The history is compared with the lines as they stand: it was forged with them. The seal was not.
    assert faults() == [("line_changed", f"foundation.Event {line.pk}")]


def test_a_deleted_agreement_is_named(record):
    record(title="One")
    gone = record(title="Two")
    record(title="Three")
    forge("DELETE FROM agreements_party WHERE agreement_id = %s", gone.pk)
    forge("DELETE FROM agreements_agreement WHERE id = %s", gone.pk)
    assert faults() == [("number_missing", f"{THING} {gone.pk}"), ("agreement_missing", f"{THING} {gone.pk}")]
    assert "it was “Two”" in sentences()[0]


def test_an_agreement_that_was_put_in_is_named(record, edition, chain, aurora, borealis):
    record()
    put = builders.agreement(edition, chain, aurora, borealis)
    with guards.lifted():
        Agreement.objects.filter(pk=put.pk).update(number=7)
    found = faults()
    assert ("agreement_not_logged", f"{THING} {put.pk}") in found
    assert ("number_not_given", f"{THING} {put.pk}") in found
    Ledger.objects.update(last_number=3)
    assert ("number_missing", "") in faults()


def test_a_paper_that_was_exchanged_or_lost_is_named(record, pdf, settings):
    agreement = record(document=pdf())
    kept = settings.MEDIA_ROOT / agreement.document.name
    kept.write_bytes(b"%PDF-1.4 another")
    assert faults() == [("document_changed", f"{THING} {agreement.pk}")]
    kept.unlink()
    assert faults() == [("document_missing", f"{THING} {agreement.pk}")]


def test_a_frozen_report_that_was_changed_or_deleted_is_named(edition, organiser):
    edition.status = "closed"
    edition.save()
    frozen = freeze_report(edition, by=organiser)
    assert faults() == []
    row = f"agreements.FrozenReport {frozen.pk}"
    forge("UPDATE agreements_frozenreport SET content = %s", json.dumps({**frozen.content, "x": 1}))
    assert faults() == [("frozen_report_changed", row)]
    forge("DELETE FROM agreements_frozenreport")
    assert faults() == [("frozen_report_missing", row)]


def test_rows_of_before_are_compared_with_their_history(edition, chain, aurora, borealis, organiser):
    agreement = builders.agreement(edition, chain, aurora, borealis)
    Ledger.objects.update_or_create(edition=edition, defaults={"last_number": agreement.number})
    lines = [Event.objects.create(verb=verb, thing=THING, thing_id=str(agreement.pk)) for verb in ("draft", "record")]
    assert faults() == []
    assert prove_ledger(lambda _finding: None).unstated == 1
    forge("UPDATE agreements_agreement SET title = 'Forged'")
    assert sentences() == [f"Agreement {agreement.label} (row {agreement.pk}) is not what its history says: title."]
    assert len(lines) == 2


def said(*arguments):
    out = io.StringIO()
    code = 0
    try:
        call_command("verify_ledger", *arguments, stdout=out)
    except SystemExit as ended:
        code = ended.code
    return code, out.getvalue()


def test_the_command_says_what_it_read_and_where_the_chain_ends(record):
    record()
    seal_waiting(at_once=True)
    on_paper = "{}:{}".format(*head())
    code, text = said()
    assert (code, text.splitlines()[-2:]) == (0, ["Nothing was changed.", f"Head: {on_paper}"])
    assert said("--head", on_paper)[0] == 0
    code, text = said("--head", f"1:{'0' * 64}")
    assert (code, text.splitlines()[0]) == (1, "Block 1 is not the one that was written down: it has another digest.")
    with pytest.raises(CommandError):
        call_command("verify_ledger", "--head", "nonsense")


def test_the_command_names_the_row_and_fails(record):
    agreement = record()
    forge("UPDATE agreements_agreement SET title = 'Forged'")
    code, text = said()
    assert code == 1
    assert f"[{THING} {agreement.pk}]" in text
    assert "1 things are not as they were written." in text
    code, text = said("--json")
    answer = json.loads(text)
    assert (code, answer["ok"], answer["counts"], answer["findings"][0]["row"]) == (
        1,
        False,
        {"agreement_changed": 1},
        f"{THING} {agreement.pk}",
    )


def test_lifted_guards_are_told(db):
    guards.lift_guards()
    code, text = said()
    guards.set_guards()
    assert code == 1
    assert "guard guard_event_stays is not in force" in text


@pytest.mark.long
def test_as_many_edits_as_lines_and_one_clean_proof(organiser, sheet):
    draft = draft_agreement(by=organiser, **sheet)
    for turn in range(EDITS):
        given = as_written(draft)
        draft = edit_draft(draft, by=organiser, given=replace(given, amount=Decimal(turn + 1)))
    assert Event.objects.filter(thing=THING, verb="edit", thing_id=str(draft.pk)).count() == EDITS
    assert draft.history.count() == EDITS + 1
    assert Party.history.count() == 2
    assert faults() == []


def test_a_line_of_the_ledger_cannot_pass_as_one_that_privacy_emptied(record):
    agreement = record()
    line = Event.objects.get(thing=THING, thing_id=str(agreement.pk), verb="record")
    forge("UPDATE foundation_event SET thing = 'participants.Company', data = '{}', salt = '' WHERE id = %s", line.pk)
    assert ("line_changed", f"foundation.Event {line.pk}") in faults()


@pytest.mark.parametrize("amount", ["9999999999999.99", "1234567890123.45"])
def test_the_largest_amounts_come_back_as_they_were_written(record, amount):
    agreement = record(amount=Decimal(amount), currency="CNY")
    assert (Agreement.objects.get().amount, Agreement.objects.get().amount_cny) == (Decimal(amount), Decimal(amount))
    assert (agreement.amount_cny, faults()) == (Decimal(amount), [])


def test_an_amount_that_no_database_gives_back_to_the_fen_is_refused(record):
    with pytest.raises(errors.AmountTooLarge):
        record(amount=Decimal("12345678901234.56"), currency="CNY")
    with pytest.raises(errors.ValueTooLarge):
        record(amount=Decimal(5_000_000_000_000), currency="USD")
    assert not Agreement.objects.exists()


@pytest.mark.parametrize("reads", range(1, 27))
def test_what_the_site_writes_while_the_ledger_is_proved_is_not_called_forged(record, organiser, sheet, reads):
    """Somebody else writes just before each of the reads that the proof makes, one after the other."""
    agreement, left, busy = record(), [reads], []

    def meanwhile(execute, sql, params, many, context):
        if not busy and sql.startswith("SELECT"):
            left[0] -= 1
            if left[0] == 0:
                busy.append(True)
                verify(agreement, by=organiser, reason="The paper was seen")
                record(title="Another one")
                freeze_report(agreement.edition, by=organiser)
        return execute(sql, params, many, context)

    said = []
    agreement.edition.status = "live"
    agreement.edition.save()
    with connection.execute_wrapper(meanwhile):
        prove_ledger(said.append)
    assert said == []
