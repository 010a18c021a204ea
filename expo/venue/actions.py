"""The verbs of this room."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation import staff
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked
from expo.venue.models import Booth

BOOTH_FIELDS = ("code", "hall", "area", "stage", "segment", "x", "y", "width", "depth", "status")


@transaction.atomic
def save_booth(booth: Booth | None, *, by: User, edition: Edition, fields: Mapping[str, Any]) -> Booth:
    """Put a booth on the edition's plan, or change one; `fields` are of BOOTH_FIELDS, what is left out stays.

    Raises:
        NotAllowed: `by` is not staff who may.
        Invalid: by field: outside its hall, over another booth, a code that is taken, assigned by hand.
    """
    is_new = booth is None
    if not staff.may(by, "venue.add_booth" if is_new else "venue.change_booth"):
        raise NotAllowed
    row = Booth(edition=edition) if booth is None else locked(booth)
    before = row.status
    changed = sorted(name for name in fields if is_new or getattr(row, name) != fields[name])
    for name in changed:
        setattr(row, name, fields[name])
    if row.status != before and Booth.Status.ASSIGNED in {before, row.status}:
        raise Invalid(fields={"status": [_("A booth is assigned by booking it, and freed by whoever booked it leaving.")]})
    try:
        row.full_clean()
    except ValidationError as fault:
        raise Invalid.of(fault, whole="code") from fault
    row.save()
    log(row, "add_booth" if is_new else "edit_booth", by=by, changed=changed)
    return row
