import logging
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, RequestFactory
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from expo.foundation import health, tasks
from expo.foundation.cache import _away_until as away_until
from expo.foundation.views import broken


def test_the_site_says_that_it_is_alive(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_the_site_is_ready_when_its_parts_are(client: Client) -> None:
    job(finished_at=timezone.now())
    parts = {"database": "ok", "migrations": "ok", "cache": "ok", "worker": "ok"}
    assert client.get("/readyz").json() == {"status": "ok", "parts": parts}


@pytest.mark.django_db
def test_the_site_is_not_ready_when_its_database_is_gone(client: Client) -> None:
    def unreachable(*_args: Any) -> None:
        raise OperationalError("server closed the connection")

    with connection.execute_wrapper(unreachable):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "parts": {"database": "unreachable"}}


@pytest.mark.django_db
def test_the_site_is_not_ready_while_tables_are_missing(client: Client) -> None:
    MigrationRecorder.Migration.objects.filter(app="agreements").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["migrations"].endswith(" to be made")


@pytest.mark.django_db
def test_the_site_is_not_ready_when_it_cannot_count_sign_ins(client: Client, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["cache"]) == (503, "broken")


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "word"), [(None, "never seen"), (4, "ok"), (6, "late")])
def test_pages_are_served_while_the_worker_is_away_and_that_is_said(client: Client, minutes: int | None, word: str) -> None:
    if minutes:
        job(finished_at=timezone.now() - timedelta(minutes=minutes))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["worker"]) == (200, word)
    assert answer.json()["status"] == ("ok" if word == "ok" else "degraded")


@pytest.mark.django_db(transaction=True)  # A worker lets go of its connection between jobs.
def test_the_sweep_asks_the_worker_for_one_sign_of_life_at_a_time(settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    for _minute in range(3):
        tasks.ask_the_worker.call()
    assert DBTaskResult.objects.filter(task_path=health.BEAT).count() == 1
    assert health.worker_seen() is None
    call_command("db_worker", batch=True, no_startup_delay=True, no_reload=True, interval=0, verbosity=0)
    seen, asked = health.worker_seen(), health.sweep_seen()
    assert seen is not None
    assert asked is not None
    assert timezone.now() - seen < health.LATE


@pytest.mark.django_db
def test_old_signs_of_life_are_forgotten() -> None:
    job(finished_at=timezone.now() - timedelta(hours=2), status="SUCCESSFUL")
    kept = job(finished_at=timezone.now(), status="SUCCESSFUL")
    other = job(finished_at=timezone.now() - timedelta(hours=2), status="SUCCESSFUL", task_path="expo.foundation.tasks.send_waiting")
    tasks.beat.call()
    assert set(DBTaskResult.objects.all()) == {kept, other}


@pytest.mark.django_db
def test_while_redis_is_away_the_database_is_the_cache(settings: Any, client: Client) -> None:
    call_command("createcachetable", "cache")
    settings.CACHES = {
        "default": {"BACKEND": "expo.foundation.cache.RedisOrDatabase", "LOCATION": "redis://127.0.0.1:1/0"},
        "database": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"},
    }
    try:
        assert cache.add("guesses", 1, 60) is True
        assert cache.incr("guesses") == 2
        assert caches["database"].get("guesses") == 2
        assert cache.get_many(["guesses", "others"]) == {"guesses": 2}
        assert "guesses" in cache
        assert client.get("/readyz").json()["parts"]["cache"] == "database stands in"
        assert client.post("/accounts/login/", {"login": "nobody@example.com", "password": "x"}).status_code == 200
    finally:
        away_until[0] = 0.0


def job(**fields: Any) -> DBTaskResult:
    fields = {"task_path": health.BEAT, "args_kwargs": {"args": [], "kwargs": {}}, "run_after": timezone.now(), **fields}
    return DBTaskResult.objects.create(backend_name="default", **fields)


def test_a_broken_page_gives_a_reference_that_stands_in_the_log(rf: RequestFactory, caplog: pytest.LogCaptureFixture) -> None:
    request = rf.get("/market/?q=anna")
    request.reference = "c0ffee42"  # type: ignore[attr-defined] # set by the middleware
    with caplog.at_level(logging.ERROR):
        answer = broken(request)
    assert answer.status_code == 500
    assert b"c0ffee42" in answer.content
    assert "reference c0ffee42" in caplog.text
    assert "market" not in caplog.text
