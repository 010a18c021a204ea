"""What the database itself refuses of the ledger, asked in plain SQL as somebody with its password would."""

import pytest
from django.db import IntegrityError, connection, transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from matchmaking.agreements.actions import discard_draft, draft_agreement, record_agreement
from matchmaking.agreements.models import Agreement, Confirmation, FrozenReport, Party
from tests import builders


def run(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def refused(statement, *values):
    connection.check_constraints()
    with pytest.raises(IntegrityError, match=r"The ledger: "):
        run(statement, *values)


@pytest.fixture
def agreement(organiser, sheet):
    return record_agreement(draft_agreement(by=organiser, **sheet), by=organiser)


@pytest.fixture
def answer(agreement, boris):
    party = agreement.parties.get(company__name="Borealis Cells")
    return Confirmation.objects.create(
        agreement=agreement, party=party, party_name="Borealis Cells", version=1, answer="confirmed", person=boris, way="desk"
    )


@pytest.fixture
def frozen(edition, organiser):
    return FrozenReport.objects.create(
        edition=edition, number=1, definitions_version="1", content={"figures": [1]}, sha256="0" * 64, frozen_by=organiser
    )


def test_an_agreement_on_record_is_not_deleted_and_keeps_its_number(agreement):
    other = builders.edition()
    refused("DELETE FROM agreements_agreement WHERE id = %s", agreement.pk)
    refused("UPDATE agreements_agreement SET number = 99 WHERE id = %s", agreement.pk)
    refused("UPDATE agreements_agreement SET edition_id = %s WHERE id = %s", other.pk, agreement.pk)
    refused("UPDATE agreements_agreement SET id = 4711 WHERE id = %s", agreement.pk)
    assert Agreement.objects.get(pk=agreement.pk).number == 1


def test_history_is_only_added_to(agreement, organiser):
    for model, key in ((Agreement.history.model, "title"), (Party.history.model, "outside_name")):
        table = model._meta.db_table
        before = list(model.objects.values().order_by("pk"))
        refused(f"UPDATE {table} SET {key} = 'x'")
        refused(f"UPDATE {table} SET history_user_id = %s", organiser.pk + 1)
        refused(f"DELETE FROM {table}")
        assert list(model.objects.values().order_by("pk")) == before
        assert run(f"UPDATE {table} SET history_user_id = NULL") == len(before)


def test_an_answer_is_not_changed_but_the_account_may_go(answer, agreement):
    for change in ("answer = 'disputed', reason = 'x'", "name = 'x'", "version = 2", "person_id = 999999", "party_name = 'x'"):
        refused(f"UPDATE agreements_confirmation SET {change}")
    refused("DELETE FROM agreements_confirmation")
    assert run("UPDATE agreements_confirmation SET person_id = NULL, party_id = NULL") == 1
    answer.refresh_from_db()
    assert (answer.answer, answer.person, answer.party) == ("confirmed", None, None)


def test_a_frozen_report_is_never_changed_or_deleted(frozen, boris):
    for column, value in (("content", "{}"), ("sha256", "1" * 64), ("number", 2), ("note", "x"), ("frozen_by_id", boris.pk)):
        refused(f"UPDATE agreements_frozenreport SET {column} = %s", value)
    refused("DELETE FROM agreements_frozenreport")
    assert FrozenReport.objects.get().content == {"figures": [1]}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
@pytest.mark.parametrize("table", ["agreement", "historicalagreement", "historicalparty", "confirmation", "frozenreport"])
def test_tables_are_not_emptied_at_once(frozen, answer, table):
    refused(f"TRUNCATE agreements_{table} CASCADE")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces rows without firing other triggers")
def test_rows_are_not_replaced(frozen, answer, agreement):
    for row in (agreement, answer, frozen, agreement.history.first()):
        values = type(row).objects.filter(pk=row.pk).values().get()
        table, names = type(row)._meta.db_table, ", ".join(f'"{name}"' for name in values)
        refused(f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM {table}")
    assert Agreement.objects.get().number == 1


def test_drafts_are_thrown_away_with_what_was_answered_before(organiser, sheet, boris):
    draft = draft_agreement(by=organiser, **sheet)
    Confirmation.objects.create(agreement=draft, party_name="x", version=1, answer="confirmed", person=boris, way="desk")
    discard_draft(draft, by=organiser)
    assert (Agreement.objects.count(), Confirmation.objects.count(), Agreement.history.filter(history_type="-").count()) == (0, 0, 1)


def test_an_account_that_goes_leaves_answers_and_history(answer, agreement, boris):
    made = builders.person()
    Agreement.history.filter(history_id=agreement.history.first().history_id).update(history_user=None)
    Confirmation.objects.filter(pk=answer.pk).update(person=None)
    User.objects.filter(pk=made.pk).delete()
    assert (Confirmation.objects.count(), Edition.objects.filter(agreements=agreement).count()) == (1, 1)
