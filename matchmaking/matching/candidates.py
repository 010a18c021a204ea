"""The engine's hard requirements as conditions of the database, so that no page reads a whole segment.

They leave at least what `fitting.hard_failures` leaves: the engine has the last word on the few rows that are read.
"""

from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from matchmaking.marketplace.models import Offer, OfferCertificate, RequestCertificate, SourcingRequest
from matchmaking.marketplace.normalise import same_base
from matchmaking.matching.engine.facts import Field as Required
from matchmaking.matching.fitting import LEAD_TIME_LIMIT, PRICE_LIMIT, OfferFacts, RequestFacts

Rows = Any
LARGEST = 10**15  # Beyond it a column could not hold the limit; nothing is left out then.


def offers_for(request: RequestFacts, row: SourcingRequest, offers: Rows, *, today: date) -> Rows:
    """Leave the offers that break none of the request's musts; own segment first, then cheaper, sooner, by id."""
    left = offers.exclude(registration__company=request.company)
    for required in sorted(request.musts):
        left = _OFFER_MUSTS[required](left, request, row, today)
    return left.order_by(
        _linked_last(request.segment), F("price_cny_base").asc(nulls_last=True), F("lead_time_days").asc(nulls_last=True), "pk"
    )


def requests_for(offer: OfferFacts, row: Offer, requests: Rows, *, today: date) -> Rows:
    """Leave the requests none of whose musts the offer breaks; own segment first, then needed sooner, by id."""
    left = requests.exclude(registration__company=offer.company)
    valid = [held.key for held in offer.certificates if held.until is None or held.until >= today]
    lacking = RequestCertificate.objects.filter(request=OuterRef("pk")).exclude(certificate__key__in=valid)
    left = left.filter(~Q(musts__has=Required.CERTIFICATES) | ~Exists(lacking))
    if offer.ships_to:
        left = left.filter(~Q(musts__has=Required.DELIVERY) | Q(deliver_to="") | Q(deliver_to__in=offer.ships_to))
    if offer.origin:
        left = left.filter(~Q(musts__has=Required.ORIGIN) | Q(origins_accepted="") | Q(origins_accepted__has=offer.origin))
    if row.quantity_base is not None:
        comparable = Q(unit__in=same_base(row.unit), quantity_base__lt=row.quantity_base)
        left = left.exclude(Q(musts__has=Required.QUANTITY) & comparable)
    if offer.price is not None:
        comparable = Q(budget_unit__in=same_base(row.price_unit), price_cny_base__lt=offer.price.amount / PRICE_LIMIT)
        left = left.exclude(Q(musts__has=Required.PRICE) & comparable)
    if offer.lead_time_days:
        late = Q(needed_by__lt=today + timedelta(days=-(-offer.lead_time_days // LEAD_TIME_LIMIT)))
        left = left.exclude(Q(musts__has=Required.LEAD_TIME) & late)
    if offer.incoterms:
        left = left.filter(~Q(musts__has=Required.INCOTERMS) | _shares_incoterms(offer.incoterms))
    return left.order_by(_linked_last(offer.segment), F("needed_by").asc(nulls_last=True), "pk")


def _linked_last(segment: int) -> Any:
    return Case(When(segment=segment, then=Value(0)), default=Value(1))


def _certificates(left: Rows, request: RequestFacts, _row: SourcingRequest, today: date) -> Rows:
    holds = Q(valid_until__isnull=True) | Q(valid_until__gte=today)
    for key in sorted(request.certificates):
        left = left.filter(Exists(OfferCertificate.objects.filter(holds, offer=OuterRef("pk"), certificate__key=key)))
    return left


def _delivery(left: Rows, request: RequestFacts, _row: SourcingRequest, _today: date) -> Rows:
    return left.filter(Q(ships_to="") | Q(ships_to__has=request.deliver_to)) if request.deliver_to else left


def _origin(left: Rows, request: RequestFacts, _row: SourcingRequest, _today: date) -> Rows:
    return left.filter(Q(origin="") | Q(origin__in=request.origins)) if request.origins else left


def _quantity(left: Rows, request: RequestFacts, row: SourcingRequest, _today: date) -> Rows:
    if request.quantity is None:
        return left
    most = request.quantity.amount
    return left.exclude(unit__in=same_base(row.unit), quantity_base__gt=most) if most < LARGEST else left


def _price(left: Rows, request: RequestFacts, row: SourcingRequest, _today: date) -> Rows:
    if request.budget is None:
        return left
    most = request.budget.amount * PRICE_LIMIT
    return left.exclude(price_unit__in=same_base(row.budget_unit), price_cny_base__gt=most) if most < LARGEST else left


def _lead_time(left: Rows, request: RequestFacts, _row: SourcingRequest, today: date) -> Rows:
    if request.needed_by is None:
        return left
    return left.exclude(lead_time_days__gt=LEAD_TIME_LIMIT * max((request.needed_by - today).days, 0))


def _incoterms(left: Rows, request: RequestFacts, _row: SourcingRequest, _today: date) -> Rows:
    return left.filter(_shares_incoterms(request.incoterms)) if request.incoterms else left


def _shares_incoterms(terms: frozenset[str]) -> Q:
    shared = Q(incoterms="")
    for term in sorted(terms):
        shared |= Q(incoterms__has=term)
    return shared


_OFFER_MUSTS = {
    Required.CERTIFICATES: _certificates,
    Required.DELIVERY: _delivery,
    Required.ORIGIN: _origin,
    Required.QUANTITY: _quantity,
    Required.PRICE: _price,
    Required.LEAD_TIME: _lead_time,
    Required.INCOTERMS: _incoterms,
}
