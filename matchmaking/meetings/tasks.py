"""Jobs of this room. Each may run twice without harm."""

from django_tasks import task

from matchmaking.meetings import actions


@task()
def sweep_meetings() -> int:
    """Let time pass for requests and meetings: once a minute."""
    return actions.sweep_meetings()
