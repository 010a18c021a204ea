"""How offers and requests are searched. Of a buyer who hides its name the index knows nothing, so no search can tell it."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from expo.editions.models import Chain, Segment
from expo.foundation.search import Both, Describer, Found, reaches, searched
from expo.foundation.search.places import names_of_country, words_of_country
from expo.foundation.search.register import Keys
from matchmaking.marketplace import hs
from matchmaking.marketplace.models import (
    Certificate,
    Offer,
    OfferCertificate,
    Posting,
    PostingStatus,
    RequestCertificate,
    SourcingRequest,
)
from matchmaking.participants.models import Company

MODELS: tuple[type[Any], ...] = (Offer, SourcingRequest)


def _offers(keys: Keys) -> Iterator[Found]:
    held = OfferCertificate.objects.filter(offer__in=keys).values_list("offer_id", "certificate__name")
    return _postings(Offer, keys, held)


def _requests(keys: Keys) -> Iterator[Found]:
    asked = RequestCertificate.objects.filter(request__in=keys).values_list("request_id", "certificate__name")
    return _postings(SourcingRequest, keys, asked)


def _postings(model: Any, keys: Keys, certified: Iterable[tuple[int, str]]) -> Iterator[Found]:
    certificates: dict[int, list[str]] = {}
    for posting, name in sorted(certified):
        certificates.setdefault(posting, []).append(name)
    rows = model.objects.filter(pk__in=keys).select_related("registration__company", "segment__chain")
    for row in rows.defer("registration__company__about_en", "registration__company__about_zh", "registration__shown_en"):
        yield _posting(row, certificates.get(row.pk, []))


def _posting(row: Posting, certificates: list[str]) -> Found:
    segment, chain = row.segment, row.segment.chain
    who, aside = _company(row)
    return Found(
        key=row.pk,
        title=_both(row, row.title, row.title_other),
        route=("offer" if row.kind == "offer" else "sourcing_request", [row.pk], ""),
        text=_both(row, row.description),
        names=(*who, segment.name_en, segment.name_zh, chain.name_en, chain.name_zh, *certificates, *_words_of_code(row.hs_code)),
        codes=(row.hs_code,) if row.hs_code else (),
        aside=aside,
        edition_id=row.registration.edition_id,
        is_open=row.status == PostingStatus.PUBLISHED,
        at=row.published_at or row.created_at,
        sign=(chain.code, chain.colour),
        is_demo=row.is_demo,
    )


def _company(row: Posting) -> tuple[tuple[str, ...], Both]:
    """Return what is searched and shown of the company: names and country, and where an offer comes from."""
    if isinstance(row, SourcingRequest) and row.visibility != SourcingRequest.Visibility.PUBLIC:
        return (), Both()
    company = row.registration.company
    place_en, place_zh = names_of_country(company.country.code)
    origin = row.origin.code if isinstance(row, Offer) and row.origin else ""
    names = (company.name, company.name_zh, *words_of_country(company.country.code), *words_of_country(origin or ""))
    return names, Both(f"{company.name}, {place_en}", f"{company.name_zh or company.name}，{place_zh}")


def _both(row: Posting, text: str, other: str = "") -> Both:
    return Both(other, text) if row.language.startswith("zh") else Both(text, other)


@cache
def _words_of_code(code: str) -> tuple[str, ...]:
    """Return the names of the HS code, its heading and its chapter in both languages, as far as they are listed."""
    above = {code[:digits] for digits in (2, 4, 6)} - {""} if code else set()
    return tuple(name for one in hs.codes() if one.code in above for name in (one.name_en, one.name_zh))


def _reach(path: str) -> Any:
    """Return the postings that a row is part of, by the path that leads to it."""
    return lambda keys: [(model, model.objects.filter(**{f"{path}__in": keys}).values_list("pk", flat=True)) for model in MODELS]


def register() -> None:
    """Let postings be found."""
    searched(Describer("offer", "offer", Offer, _offers, Offer.objects.visible_to))
    searched(Describer("request", "request", SourcingRequest, _requests, SourcingRequest.objects.visible_to))
    reaches(Company, _reach("registration__company"))
    reaches(Segment, _reach("segment"))
    reaches(Chain, _reach("segment__chain"))
    reaches(Certificate, _reach("certificates__certificate"))
    reaches(OfferCertificate, lambda keys: [(Offer, OfferCertificate.objects.filter(pk__in=keys).values_list("offer", flat=True))])
    reaches(RequestCertificate, lambda keys: [(SourcingRequest, RequestCertificate.objects.filter(pk__in=keys).values_list("request", flat=True))])
