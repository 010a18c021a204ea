"""Jobs of this room. Each may run twice without harm."""

from django_tasks import task

from matchmaking.meetings import actions

PATIENT, AFTER_MAILS = -50, -10


@task()
def sweep_meetings() -> int:
    """Let time pass for requests and meetings: once a minute."""
    return actions.sweep_meetings()


@task()
def gather_notices() -> int:
    """Write the mails that gather what need not go at once; in the last 24 hours before an expo, and during it, whatever waits still."""
    return actions.gather_what_waits()


@task(priority=AFTER_MAILS)
def send_deliveries() -> int:
    """Send the messages to webhooks that are due: when one was written, and once a minute. After all that people wait for: a receiver may be slow."""
    return actions.send_due()


@task()
def tell_news() -> int:
    """Tell people of meetings that were given another seat, and buyers of what was laid ready for them."""
    return actions.tell_news() + actions.tell_proposals()


@task()
def tell_news_of(meetings: list[int]) -> int:
    """Tell people of these meetings, which begin soon, without waiting for the minute in which a change may be undone."""
    return actions.tell_news(only=meetings)


@task(priority=PATIENT)
def work_plan(run: int) -> bool:
    return actions.work_on_plan(run)


@task()
def publish_plan(run: int) -> bool:
    """Put a large draft into force: when somebody has published it, and once a minute until it is."""
    return actions.carry_out_publication(run)


@task()
def sweep_plans() -> int:
    """Look after runs of the planner: once a minute."""
    return actions.sweep_plans() + actions.sweep_publications()
