"""Jobs of the ground floor. Each may run twice without harm."""

from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from expo.foundation.health import BEAT
from expo.foundation.limits import forget_old_counts
from expo.foundation.outbox import send_waiting_messages
from expo.foundation.planning import look_at_tables_each_hour
from expo.foundation.repeating import forget_old_answers
from expo.foundation.sealing import seal_waiting


@task()
def send_waiting() -> int:
    return send_waiting_messages()


@task()
def forget_old_results() -> None:
    call_command("prune_db_task_results", min_age_days=7, verbosity=0)


@task()
def ask_the_worker() -> None:
    """Ask for a sign of life, unless one is asked for already: what a dead worker left must not pile up."""
    if not DBTaskResult.objects.ready().filter(task_path=BEAT).exists():
        beat.enqueue()


@task()
def beat() -> None:
    """Be the sign of life: that this ran is what `/readyz`, the figures and `manage.py doctor` look for."""
    DBTaskResult.objects.finished().filter(task_path=BEAT, finished_at__lt=timezone.now() - timedelta(hours=1)).delete()


@task()
def forget_kept_answers() -> int:
    return forget_old_answers()


@task()
def forget_counts() -> int:
    return forget_old_counts()


@task()
def seal_lines() -> int:
    return seal_waiting()


@task()
def look_at_tables() -> bool:
    return look_at_tables_each_hour()
