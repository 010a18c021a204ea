import time

import pytest
from django.core.management import get_commands, load_command_class
from django.db import OperationalError

from matchmaking.matching import world
from matchmaking.matching.management.commands import db_worker
from tests import builders
from tests.matchmaking.matching.matched import CELL, CHARGER, run


def worker(*, batch=False):
    names = {"queue_names": ["default"], "excluded_queue_names": [], "backend_name": "default", "worker_id": "one"}
    return db_worker.Worker(**names, interval=1, batch=batch, startup_delay=False, max_tasks=None)


@pytest.fixture
def unread(edition, exhibitor, supplier_segment, customer_segment):
    builders.offer(exhibitor, supplier_segment, **CELL)
    builders.offer(exhibitor, customer_segment, **CHARGER)
    run(edition)
    world.forget()


def read():
    held = world.held()
    return held is not None and not held.unread(held.segment["offer"].values()) and len(held.segment["offer"])


def test_the_worker_is_the_one_that_reads_ahead():
    assert isinstance(load_command_class(get_commands()["db_worker"], "db_worker"), db_worker.Command)


def test_a_worker_without_a_job_reads_what_it_has_not_read_yet(unread, monkeypatch):
    idle = worker()
    monkeypatch.setattr(db_worker, "AT_ONCE_SECONDS", -1)
    assert idle.interval == 0
    monkeypatch.undo()
    assert idle.interval == 1
    assert read() == 2


def test_a_worker_that_has_read_all_asks_nothing_for_a_while(unread, count_queries, monkeypatch):
    idle = worker()
    assert idle.interval == 1
    assert count_queries(lambda: idle.interval) == 0
    later = time.monotonic() + db_worker.REST_SECONDS
    monkeypatch.setattr(db_worker.time, "monotonic", lambda: later)
    assert count_queries(lambda: idle.interval) > 0


def test_a_worker_that_ends_when_nothing_waits_reads_nothing(unread):
    assert worker(batch=True).interval == 1
    assert world.held() is None


def test_a_worker_goes_on_when_reading_fails(unread, monkeypatch, caplog):
    def broken(_seconds):
        raise OperationalError("database is locked")

    monkeypatch.setattr(db_worker, "warm_up", broken)
    assert worker().interval == 1
    assert "reading ahead failed" in caplog.text
