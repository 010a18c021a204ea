"""Who may do what with editions: yes or no, nothing written."""

from django.contrib.auth.models import AnonymousUser

from expo.accounts.models import User


def may_make_current(person: User | AnonymousUser) -> bool:
    """Staff who may change editions."""
    return bool(person.is_authenticated and person.is_staff and person.has_perm("editions.change_edition"))
