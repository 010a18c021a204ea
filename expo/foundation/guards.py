"""What the database itself refuses, whoever writes to it: triggers, the same on SQLite and on PostgreSQL.

`manage.py migrate` lifts them before it changes anything and sets them again afterwards, because SQLite loses the triggers of a table that is
built anew, and keeps no column that a trigger reads from being dropped. `manage.py doctor` says when one is missing or says something else.
"""

import contextlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from expo.foundation.sealing import LASTING

OWN = "guard_"  # What all triggers and functions made here begin with.
# How the two databases say the same.
WORDS = {
    "sqlite": (
        ("IS NOT DISTINCT FROM", "IS"),
        ("{no_data}", "NEW.data = '{}'"),
        ("{28_days_ago}", "strftime('%Y-%m-%d %H:%M:%f', 'now', '-28 days')"),
    ),
    "postgresql": (("{no_data}", "NEW.data = '{}'::jsonb"), ("{28_days_ago}", "now() - interval '28 days'")),
}


@dataclass(frozen=True)
class Guard:
    """One refusal.

    Attributes:
        table: whose rows it guards.
        rule: the trigger's name, short.
        on: what is refused: UPDATE, DELETE, or TRUNCATE and INSERT, which `whole` makes.
        when: the condition in SQL that both databases read, with `same` and `all_but` of columns in it; OLD and NEW are the rows. "" is always.
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

    def made_by(self, vendor: str, columns: Collection[str] = ()) -> list[str]:
        """Return the statements that make it for a table of these columns, none where the database needs none."""
        if vendor == "sqlite":
            when = f" WHEN {_spoken(self.when, vendor, columns)}" if self.when else ""
            body = f"SELECT RAISE(ABORT, '{_quoted(self.says)}')"
            return [] if self.on == "TRUNCATE" else [f"CREATE TRIGGER {self.name} BEFORE {self.on} ON {self.table}{when} BEGIN {body}; END"]
        if self.on == "INSERT":
            return []
        each = "STATEMENT" if self.on == "TRUNCATE" else "ROW"
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $guard${self.source(columns)}$guard$",
            f"CREATE TRIGGER {self.name} BEFORE {self.on} ON {self.table} FOR EACH {each} EXECUTE FUNCTION {self.name}()",
        ]

    def source(self, columns: Collection[str]) -> str:
        """Return what the trigger's function does on PostgreSQL."""
        refuse = f"RAISE EXCEPTION USING MESSAGE = '{_quoted(self.says)}', ERRCODE = 'integrity_constraint_violation';"
        checked = f"IF {_spoken(self.when, 'postgresql', columns)} THEN {refuse} END IF;" if self.when else refuse
        row = {"UPDATE": "NEW", "DELETE": "OLD"}.get(self.on, "NULL")
        return f" BEGIN {checked} RETURN {row}; END "


def same(*columns: str) -> str:
    """SQL: these columns stay as they are."""
    return "(" + " AND ".join(f'NEW."{column}" IS NOT DISTINCT FROM OLD."{column}"' for column in columns) + ")"


def all_but(*columns: str) -> str:
    """SQL: all columns but these stay as they are, those of later migrations too."""
    return f"{{all_but:{','.join(columns)}}}"


def whole(table: str, says: str, *unique: tuple[str, ...], key: str = "id") -> list[Guard]:
    """Return what keeps a table from losing rows unseen: by TRUNCATE, and by the INSERT OR REPLACE of SQLite, which fires no other trigger.

    `unique` are what a row may be replaced by, besides its `key`.
    """
    keys = ((key,), *unique)
    # One by one, so that each is looked up in its index: in one condition SQLite reads the whole table where it last saw few rows in it.
    named = (" AND ".join(f"{column} = NEW.{column}" for column in one) for one in keys)
    taken = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {one})" for one in named)  # noqa: S608 - names of ours
    return [
        Guard(table, f"{table}_truncate", "TRUNCATE", "", says),
        Guard(table, f"{table}_replace", "INSERT", taken, says),
    ]


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _spoken(condition: str, vendor: str, columns: Collection[str]) -> str:
    def named(found: re.Match[str]) -> str:
        return same(*sorted(set(columns) - set(found[1].split(","))))

    condition = re.sub(r"\{all_but:([a-z_,]*)\}", named, condition)
    for ours, theirs in WORDS[vendor]:
        condition = condition.replace(ours, theirs)
    return condition


LASTS = "(" + " OR ".join(f"substr(OLD.thing, 1, {len(beginning)}) = '{beginning}'" for beginning in LASTING) + ")"
SEALING = f"{all_but('digest', 'seal_id')} AND ({same('digest')} OR OLD.digest = '') AND ({same('seal_id')} OR OLD.seal_id IS NULL)"
EMPTYING = f"NOT {LASTS} AND {all_but('data', 'salt', 'actor_id')} AND {{no_data}} AND NEW.salt = '' AND ({same('actor_id')} OR NEW.actor_id IS NULL)"
STAYS = "The log is append-only: a line is never changed."
KEPT = "The log is append-only: lines of the ledger are never deleted, others not within 28 days."
SEALED = "A seal of the log is never changed or deleted."
PRUNING = f"{all_but('is_pruned')} AND (NEW.is_pruned OR NOT OLD.is_pruned) AND NOT (NEW.is_pruned AND NEW.is_lasting)"
GUARDS: list[Guard] = [
    Guard("foundation_event", "event_stays", "UPDATE", f"NOT (({SEALING}) OR ({EMPTYING}))", STAYS),
    Guard("foundation_event", "event_is_kept", "DELETE", f"{LASTS} OR OLD.at > {{28_days_ago}}", KEPT),
    *whole("foundation_event", KEPT),
    Guard("foundation_seal", "seal_stays", "UPDATE", f"NOT ({PRUNING})", SEALED),
    Guard("foundation_seal", "seal_is_kept", "DELETE", "", SEALED),
    *whole("foundation_seal", SEALED, ("number",), ("previous",), ("digest",)),
]


def also_guarded(guards: list[Guard]) -> None:
    """Have a room's own guards set with these, once the site has started."""
    GUARDS.extend(guard for guard in guards if guard not in GUARDS)


def set_guards() -> None:
    """Set every guard whose table is there with the columns it reads. What is set already, as it should be, is left alone."""
    there, columns = _there(), _columns()
    with _settled() as cursor:
        for guard in GUARDS:
            known = columns.get(guard.table, frozenset())
            if not known or there.get(guard.name, "") == _definition(guard, known) or not _read_by(guard) <= known:
                continue
            if guard.name in there:
                cursor.execute(_unmade(guard.name))
            for statement in guard.made_by(connection.vendor, known):
                cursor.execute(statement)


def lift_guards() -> None:
    """Take all guards away that are there."""
    with _settled() as cursor:
        for name in sorted(_there()):
            cursor.execute(_unmade(name))


@contextlib.contextmanager
def lifted() -> Iterator[None]:
    """Lift the guards for a while: for a restore, and for tests that empty their database. In a transaction nobody else sees them gone."""
    lift_guards()
    try:
        yield
    except BaseException:
        if not connection.in_atomic_block:  # Else they come back with all else that is rolled back.
            set_guards()
        raise
    set_guards()


@contextlib.contextmanager
def _settled() -> Iterator[Any]:
    """Open a cursor in a transaction. PostgreSQL changes no table of which constraints are still to be checked, so they are checked first."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            connection.check_constraints()
        yield cursor


def missing() -> list[str]:
    """Return the names of guards that are not set, or that say something else."""
    there, columns = _there(), _columns()
    wanted = [guard for guard in GUARDS if guard.made_by(connection.vendor)]
    return sorted(guard.name for guard in wanted if there.get(guard.name) != _definition(guard, columns.get(guard.table, frozenset())))


def _definition(guard: Guard, columns: Collection[str]) -> str:
    """Return what the database says of the guard once it is set, "" where it needs none."""
    made = guard.made_by(connection.vendor, columns)
    if not made:
        return ""
    return made[0] if connection.vendor == "sqlite" else guard.source(columns)


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


def _columns() -> dict[str, frozenset[str]]:
    """Return the columns of each guarded table that is there."""
    with connection.cursor() as cursor:
        there = {guard.table for guard in GUARDS} & set(connection.introspection.table_names(cursor))
        described = connection.introspection.get_table_description
        return {name: frozenset(column.name for column in described(cursor, name)) for name in there}


def _read_by(guard: Guard) -> frozenset[str]:
    return frozenset(re.findall(r'\b(?:OLD|NEW)\."?([a-z_]+)', guard.when))


def when_migrating(plan: Any, **_given: Any) -> None:
    """Lift the guards before migrations change the tables."""
    if plan:
        lift_guards()


def when_migrated(**_given: Any) -> None:
    """Set the guards once the tables are as the models say."""
    set_guards()
