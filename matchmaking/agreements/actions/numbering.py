"""Numbers of the ledger: given in the order of the record, for each edition without gaps, with the amount in yuan at the rate of that moment."""

from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Edition
from matchmaking.agreements.actions.common import stated_rate
from matchmaking.agreements.actions.valuing import worth
from matchmaking.agreements.models import Agreement, Ledger


def locked_ledger(edition: Edition) -> Ledger:
    """Return the row that holds the edition's last number, locked until the caller's transaction ends."""
    Ledger.objects.get_or_create(edition=edition)
    return Ledger.objects.select_for_update().get(edition=edition)


def give_number(agreement: Agreement, *, by: User | None) -> None:
    """Set the edition's next number, the amount in yuan and the rate used on an unsaved row, inside the caller's transaction.

    The edition's ledger row stays locked until the number is committed: nobody gets the same one, and a failure gives none away.
    The rate of the edition is read under that lock.

    Raises:
        NoRate, ValueTooLarge; then nothing is set.
    """
    ledger = locked_ledger(agreement.edition)
    rate = stated_rate(agreement)
    value = worth(agreement.amount, rate) if agreement.amount is not None and rate is not None else None
    ledger.last_number += 1
    ledger.save(update_fields=["last_number"])
    agreement.number, agreement.rate_used, agreement.amount_cny = ledger.last_number, rate, value
    agreement.recorded_by, agreement.recorded_at = by, timezone.now()
