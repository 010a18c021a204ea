"""PostgreSQL: every table by COPY in one REPEATABLE READ transaction, so that all of them are of the same moment.

No program of the server's version is needed, and the tables come from the migrations that the archive names.
"""

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from expo.foundation import guards
from expo.foundation.backup.archive import BLOCK, LEFT_OUT, ArchiveRefused, Manifest

COLUMNS = "columns.json"
SEEDED = {"django_migrations", "django_content_type", "auth_permission", *LEFT_OUT}


def dump(folder: Path) -> dict[str, int]:
    """Copy each table into a file of the folder and return the number of rows of each."""
    connection.close()  # A fresh transaction: what was committed before must be in it.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        _wait_as_long_as_it_takes(cursor)
        tables = _tables(cursor)
        (folder / COLUMNS).write_text(json.dumps(tables, indent=1))
        return {table: _copy_out(cursor, table, columns, folder) for table, columns in tables.items()}


def check(folder: Path, manifest: Manifest) -> None:
    """Compare the tables with the manifest.

    Raises:
        ArchiveRefused: some are missing, or incomplete.
    """
    for table, count in manifest.rows.items():
        path = folder / f"{table}.copy"
        if not path.is_file() or _lines(path) != count:
            raise ArchiveRefused(f"The table {table} in the archive is incomplete. Take another archive.")
    with (folder / "foundation_event.copy").open("rb") as file:
        if not any(f"\t{manifest.mark}\t".encode() in line for line in file):
            raise ArchiveRefused("The database in the archive is incomplete: it misses what was committed before it was made.")


def is_empty() -> bool:
    """Whether nothing was ever stored in the site's database."""
    with connection.cursor() as cursor:
        return not any(_has_rows(cursor, table) for table in _tables(cursor) if table not in SEEDED)


def load(folder: Path, manifest: Manifest, files_in_place: AbstractContextManager[None]) -> None:
    """Make the tables as the archive's migrations say and fill them, in one transaction.

    Raises:
        ArchiveRefused: the database has newer tables than the archive, or takes a row for impossible.
    """
    executor = MigrationExecutor(connection)
    ours, theirs = set(executor.loader.applied_migrations), {(app, name) for app, name in manifest.migrations}
    if ours - theirs:
        raise ArchiveRefused("The tables here are newer than those in the archive. Restore it into a new, empty database.")
    nodes = executor.loader.graph.node_map
    missing = theirs & nodes.keys() - ours
    with guards.lifted():
        executor.migrate(sorted(key for key in missing if not any(child.key in missing for child in nodes[key].children)))
    tables: dict[str, list[str]] = json.loads((folder / COLUMNS).read_text())
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            _wait_as_long_as_it_takes(cursor)
            names = ", ".join(map(connection.ops.quote_name, _tables(cursor)))
            with guards.lifted():
                cursor.execute(f"TRUNCATE {names} CASCADE")
                for table, columns in tables.items():
                    _copy_in(cursor, table, columns, folder)
                _set_sequences(cursor, tables)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with files_in_place:
                pass
    except DatabaseError as fault:
        reason = str(fault).partition("\n")[0]
        raise ArchiveRefused(f"The database does not take what the archive holds: {reason}. Nothing was restored.") from fault


def _wait_as_long_as_it_takes(cursor: Any) -> None:
    cursor.execute("SET LOCAL statement_timeout = 0")
    cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def _tables(cursor: Any) -> dict[str, list[str]]:
    """Return the columns of each table; those that the database computes itself are left out."""
    cursor.execute(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t "
        "ON t.table_schema = c.table_schema AND t.table_name = c.table_name "
        "WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER' "
        "ORDER BY c.table_name, c.ordinal_position"
    )
    tables: dict[str, list[str]] = {}
    for table, column in cursor.fetchall():
        if table not in LEFT_OUT:
            tables.setdefault(table, []).append(column)
    return tables


def _copy_out(cursor: Any, table: str, columns: list[str], folder: Path) -> int:
    with (folder / f"{table}.copy").open("wb") as file, cursor.copy(f"COPY {_named(table, columns)} TO STDOUT") as copy:
        for block in copy:
            file.write(block)
    return _lines(folder / f"{table}.copy")


def _copy_in(cursor: Any, table: str, columns: list[str], folder: Path) -> None:
    with (folder / f"{table}.copy").open("rb") as file, cursor.copy(f"COPY {_named(table, columns)} FROM STDIN") as copy:
        while block := file.read(BLOCK):
            copy.write(block)


def _named(table: str, columns: list[str]) -> str:
    quote = connection.ops.quote_name
    return f"{quote(table)} ({', '.join(map(quote, columns))})"


def _set_sequences(cursor: Any, tables: dict[str, list[str]]) -> None:
    """Let the next number of each table be one that is not taken."""
    quote = connection.ops.quote_name
    for table in (name for name, columns in tables.items() if "id" in columns):
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [quote(table)])
        sequence = cursor.fetchone()[0]
        if sequence:
            cursor.execute(f"SELECT setval(%s, (SELECT coalesce(max(id), 0) + 1 FROM {quote(table)}), false)", [sequence])  # noqa: S608 - a table's quoted name


def _has_rows(cursor: Any, table: str) -> bool:
    cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})")  # noqa: S608 - a table's quoted name
    return bool(cursor.fetchone()[0])


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b""))
