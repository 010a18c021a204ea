"""How an offer meets what a request states, requirement by requirement. Plain values: no Django, no clock, no arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from matchmaking.matching.engine.facts import Field, Measure, OfferFacts, RequestFacts
from matchmaking.matching.engine.hard import LEAD_TIME_LIMIT, PRICE_LIMIT, above


class Outcome(StrEnum):
    """How a requirement fared. What is not stated cannot fail."""

    FITS = "fits"
    PARTLY = "partly"
    MISSES = "misses"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement that a request states, what the offer says to it, and whether it is a must."""

    field: Field
    outcome: Outcome
    is_must: bool
    asked: Any
    given: Any

    @property
    def breaks_must(self) -> bool:
        """Does it keep the pair off the list?"""
        return self.is_must and self.outcome is Outcome.MISSES


def requirements_of(request: RequestFacts, offer: OfferFacts) -> tuple[Requirement, ...]:
    """Return what the request states with how the offer meets it: musts first, each group in the order of `Field`.

    A must that misses is one of `engine.hard.failures`; the two agree on the limits.
    """
    found = []
    for field, check in _CHECKS.items():
        answer = check(request, offer)
        if answer is not None:
            found.append(Requirement(field, answer[0], field in request.musts, answer[1], answer[2]))
    return tuple(sorted(found, key=lambda one: not one.is_must))


def stations(requirements: Sequence[Requirement]) -> list[tuple[str, bool]]:
    """Return (outcome, is it a must) for each: what a requirement line is drawn from."""
    return [(one.outcome.value, one.is_must) for one in requirements]


_Answer = tuple[Outcome, Any, Any] | None


def _certificates(request: RequestFacts, offer: OfferFacts) -> _Answer:
    if not request.certificates:
        return None
    missing = request.certificates - offer.certificates
    return (Outcome.MISSES if missing else Outcome.FITS), request.certificates, missing


def _delivery(request: RequestFacts, offer: OfferFacts) -> _Answer:
    if not request.deliver_to:
        return None
    reached = offer.ships_to is None or request.deliver_to in offer.ships_to
    return (Outcome.FITS if reached else Outcome.MISSES), request.deliver_to, offer.ships_to


def _origin(request: RequestFacts, offer: OfferFacts) -> _Answer:
    if request.origins is None:
        return None
    if not offer.origin:
        return Outcome.UNKNOWN, request.origins, ""
    return (Outcome.FITS if offer.origin in request.origins else Outcome.MISSES), request.origins, offer.origin


def _quantity(request: RequestFacts, offer: OfferFacts) -> _Answer:
    if request.quantity is None:
        return None
    if offer.minimum is None or offer.minimum.unit != request.quantity.unit:
        return Outcome.UNKNOWN, request.quantity, offer.minimum
    return (Outcome.MISSES if above(offer.minimum, request.quantity, 1.0) else Outcome.FITS), request.quantity, offer.minimum


def _price(request: RequestFacts, offer: OfferFacts) -> _Answer:
    if request.budget is None:
        return None
    if offer.price is None or offer.price.unit != request.budget.unit:
        return Outcome.UNKNOWN, request.budget, offer.price
    is_over, is_far_over = above(offer.price, request.budget, 1.0), above(offer.price, request.budget, PRICE_LIMIT)
    return _graded(is_over=is_over, is_far_over=is_far_over), request.budget, offer.price


def _lead_time(request: RequestFacts, offer: OfferFacts) -> _Answer:
    if request.days_left is None:
        return None
    left, needed = request.days_left, offer.lead_time_days
    if needed is None:
        return Outcome.UNKNOWN, left, None
    return _graded(is_over=needed > left, is_far_over=needed > LEAD_TIME_LIMIT * left), left, needed


def _incoterms(request: RequestFacts, offer: OfferFacts) -> _Answer:
    if not request.incoterms:
        return None
    if not offer.incoterms:
        return Outcome.UNKNOWN, request.incoterms, offer.incoterms
    return (Outcome.FITS if request.incoterms & offer.incoterms else Outcome.MISSES), request.incoterms, offer.incoterms


def _graded(*, is_over: bool, is_far_over: bool) -> Outcome:
    if is_far_over:
        return Outcome.MISSES
    return Outcome.PARTLY if is_over else Outcome.FITS


def share_over(budget: Measure | None, price: Measure | None) -> float | None:
    """Return by which share the price is above the budget, None where they do not compare."""
    if budget is None or price is None or budget.unit != price.unit or not budget.amount:
        return None
    return price.amount / budget.amount - 1


_CHECKS: dict[Field, Callable[[RequestFacts, OfferFacts], _Answer]] = {
    Field.CERTIFICATES: _certificates,
    Field.DELIVERY: _delivery,
    Field.ORIGIN: _origin,
    Field.QUANTITY: _quantity,
    Field.PRICE: _price,
    Field.LEAD_TIME: _lead_time,
    Field.INCOTERMS: _incoterms,
}
