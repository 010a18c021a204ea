"""The kept copy that the suite starts from: it is of these migrations, and nothing is missing in it."""

import shutil
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from expo.foundation import guards
from tests import migrated


@pytest.mark.django_db
def test_the_database_has_all_migrations_and_guards():
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert guards.missing() == []


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["", "# changed"])
def test_a_copy_is_taken_only_of_the_same_migrations(tmp_path, monkeypatch, word):
    before = migrated.fingerprint(connection)
    venue = apps.get_app_config("venue")
    shutil.copytree(Path(venue.path) / "migrations", tmp_path / "migrations")
    with (tmp_path / "migrations/0001_initial.py").open("a") as file:
        file.write(word)
    monkeypatch.setattr(venue, "path", str(tmp_path))
    assert (migrated.fingerprint(connection) == before) is (word == "")
