"""Two places of their own, each with a database, a folder and processes: one that works, one that is empty."""

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[4]
NOT_COMPARED = {"cache", "django_session", "usersessions_usersession", "foundation_event", "sqlite_sequence"}
KEY = "only for tests: 0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJ"


@dataclass
class Place:
    """One installation: `manage` runs a command of it in a process of its own."""

    folder: Path
    database: str

    @property
    def environment(self) -> dict[str, str]:
        ours = {"SECRET_KEY": KEY, "DEBUG": "true"}
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "XDG_RUNTIME_DIR"}}
        return {**kept, **ours, "VAR_DIR": str(self.folder), "DATABASE_URL": self.address, "DJANGO_SETTINGS_MODULE": "expo.settings"}

    @property
    def address(self) -> str:
        return f"sqlite:///{self.database}" if self.is_sqlite else f"postgres://postgres@/{self.database}?host={quote(str(_host()))}"

    @property
    def is_sqlite(self) -> bool:
        return self.database.startswith("/")

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def start(self, script: str) -> subprocess.Popen[str]:
        program = f"import django; django.setup()\n{script}"
        return subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True)

    def rows(self, query: str) -> list[tuple]:
        if self.is_sqlite:
            database = sqlite3.connect(self.database)
            try:
                return database.execute(query).fetchall()
            finally:
                database.close()
        with psycopg.connect(f"host={_host()} dbname={self.database} user=postgres") as database:
            return database.execute(query).fetchall()

    def hashes(self) -> dict[str, str]:
        """A hash of all rows of each table."""
        return {table: self.hash_of(table) for table in self.tables() if table not in NOT_COMPARED}

    def hash_of(self, table: str) -> str:
        return hashlib.sha256("\n".join(sorted(map(repr, self.rows(f'SELECT * FROM "{table}"')))).encode()).hexdigest()

    def tables(self) -> list[str]:
        named = (
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if self.is_sqlite
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        return [name for (name,) in self.rows(named)]

    def files(self) -> dict[str, str]:
        root = self.folder / "media"
        return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in root.rglob("*") if path.is_file()}


def _host() -> str:
    return connection.get_connection_params()["host"]


def _maintenance(statement: str) -> None:
    with psycopg.connect(f"host={_host()} dbname=postgres user=postgres", autocommit=True) as database:
        database.execute(statement)


def filled(folder: Path, name: str) -> Place:
    """A place with the tables of the test database, empty of rows but what migrations write."""
    (folder / "media").mkdir(parents=True)
    if connection.vendor == "sqlite":
        target = sqlite3.connect(folder / "site.sqlite3")
        connection.ensure_connection()
        connection.connection.backup(target)
        target.execute("PRAGMA journal_mode=WAL")
        target.close()
        return Place(folder, str(folder / "site.sqlite3"))
    connection.close()
    _maintenance(f'CREATE DATABASE {name} TEMPLATE "{connection.settings_dict["NAME"]}"')
    return Place(folder, name)


def bare(folder: Path, name: str) -> Place:
    """A place with nothing in it."""
    folder.mkdir(parents=True)
    if connection.vendor == "sqlite":
        return Place(folder, str(folder / "site.sqlite3"))
    _maintenance(f"CREATE DATABASE {name}")
    return Place(folder, name)


POPULATE = """
from django.core.files.base import ContentFile
from tests import builders
from expo.foundation.outbox import tell
edition = builders.current_edition()
for number in range(3):
    company = builders.company(f"Works {number}", logo=ContentFile(f"picture {number}".encode(), "x.webp"), about_zh="碳化硅\\t\\\\N \\n")
    builders.member(company, builders.person(f"person{number}@example.com"))
    builders.registration(company, edition)
print("done")
"""


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Place]:
    """A site with three companies, their people and logos."""
    name = f"backup_{os.getpid()}_site"
    with django_db_blocker.unblock():
        place = filled(tmp_path_factory.mktemp("site"), name)
        process = place.start(POPULATE)
        assert process.communicate()[0].strip() == "done"
        yield place
        forget(place)


@pytest.fixture
def empty(site, django_db_blocker, tmp_path) -> Iterator[Place]:
    """A place to restore into."""
    with django_db_blocker.unblock():
        place = bare(tmp_path / "empty", f"backup_{os.getpid()}_empty")
        yield place
        forget(place)


def forget(place: Place) -> None:
    shutil.rmtree(place.folder, ignore_errors=True)
    if not place.is_sqlite:
        _maintenance(f"DROP DATABASE {place.database} WITH (FORCE)")


@pytest.fixture(scope="module")
def archive(site) -> Path:
    """A backup of the site while nothing else happens."""
    made = site.manage("backup", site.folder / "backups")
    assert made.returncode == 0, made.stderr
    return Path(made.stdout.strip())


WRITE = """
from django.core.files.storage import default_storage
from django.core.files.base import ContentFile
from expo.foundation.models import Event
from django.db import transaction
number = 0
while True:
    number += 1
    with transaction.atomic():
        Event.objects.create(verb="written", thing="test", thing_id=str(number))
    print(number, flush=True)
"""


@pytest.fixture
def writer(site) -> Iterator[Callable[[], int]]:
    """A process that writes row after row and says each number after its commit; call it for the last number said."""
    process, last = site.start(WRITE), 0
    os.set_blocking(process.stdout.fileno(), True)

    def said() -> int:
        nonlocal last
        last = int(process.stdout.readline())
        return last

    said()
    yield said
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


def repacked(archive: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Write the archive anew with its parts changed; `change` returns what a part becomes, None to leave it out."""
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        for name in source.namelist():
            content = change(name, source.read(name))
            if content is not None:
                written.writestr(name, content)
    return target
