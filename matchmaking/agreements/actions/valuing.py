"""What an agreement is worth in yuan: kept with the rate used, valued anew only while the agreement has no number."""

from collections.abc import Mapping
from decimal import Decimal

from expo.editions.queries import rates_of
from expo.foundation.money import to_fen
from matchmaking.agreements import errors
from matchmaking.agreements.models import Agreement

# As of an amount: what both databases give back to the fen.
LARGEST_VALUE = Decimal("1e13")


def value_draft(agreement: Agreement, rates: Mapping[str, Decimal] | None = None) -> bool:
    """Set what an unsaved draft is worth at the rate its edition states now, nothing where it states none. Returns whether that changed it.

    Rounded half up to the fen. One query without `rates`, CNY per unit by currency.

    Raises:
        ValueTooLarge: more than the ledger holds.
    """
    before = agreement.amount_cny, agreement.rate_used
    agreement.amount_cny = agreement.rate_used = None
    if agreement.amount is not None and not agreement.is_undisclosed:
        rate = (rates_of(agreement.edition) if rates is None else rates).get(agreement.currency)
        if rate is not None:
            agreement.amount_cny, agreement.rate_used = worth(agreement.amount, rate), rate
    return before != (agreement.amount_cny, agreement.rate_used)


def worth(amount: Decimal, rate: Decimal) -> Decimal:
    """Return the amount in yuan, rounded half up to the fen. Raises ValueTooLarge."""
    yuan = to_fen(amount * rate)
    if yuan >= LARGEST_VALUE:
        raise errors.ValueTooLarge
    return yuan
