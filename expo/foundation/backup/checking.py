"""Whether an archive can be trusted: every hash, and the database in it."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from django.conf import settings
from django.db import connection

from expo.foundation.backup import postgres, sqlite
from expo.foundation.backup.archive import DATABASE, Manifest, check_archive, extract


def engine() -> ModuleType:
    """The module that knows the database in use."""
    return postgres if connection.vendor == "postgresql" else sqlite


def check_whole(path: Path) -> Manifest:
    """Check the archive and, where its database is of the kind in use here, the database in it.

    Raises:
        ArchiveRefused: something is wrong with it.
    """
    manifest = check_archive(path)
    if manifest.engine == connection.vendor:
        with unpacked(path) as folder:
            engine().check(folder, manifest)
    return manifest


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Unpack the database's part beside the site's own files, readable by the site alone."""
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.VAR_DIR) as name:
        extract(path, DATABASE, Path(name))
        yield Path(name)
