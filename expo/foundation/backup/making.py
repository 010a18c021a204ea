"""Making an archive while the site works."""

import os
import secrets
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from expo.foundation.backup.archive import DATABASE, MEDIA, ArchiveWriter, Manifest, app_version
from expo.foundation.backup.checking import check_whole, engine
from expo.foundation.models import Event
from expo.foundation.tombstones import LIST, known_digests, read_list

# Copies of people's own data and lists that they took live a day, and what begins with a dot is work in progress.
NOT_KEPT = {"copies", "lists"}


def make_backup(folder: Path) -> Path:
    """Write one archive of database and uploads into the folder, check it, and return its path; beside it, the list of who was erased.

    Everything that was committed before the call is in it, whoever writes meanwhile. Only its owner can read it. It takes
    its name once it was read through and found sound: a backup that fails leaves no archive behind.

    Raises:
        ArchiveRefused: what was written is not sound.
        OSError: it cannot be written or read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    now = timezone.now()
    path = folder / f"interchange-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}.zip"
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as name:
        work = Path(name)
        before = _link_uploads(work / "media")
        mark = secrets.token_hex(16)
        Event.objects.create(verb="backup", thing="backup", thing_id=mark)
        (work / "database").mkdir()
        rows = engine().dump(work / "database")
        manifest = Manifest(
            made_at=now.isoformat(timespec="seconds"),
            app_version=app_version(),
            engine=connection.vendor,
            migrations=sorted([app, name] for app, name in MigrationRecorder(connection).applied_migrations()),
            mark=mark,
            rows=rows,
        )
        _link_uploads(work / "media", before)
        made = work / path.name
        _pack(work, made, manifest)
        check_whole(made)
        _write_list(work / LIST, folder / LIST)
        _put(made, path)
    return path


def _pack(work: Path, target: Path, manifest: Manifest) -> None:
    writer = ArchiveWriter(target)
    for prefix in (DATABASE, MEDIA):
        for file in sorted(path for path in (work / prefix).rglob("*") if path.is_file()):
            writer.add(prefix + file.relative_to(work / prefix).as_posix(), file)
    writer.close(manifest)


def _link_uploads(target: Path, already: frozenset[str] = frozenset()) -> frozenset[str]:
    """Keep hold of every upload before and after the database is copied: a row then never names a file that is missing.

    Uploads have names of their own and are never written twice, so a link is as good as a copy.
    """
    target.mkdir(exist_ok=True)
    root, seen = Path(settings.MEDIA_ROOT), set(already)
    for path in sorted(root.rglob("*")) if root.is_dir() else []:
        name = path.relative_to(root)
        if name.as_posix() in seen or name.parts[0] in NOT_KEPT or name.parts[0].startswith(".") or not path.is_file():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        _link(path, target / name)
        seen.add(name.as_posix())
    return frozenset(seen)


def _link(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except FileNotFoundError:
        return  # Deleted since it was listed; then no row names it either, or the later look finds its successor.
    except OSError:
        shutil.copyfile(path, target)  # Another disk.


def _write_list(beside: Path, path: Path) -> None:
    """Write the list anew, with what it says already: of a site that is still to be restored it may be the only one."""
    beside.write_text("".join(f"{digest}\n" for digest in sorted(known_digests() | read_list(path))))
    _put(beside, path)


def _put(made: Path, path: Path) -> None:
    """Give a finished file its name in one step, readable by its owner alone; what bore the name stays whole until then."""
    made.chmod(0o600)
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(path)
