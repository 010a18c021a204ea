"""Facts for the engine, read from rows. Quantities in base units, prices in yuan for one base unit."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import CharField, F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast

from expo.foundation.units import UNITS, in_base
from matchmaking.marketplace.models import OfferCertificate, RequestCertificate
from matchmaking.matching.engine import Field, Held, Measure, OfferFacts, RequestFacts

OFFER_COLUMNS = (
    "id", "segment_id", "registration__company_id", "ships_to", "origin", "minimum_quantity", "unit", "price_cny_base", "price_unit",
    "lead_time_days", "incoterms",
)  # fmt: skip
REQUEST_COLUMNS = (
    "id", "segment_id", "registration__company_id", "deliver_to", "origins_accepted", "quantity", "unit", "price_cny_base", "budget_unit",
    "needed_by", "incoterms", "musts",
)  # fmt: skip

Certificates = tuple[Mapping[int, tuple[Held, ...]], Mapping[int, frozenset[str]]]


def facts_of(offers: QuerySet[Any], requests: QuerySet[Any]) -> tuple[list[OfferFacts], list[RequestFacts]]:
    """Return the facts of both, in the order of the querysets. Three queries, whatever their size."""
    offer_rows, request_rows = list(offers.values(*OFFER_COLUMNS)), list(requests.values(*REQUEST_COLUMNS))
    held, asked = _certificates(offers, requests) if offer_rows and request_rows else ({}, {})
    return (
        [_offer_facts(row, held.get(row["id"], ())) for row in offer_rows],
        [_request_facts(row, asked.get(row["id"], frozenset())) for row in request_rows],
    )


def _certificates(offers: QuerySet[Any], requests: QuerySet[Any]) -> Certificates:
    """Read the certificates of both sides in one query: whose, which, until when."""
    ids = {"offer": offers.order_by().values("pk"), "request": requests.order_by().values("pk")}
    held_rows = OfferCertificate.objects.filter(offer__in=ids["offer"]).values_list(
        Value("offer", CharField()), Cast("offer_id", IntegerField()), "certificate__key", "valid_until"
    )
    asked_rows = RequestCertificate.objects.filter(request__in=ids["request"]).values_list(
        Value("request", CharField()), Cast("request_id", IntegerField()), F("certificate__key"), Value(None)
    )
    held, asked = defaultdict(list), defaultdict(set)
    for kind, posting, key, until in held_rows.union(asked_rows, all=True):
        if kind == "offer":
            held[posting].append(Held(key, until))
        else:
            asked[posting].add(key)
    return {key: tuple(rows) for key, rows in held.items()}, {key: frozenset(keys) for key, keys in asked.items()}


def _offer_facts(row: Mapping[str, Any], certificates: Iterable[Held]) -> OfferFacts:
    return OfferFacts(
        id=row["id"],
        segment=row["segment_id"],
        company=row["registration__company_id"],
        certificates=tuple(certificates),
        ships_to=frozenset(row["ships_to"]),
        origin=str(row["origin"] or ""),
        minimum=quantity(row["minimum_quantity"], row["unit"]),
        price=price(row["price_cny_base"], row["price_unit"]),
        lead_time_days=row["lead_time_days"],
        incoterms=frozenset(row["incoterms"]),
    )


def _request_facts(row: Mapping[str, Any], certificates: frozenset[str]) -> RequestFacts:
    return RequestFacts(
        id=row["id"],
        segment=row["segment_id"],
        company=row["registration__company_id"],
        certificates=certificates,
        deliver_to=str(row["deliver_to"] or ""),
        origins=frozenset(row["origins_accepted"]),
        quantity=quantity(row["quantity"], row["unit"]),
        budget=price(row["price_cny_base"], row["budget_unit"]),
        needed_by=row["needed_by"],
        incoterms=frozenset(row["incoterms"]),
        musts=frozenset(Field(code) for code in row["musts"]),
    )


def quantity(amount: Decimal | None, unit: str) -> Measure | None:
    """Return a quantity in base units, None where none is stated."""
    return None if amount is None else Measure(*in_base(amount, unit))


def price(cny_for_base: Decimal | None, unit: str) -> Measure | None:
    """Return the kept price for one base unit, None where none is stated or its currency has no rate."""
    return None if cny_for_base is None or not unit else Measure(cny_for_base, UNITS[unit].base)
