"""What would mend a near miss, in one sentence for each thing that fails. Both sides read the same sentence."""

from collections.abc import Callable
from decimal import ROUND_UP, Decimal

from django.utils.translation import gettext as _

from expo.foundation.places import country_name
from matchmaking.marketplace import wording
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching.engine.facts import Field
from matchmaking.matching.engine.hard import PRICE_LIMIT, Failure
from matchmaking.matching.words.requirements import countries

LIMIT = Decimal(str(PRICE_LIMIT))


def failure_mended(failure: Failure, request: SourcingRequest, offer: Offer) -> str:
    """Say what would make the requirement be met; money and amounts as the two postings write them."""
    if failure.field is Field.PRICE:
        return _price(request, offer)
    if failure.field is Field.QUANTITY:
        return _quantity(request, offer)
    return _MENDS[failure.field](failure)


def clash_mended() -> str:
    """Say what to ask where both name another figure or grade."""
    return _("Both sides name another figure or grade: ask whether the one asked for can be had.")


def _certificates(failure: Failure) -> str:
    return _("A valid certificate: %(names)s. If it exists, the offer should name it.") % {"names": wording.listed(sorted(failure.mend))}


def _delivery(failure: Failure) -> str:
    return _("Shipping to %(place)s as well, or another place of delivery.") % {"place": country_name(failure.mend)}


def _origin(failure: Failure) -> str:
    accepted, made = countries(failure.asked), country_name(failure.mend)
    return _("Goods made in %(accepted)s, or a request that accepts %(made)s.") % {"accepted": accepted, "made": made}


def _quantity(request: SourcingRequest, offer: Offer) -> str:
    minimum = "" if offer.minimum_quantity is None else wording.amount(offer.minimum_quantity, offer.unit)
    asked = "" if request.quantity is None else wording.amount(request.quantity, request.unit)
    return _("An order of %(minimum)s, or a smallest order of %(asked)s.") % {"minimum": minimum, "asked": asked}


def _price(request: SourcingRequest, offer: Offer) -> str:
    if request.budget is None or offer.unit_price is None:
        return _("Another price, or another budget.")
    limit = wording.price(_short(request.budget * LIMIT), request.currency, request.budget_unit)
    needed = wording.price(_short(offer.unit_price / LIMIT), offer.currency, offer.price_unit)
    return _("A price of at most %(limit)s, or a budget from %(needed)s.") % {"limit": limit, "needed": needed}


def _lead_time(failure: Failure) -> str:
    words = {"limit": wording.lead_time(failure.mend), "given": wording.lead_time(failure.given)}
    return _("A lead time of %(limit)s at most, or a later date: %(given)s are needed.") % words


def _incoterms(failure: Failure) -> str:
    words = {"asked": wording.listed(sorted(failure.mend)), "given": wording.listed(sorted(failure.given))}
    return _("Agreeing on one term of delivery: asked for %(asked)s, offered %(given)s.") % words


def _short(amount: Decimal) -> Decimal:
    """Round up to four figures: nobody haggles by the hundredth."""
    step = Decimal(1).scaleb(amount.adjusted() - 3)
    return amount.quantize(step, rounding=ROUND_UP) if step < 1 else (amount / step).to_integral_value(ROUND_UP) * step


_MENDS: dict[Field, Callable[[Failure], str]] = {
    Field.CERTIFICATES: _certificates,
    Field.DELIVERY: _delivery,
    Field.ORIGIN: _origin,
    Field.LEAD_TIME: _lead_time,
    Field.INCOTERMS: _incoterms,
}
