"""Time that a company, or a person, keeps free: then nobody can book it."""

from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation.errors import Invalid, NotAllowed
from matchmaking.meetings import errors, rules
from matchmaking.meetings.actions.acting import log_for
from matchmaking.meetings.actions.common import parties_of
from matchmaking.meetings.conflicts import OF_OCCUPANCY, broken_rule
from matchmaking.meetings.models import Occupancy, Slot
from matchmaking.participants.models import Registration


def block_time(registration: Registration, *, by: User, slots: Collection[Slot], person: User | None = None) -> int:
    """Keep the slots free at all of the registration's desks, or for one of its people alone, and return how many are new. Twice is once.

    Raises:
        NotAllowed: `by` does not stand for the registration.
        Invalid: a slot of another edition, or a person who does not stand for the company.
        TimeIsInUse: there is a meeting in one of them; nothing is written.
    """
    try:
        with transaction.atomic():
            return _block(registration, by, slots, person)
    except IntegrityError as fault:
        if broken_rule(fault) in OF_OCCUPANCY:
            raise errors.TimeIsInUse from fault
        raise


def _block(registration: Registration, by: User, slots: Collection[Slot], person: User | None) -> int:
    registration = _own(registration, by, slots, person)
    taken = _taken(registration, slots, person)
    if taken.filter(meeting__isnull=False).exists():
        raise errors.TimeIsInUse
    kept = set(taken.values_list("slot", flat=True))
    new = sorted(slot.pk for slot in slots if slot.pk not in kept)
    blocked = {"why": Occupancy.Why.BLOCKED}
    if person is not None:
        rows = [Occupancy(slot_id=slot, person=person, **blocked) for slot in new]
    else:
        desks = range(1, registration.parallel_meetings + 1)
        rows = [Occupancy(slot_id=slot, registration=registration, desk=desk, **blocked) for slot in new for desk in desks]
    Occupancy.objects.bulk_create(rows)
    if new:
        log_for(registration, "meeting_time.kept_free", by=by, own=registration, slots=new, person=person and person.pk)
    return len(new)


@transaction.atomic
def free_time(registration: Registration, *, by: User, slots: Collection[Slot], person: User | None = None) -> int:
    """Let the slots be booked again, and return how many were kept free. Raises NotAllowed, Invalid as `block_time`."""
    registration = _own(registration, by, slots, person)
    kept = _taken(registration, slots, person).filter(meeting__isnull=True)
    freed = sorted(set(kept.values_list("slot", flat=True)))
    kept.delete()
    if freed:
        log_for(registration, "meeting_time.freed", by=by, own=registration, slots=freed, person=person and person.pk)
    return len(freed)


def _own(registration: Registration, by: User, slots: Collection[Slot], person: User | None) -> Registration:
    parties = parties_of([registration.pk])
    row = parties.registrations[registration.pk]
    if not parties.stands_for(by, row) and not rules.may_look_after(by):
        raise NotAllowed
    if any(slot.edition_id != row.edition_id for slot in slots):
        raise Invalid(fields={"slots": [_("Choose times of this edition.")]})
    if person is not None and not parties.stands_for(person, row):
        raise Invalid(fields={"person": [_("Choose somebody who stands for your company.")]})
    return row


def _taken(registration: Registration, slots: Collection[Slot], person: User | None) -> QuerySet[Occupancy]:
    rows = Occupancy.objects.filter(slot__in=[slot.pk for slot in slots])
    return rows.filter(person=person) if person is not None else rows.filter(registration=registration)
