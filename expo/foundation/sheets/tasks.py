"""Jobs of spreadsheets. Each may run twice without harm."""

from django_tasks import task

from expo.foundation.sheets import actions, exporting


@task()
def check(pk: int) -> None:
    actions.check_sheet(pk)


@task()
def store(pk: int) -> None:
    actions.store_sheet(pk)


@task()
def write_list(pk: int) -> None:
    exporting.write_list(pk)


@task()
def sweep() -> int:
    """Take up what was left behind and forget what is a day old; once a minute is enough."""
    return actions.sweep_sheets() + exporting.sweep_lists()
