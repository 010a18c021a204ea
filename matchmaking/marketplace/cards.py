"""Postings as cards: what a list says of them, and what it keeps to itself."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import CharField, Value
from django.utils.translation import gettext as _

from expo.foundation.places import country_name
from matchmaking.marketplace import wording
from matchmaking.marketplace.models import Offer, OfferCertificate, Posting, RequestCertificate, SourcingRequest

Card = dict[str, Any]
Key = tuple[str, int]


def cards_of(
    postings: Sequence[Posting],
    *,
    without_offer: Collection[int] = (),
    fits: Mapping[Key, str] | None = None,
    certificates: Mapping[Key, list[str]] | None = None,
) -> list[Card]:
    """Return the postings, read with `for_card()`, as what templates/components/_posting.html prints. One query, or none.

    A request whose buyer hides its name has no company, no place and no booth on its card, whoever looks.

    Args:
        without_offer: ids of the requests that no offer fits.
        fits: a sentence by (kind, id) for the side of the card.
        certificates: their names by (kind, id), in alphabetical order, where they are known already.
    """
    names = _certificate_names(postings) if certificates is None else certificates
    return [
        _card(posting, names.get((posting.kind, posting.pk), []), without_offer, (fits or {}).get((posting.kind, posting.pk), ""))
        for posting in postings
    ]


def card_of(posting: Any) -> Card:
    """Return one posting, read with `for_page()`, as a card. No query."""
    return _card(posting, [row.certificate.name for row in posting.certificates.all()], (), "")


def _certificate_names(postings: Iterable[Posting]) -> Mapping[Key, list[str]]:
    """Return the names of the certificates that offers hold and requests ask for, by (kind, id), in alphabetical order. One query."""
    keys = [(posting.kind, posting.pk) for posting in postings]
    offers = OfferCertificate.objects.filter(offer__in=[pk for kind, pk in keys if kind == "offer"])
    requests = RequestCertificate.objects.filter(request__in=[pk for kind, pk in keys if kind == "request"])
    held = offers.values_list(Value("offer", CharField()), "offer_id", "certificate__name")
    asked = requests.values_list(Value("request", CharField()), "request_id", "certificate__name")
    names: dict[Key, list[str]] = defaultdict(list)
    for kind, posting, name in held.union(asked, all=True) if keys else ():
        names[kind, posting].append(name)
    for found in names.values():
        found.sort()
    return names


def hides_buyer(posting: Posting) -> bool:
    """Say whether the posting keeps to itself whose it is."""
    return isinstance(posting, SourcingRequest) and posting.visibility != SourcingRequest.Visibility.PUBLIC


def _card(posting: Posting, certificates: list[str], without_offer: Collection[int], fit: str) -> Card:
    return {
        "kind": posting.kind,
        "id": posting.pk,
        "address": posting.get_absolute_url(),
        "title": wording.title_of(posting),
        "chain": posting.segment.chain,
        "stage": posting.segment.stage,
        "segment": posting.segment.name,
        "until": wording.until(posting),
        "is_demo": posting.is_demo,
        "without_offer": posting.kind == "request" and posting.pk in without_offer,
        "fit": fit,
        "specs": _specs(posting, certificates),
        **_who(posting),
    }


def _specs(posting: Posting, certificates: list[str]) -> wording.Specs:
    if isinstance(posting, Offer):
        return wording.offer_specs(posting, certificates)
    return wording.request_specs(posting, certificates) if isinstance(posting, SourcingRequest) else []


def _who(posting: Posting) -> Card:
    if hides_buyer(posting):
        return {"company": _("Name hidden until the buyer accepts"), "place": "", "booth": ""}
    company, booth = posting.registration.company, posting.registration.booth
    return {
        "company": company.title,
        "place": country_name(company.country.code),
        "booth": booth.code if booth and posting.kind == "offer" else "",
    }
