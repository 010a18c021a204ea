"""Whether the site is well: what answers at once (for /readyz and the monitor). `manage.py doctor` looks further."""

import contextlib
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import Error as DatabaseFault
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from expo.foundation.cache import is_standing_in
from expo.foundation.models import OutboxMessage
from expo.foundation.outbox import MOST_ATTEMPTS
from expo.foundation.tombstones import LIST

BEAT = "expo.foundation.tasks.beat"
LATE = timedelta(minutes=5)
MEANING = {
    "outbox_waiting": "Notices that wait to be mailed.",
    "outbox_oldest_seconds": "How long the oldest of them has been due.",
    "outbox_given_up": "Notices that could not be mailed and are not tried again.",
    "jobs_waiting": "Jobs that wait for a worker.",
    "jobs_oldest_seconds": "How long the oldest of them has been due.",
    "jobs_failed": "Jobs of the last day that failed.",
    "worker_seen_seconds": "How long ago a worker last did something.",
    "sweep_seen_seconds": "How long ago the sweep last ran.",
    "backup_seconds": "How old the newest backup is.",
}


class Unreachable(Exception):
    """The database does not answer."""


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    try:
        with transaction.atomic():  # A fault inside of somebody's transaction must not spoil it.
            yield
    except DatabaseFault as fault:
        raise Unreachable from fault


def readiness() -> dict[str, str]:
    """Say of each part whether it is "ok"; of the parts that are not, in which way. Never raises."""
    try:
        with _answering(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (Unreachable, DatabaseFault):
        return {"database": "unreachable"}
    return {"database": "ok", "migrations": _migrations(), "cache": _cache(), "worker": _worker()}


def is_ready(parts: dict[str, str]) -> bool:
    """Say whether visitors can be served. A late worker or a cache that stands in delays mail and limits, and no page."""
    return all(parts.get(part) == "ok" for part in ("database", "migrations")) and parts.get("cache") != "broken"


def _migrations() -> str:
    try:
        with _answering():
            executor = MigrationExecutor(connection)
            waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Unreachable:
        return "unknown"
    return f"{len(waiting)} to be made" if waiting else "ok"


def _cache() -> str:
    word = uuid.uuid4().hex
    try:
        with _answering():
            cache.set("health", word, 60)
            kept = cache.get("health")
    except Exception:  # noqa: BLE001 - each backend has faults of its own, and all of them mean the same
        return "broken"
    if kept is None:
        return "broken"
    return "database stands in" if is_standing_in() else "ok"


def _worker() -> str:
    try:
        seen = worker_seen()
    except Unreachable:
        return "unknown"
    return "never seen" if seen is None else "ok" if timezone.now() - seen < LATE else "late"


def worker_seen() -> datetime | None:
    """Return when a worker last finished a job, None when it never did."""
    with _answering():
        return DBTaskResult.objects.filter(finished_at__isnull=False).order_by("-finished_at").values_list("finished_at", flat=True).first()


def sweep_seen() -> datetime | None:
    """Return when the sweep last asked the worker for a sign of life."""
    with _answering():
        return DBTaskResult.objects.filter(task_path=BEAT).order_by("-enqueued_at").values_list("enqueued_at", flat=True).first()


def figures() -> dict[str, float | None]:
    """Return what the monitor is told, by the names of MEANING; None where there is nothing to tell.

    Raises:
        Unreachable: the database does not answer.
    """
    now = timezone.now()
    with _answering():
        to_send = OutboxMessage.objects.filter(sent_at__isnull=True, way=OutboxMessage.Way.AT_ONCE)
        due = to_send.filter(attempts__lt=MOST_ATTEMPTS)
        mail = due.aggregate(waiting=Count("pk"), oldest=Min("written_at"))
        jobs = DBTaskResult.objects.ready().aggregate(waiting=Count("pk"), oldest=Min("enqueued_at"))
        given_up = to_send.filter(attempts__gte=MOST_ATTEMPTS).count()
        failed = DBTaskResult.objects.failed().filter(finished_at__gte=now - timedelta(days=1)).count()
    moments = {
        "outbox_oldest_seconds": mail["oldest"],
        "jobs_oldest_seconds": jobs["oldest"],
        "worker_seen_seconds": worker_seen(),
        "sweep_seen_seconds": sweep_seen(),
        "backup_seconds": newest_backup(),
    }
    counts = {"outbox_waiting": mail["waiting"], "outbox_given_up": given_up, "jobs_waiting": jobs["waiting"], "jobs_failed": failed}
    return {**counts, **{name: (now - at).total_seconds() if at else None for name, at in moments.items()}}


def newest_backup() -> datetime | None:
    """Return when the newest backup in settings.BACKUP_DIR was finished, None when there is none, or none that can be seen."""
    try:
        # The list of who was erased is written after the archive and outlives it.
        found = [path for path in Path(settings.BACKUP_DIR).iterdir() if not path.name.startswith(".") and path.name != LIST]
        times = [path.stat().st_mtime for path in found]
    except OSError:
        return None
    return datetime.fromtimestamp(max(times), tz=timezone.get_default_timezone()) if times else None
