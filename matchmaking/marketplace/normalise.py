"""What is kept beside a posting so that lists filter and sort without arithmetic, and names that mean the same."""

from collections.abc import Mapping
from decimal import Decimal

from expo.foundation.units import UNITS, in_base, price_in_base
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest

PRICE_DIGITS = Decimal("0.00000001")
QUANTITY_DIGITS = Decimal("0.000001")


def normalise(posting: Posting, rates: Mapping[str, Decimal]) -> None:
    """Set price_cny_base (CNY for one base unit), quantity_base (base units) and base_unit on the posting; nothing is saved.

    Args:
        posting: its price is an offer's price or a request's budget; its quantity a minimum or what is needed.
        rates: CNY per unit of each currency, as the edition states them. A price in another currency stays None.
    """
    price, price_unit, quantity = _stated(posting)
    rate = rates.get(posting_currency(posting))
    posting.base_unit = UNITS[posting.unit].base
    posting.quantity_base = None if quantity is None else in_base(quantity, posting.unit)[0].quantize(QUANTITY_DIGITS)
    posting.price_cny_base = None
    if price is not None and rate is not None and price_unit:
        posting.price_cny_base = price_in_base(price * rate, price_unit)[0].quantize(PRICE_DIGITS)


def _stated(posting: Posting) -> tuple[Decimal | None, str, Decimal | None]:
    if isinstance(posting, Offer):
        return posting.unit_price, posting.price_unit, posting.minimum_quantity
    if isinstance(posting, SourcingRequest):
        return posting.budget, posting.budget_unit, posting.quantity
    raise TypeError(posting)


def posting_currency(posting: Posting) -> str:
    """Return the currency of an offer's price or a request's budget, '' where there is none."""
    return str(getattr(posting, "currency", ""))


def same_base(unit: str) -> list[str]:
    """Return the units that compare with this one: "t" -> kg, g, t."""
    return [code for code, known in UNITS.items() if known.base == UNITS[unit].base]


def certificate_key(name: str) -> str:
    """Return what names of one certificate share: "IATF 16949" and "iatf-16949" -> "iatf16949"."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())[:80]
