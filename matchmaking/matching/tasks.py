"""Jobs of this room. Each may run twice without harm."""

from typing import Any

from django.conf import settings
from django_tasks import task

from matchmaking.matching.actions import (
    follow_what_was_missed,
    refresh_touched,
    sweep_runs,
    work_on,
)
from matchmaking.matching.actions.digests import people_due, send_digests

SHARDS = "shards"
URGENT, PATIENT = 50, -50


def on_shards(job: Any) -> Any:
    """Return the job for the queue that several machines share, where there is one (TASKS_BACKEND=redis)."""
    return job.using(backend=SHARDS, priority=0) if SHARDS in settings.TASKS else job


@task(priority=PATIENT)
def work_shard(run: int) -> bool:
    return work_on(run)


@task(priority=URGENT)
def refresh(label: str, keys: list[int]) -> int:
    return refresh_touched(label, keys)


@task()
def follow() -> int:
    return follow_what_was_missed()


@task()
def sweep_matching() -> int:
    return sweep_runs()


@task(priority=PATIENT)
def mail_digests() -> int:
    return send_digests()


@task()
def sweep_digests() -> int:
    """Ask a worker to mail what is new, where somebody may be due."""
    due = len(people_due())
    if due:
        mail_digests.enqueue()
    return due
