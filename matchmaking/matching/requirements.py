"""How an offer meets what a request states, requirement by requirement. Plain values: no Django, no clock, no arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from matchmaking.matching.engine.facts import Field, Measure, OfferFacts, RequestFacts
from matchmaking.matching.engine.hard import above, broken


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

    What misses is what `engine.hard` calls broken; here is only said what is met in part, and what nobody can tell.
    """
    missed = {failure.field for failure in broken(request, offer)}
    found = []
    for field, sides in _SIDES.items():
        asked, given = sides(request, offer)
        if _is_stated(asked):
            outcome = Outcome.MISSES if field in missed else _outcome(field, asked, given)
            found.append(Requirement(field, outcome, field in request.musts, asked, given))
    return tuple(sorted(found, key=lambda one: not one.is_must))


def stations(requirements: Sequence[Requirement]) -> list[tuple[str, bool]]:
    """Return (outcome, is it a must) for each: what a requirement line is drawn from."""
    return [(one.outcome.value, one.is_must) for one in requirements]


def _is_stated(value: Any) -> bool:
    return value is not None and value not in ("", frozenset())


def _outcome(field: Field, asked: Any, given: Any) -> Outcome:
    """Say how a requirement fared that is not broken."""
    if field in _MET_UNLESS_BROKEN:
        return Outcome.FITS
    if not _is_stated(given) or getattr(given, "unit", None) != getattr(asked, "unit", None):
        return Outcome.UNKNOWN
    return Outcome.PARTLY if field in _GRADED and _is_over(asked, given) else Outcome.FITS


def _is_over(asked: Any, given: Any) -> bool:
    return above(given, asked, 1.0) if isinstance(given, Measure) else given > asked


def share_over(budget: Measure | None, price: Measure | None) -> float | None:
    """Return by which share the price is above the budget, None where they do not compare."""
    if budget is None or price is None or budget.unit != price.unit or not budget.amount:
        return None
    return price.amount / budget.amount - 1


_MET_UNLESS_BROKEN = {Field.CERTIFICATES, Field.DELIVERY}
_GRADED = {Field.PRICE, Field.LEAD_TIME}
# What is asked for, and what is given; of certificates those that are missing.
_SIDES: dict[Field, Callable[[RequestFacts, OfferFacts], tuple[Any, Any]]] = {
    Field.CERTIFICATES: lambda request, offer: (request.certificates, request.certificates - offer.certificates),
    Field.DELIVERY: lambda request, offer: (request.deliver_to, offer.ships_to),
    Field.ORIGIN: lambda request, offer: (request.origins, offer.origin),
    Field.QUANTITY: lambda request, offer: (request.quantity, offer.minimum),
    Field.PRICE: lambda request, offer: (request.budget, offer.price),
    Field.LEAD_TIME: lambda request, offer: (request.days_left, offer.lead_time_days),
    Field.INCOTERMS: lambda request, offer: (request.incoterms, offer.incoterms),
}
