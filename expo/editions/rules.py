"""Who may do what with editions: yes or no, nothing written."""

from django.contrib.auth.models import AnonymousUser

from expo.accounts.models import User
from expo.foundation import staff


def may_make_current(person: User | AnonymousUser) -> bool:
    """Staff who may change editions."""
    return staff.may(person, "editions.change_edition")
