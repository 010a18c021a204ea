"""Who may do what with agreements: yes or no, nothing written."""

from django.contrib.auth.models import AnonymousUser

from expo.accounts.models import User

Person = User | AnonymousUser


def _is_staff_with(person: Person, permission: str) -> bool:
    return bool(person.is_authenticated and person.is_staff and person.has_perm(permission))


def may_draft(person: Person) -> bool:
    """Staff who log agreements."""
    return _is_staff_with(person, "agreements.add_agreement")


def may_edit(person: Person) -> bool:
    """Staff who correct drafts."""
    return _is_staff_with(person, "agreements.change_agreement")


def may_discard(person: Person) -> bool:
    """Staff who throw drafts away."""
    return _is_staff_with(person, "agreements.delete_agreement")


def may_record(person: Person) -> bool:
    """Staff who give an agreement its number."""
    return _is_staff_with(person, "agreements.record_agreement")


def may_void(person: Person) -> bool:
    """Staff who strike an agreement from the totals."""
    return _is_staff_with(person, "agreements.void_agreement")


def may_trace(person: Person) -> bool:
    """Staff who see every row under a total, with names and documents."""
    return _is_staff_with(person, "agreements.view_agreement")
