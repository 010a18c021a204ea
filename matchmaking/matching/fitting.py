"""What fits what, and why. Pure: no Django, no clock, no chance; the same facts give the same answer.

Hard requirements come first: an offer that breaks one is not listed. A requirement is hard where the request says "must";
a broken wish is said, and puts the offer further down. What one side does not state cannot fail.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from matchmaking.matching.engine.facts import HARD_BY_DEFAULT, Field

PRICE_LIMIT = Decimal("1.5")
LEAD_TIME_LIMIT = 2

Link = tuple[int, int]
"""Supplier segment, customer segment."""


class Verdict(StrEnum):
    """How a requirement fared."""

    FITS = "fits"
    PARTLY = "partly"
    MISSES = "misses"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Measure:
    """An amount in a base unit (kilograms, pieces), or yuan for one base unit."""

    amount: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate by its key, with the last day it holds; None where no end is known."""

    key: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """An offer, as far as fitting goes. Countries are ISO 3166-1 alpha-2; empty `ships_to` means anywhere."""

    id: int
    segment: int
    company: int
    certificates: tuple[Held, ...] = ()
    ships_to: frozenset[str] = frozenset()
    origin: str = ""
    minimum: Measure | None = None
    price: Measure | None = None
    lead_time_days: int | None = None
    incoterms: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """A request, as far as fitting goes. Empty `origins` means any; `musts` are the requirements that are hard."""

    id: int
    segment: int
    company: int
    certificates: frozenset[str] = frozenset()
    deliver_to: str = ""
    origins: frozenset[str] = frozenset()
    quantity: Measure | None = None
    budget: Measure | None = None
    needed_by: date | None = None
    incoterms: frozenset[str] = frozenset()
    musts: frozenset[Field] = HARD_BY_DEFAULT


@dataclass(frozen=True, slots=True)
class Reason:
    """How an offer meets one requirement. `asked` and `given` are plain values; the words are made elsewhere.

    CERTIFICATES: keys asked for, keys that miss. DELIVERY: a country, the countries shipped to. ORIGIN: the countries accepted, a
    country. QUANTITY, PRICE: Measure, Measure. LEAD_TIME: days left, days needed. INCOTERMS: two sets of codes.
    """

    field: Field
    verdict: Verdict
    is_must: bool
    asked: Any
    given: Any


@dataclass(frozen=True, slots=True)
class Fit:
    """A pair that breaks no hard requirement. `is_linked` where the offer stands one step up the chain."""

    offer: int
    request: int
    is_linked: bool
    reasons: tuple[Reason, ...]


def reasons_for(request: RequestFacts, offer: OfferFacts, *, today: date) -> tuple[Reason, ...]:
    """Return one reason for each requirement that the request states, in the order of `Field`."""
    return tuple(_reasons(request, offer, today))


def hard_failures(request: RequestFacts, offer: OfferFacts, *, today: date) -> tuple[Reason, ...]:
    """Return the hard requirements that the offer breaks; empty where it may be listed.

    1. a certificate asked for is not held today
    2. the offer ships to named countries, and the place of delivery is none of them
    3. origins are named, and the offer's is none of them
    4. the smallest order is above the quantity, in the same base unit
    5. the price is more than 50 % over the budget, in yuan for the same base unit
    6. the lead time is more than twice the days left until the goods are needed
    7. incoterms are stated on both sides, share none, and the request calls them a must

    What is not stated on either side cannot fail.
    """
    return tuple(reason for reason in _reasons(request, offer, today) if _is_hard_failure(reason))


def may_be_listed(request: RequestFacts, offer: OfferFacts, *, today: date) -> bool:
    """Say whether the offer breaks no hard requirement; as `hard_failures`, but stops at the first."""
    return not any(_is_hard_failure(reason) for reason in _reasons(request, offer, today))


def fits(request: RequestFacts, offers: Iterable[OfferFacts], links: Collection[Link], *, today: date) -> list[Fit]:
    """List the offers that fit the request, best first.

    Offers of the request's own segment and of segments that supply it, of other companies, that break no hard requirement.
    Order: own segment before linked; fewer broken wishes; fewer shortfalls; cheaper (no or incomparable price last); sooner
    (not stated last); then by id, so that the same facts give the same list.
    """
    suppliers = {supplier for supplier, customer in links if customer == request.segment}
    found = []
    for offer in offers:
        is_linked = offer.segment != request.segment
        if (is_linked and offer.segment not in suppliers) or offer.company == request.company:
            continue
        reasons = reasons_for(request, offer, today=today)
        if not any(map(_is_hard_failure, reasons)):
            fit = Fit(offer.id, request.id, is_linked, reasons)
            found.append(((*_shortfall(fit), *_terms(request, offer), offer.id), fit))
    return [fit for _key, fit in sorted(found, key=lambda pair: pair[0])]


def fits_of_offer(offer: OfferFacts, requests: Iterable[RequestFacts], links: Collection[Link], *, today: date) -> list[Fit]:
    """List the requests that the offer fits, best first: own segment, fewer broken wishes, fewer shortfalls, needed sooner, id."""
    customers = {customer for supplier, customer in links if supplier == offer.segment}
    found = []
    for request in requests:
        is_linked = request.segment != offer.segment
        if (is_linked and request.segment not in customers) or request.company == offer.company:
            continue
        reasons = reasons_for(request, offer, today=today)
        if not any(map(_is_hard_failure, reasons)):
            fit = Fit(offer.id, request.id, is_linked, reasons)
            found.append(((*_shortfall(fit), request.needed_by or date.max, request.id), fit))
    return [fit for _key, fit in sorted(found, key=lambda pair: pair[0])]


def without_offer(
    requests: Iterable[RequestFacts], offers: Iterable[OfferFacts], links: Collection[Link], *, today: date
) -> frozenset[int]:
    """Return the ids of the requests for which `fits` would list nothing.

    Worked segment by segment, and left at the first offer that fits: needs memory for the facts only.
    """
    of_segment: dict[int, list[OfferFacts]] = defaultdict(list)
    for offer in offers:
        of_segment[offer.segment].append(offer)
    suppliers: dict[int, set[int]] = defaultdict(set)
    for supplier, customer in links:
        suppliers[customer].add(supplier)
    return frozenset(
        request.id
        for request in requests
        if not any(
            offer.company != request.company and may_be_listed(request, offer, today=today)
            for offer in _candidates(request.segment, of_segment, suppliers)
        )
    )


def _candidates(segment: int, of_segment: dict[int, list[OfferFacts]], suppliers: dict[int, set[int]]) -> Iterator[OfferFacts]:
    for place in (segment, *sorted(suppliers.get(segment, ()))):
        yield from of_segment.get(place, ())


def _is_hard_failure(reason: Reason) -> bool:
    return reason.is_must and reason.verdict is Verdict.MISSES


def _shortfall(fit: Fit) -> tuple[bool, int, int]:
    verdicts = [reason.verdict for reason in fit.reasons]
    return fit.is_linked, verdicts.count(Verdict.MISSES), verdicts.count(Verdict.PARTLY)


def _terms(request: RequestFacts, offer: OfferFacts) -> tuple[bool, Decimal, int]:
    """Order by price where the units compare with the budget's (or the quantity's), then by lead time."""
    measure = request.budget or request.quantity
    comparable = offer.price is not None and (measure is None or measure.unit == offer.price.unit)
    price = offer.price.amount if comparable and offer.price is not None else Decimal(0)
    return not comparable, price, offer.lead_time_days if offer.lead_time_days is not None else 10**6


def _reasons(request: RequestFacts, offer: OfferFacts, today: date) -> Iterator[Reason]:
    for field, check in _CHECKS:
        answer = check(request, offer, today)
        if answer is not None:
            verdict, asked, given = answer
            yield Reason(field, verdict, field in request.musts, asked, given)


_Answer = tuple[Verdict, Any, Any] | None


def _certificates(request: RequestFacts, offer: OfferFacts, today: date) -> _Answer:
    if not request.certificates:
        return None
    valid = {held.key for held in offer.certificates if held.until is None or held.until >= today}
    missing = request.certificates - valid
    return (Verdict.MISSES if missing else Verdict.FITS), request.certificates, missing


def _delivery(request: RequestFacts, offer: OfferFacts, _today: date) -> _Answer:
    if not request.deliver_to:
        return None
    reached = not offer.ships_to or request.deliver_to in offer.ships_to
    return (Verdict.FITS if reached else Verdict.MISSES), request.deliver_to, offer.ships_to


def _origin(request: RequestFacts, offer: OfferFacts, _today: date) -> _Answer:
    if not request.origins:
        return None
    if not offer.origin:
        return Verdict.UNKNOWN, request.origins, ""
    return (Verdict.FITS if offer.origin in request.origins else Verdict.MISSES), request.origins, offer.origin


def _quantity(request: RequestFacts, offer: OfferFacts, _today: date) -> _Answer:
    if request.quantity is None:
        return None
    if offer.minimum is None or offer.minimum.unit != request.quantity.unit:
        return Verdict.UNKNOWN, request.quantity, offer.minimum
    return (Verdict.MISSES if offer.minimum.amount > request.quantity.amount else Verdict.FITS), request.quantity, offer.minimum


def _price(request: RequestFacts, offer: OfferFacts, _today: date) -> _Answer:
    if request.budget is None:
        return None
    if offer.price is None or offer.price.unit != request.budget.unit:
        return Verdict.UNKNOWN, request.budget, offer.price
    return _graded(offer.price.amount, request.budget.amount, PRICE_LIMIT), request.budget, offer.price


def _lead_time(request: RequestFacts, offer: OfferFacts, today: date) -> _Answer:
    if request.needed_by is None:
        return None
    left = max((request.needed_by - today).days, 0)
    if offer.lead_time_days is None:
        return Verdict.UNKNOWN, left, None
    return _graded(offer.lead_time_days, left, LEAD_TIME_LIMIT), left, offer.lead_time_days


def _incoterms(request: RequestFacts, offer: OfferFacts, _today: date) -> _Answer:
    if not request.incoterms:
        return None
    if not offer.incoterms:
        return Verdict.UNKNOWN, request.incoterms, offer.incoterms
    return (Verdict.FITS if request.incoterms & offer.incoterms else Verdict.MISSES), request.incoterms, offer.incoterms


def _graded(given: Any, asked: Any, limit: Any) -> Verdict:
    if given > limit * asked:
        return Verdict.MISSES
    return Verdict.PARTLY if given > asked else Verdict.FITS


_CHECKS = (
    (Field.CERTIFICATES, _certificates),
    (Field.DELIVERY, _delivery),
    (Field.ORIGIN, _origin),
    (Field.QUANTITY, _quantity),
    (Field.PRICE, _price),
    (Field.LEAD_TIME, _lead_time),
    (Field.INCOTERMS, _incoterms),
)


def verdicts(reasons: Sequence[Reason]) -> list[tuple[str, bool]]:
    """Return (verdict, is it a must) for each reason: what a requirement line is drawn from."""
    return [(reason.verdict.value, reason.is_must) for reason in reasons]
