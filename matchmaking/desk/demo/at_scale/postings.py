"""Offers and requests in thousands: texts of the vocabulary, figures that fit the product, every step of the ladder."""

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from expo.editions.models import Edition
from matchmaking.desk.demo.at_scale.companies import Buyer, Exhibitor
from matchmaking.desk.demo.at_scale.size import happens, newest, split
from matchmaking.desk.demo.at_scale.texts import offer_title, request_title, texts_of
from matchmaking.desk.demo.at_scale.vocabulary import Product, Scene
from matchmaking.desk.demo.postings import certificate_rows
from matchmaking.marketplace.models import Offer, OfferCertificate, Posting, PostingStatus, RequestCertificate, SourcingRequest
from matchmaking.marketplace.normalise import certificate_key, normalise
from matchmaking.marketplace.rules import last_day

STATES = {
    PostingStatus.PUBLISHED: 885,
    PostingStatus.SUBMITTED: 30,
    PostingStatus.DRAFT: 25,
    PostingStatus.PAUSED: 18,
    PostingStatus.CHANGES_REQUESTED: 12,
    PostingStatus.FULFILLED: 12,
    PostingStatus.EXPIRED: 10,
    PostingStatus.WITHDRAWN: 8,
}
NEVER_PUBLISHED = {PostingStatus.SUBMITTED, PostingStatus.CHANGES_REQUESTED, PostingStatus.WITHDRAWN}
OPEN_DAYS, EXPIRED_DAYS = 110, (200, 320)
MINUTES_A_DAY = 24 * 60
CURRENCY_OF = {"CN": "CNY", "JP": "JPY", "KR": "KRW", "GB": "GBP", "CH": "CHF", "CA": "CAD", "AU": "AUD", "HK": "HKD"}
CURRENCY_OF |= dict.fromkeys(("DE", "FR", "IT", "NL", "FI", "ES", "AT", "PT", "BE", "IE", "GR"), "EUR")
INCOTERMS = ((), ("FOB",), ("CIF", "FOB"), ("CFR", "CIF", "FOB"), ("EXW", "FCA"), ("FCA",), ("DAP", "DDP"), ("DAP",), ("CIP", "CPT", "FCA"))
TIMES, TIMES_FEW = (1, 2, 3, 5, 8, 12, 20), (1, 1, 1, 2)
MUSTS = ("CERTS", "MARKET", "ORIGIN", "QUANTITY", "PRICE", "LEAD")
OTHER_MUSTS = (("CERTS", "MARKET", "QUANTITY"), ("CERTS", "PRICE"), ("MARKET",), (), ("CERTS", "LEAD", "TERMS"))
VISIBILITY = {"public": 86, "name_hidden": 12, "invited": 2}
PRICE_DIGITS = Decimal("0.0001")
QUANTITY_DIGITS = Decimal("0.001")
OWN_SEGMENT, WITHOUT_PRICE, ASKS_FOR_MORE = 0.7, 0.12, 0.01


class Figures(NamedTuple):
    """A price with its currency, and a quantity, as one of the two sides states them."""

    price: Decimal | None
    currency: str
    quantity: Decimal
    lead_days: int


def add_offers(scene: Scene, exhibitors: Sequence[Exhibitor], number: int) -> int:
    """Add so many offers of the exhibitors, few of some and many of others, and return how many. Nothing without exhibitors."""
    if not exhibitors:
        return 0
    shares = [scene.luck.lognormvariate(0, 0.9) for _exhibitor in exhibitors]
    last, waiting = newest(Offer), list(exhibitors)
    for size in split(number):
        first, waiting = waiting[:size], waiting[size:]
        owners = first + scene.luck.choices(exhibitors, weights=shares, k=size - len(first))
        drawn = [_offer(owner, scene) for owner in owners]
        Offer.objects.bulk_create(offer for offer, _product in drawn)
        _certify(drawn, scene)
    _spread_times(Offer, scene.edition, last)
    return number


def add_requests(scene: Scene, buyers: Sequence[Buyer], number: int) -> int:
    """Add so many requests of the buyers, none of some and several of others, and return how many. Nothing without buyers."""
    if not buyers:
        return 0
    shares = [scene.luck.lognormvariate(0, 0.8) for _buyer in buyers]
    last = newest(SourcingRequest)
    for size in split(number):
        drawn = [_request(owner, scene) for owner in scene.luck.choices(buyers, weights=shares, k=size)]
        SourcingRequest.objects.bulk_create(request for request, _product in drawn)
        _certify(drawn, scene)
    _spread_times(SourcingRequest, scene.edition, last)
    return number


def _offer(owner: Exhibitor, scene: Scene) -> tuple[Offer, Product]:
    luck, words = scene.luck, scene.words
    own = words.segments[owner.segment]
    segment = own if happens(luck, OWN_SEGMENT) else luck.choice(words.by_chain[own.chain])
    product = luck.choice(segment.products)
    name, height = product.choose(luck)
    figures = _figures(product, owner.country, height, scene)
    title = offer_title(name, product.trade, scene)
    offer = Offer(
        **_shared(owner.registration, product, luck),
        **texts_of(title, name, segment, scene, country=owner.country, path=(product.trade, "offer"))._asdict(),
        segment_id=segment.pk,
        unit_price=figures.price,
        currency=figures.currency,
        price_unit=product.price_unit if figures.price is not None else "",
        minimum_quantity=figures.quantity,
        monthly_capacity=figures.quantity * luck.choice((5, 8, 12, 20, 30, 50)) if not product.is_service and happens(luck, 0.8) else None,
        lead_time_days=figures.lead_days,
        origin=owner.country if happens(luck, 0.94) else luck.choice(list(words.shared["exhibitors_from"])),
        is_debut=happens(luck, 0.04),
    )
    offer.ships_to = _countries(scene, owner.country) if happens(luck, 0.2) else ()
    _finish(offer, scene)
    return offer, product


def _request(owner: Buyer, scene: Scene) -> tuple[SourcingRequest, Product]:
    luck, words = scene.luck, scene.words
    segment = luck.choice(words.by_chain[luck.choice(owner.chains)])
    product = luck.choice(segment.products)
    name, height = product.choose(luck)
    figures = _figures(product, owner.country, height, scene)
    quantity = figures.quantity * luck.choice(TIMES_FEW if product.is_service else TIMES)
    title = request_title(name, quantity, product.unit, segment, scene, trade=product.trade)
    request = SourcingRequest(
        **_shared(owner.registration, product, luck),
        **texts_of(title, name, segment, scene, country=owner.country, path=(product.trade, "request"))._asdict(),
        segment_id=segment.pk,
        quantity=quantity,
        budget=_haggled(figures.price, luck),
        currency=figures.currency,
        budget_unit=product.price_unit if figures.price is not None else "",
        needed_by=scene.now.date() + timedelta(days=luck.randrange(30, 420)),
        deliver_to=owner.country,
        visibility=luck.choices(list(VISIBILITY), weights=list(VISIBILITY.values()))[0],
        answer_cap=luck.choice((5, 10, 20, 50)) if happens(luck, 0.15) else None,
    )
    request.origins_accepted = _countries(scene, "CN") if happens(luck, 0.12) else ()
    request.musts = MUSTS if happens(luck, 0.7) else luck.choice(OTHER_MUSTS)
    _finish(request, scene)
    return request, product


def _haggled(price: Decimal | None, luck: random.Random) -> Decimal | None:
    """Return what a buyer would pay for it: somewhat less, or somewhat more."""
    if price is None:
        return None
    return max((price * luck.choice((90, 95, 100, 105, 115)) / 100).quantize(PRICE_DIGITS), PRICE_DIGITS)


def _shared(registration: int, product: Product, luck: random.Random) -> dict[str, Any]:
    return {
        "registration_id": registration,
        "hs_code": product.hs_code[: luck.choice((4, 6, 6, 6))] if happens(luck, 0.92) else "",
        "unit": product.unit,
        "incoterms": () if product.is_service else luck.choice(INCOTERMS),
        "is_demo": True,
    }


def _figures(product: Product, country: str, height: float, scene: Scene) -> Figures:
    """Draw price, quantity and lead time; a dearer kind costs more, in the currency in which such a company quotes."""
    luck, rates = scene.luck, scene.rates
    quantity = round_number(product.least.at(luck.random() ** 2))
    lead = round(product.lead.at(luck.random()))
    if happens(luck, WITHOUT_PRICE):
        return Figures(None, "", quantity, lead)
    wished = CURRENCY_OF.get(country, "USD") if happens(luck, 0.8) else luck.choice(("USD", "CNY"))
    currency = wished if wished in rates and product.currency in rates else product.currency
    value = product.price.at(0.75 * height + 0.25 * luck.random())
    if currency != product.currency:
        value *= float(rates[product.currency] / rates[currency])
    return Figures(max(Decimal(f"{value:.3g}").quantize(PRICE_DIGITS), PRICE_DIGITS), currency, quantity, lead)


def round_number(value: float) -> Decimal:
    """Round as people round quantities: 3,217 -> 3,000; 37 -> 40; 6.8 -> 7; below one to a single digit."""
    return max(Decimal(f"{value:.1g}").quantize(QUANTITY_DIGITS), QUANTITY_DIGITS)


def _countries(scene: Scene, always: str) -> tuple[str, ...]:
    others = scene.luck.sample(list(scene.words.shared["buyers_from"]), scene.luck.randrange(1, 9))
    return tuple(sorted({always, *others}))


def _finish(posting: Posting, scene: Scene) -> None:
    """Put the posting on a step of the ladder, with the times that belong to it, and normalise its figures."""
    luck = scene.luck
    posting.status = luck.choices(list(STATES), weights=list(STATES.values()))[0]
    normalise(posting, scene.rates)
    if posting.status == PostingStatus.DRAFT:
        return
    days = luck.randrange(*EXPIRED_DAYS) if posting.status == PostingStatus.EXPIRED else luck.randrange(OPEN_DAYS)
    at = scene.now - timedelta(days=days, minutes=luck.randrange(MINUTES_A_DAY), seconds=luck.randrange(60))
    posting.submitted_at = at - timedelta(minutes=luck.randrange(60, 2 * MINUTES_A_DAY))
    if posting.status == PostingStatus.CHANGES_REQUESTED:
        reason = luck.choice(scene.words.sentences("reasons"))
        posting.review_reason = reason.en if posting.language == "en" else reason.zh
    if posting.status not in NEVER_PUBLISHED:
        posting.published_at = at
        posting.valid_until = _open_until(posting, scene.edition, timezone.localdate(at), timezone.localdate(scene.now))


def _open_until(posting: Posting, edition: Edition, published: date, today: date) -> date:
    if posting.status == PostingStatus.EXPIRED:
        return min(last_day(edition, published), today - timedelta(days=1))
    return last_day(edition, published)


def _certify(drawn: Iterable[tuple[Posting, Product]], scene: Scene) -> None:
    """Give the postings certificates of their trade: held by offers with an end, asked for by requests. A few ask for one that is rare."""
    luck, today = scene.luck, scene.now.date()
    rare = scene.words.shared["rare_certificates"]
    known = certificate_rows({*rare, *(name for _posting, product in drawn for name in product.certificates)})
    offers, requests = [], []
    for posting, product in drawn:
        most = min(len(product.certificates), 3 if isinstance(posting, Offer) else 2)
        names = luck.sample(product.certificates, luck.randint(0, most))
        if isinstance(posting, SourcingRequest) and happens(luck, ASKS_FOR_MORE):
            names.append(luck.choice([name for name in rare if name not in names]))
        for name in names:
            row = known[certificate_key(name)]
            if isinstance(posting, Offer):
                offers.append(
                    OfferCertificate(offer=posting, certificate=row, valid_until=today + timedelta(days=luck.randrange(60, 1100)))
                )
            elif isinstance(posting, SourcingRequest):
                requests.append(RequestCertificate(request=posting, certificate=row))
    OfferCertificate.objects.bulk_create(offers)
    RequestCertificate.objects.bulk_create(requests)


def _spread_times(model: type[Offer] | type[SourcingRequest], edition: Edition, last: int) -> None:
    """Say that the new rows were written and changed when their times say so; the table would say now."""
    new = model.objects.filter(pk__gt=last, registration__edition=edition, is_demo=True)
    new.update(
        created_at=Coalesce(F("submitted_at"), F("created_at")),
        changed_at=Coalesce(F("published_at"), F("submitted_at"), F("changed_at")),
    )
