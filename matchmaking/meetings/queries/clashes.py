"""Where a person cannot be in two places."""

from collections.abc import Sequence

from expo.accounts.models import User
from matchmaking.meetings.models import Occupancy, Slot


def without_clashes(slots: Sequence[Slot], person: User) -> list[Slot]:
    """Return the slots in which the person does not meet somebody else and keeps no time free. One query, none without slots."""
    if not slots:
        return []
    taken = set(Occupancy.objects.filter(person=person, slot__edition=slots[0].edition_id).values_list("slot", flat=True))
    return [slot for slot in slots if slot.pk not in taken]
