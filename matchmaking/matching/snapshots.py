"""Postings as the engine reads them: facts from rows, and kept as plain values, so that a match can be worked out again.

Quantities in base units, prices in yuan for one base unit, certificates that are valid on the day, days left from the day on.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from django.db.models import Q, QuerySet

from expo.foundation.units import UNITS, in_base
from matchmaking.marketplace.models import Offer, OfferCertificate, RequestCertificate, SourcingRequest

if TYPE_CHECKING:
    from matchmaking.matching.engine.facts import Measure, OfferFacts, RequestFacts

    Facts = OfferFacts | RequestFacts

Kind = Literal["offer", "request"]
MODELS: Mapping[Kind, type[Offer] | type[SourcingRequest]] = {"offer": Offer, "request": SourcingRequest}
BLOCK = 1000
SHARED = (
    "pk", "registration__company", "segment__chain__slug", "segment__slug", "language", "title", "title_other", "description", "hs_code",
    "price_cny_base", "quantity_base", "base_unit", "unit", "incoterms",
)  # fmt: skip
OF_OFFER = ("price_unit", "monthly_capacity", "lead_time_days", "origin", "ships_to")
OF_REQUEST = ("budget_unit", "needed_by", "deliver_to", "origins_accepted", "musts")
NO_FIELDS = {"id"}
LARGEST_DIGEST_BYTES = 16


def facts_of(kind: Kind, postings: QuerySet[Any], *, day: date) -> Iterator[dict[int, "Facts"]]:
    """Yield the facts of postings by number, in blocks of 1,000: two queries a block, and one for the numbers."""
    keys = iter(list(postings.order_by("pk").values_list("pk", flat=True)))
    while block := list(islice(keys, BLOCK)):
        rows = (
            MODELS[kind]
            ._default_manager.filter(pk__in=block)
            .order_by("pk")
            .values(*SHARED, *(OF_OFFER if kind == "offer" else OF_REQUEST))
        )
        certificates = _certificates(kind, block, day)
        make = _offer if kind == "offer" else _request
        yield {row["pk"]: make(row, frozenset(certificates.get(row["pk"], ())), day) for row in rows}


def _certificates(kind: Kind, keys: Collection[int], day: date) -> Mapping[int, set[str]]:
    pairs: QuerySet[Any, Any]
    if kind == "offer":
        held = OfferCertificate.objects.filter(Q(valid_until=None) | Q(valid_until__gte=day), offer__in=keys)
        pairs = held.values_list("offer", "certificate__name")
    else:
        pairs = RequestCertificate.objects.filter(request__in=keys).values_list("request", "certificate__name")
    found: dict[int, set[str]] = defaultdict(set)
    for posting, name in pairs:
        found[posting].add(name)
    return found


def _shared(row: Mapping[str, Any], certificates: frozenset[str]) -> dict[str, Any]:
    return {
        "id": str(row["pk"]),
        "company": str(row["registration__company"]),
        "chain": row["segment__chain__slug"],
        "segment": row["segment__slug"],
        "language": row["language"][:2],
        "title": row["title"],
        "title_other": row["title_other"],
        "description": row["description"],
        "hs_code": row["hs_code"],
        "incoterms": frozenset(row["incoterms"]),
        "certificates": certificates,
    }


def _offer(row: Mapping[str, Any], certificates: frozenset[str], _day: date) -> "OfferFacts":
    from matchmaking.matching.engine.facts import OfferFacts  # Only workers match: the site starts without the engine.

    capacity = row["monthly_capacity"]
    return OfferFacts(
        **_shared(row, certificates),
        price=_price(row["price_cny_base"], row["price_unit"]),
        minimum=_measure(row["quantity_base"], row["base_unit"]),
        monthly_capacity=None if capacity is None else _measure(*in_base(capacity, row["unit"])),
        lead_time_days=row["lead_time_days"],
        origin=str(row["origin"] or ""),
        ships_to=frozenset(row["ships_to"]) or None,
    )


def _request(row: Mapping[str, Any], certificates: frozenset[str], day: date) -> "RequestFacts":
    from matchmaking.matching.engine.facts import Field, RequestFacts  # As above.

    return RequestFacts(
        **_shared(row, certificates),
        budget=_price(row["price_cny_base"], row["budget_unit"]),
        quantity=_measure(row["quantity_base"], row["base_unit"] or UNITS[row["unit"]].base),
        days_left=None if row["needed_by"] is None else max((row["needed_by"] - day).days, 0),
        deliver_to=str(row["deliver_to"] or ""),
        origins=frozenset(row["origins_accepted"]) or None,
        musts=frozenset(Field(code) for code in row["musts"]),
    )


def _price(amount: Any, unit: str) -> "Measure | None":
    return None if amount is None or not unit else _measure(amount, UNITS[unit].base)


def _measure(amount: Any, unit: str) -> "Measure | None":
    from matchmaking.matching.engine.facts import Measure  # As above.

    return None if amount is None else Measure(float(amount), unit)


def as_plain(facts: "Facts") -> dict[str, Any]:
    """Return facts as values of JSON; what is not stated is left out."""
    plain: dict[str, Any] = {}
    for item in fields(facts):
        value = getattr(facts, item.name)
        if isinstance(value, frozenset):
            plain[item.name] = sorted(value)
        elif hasattr(value, "unit"):
            plain[item.name] = [value.amount, value.unit]
        elif value is not None and value != "":
            plain[item.name] = value
    return plain


def from_plain(kind: Kind, plain: Mapping[str, Any]) -> Any:
    """Return the facts that `as_plain` made these values of."""
    from matchmaking.matching.engine.facts import Field, Measure, OfferFacts, RequestFacts  # As above.

    values: dict[str, Any] = {}
    for name, value in plain.items():
        if name == "musts":
            values[name] = frozenset(Field(code) for code in value)
        elif isinstance(value, list):
            measured = name in {"price", "budget", "minimum", "quantity", "monthly_capacity"}
            values[name] = Measure(*value) if measured else frozenset(value)
        else:
            values[name] = value
    return OfferFacts(**values) if kind == "offer" else RequestFacts(**{"musts": frozenset(), **values})


def digest_of(plain: Mapping[str, Any]) -> str:
    """Return a digest of plain facts: the same facts have the same on every machine."""
    said = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(said.encode(), digest_size=LARGEST_DIGEST_BYTES).hexdigest()
