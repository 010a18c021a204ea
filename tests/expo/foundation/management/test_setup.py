import io
import shutil
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connection

from expo.editions.models import Edition
from expo.foundation.management.commands import setup
from expo.foundation.models import Event

ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def _static_files_elsewhere(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = []
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(ROOT / "fixtures" / "example", tmp_path / "example"))


def said(**options):
    heard = io.StringIO()
    call_command("setup", stdout=heard, **options)
    return heard.getvalue()


def test_setup_makes_the_roles_and_loads_nothing_by_itself(db):
    assert said() == ""
    assert Group.objects.exists()
    assert not Edition.objects.exists()


def test_files_are_loaded_once_and_again_when_they_changed(db, folder):
    assert "all" in said(fixtures=folder)
    editions = Edition.objects.count()
    assert editions
    assert said(fixtures=folder) == ""
    (folder / "editions.yaml").write_text((folder / "editions.yaml").read_text() + "\n# a remark\n")
    assert "all" in said(fixtures=folder)
    assert Edition.objects.count() == editions
    assert Event.objects.filter(verb="setup.loaded", thing_id="example").count() == 2


def test_a_folder_that_is_not_there_is_refused(db, tmp_path):
    with pytest.raises(CommandError, match="There is no folder"):
        said(fixtures=tmp_path / "nowhere")


def test_the_digest_tells_names_and_contents_apart(tmp_path):
    (tmp_path / "a.yaml").write_text("bc")
    first = setup.digest_of(tmp_path)
    (tmp_path / "a.yaml").rename(tmp_path / "ab.yaml")
    (tmp_path / "ab.yaml").write_text("c")
    assert setup.digest_of(tmp_path) != first


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a mode of SQLite's files")
def test_sqlite_writes_ahead_once_it_was_set_up(db, tmp_path, monkeypatch):
    from django.db import ConnectionHandler

    own = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "own.sqlite3"}})["default"]
    monkeypatch.setattr(setup, "connection", own)
    setup.write_ahead()
    with own.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    own.close()
