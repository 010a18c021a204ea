"""Jobs of this room. Each may run twice without harm."""

from django_tasks import task

from matchmaking.agreements.actions.milestones import sweep_milestones as sweep
from matchmaking.agreements.actions.reminding import remind_parties as remind


@task()
def sweep_milestones() -> int:
    """Ask what became of agreements, and remind once: once a minute."""
    return sweep()


@task()
def remind_parties() -> int:
    """Remind who was asked to confirm an agreement and has not answered: once a minute."""
    return remind()
