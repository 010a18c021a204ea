"""Facts for the engine, read from rows. Quantities in base units, prices in yuan for one base unit."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any

from django.db.models import CharField, DateField, QuerySet, Value

from expo.foundation.units import UNITS, in_base
from matchmaking.marketplace.models import Offer, OfferCertificate, Posting, RequestCertificate, SourcingRequest
from matchmaking.matching.engine.facts import Field
from matchmaking.matching.fitting import Held, Measure, OfferFacts, RequestFacts

OFFER_COLUMNS = (
    "id", "segment_id", "registration__company_id", "ships_to", "origin", "minimum_quantity", "unit", "price_cny_base", "price_unit",
    "lead_time_days", "incoterms",
)  # fmt: skip
REQUEST_COLUMNS = (
    "id", "segment_id", "registration__company_id", "registration__edition_id", "deliver_to", "origins_accepted", "quantity", "unit", "price_cny_base", "budget_unit",
    "needed_by", "incoterms", "musts",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """Both sides as facts, in the order they were read; the certificates' names by key, the requests' editions by id."""

    offers: list[OfferFacts]
    requests: list[RequestFacts]
    certificates: Mapping[str, str]
    editions: Mapping[int, int]


def facts_of(offers: QuerySet[Any] | Offer, requests: QuerySet[Any] | SourcingRequest) -> Facts:
    """Return the facts of both sides: of rows, or of one posting that was read with its registration.

    Three queries, whatever their size; one less for a posting, one less where a side is empty.
    """
    offer_rows, request_rows = _rows(offers, OFFER_COLUMNS), _rows(requests, REQUEST_COLUMNS)
    ids = _ids(offers, offer_rows), _ids(requests, request_rows)
    held: dict[int, list[Held]] = defaultdict(list)
    asked: dict[int, set[str]] = defaultdict(set)
    names: dict[str, str] = {}
    for kind, posting, key, name, until in _certificates(*ids) if offer_rows and request_rows else ():
        names[key] = name
        if kind == "offer":
            held[posting].append(Held(key, until))
        else:
            asked[posting].add(key)
    return Facts(
        [_offer_facts(row, held.get(row["id"], ())) for row in offer_rows],
        [_request_facts(row, frozenset(asked.get(row["id"], ()))) for row in request_rows],
        names,
        {row["id"]: row["registration__edition_id"] for row in request_rows},
    )


def offer_facts_of(offer: Offer) -> OfferFacts:
    """Return the facts of one offer that was read with `for_page()`. No query."""
    held = [Held(row.certificate.key, row.valid_until) for row in offer.certificates.all()]
    return _offer_facts(_rows(offer, OFFER_COLUMNS)[0], held)


def request_facts_of(request: SourcingRequest) -> RequestFacts:
    """Return the facts of one request that was read with `for_page()`. No query."""
    return _request_facts(_rows(request, REQUEST_COLUMNS)[0], frozenset(row.certificate.key for row in request.certificates.all()))


def _rows(source: QuerySet[Any] | Posting, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    if isinstance(source, Posting):
        return [{name: reduce(getattr, name.split("__"), source) for name in columns}]
    return list(source.values(*columns))


def _ids(source: QuerySet[Any] | Posting, read: list[dict[str, Any]]) -> Any:
    """Name the rows for another query: by their own query, or by number where there is one, or where that query was cut off."""
    if isinstance(source, Posting) or source.query.is_sliced:
        return [row["id"] for row in read]
    return source.order_by().values("pk")


def _certificates(offers: Any, requests: Any) -> Any:
    """Read the certificates of both sides in one query: whose, which, until when."""
    held = OfferCertificate.objects.filter(offer__in=offers)
    asked = RequestCertificate.objects.filter(request__in=requests)
    columns = ("certificate__key", "certificate__name")
    rows = held.values_list(Value("offer", CharField()), "offer_id", *columns, "valid_until")
    return rows.union(asked.values_list(Value("request", CharField()), "request_id", *columns, Value(None, DateField())), all=True)


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
