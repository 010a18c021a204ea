"""What is known of an offer and of a request, as far as matching goes. Frozen; amounts in base units, prices in yuan."""

from dataclasses import dataclass, field
from enum import StrEnum


class Field(StrEnum):
    """What a request may require. The values are those stored with a request."""

    CERTIFICATES = "CERTS"
    DELIVERY = "MARKET"
    ORIGIN = "ORIGIN"
    QUANTITY = "QUANTITY"
    PRICE = "PRICE"
    LEAD_TIME = "LEAD"
    INCOTERMS = "TERMS"


HARD_BY_DEFAULT = frozenset(Field) - {Field.INCOTERMS}


@dataclass(frozen=True, slots=True)
class Measure:
    """An amount in a base unit (kilograms, pieces), or yuan for one base unit."""

    amount: float
    unit: str


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """An offer. `title_other` is the title in the other of the two languages. Countries are ISO 3166-1 alpha-2; `ships_to` None means anywhere; certificates are those valid today."""

    id: str
    company: str = ""
    chain: str = ""
    segment: str = ""
    language: str = "en"
    title: str = ""
    description: str = ""
    hs_code: str = ""
    price: Measure | None = None
    minimum: Measure | None = None
    monthly_capacity: Measure | None = None
    lead_time_days: int | None = None
    origin: str = ""
    ships_to: frozenset[str] | None = None
    certificates: frozenset[str] = frozenset()
    incoterms: frozenset[str] = frozenset()
    title_other: str = ""


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """A request. `title_other` as with offers. `origins` None means any; `musts` are the requirements that are hard; `days_left` until it is needed."""

    id: str
    company: str = ""
    chain: str = ""
    segment: str = ""
    language: str = "en"
    title: str = ""
    description: str = ""
    hs_code: str = ""
    budget: Measure | None = None
    quantity: Measure | None = None
    days_left: int | None = None
    deliver_to: str = ""
    origins: frozenset[str] | None = None
    certificates: frozenset[str] = frozenset()
    incoterms: frozenset[str] = frozenset()
    musts: frozenset[Field] = HARD_BY_DEFAULT
    title_other: str = ""


@dataclass(frozen=True, slots=True)
class Map:
    """How segments lie to each other: links of (supplier, customer), each segment as (chain, segment)."""

    links: frozenset[tuple[tuple[str, str], tuple[str, str]]] = field(default_factory=frozenset)
