"""Jobs of the ground floor. Each may run twice without harm."""

from django_tasks import task

from expo.foundation.outbox import send_waiting_messages


@task()
def send_waiting() -> int:
    return send_waiting_messages()
