"""Who may do what with agreements: yes or no, nothing written."""

from django.contrib.auth.models import AnonymousUser

from expo.accounts.models import User
from expo.foundation import staff

Person = User | AnonymousUser


def may_draft(person: Person) -> bool:
    """Staff who log agreements."""
    return staff.may(person, "agreements.add_agreement")


def may_edit(person: Person) -> bool:
    """Staff who correct drafts."""
    return staff.may(person, "agreements.change_agreement")


def may_discard(person: Person) -> bool:
    """Staff who throw drafts away."""
    return staff.may(person, "agreements.delete_agreement")


def may_record(person: Person) -> bool:
    """Staff who give an agreement its number."""
    return staff.may(person, "agreements.record_agreement")


def may_void(person: Person) -> bool:
    """Staff who strike an agreement from the totals."""
    return staff.may(person, "agreements.void_agreement")


def may_trace(person: Person) -> bool:
    """Staff who see every row under a total, with names and documents."""
    return staff.may(person, "agreements.view_agreement")


def may_state_rates(person: Person) -> bool:
    """Staff who state what a currency is worth in an edition."""
    return staff.may(person, "editions.add_exchangerate") and staff.may(person, "editions.change_exchangerate")


def may_freeze(person: Person) -> bool:
    """Staff who fix what the press is told."""
    return staff.may(person, "agreements.freeze_report")
