"""How offers and requests are searched. Of a buyer who hides its name the index knows nothing, so no search can tell it."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from expo.editions.models import Chain, Segment
from expo.foundation.countries import names_of_country, words_of_country
from expo.foundation.search import Both, Describer, Found, reaches, searched
from expo.foundation.search.register import Keys
from matchmaking.marketplace import hs
from matchmaking.marketplace.models import (
    Certificate,
    Offer,
    OfferCertificate,
    PostingStatus,
    RequestCertificate,
    SourcingRequest,
)
from matchmaking.participants.models import Company

Values = dict[str, Any]
MODELS: tuple[type[Any], ...] = (Offer, SourcingRequest)
COLUMNS = (
    "pk", "segment_id", "title", "title_other", "description", "language", "hs_code", "status", "published_at", "created_at", "is_demo",
    "registration__edition_id", "registration__company__name", "registration__company__name_zh", "registration__company__country",
)  # fmt: skip


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
    own = ("origin",) if model is Offer else ("visibility",)
    # Values, since a block of rows with their companies and segments as instances would take three times as long.
    rows = list(model.objects.filter(pk__in=keys).order_by().values(*COLUMNS, *own))
    segments = Segment.objects.select_related("chain").in_bulk({row["segment_id"] for row in rows})
    for row in rows:
        yield _posting(row, "offer" if model is Offer else "sourcing_request", segments[row["segment_id"]], certificates.get(row["pk"], []))


def found_of(posting: Any, certificates: Iterable[str]) -> Found:
    """Return what is searched of a posting that is about to be written under its number, with its registration, company and segment at hand."""
    registration, company = posting.registration, posting.registration.company
    own = ("origin",) if isinstance(posting, Offer) else ("visibility",)
    row = {name: getattr(posting, name) for name in (*COLUMNS, *own) if "__" not in name}
    row |= {
        "registration__edition_id": registration.edition_id,
        **{f"registration__company__{name}": str(getattr(company, name)) for name in ("name", "name_zh", "country")},
    }
    if "origin" in row:
        row["origin"] = str(row["origin"])
    return _posting(row, "offer" if isinstance(posting, Offer) else "sourcing_request", posting.segment, sorted(certificates))


def _posting(row: Values, route: str, segment: Segment, certificates: list[str]) -> Found:
    chain, code = segment.chain, row["hs_code"]
    who, aside = _company(row)
    return Found(
        key=row["pk"],
        title=_both(row, row["title"], row["title_other"]),
        route=(route, [row["pk"]], ""),
        text=_both(row, row["description"]),
        names=(*who, segment.name_en, segment.name_zh, chain.name_en, chain.name_zh, *certificates, *_words_of_code(code)),
        codes=(code,) if code else (),
        aside=aside,
        edition_id=row["registration__edition_id"],
        is_open=row["status"] == PostingStatus.PUBLISHED,
        at=row["published_at"] or row["created_at"],
        sign=(chain.code, chain.colour),
        is_demo=row["is_demo"],
    )


def _company(row: Values) -> tuple[tuple[str, ...], Both]:
    """Return what is searched and shown of the company: names and country, and where an offer comes from."""
    if row.get("visibility", SourcingRequest.Visibility.PUBLIC) != SourcingRequest.Visibility.PUBLIC:
        return (), Both()
    name, name_zh, country = (row[f"registration__company__{column}"] for column in ("name", "name_zh", "country"))
    place_en, place_zh = names_of_country(country)
    names = (name, name_zh, *words_of_country(country), *words_of_country(row.get("origin", "")))
    return names, Both(f"{name}, {place_en}", f"{name_zh or name}，{place_zh}")


def _both(row: Values, text: str, other: str = "") -> Both:
    return Both(other, text) if row["language"].startswith("zh") else Both(text, other)


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
    reaches(
        RequestCertificate,
        lambda keys: [(SourcingRequest, RequestCertificate.objects.filter(pk__in=keys).values_list("request", flat=True))],
    )
