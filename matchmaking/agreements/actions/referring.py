"""What another system of the organiser calls an agreement. It is no part of what was agreed, and can be set at any time."""

from django.db import transaction

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.moves import locked
from matchmaking.agreements import errors, rules
from matchmaking.agreements.actions.common import ledger_log, save_with_history
from matchmaking.agreements.models import Agreement

LONGEST_REFERENCE = 80


@transaction.atomic
def refer_to(agreement: Agreement, *, by: User, external_id: str) -> Agreement:
    """Set or empty the own reference of an agreement, whatever its state.

    Raises:
        NotAllowed, ReferenceTaken: another agreement of the edition has it.
    """
    agreement = locked(agreement)
    if not rules.may_edit(by):
        raise NotAllowed
    reference = " ".join(external_id.split())
    if len(reference) > LONGEST_REFERENCE:
        raise errors.ReferenceTooLong
    if reference == agreement.external_id:
        return agreement
    others = Agreement.objects.filter(edition=agreement.edition_id, external_id=reference).exclude(pk=agreement.pk)
    if reference and others.exists():
        raise errors.ReferenceTaken
    agreement.external_id = reference
    save_with_history(agreement, by, "own reference set")
    ledger_log(agreement, "refer", by=by, external_id=reference)
    return agreement
