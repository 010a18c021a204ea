"""The demo's offers and requests. Written as rows, since nobody is to be told of them; the same checks hold as on the form."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from expo.editions.models import Edition
from expo.editions.queries import rates_of
from matchmaking.desk.demo.files import Places, amount, amount_in, read
from matchmaking.marketplace.models import (
    Certificate,
    Offer,
    OfferCertificate,
    Posting,
    PostingStatus,
    RequestCertificate,
    SourcingRequest,
)
from matchmaking.marketplace.normalise import certificate_key, normalise
from matchmaking.marketplace.rules import last_day
from matchmaking.participants.models import Registration

LANGUAGES = {"en": "en", "zh": "zh-hans"}
STATUSES = {"submitted": PostingStatus.SUBMITTED, "changes": PostingStatus.CHANGES_REQUESTED, "draft": PostingStatus.DRAFT}
DAYS_A_MONTH = 30
# Neighbours in the files are of one company: this step, which shares no divisor with their number, mixes them in time.
STRIDE = 37
MINUTES_BETWEEN = 53

Registrations = dict[tuple[str, str], Registration]
Entry = tuple[Registration, dict[str, Any]]


def add_postings(edition: Edition, registrations: Registrations) -> Counter[str]:
    """Add the offers and requests of the registrations given (the new ones), and return how many of each."""
    places, rates = Places.of(edition), rates_of(edition)
    offers = [(_offer(*entry, places), entry[1]) for entry in _entries("offers", Registration.Role.EXHIBITOR, registrations)]
    requests = [(_request(*entry, places), entry[1]) for entry in _entries("requests", Registration.Role.BUYER, registrations)]
    for postings in (offers, requests):
        for number, (posting, entry) in enumerate(postings):
            _climb(posting, entry, number * STRIDE % max(len(postings), 1), edition)
            normalise(posting, rates)
            posting.full_clean(exclude=["registration", "segment"], validate_unique=False, validate_constraints=False)
    Offer.objects.bulk_create(offer for offer, _entry in offers)
    SourcingRequest.objects.bulk_create(request for request, _entry in requests)
    _add_certificates(offers, requests)
    return Counter(offers=len(offers), requests=len(requests))


def _entries(name: str, role: str, registrations: Registrations) -> Iterator[Entry]:
    for slug, entries in read(name).items():
        registration = registrations.get((slug, role))
        if registration is not None:
            yield from ((registration, entry) for entry in entries)


def _offer(registration: Registration, entry: dict[str, Any], places: Places) -> Offer:
    price, currency, per = _price(entry.get("price"))
    minimum, unit = amount(entry["minimum"])
    return Offer(
        **_shared(registration, entry, places, unit),
        unit_price=price,
        currency=currency,
        price_unit=per,
        minimum_quantity=minimum,
        monthly_capacity=amount_in(entry["monthly"], unit) if "monthly" in entry else None,
        lead_time_days=entry["lead"],
        origin=entry.get("origin", registration.company.country.code),
        ships_to=entry.get("ships_to", []),
        is_debut=entry.get("debut", False),
    )


def _request(registration: Registration, entry: dict[str, Any], places: Places) -> SourcingRequest:
    budget, currency, per = _price(entry.get("budget"))
    quantity, unit = amount(entry["quantity"])
    asked = {"visibility": entry["shown"]} if "shown" in entry else {}
    return SourcingRequest(
        **_shared(registration, entry, places, unit),
        **asked,
        quantity=quantity,
        budget=budget,
        currency=currency,
        budget_unit=per,
        needed_by=timezone.localdate() + timedelta(days=entry["within"]),
        deliver_to=entry["to"],
        origins_accepted=entry.get("from", []),
        answer_cap=entry.get("cap"),
    )


def _shared(registration: Registration, entry: dict[str, Any], places: Places, unit: str) -> dict[str, Any]:
    return {
        "registration": registration,
        "segment": places.segment(entry["segment"]),
        "title": entry["title"],
        "title_other": entry["other"],
        "description": entry["text"],
        "language": LANGUAGES[entry["in"]],
        "hs_code": entry.get("hs", ""),
        "unit": unit,
        "incoterms": entry.get("incoterms", []),
        "is_demo": True,
    }


def _price(text: str | None) -> tuple[Decimal | None, str, str]:
    """Split a price into amount, currency and unit: "62 USD/kg"."""
    if text is None:
        return None, "", ""
    number, per = amount(text)
    currency, _slash, unit = per.partition("/")
    return number, currency, unit


def _climb(posting: Posting, entry: dict[str, Any], place: int, edition: Edition) -> None:
    """Put the posting on its step of the ladder; `place` spreads the times, so that the newest are of different chains."""
    at: datetime = timezone.now() - timedelta(minutes=MINUTES_BETWEEN * (place + 1))
    posting.status = STATUSES.get(entry.get("is", ""), PostingStatus.PUBLISHED)
    if posting.status == PostingStatus.DRAFT:
        return
    posting.submitted_at = at - timedelta(hours=7)
    posting.review_reason = entry.get("reason", "")
    if posting.status == PostingStatus.PUBLISHED:
        posting.published_at, posting.valid_until = at, last_day(edition, timezone.localdate())


def _add_certificates(offers: Iterable[tuple[Offer, dict[str, Any]]], requests: Iterable[tuple[SourcingRequest, dict[str, Any]]]) -> None:
    held = [(offer, name, months) for offer, entry in offers for name, months in entry.get("certificates", {}).items()]
    asked = [(request, name) for request, entry in requests for name in entry.get("certificates", [])]
    known = certificate_rows({name for _offer, name, _months in held} | {name for _request, name in asked})
    OfferCertificate.objects.bulk_create(
        OfferCertificate(offer=offer, certificate=known[certificate_key(name)], valid_until=_months_from_now(months))
        for offer, name, months in held
    )
    RequestCertificate.objects.bulk_create(
        RequestCertificate(request=request, certificate=known[certificate_key(name)]) for request, name in asked
    )


def certificate_rows(names: set[str]) -> dict[str, Certificate]:
    """Return the certificates of these names by key; those that are not there yet are added."""
    keys = {certificate_key(name): name for name in sorted(names)}
    there = set(Certificate.objects.filter(key__in=keys).values_list("key", flat=True))
    Certificate.objects.bulk_create(Certificate(key=key, name=name) for key, name in keys.items() if key not in there)
    return {row.key: row for row in Certificate.objects.filter(key__in=keys)}


def _months_from_now(months: int) -> date:
    return timezone.localdate() + timedelta(days=DAYS_A_MONTH * months)
