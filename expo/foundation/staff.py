"""Who acts as staff now: the one question behind everything that staff may see and do besides others."""

from typing import Any, TypeVar

from django.conf import settings

Person = TypeVar("Person")


def acts_as_staff(person: Any) -> bool:
    """Say whether the person is on the staff, switched on, and gave the second factor where the site asks for one.

    Being staff is not enough: whoever holds a password alone sees and does what any visitor may. What was given is noted on the person by the
    door they came through: the session's middleware, the key. Nobody noted it means no; a job that acts for somebody says `vouched`.
    """
    if not (person.is_active and person.is_staff):
        return False
    return not settings.STAFF_SECOND_FACTOR or bool(getattr(person, "second_factor_given", False))


def may(person: Any, permission: str) -> bool:
    """Say whether the person acts as staff now and has the permission."""
    return acts_as_staff(person) and bool(person.has_perm(permission))


def vouched(person: Person) -> Person:
    """Return the person as one whose second factor was asked for: for a job that they started through a door of the staff, and for commands.

    Whoever runs a command holds the machine; a job must know that the one who started it acted as staff then.
    """
    person.second_factor_given = True  # type: ignore[attr-defined] # every kind of person has room for it
    return person
