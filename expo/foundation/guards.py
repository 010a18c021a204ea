"""What the database itself refuses, whoever writes to it: triggers, the same on SQLite and on PostgreSQL.

`manage.py migrate` lifts them before it changes anything and sets them again afterwards, because SQLite loses the triggers of a table that is
built anew, and keeps no column that a trigger reads from being dropped. `manage.py doctor` says when one is missing or says something else.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from expo.foundation.sealing import LASTING

OWN = "guard_"  # What all triggers and functions made here begin with.


@dataclass(frozen=True)
class Guard:
    """One refusal.

    Attributes:
        table: whose rows it guards.
        rule: the trigger's name, short.
        on: what is refused: UPDATE, DELETE, or TRUNCATE and INSERT, which `whole` makes.
        when: the condition in SQL that both databases read, `same` and `changes` of columns in it; OLD and NEW are the rows. "" is always.
        says: what whoever tries it reads.
    """

    table: str
    rule: str
    on: str
    when: str
    says: str

    @property
    def name(self) -> str:
        return OWN + self.rule

    def made_by(self, vendor: str) -> list[str]:
        """Return the statements that make it, none where the database needs none."""
        if vendor == "sqlite":
            when = f" WHEN {_spoken(self.when, vendor)}" if self.when else ""
            body = f"SELECT RAISE(ABORT, '{_quoted(self.says)}')"
            return [] if self.on == "TRUNCATE" else [f"CREATE TRIGGER {self.name} BEFORE {self.on} ON {self.table}{when} BEGIN {body}; END"]
        if self.on == "INSERT":
            return []
        each = "STATEMENT" if self.on == "TRUNCATE" else "ROW"
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $guard${self.source()}$guard$",
            f"CREATE TRIGGER {self.name} BEFORE {self.on} ON {self.table} FOR EACH {each} EXECUTE FUNCTION {self.name}()",
        ]

    def source(self) -> str:
        """Return what the trigger's function does on PostgreSQL."""
        refuse = f"RAISE EXCEPTION USING MESSAGE = '{_quoted(self.says)}', ERRCODE = 'integrity_constraint_violation';"
        checked = f"IF {_spoken(self.when, 'postgresql')} THEN {refuse} END IF;" if self.when else refuse
        row = {"UPDATE": "NEW", "DELETE": "OLD"}.get(self.on, "NULL")
        return f" BEGIN {checked} RETURN {row}; END "


def same(*columns: str) -> str:
    """SQL: these columns stay as they are."""
    return "(" + " AND ".join(f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in columns) + ")"


def changes(*columns: str) -> str:
    """SQL: one of these columns does not stay as it is."""
    return f"NOT {same(*columns)}"


def whole(table: str, says: str, *unique: tuple[str, ...]) -> list[Guard]:
    """Return what keeps a table from losing rows unseen: by TRUNCATE, and by the INSERT OR REPLACE of SQLite, which fires no other trigger.

    `unique` are the keys by which a row may be replaced, besides its number.
    """
    keys = (("id",), *unique)
    taken = " OR ".join("(" + " AND ".join(f"{column} = NEW.{column}" for column in key) + ")" for key in keys)
    return [
        Guard(table, f"{table}_truncate", "TRUNCATE", "", says),
        Guard(table, f"{table}_replace", "INSERT", f"EXISTS (SELECT 1 FROM {table} WHERE {taken})", says),  # noqa: S608 - a name of ours
    ]


def _quoted(text: str) -> str:
    return text.replace("'", "''")


# How the two say the same.
WORDS = {
    "sqlite": (
        ("IS NOT DISTINCT FROM", "IS"),
        ("{no_data}", "NEW.data = '{}'"),
        ("{28_days_ago}", "strftime('%Y-%m-%d %H:%M:%f', 'now', '-28 days')"),
    ),
    "postgresql": (("{no_data}", "NEW.data = '{}'::jsonb"), ("{28_days_ago}", "now() - interval '28 days'")),
}


def _spoken(condition: str, vendor: str) -> str:
    for ours, theirs in WORDS[vendor]:
        condition = condition.replace(ours, theirs)
    return condition


SAYS = ("id", "at", "verb", "thing", "thing_id")
LASTS = f"substr(OLD.thing, 1, {len(LASTING)}) = '{LASTING}'"
SEALING = (
    f"{same(*SAYS, 'actor_id', 'data', 'salt')} AND ({same('digest')} OR OLD.digest = '') AND ({same('seal_id')} OR OLD.seal_id IS NULL)"
)
EMPTYING = (
    f"NOT {LASTS} AND {same(*SAYS, 'digest', 'seal_id')} AND {{no_data}} AND NEW.salt = '' AND ({same('actor_id')} OR NEW.actor_id IS NULL)"
)
STAYS = "The log is append-only: a line is never changed."
KEPT = "The log is append-only: lines of the ledger are never deleted, others not within 28 days."
SEALED = "A seal of the log is never changed or deleted."
GUARDS: list[Guard] = [
    Guard("foundation_event", "event_stays", "UPDATE", f"NOT (({SEALING}) OR ({EMPTYING}))", STAYS),
    Guard("foundation_event", "event_is_kept", "DELETE", f"{LASTS} OR OLD.at > {{28_days_ago}}", KEPT),
    *whole("foundation_event", KEPT),
    Guard(
        "foundation_seal",
        "seal_stays",
        "UPDATE",
        f"{changes('id', 'number', 'previous', 'digest', 'lines', 'listing', 'is_lasting', 'at')}"
        " OR (OLD.is_pruned AND NOT NEW.is_pruned) OR (NEW.is_pruned AND NEW.is_lasting)",
        SEALED,
    ),
    Guard("foundation_seal", "seal_is_kept", "DELETE", "", SEALED),
    *whole("foundation_seal", SEALED, ("number",), ("previous",), ("digest",)),
]


def also_guarded(guards: list[Guard]) -> None:
    """Have a room's own guards set with these, once the site has started."""
    GUARDS.extend(guard for guard in guards if guard not in GUARDS)


def set_guards() -> None:
    """Set every guard whose table is there with the columns it reads. What is set already, as it should be, is left alone."""
    there = _there()
    wanted = [guard for guard in GUARDS if guard.made_by(connection.vendor) and there.get(guard.name) != _definition(guard)]
    columns = _columns({guard.table for guard in wanted}) if wanted else {}
    with transaction.atomic(), connection.cursor() as cursor:
        for guard in wanted:
            if not _read_by(guard) <= columns.get(guard.table, frozenset()) or guard.table not in columns:
                continue
            if guard.name in there:
                cursor.execute(_unmade(guard.name))
            for statement in guard.made_by(connection.vendor):
                cursor.execute(statement)


def lift_guards() -> None:
    """Take all guards away that are there. `lifted` sets them again."""
    with transaction.atomic(), connection.cursor() as cursor:
        for name in sorted(_there()):
            cursor.execute(_unmade(name))


@contextlib.contextmanager
def lifted() -> Iterator[None]:
    """Lift the guards for a while: for a restore, and for tests that empty their database. In a transaction nobody else sees them gone."""
    lift_guards()
    yield
    set_guards()


def missing() -> list[str]:
    """Return the names of guards that are not set, or that say something else."""
    there = _there()
    return sorted(guard.name for guard in GUARDS if guard.made_by(connection.vendor) and there.get(guard.name) != _definition(guard))


def _definition(guard: Guard) -> str:
    return guard.made_by("sqlite")[0] if connection.vendor == "sqlite" else guard.source()


def _unmade(name: str) -> str:
    return f"DROP TRIGGER {name}" if connection.vendor == "sqlite" else f"DROP FUNCTION {name}() CASCADE"


def _there() -> dict[str, str]:
    """Return the guards that are set and in force, with what they do. One query."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, 6) = %s", [OWN])
        else:
            cursor.execute(
                "SELECT p.proname, CASE WHEN t.tgenabled IN ('O', 'A') THEN p.prosrc ELSE '' END FROM pg_proc p "
                "LEFT JOIN pg_trigger t ON t.tgfoid = p.oid WHERE starts_with(p.proname, %s) AND p.pronamespace = current_schema()::regnamespace",
                [OWN],
            )
        return dict(cursor.fetchall())


def _columns(tables: set[str]) -> dict[str, frozenset[str]]:
    """Return the columns of each of the tables that is there."""
    with connection.cursor() as cursor:
        there = tables & set(connection.introspection.table_names(cursor))
        described = connection.introspection.get_table_description
        return {name: frozenset(column.name for column in described(cursor, name)) for name in there}


def _read_by(guard: Guard) -> frozenset[str]:
    return frozenset(re.findall(r"\b(?:OLD|NEW)\.([a-z_]+)", _spoken(guard.when, connection.vendor)))


def when_migrating(plan: Any, **_given: Any) -> None:
    """Lift the guards before migrations change the tables."""
    if plan:
        lift_guards()


def when_migrated(**_given: Any) -> None:
    """Set the guards once the tables are as the models say."""
    set_guards()
