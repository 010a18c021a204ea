"""Jobs of this room. Each may run twice without harm."""

from django_tasks import task

from matchmaking.agreements.actions.milestones import sweep_milestones as sweep


@task()
def sweep_milestones() -> int:
    """Ask what became of agreements, and remind once: once a minute."""
    return sweep()
