"""What the database itself refuses of the log, asked in plain SQL as somebody with its password would."""

import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from expo.foundation import guards, sealing
from expo.foundation.eventlog import disown, empty, log
from expo.foundation.models import Event, Seal

OTHER = "f" * 64


def run(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def refused(statement, *values):
    with pytest.raises(IntegrityError, match=r"The log is append-only|A seal of the log is never"):
        run(statement, *values)


@pytest.fixture
def line(borealis, boris):
    return log(borealis, "rename", by=boris, name="Borealis")


@pytest.fixture
def ledger_line(db, boris):
    made = Event.objects.create(actor=boris, verb="record", thing="agreements.Agreement", thing_id="1", data={"number": 1})
    sealing.seal([made])
    return made


def aged(event, days):
    with guards.lifted():
        Event.objects.filter(pk=event.pk).update(at=timezone.now() - timedelta(days=days))


def test_all_guards_are_set(db):
    assert guards.missing() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("verb", "x"), ("thing", "x"), ("thing_id", "9"), ("actor_id", None), ("salt", "x"), ("digest", OTHER)),
        *(("at", "2020-01-01 00:00:00+00"), ("data", '{"name": "x"}'), ("id", 987654)),
    ],
)
@pytest.mark.parametrize("which", ["line", "ledger_line"])
def test_nothing_that_a_line_says_is_changed(request, which, column, value):
    event = request.getfixturevalue(which)
    before = Event.objects.filter(pk=event.pk).values().get()
    refused(f"UPDATE foundation_event SET {column} = %s WHERE id = %s", value, event.pk)
    assert Event.objects.filter(pk=event.pk).values().get() == before


def test_a_line_is_sealed_once_and_not_taken_out_again(line, ledger_line):
    sealing.seal([line])
    other = ledger_line.seal_id
    for seal in (None, other):
        refused("UPDATE foundation_event SET seal_id = %s WHERE id = %s", seal, line.pk)
    assert Event.objects.get(pk=line.pk).seal_id == line.seal_id != other


def test_a_digest_is_given_once(line):
    with guards.lifted():
        Event.objects.filter(pk=line.pk).update(digest="")
    assert run("UPDATE foundation_event SET digest = %s WHERE id = %s AND digest = ''", OTHER, line.pk) == 1
    refused("UPDATE foundation_event SET digest = %s WHERE id = %s", line.digest, line.pk)


def test_lines_are_emptied_for_privacy_as_a_whole_and_never_those_of_the_ledger(line, ledger_line):
    for what in (
        "data = '{}'",
        "salt = ''",
        "actor_id = NULL",
        "data = '{}', salt = '', verb = 'x'",
        "data = '{}', salt = '', digest = ''",
    ):
        refused(f"UPDATE foundation_event SET {what} WHERE id = %s", line.pk)
        refused(f"UPDATE foundation_event SET {what} WHERE id = %s", ledger_line.pk)
    refused("UPDATE foundation_event SET data = '{}', salt = '', actor_id = NULL WHERE id = %s", ledger_line.pk)
    assert empty(Event.objects.filter(pk__in=[line.pk, ledger_line.pk])) == 1
    assert disown(Event.objects.filter(pk__in=[line.pk, ledger_line.pk])) == 1
    kept = Event.objects.get(pk=line.pk)
    assert (kept.data, kept.salt, kept.actor, kept.digest) == ({}, "", None, line.digest)
    assert Event.objects.get(pk=ledger_line.pk).data == {"number": 1}


def test_lines_stay_for_28_days_and_those_of_the_ledger_for_ever(line, ledger_line):
    aged(line, 27)
    aged(ledger_line, 5000)
    for event in (line, ledger_line):
        refused("DELETE FROM foundation_event WHERE id = %s", event.pk)
    aged(line, 29)
    assert run("DELETE FROM foundation_event WHERE id = %s", line.pk) == 1
    assert Event.objects.filter(pk=ledger_line.pk).exists()


@pytest.mark.parametrize(
    "what", [f"digest = '{OTHER}'", f"previous = '{OTHER}'", "number = 99", "lines = 2", "at = '2020-01-01 00:00:00+00'"]
)
def test_a_seal_is_never_changed(ledger_line, what):
    refused(f"UPDATE foundation_seal SET {what}")
    refused("DELETE FROM foundation_seal")


def test_a_block_is_marked_as_pruned_once_and_never_one_that_lasts(line, ledger_line):
    sealing.seal([line])
    assert run("UPDATE foundation_seal SET is_pruned = %s WHERE id = %s", True, line.seal_id) == 1
    refused("UPDATE foundation_seal SET is_pruned = %s WHERE id = %s", False, line.seal_id)
    refused("UPDATE foundation_seal SET is_pruned = %s WHERE id = %s", True, ledger_line.seal_id)
    refused("UPDATE foundation_seal SET is_lasting = %s WHERE id = %s", False, ledger_line.seal_id)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces rows without firing other triggers")
def test_rows_are_not_replaced(line, ledger_line):
    columns = [column for column, _at in [*Event.objects.filter(pk=line.pk).values().get().items()]]
    listed = ", ".join(f"'x' AS {name}" if name == "verb" else name for name in columns)
    refused(f"INSERT OR REPLACE INTO foundation_event ({', '.join(columns)}) SELECT {listed} FROM foundation_event WHERE id = %s", line.pk)
    for key in ("id", "number", "previous", "digest"):
        values = Seal.objects.values().get() | {"id": 77, "number": 77, "previous": OTHER[1:], "digest": OTHER}
        values[key] = Seal.objects.values_list(key, flat=True).get()
        names = ", ".join(values)
        refused(f"INSERT OR REPLACE INTO foundation_seal ({names}) VALUES ({', '.join(['%s'] * len(values))})", *values.values())
    assert Seal.objects.count() == 1
    assert Event.objects.get(pk=line.pk).verb == "rename"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces rows")
def test_what_a_new_row_would_replace_is_looked_up_even_where_the_table_was_small_when_the_database_looked(ledger_line):
    """Else each verb of the ledger would read all seals before it."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        for guard in guards.GUARDS:
            if guard.on == "INSERT":
                condition = re.sub(r"NEW\.\w+", "'1'", guard.when)
                cursor.execute(f"EXPLAIN QUERY PLAN SELECT 1 WHERE {condition}")
                steps = [step for *_numbers, step in cursor.fetchall()]
                assert not [step for step in steps if step.startswith("SCAN") and "CONSTANT" not in step], guard.name


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_tables_are_not_emptied_at_once(ledger_line):
    connection.check_constraints()  # What waits for the end of the transaction would be refused for another reason.
    refused("TRUNCATE foundation_event CASCADE")
    refused("TRUNCATE foundation_seal CASCADE")
    assert (Event.objects.exists(), Seal.objects.exists()) == (True, True)


def test_a_guard_that_was_changed_or_taken_away_is_missed_and_set_again(db):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER guard_event_stays")
            cursor.execute("DROP TRIGGER guard_seal_stays")
            cursor.execute("CREATE TRIGGER guard_seal_stays BEFORE UPDATE ON foundation_seal WHEN 0 BEGIN SELECT 1; END")
        else:
            cursor.execute("ALTER TABLE foundation_event DISABLE TRIGGER guard_event_stays")
            cursor.execute("CREATE OR REPLACE FUNCTION guard_seal_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$")
    assert guards.missing() == ["guard_event_stays", "guard_seal_stays"]
    guards.set_guards()
    assert guards.missing() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_development", [False, True])
def test_a_database_is_emptied_in_development_alone(ledger_line, settings, is_development):
    settings.DEBUG = is_development
    if is_development:
        call_command("flush", interactive=False, verbosity=0)
    else:
        with pytest.raises(CommandError):
            call_command("flush", interactive=False, verbosity=0)
    assert (Event.objects.exists(), Seal.objects.exists()) == (not is_development, not is_development)
    assert guards.missing() == []
