"""Putting an agreement on record, and striking it from the totals."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.money import to_fen
from expo.foundation.moves import locked
from matchmaking.agreements import errors, rules
from matchmaking.agreements.actions.common import as_written, save_with_history, stated_rate
from matchmaking.agreements.models import Agreement, Ledger
from matchmaking.agreements.states import MOVES

LONGEST_REASON = 1000


@transaction.atomic
def record_agreement(agreement: Agreement, *, by: User) -> Agreement:
    """Put a draft on record: it gets the edition's next number, without gaps, and its amount in yuan.

    The edition's ledger row stays locked until the number is committed, so two operators never get the same number and
    a failure gives none away. The amount in yuan is rounded half up to the fen; the rate used is kept with it.

    Raises:
        NotAllowed, IllegalMove (recorded already), NoRate (the edition states no rate for the currency), Invalid.
    """
    agreement = locked(agreement)
    if not rules.may_record(by):
        raise NotAllowed
    state = MOVES.leads_to("record", agreement.status)
    as_written(agreement).check()
    rate = stated_rate(agreement)
    Ledger.objects.get_or_create(edition=agreement.edition)
    ledger = Ledger.objects.select_for_update().get(edition=agreement.edition)
    ledger.last_number += 1
    ledger.save(update_fields=["last_number"])
    agreement.number, agreement.status = ledger.last_number, state
    agreement.rate_used = rate
    agreement.amount_cny = to_fen(agreement.amount * rate) if agreement.amount is not None and rate is not None else None
    agreement.recorded_by, agreement.recorded_at = by, timezone.now()
    save_with_history(agreement, by, "recorded")
    log(agreement, "record", by=by, number=agreement.number, amount_cny=agreement.amount_cny, rate=rate)
    return agreement


@transaction.atomic
def void_agreement(agreement: Agreement, *, by: User, reason: str) -> Agreement:
    """Strike an agreement from every total. Its row, its number and the reason stay on record.

    Raises:
        NotAllowed, IllegalMove (a draft, or void already), ReasonMissing.
    """
    agreement = locked(agreement)
    if not rules.may_void(by):
        raise NotAllowed
    state = MOVES.leads_to("void", agreement.status)
    if not reason.strip():
        raise errors.ReasonMissing
    if len(reason.strip()) > LONGEST_REASON:
        raise errors.ReasonMissing(_("Say it in at most 1,000 characters."))
    agreement.status, agreement.void_reason = state, reason.strip()
    save_with_history(agreement, by, "voided")
    log(agreement, "void", by=by, number=agreement.number, reason=agreement.void_reason)
    return agreement
