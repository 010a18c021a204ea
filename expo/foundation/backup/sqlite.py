"""SQLite: the backup API copies a database while others write to it; a restored one takes the old one's place in one step."""

import os
import sqlite3
from contextlib import AbstractContextManager, closing
from pathlib import Path

from django.db import connection

from expo.foundation.backup.archive import LEFT_OUT, ArchiveRefused, Manifest

PART = "interchange.sqlite3"


def dump(folder: Path) -> dict[str, int]:
    """Copy the database into the folder and return the number of rows of each table."""
    target = folder / PART
    source = Path(connection.settings_dict["NAME"]).absolute().as_uri() + "?mode=ro"
    with closing(sqlite3.connect(source, uri=True, timeout=30)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        for table in LEFT_OUT & set(_tables(copy)):
            copy.execute(f'DELETE FROM "{table}"')  # noqa: S608 - a name from the list above
        copy.commit()
        copy.execute("VACUUM")  # What was deleted must not live on in free pages.
        return _rows(copy)


def check(folder: Path, manifest: Manifest) -> None:
    """Compare the database with its manifest.

    Raises:
        ArchiveRefused: it is broken, or incomplete.
    """
    try:
        with closing(sqlite3.connect(f"{(folder / PART).absolute().as_uri()}?mode=ro", uri=True)) as copy:
            sound = copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            marked = copy.execute("SELECT 1 FROM foundation_event WHERE verb = 'backup' AND thing_id = ?", [manifest.mark]).fetchone()
            complete = marked is not None and _rows(copy) == manifest.rows
    except sqlite3.Error as fault:
        raise ArchiveRefused(f"The database in the archive cannot be read ({fault}). Take another archive.") from fault
    if not sound:
        raise ArchiveRefused("The database in the archive is damaged. Take another archive.")
    if not complete:
        raise ArchiveRefused("The database in the archive is incomplete: it misses what was committed before it was made.")


def is_empty() -> bool:
    """Whether nothing was ever stored in the site's database."""
    path = Path(connection.settings_dict["NAME"])
    if not path.exists() or not path.stat().st_size:
        return True
    connection.close()
    with closing(sqlite3.connect(path, timeout=30)) as live:
        return not any(count for table, count in _rows(live).items() if table not in SEEDED)


SEEDED = {"django_migrations", "django_content_type", "auth_permission", "cache"}


def load(folder: Path, _manifest: Manifest, files_in_place: AbstractContextManager[None]) -> None:
    """Put the copy in the database's place. The site must not run meanwhile."""
    connection.close()
    path = Path(connection.settings_dict["NAME"]).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.restoring")
    try:
        _copy(folder / PART, beside)
        with files_in_place:
            for ending in ("-wal", "-shm"):  # They belong to the file that goes: read with the new one they would break it.
                path.with_name(path.name + ending).unlink(missing_ok=True)
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)
    descriptor = os.open(target, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _tables(database: sqlite3.Connection) -> list[str]:
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return [name for (name,) in database.execute(named)]


def _rows(database: sqlite3.Connection) -> dict[str, int]:
    return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in _tables(database)}  # noqa: S608 - as named
