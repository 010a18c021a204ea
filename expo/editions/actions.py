"""The verbs of editions."""

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.rules import may_make_current
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import log


@transaction.atomic
def make_current(edition: Edition, *, by: User) -> Edition:
    """Make this the edition that the site is about; the one before is current no more. Repeating it changes nothing.

    Both change in one transaction, so that there is never a moment with two current editions or none.

    Raises:
        NotAllowed: `by` may not change editions.
    """
    editions = {row.pk: row for row in Edition.objects.select_for_update().order_by("pk")}
    if not may_make_current(by):
        raise NotAllowed
    chosen = editions[edition.pk]
    if chosen.is_current:
        return chosen
    before = next((row for row in editions.values() if row.is_current), None)
    if before is not None:
        before.is_current = False
        before.save(update_fields=["is_current"])
    chosen.is_current = True
    chosen.save(update_fields=["is_current"])
    log(chosen, "make_current", by=by, before=before.slug if before else None)
    return chosen
