"""Jobs about people and their keys. Each may run twice without harm."""

from django_tasks import task

from expo.accounts import actions


@task()
def forget_ended_keys() -> int:
    return actions.forget_ended_keys()
