import pytest
from django.core.cache import cache
from django.db import connection

from expo.foundation.planning import look_at_tables, look_at_tables_each_hour
from tests import builders

pytestmark = pytest.mark.django_db


def rows_known(table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = %s", [table])
        return {int(stat.split()[0]) for (stat,) in cursor.fetchall()}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL looks by itself")
def test_sqlite_learns_how_many_rows_there_are_at_most_once_an_hour():
    cache.clear()
    look_at_tables()
    builders.source(), builders.source(), builders.source()
    assert 3 not in rows_known("editions_source")
    assert look_at_tables_each_hour()
    assert 3 in rows_known("editions_source")
    assert not look_at_tables_each_hour()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="only SQLite has to be told")
def test_postgres_is_left_alone():
    assert not look_at_tables_each_hour()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer")
def test_a_table_that_somebody_else_looks_at_is_not_waited_for():
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE editions_source IN SHARE UPDATE EXCLUSIVE MODE")
        look_at_tables()
    other.close()
