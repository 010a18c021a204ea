"""Putting an archive back: all of it or nothing."""

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from expo.foundation.backup.archive import MEDIA, ArchiveRefused, Manifest, extract
from expo.foundation.backup.checking import check_whole, engine, unpacked
from expo.foundation.backup.making import make_backup

ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def restore_archive(path: Path, *, replace: bool = False) -> Path | None:
    """Restore database and uploads into an empty place. The site must not run.

    With `replace` what is there is backed up beside the archive first, and then gives way; the path of that backup is
    returned. Migrating to this version's tables, and erasing again who was erased since, is left to the caller.

    Raises:
        ArchiveRefused: the archive is damaged, foreign, of a newer version or of the other kind of database, or the place
            is not empty. Nothing was changed then.
    """
    manifest = check_whole(path)
    if manifest.engine != connection.vendor:
        theirs, ours = ENGINES.get(manifest.engine, manifest.engine), ENGINES[connection.vendor]
        raise ArchiveRefused(f"The archive holds a {theirs} database; this site is set to {ours}. Set DATABASE_URL to the same kind.")
    _refuse_newer(manifest)
    kept = None
    if not (engine().is_empty() and _no_uploads()):
        if not replace:
            raise ArchiveRefused("There are rows or uploads here already. Restore into an empty place, or add --replace to give them up.")
        kept = make_backup(path.parent)
    with unpacked(path) as folder:
        engine().load(folder, manifest, _uploads_of(path))
    return kept


def _refuse_newer(manifest: Manifest) -> None:
    known = MigrationLoader(None).disk_migrations
    unknown = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if unknown:
        raise ArchiveRefused(
            f"The archive is of version {manifest.app_version} and newer than this site: it knows {unknown[0]}, which is not here. "
            "Update the site first."
        )


def _no_uploads() -> bool:
    root = Path(settings.MEDIA_ROOT)
    return not root.is_dir() or not any(path.is_file() for path in root.rglob("*"))


@contextlib.contextmanager
def _uploads_of(path: Path) -> Iterator[None]:
    """Put the archive's uploads in the place of those that are there; when the caller fails, put them back."""
    root, name = Path(settings.MEDIA_ROOT), secrets.token_hex(4)
    fresh, former = root / f".restoring-{name}", root / f".before-{name}"
    fresh.mkdir(parents=True)
    former.mkdir()
    try:
        extract(path, MEDIA, fresh)
        old = [entry.name for entry in root.iterdir() if not entry.name.startswith(".")]
        new = [entry.name for entry in fresh.iterdir()]
        _move(old, root, former)
        try:
            _move(new, fresh, root)
            yield
        except BaseException:
            _move([entry for entry in new if (root / entry).exists()], root, fresh)
            _move(old, former, root)
            raise
    finally:
        shutil.rmtree(fresh)
        shutil.rmtree(former)


def _move(names: list[str], source: Path, target: Path) -> None:
    for name in names:
        (source / name).rename(target / name)
