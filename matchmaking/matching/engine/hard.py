"""The requirements that must hold, and what is missing where one does not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matchmaking.matching.engine.facts import Field, Measure, OfferFacts, RequestFacts

PRICE_LIMIT = 1.5
LEAD_TIME_LIMIT = 2.0
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Failure:
    """A broken requirement with what was asked, what is given, and what would mend it.

    `mend` is the smallest change that meets it: the certificates to get, the country to ship to, the origins to accept, the quantity to
    order, the price or the lead time to come down to, the incoterms to agree on.
    """

    field: Field
    asked: Any
    given: Any
    mend: Any


def failures(request: RequestFacts, offer: OfferFacts) -> tuple[Failure, ...]:
    """Return the hard requirements that the offer breaks, in the order of `Field`; empty where it may be listed.

    1. a certificate asked for is not held
    2. the offer ships to named countries, and the place of delivery is none of them
    3. origins are named, and the offer's is none of them
    4. the smallest order is above the quantity, in the same base unit
    5. the price is more than 50 % over the budget, for the same base unit
    6. the lead time is more than twice the days left until the goods are needed
    7. incoterms are stated on both sides and share none, where the request calls them a must

    What is not stated on either side cannot fail.
    """
    return tuple(failure for failure in broken(request, offer) if failure.field in request.musts)


def broken(request: RequestFacts, offer: OfferFacts) -> Iterator[Failure]:
    """Yield what the offer breaks of `failures`' list, musts and wishes alike."""
    missing = request.certificates - offer.certificates
    if missing:
        yield Failure(Field.CERTIFICATES, request.certificates, offer.certificates, missing)
    if request.deliver_to and offer.ships_to is not None and request.deliver_to not in offer.ships_to:
        yield Failure(Field.DELIVERY, request.deliver_to, offer.ships_to, request.deliver_to)
    if request.origins is not None and offer.origin and offer.origin not in request.origins:
        yield Failure(Field.ORIGIN, request.origins, offer.origin, offer.origin)
    if above(offer.minimum, request.quantity, 1.0):
        yield Failure(Field.QUANTITY, request.quantity, offer.minimum, offer.minimum)
    if above(offer.price, request.budget, PRICE_LIMIT) and request.budget:
        yield Failure(Field.PRICE, request.budget, offer.price, Measure(request.budget.amount * PRICE_LIMIT, request.budget.unit))
    if offer.lead_time_days is not None and request.days_left is not None and offer.lead_time_days > LEAD_TIME_LIMIT * request.days_left:
        yield Failure(Field.LEAD_TIME, request.days_left, offer.lead_time_days, int(LEAD_TIME_LIMIT * request.days_left))
    if request.incoterms and offer.incoterms and not request.incoterms & offer.incoterms:
        yield Failure(Field.INCOTERMS, request.incoterms, offer.incoterms, request.incoterms)


def above(given: Measure | None, asked: Measure | None, times: float) -> bool:
    """Is the one above so many times the other, where both are stated in the same unit?"""
    if given is None or asked is None or given.unit != asked.unit:
        return False
    return given.amount > times * asked.amount * (1 + ROUNDING)
