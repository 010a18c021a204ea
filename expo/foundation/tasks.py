"""Jobs of the ground floor. Each may run twice without harm."""

from django.core.management import call_command
from django_tasks import task

from expo.foundation.outbox import send_waiting_messages


@task()
def send_waiting() -> int:
    return send_waiting_messages()


@task()
def forget_old_results() -> None:
    call_command("prune_db_task_results", min_age_days=7, verbosity=0)
