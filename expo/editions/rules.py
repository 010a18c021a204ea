"""Who may do what with editions: yes or no, nothing written."""

from django.contrib.auth.models import AnonymousUser

from expo.accounts.models import User
from expo.foundation import staff


def may_make_current(person: User | AnonymousUser) -> bool:
    """Staff who may change editions."""
    return staff.may(person, "editions.change_edition")


def may_see_statistics(person: User | AnonymousUser) -> bool:
    """Staff who see entered figures with their old values and who entered them."""
    return staff.may(person, "editions.view_statistic")


def may_enter_statistics(person: User | AnonymousUser) -> bool:
    """Staff who enter what the system cannot count."""
    return staff.may(person, "editions.add_statistic")


def may_correct_statistics(person: User | AnonymousUser) -> bool:
    """Staff who correct and end what was entered."""
    return staff.may(person, "editions.change_statistic")
