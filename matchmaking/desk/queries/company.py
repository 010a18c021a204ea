"""A company as everybody may see it: who it is, when it took part, what it offers and looks for. Never its people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import get_language

from expo.editions.queries import Citations
from expo.foundation.bilingual import is_chinese
from expo.foundation.money import spoken
from matchmaking.agreements.models import Agreement, Party
from matchmaking.desk.queries.expo import HELD
from matchmaking.marketplace.cards import Card, cards_of
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching.columns import Columns
from matchmaking.matching.kept import kept, market_now
from matchmaking.participants.models import Company, Registration, Visitor

MOST_POSTINGS = 20
SEEN = (Registration.Evidence.REGISTERED, Registration.Evidence.EXHIBITED, Registration.Evidence.CO_EXHIBITED)
MOST_AGREEMENTS = 20


@dataclass(frozen=True)
class CompanyPage:
    """What the page of a company prints; `registrations` are newest first."""

    registrations: list[Registration]
    offers: list[Card]
    requests: list[Card]
    agreements: list[dict[str, Any]]
    citations: Citations

    @property
    def current(self) -> Registration | None:
        """The exhibitor's registration in the current edition, where it takes part."""
        return next((row for row in self.registrations if row.edition.is_current and row.role == Registration.Role.EXHIBITOR), None)

    @property
    def is_exhibitor(self) -> bool:
        return any(row.role == Registration.Role.EXHIBITOR for row in self.registrations)

    @property
    def shown_last(self) -> str:
        """What a report says it showed, last time one said so."""
        return next((str(row.shown) for row in self.registrations if row.shown), "")

    @property
    def took_part(self) -> list[int]:
        """The years in which it exhibited, oldest first, as far as a report or a registration says so."""
        rows = [row for row in self.registrations if row.role == Registration.Role.EXHIBITOR and row.evidence in SEEN]
        return sorted({row.edition.year for row in rows if row.edition.year and row.edition.status in HELD})


def company_page(company: Company, visitor: Visitor) -> CompanyPage:
    """Read a company's page for the visitor. Seven queries, whatever the number of rows; four while its postings are kept.

    A request whose buyer hides its name, and an agreement that is not public by name, are not shown here to anybody: the
    page would give the name away.
    """
    citations = Citations()
    citations.of(company.sources.all())
    registrations = (
        company.registrations.visible_to(visitor)
        .verified()
        .select_related("edition", "booth__area__chain", "main_segment__chain", "pavilion", "led_by__company")
    )
    name = f"company-{company.pk}-{get_language()}"
    now = market_now()
    offers, requests = kept(name, now.of_company(company.pk), lambda: open_postings(company, now.columns))
    return CompanyPage(
        list(registrations.order_by("-edition__ordinal", "role").prefetch_related("chains")),
        offers,
        requests,
        public_agreements(company, visitor),
        citations,
    )


def open_postings(company: Company, columns: Columns) -> tuple[list[Card], list[Card]]:
    """Return the company's open offers and requests, the newest twenty of each, as everybody sees them. Three queries at most."""
    here = columns.rows["company"] == company.pk
    offers = Offer.objects.published().filter(registration__company=company).for_card()
    requests = SourcingRequest.objects.published().named().filter(registration__company=company).for_card()
    has = {kind: bool((here & columns.of_kind(kind)).any()) for kind in ("offer", "request")}
    shown = list(offers[:MOST_POSTINGS]) if has["offer"] else []
    cards = cards_of([*shown, *(requests[:MOST_POSTINGS] if has["request"] else ())])
    return cards[: len(shown)], cards[len(shown) :]


def public_agreements(company: Company, visitor: Visitor) -> list[dict[str, Any]]:
    """Return the company's agreements that are public by name, newest first. One query."""
    public = Agreement.objects.visible_to(visitor).counted().filter(visibility=Agreement.Visibility.PUBLIC)
    return agreement_rows(public, [company])


def agreement_rows(agreements: QuerySet[Agreement], companies: Sequence[Company], *, most: int = MOST_AGREEMENTS) -> list[dict[str, Any]]:
    """Return those of the agreements that one of the companies is a party to, as seen from it, newest first. One query."""
    own = agreements.filter(pk__in=Party.objects.filter(company__in=companies).order_by().values("agreement"))
    shown = own.order_by("-signed_on", "-pk").values("pk")[:most]
    parties = Party.objects.filter(agreement__in=shown).select_related("agreement__chain", "agreement__edition", "company")
    by_agreement: dict[int, list[Party]] = {}
    for party in parties.order_by("-agreement__signed_on", "-agreement", "order", "pk"):
        by_agreement.setdefault(party.agreement_id, []).append(party)
    mine = {company.pk for company in companies}
    return [_agreement_row(listed, mine) for listed in by_agreement.values()]


def _agreement_row(parties: list[Party], mine: set[int]) -> dict[str, Any]:
    agreement = parties[0].agreement
    here = next(party for party in parties if party.company_id in mine)
    others = [party for party in parties if party is not here]
    return {
        "pk": agreement.pk,
        "label": agreement.label,
        "title": agreement.title,
        "kind": agreement.get_kind_display(),
        "others": [(party.name, reverse("company", args=[party.company.slug]) if party.company else "") for party in others],
        "signed_on": agreement.signed_on,
        "chain": agreement.chain,
        "amount": "" if agreement.is_undisclosed or agreement.amount is None else spoken(agreement.amount, agreement.currency),
        "is_demo": agreement.is_demo,
    }


def other_about(company: Company) -> str:
    """Return what the company says of itself in the other language, '' where that is shown already or missing."""
    return (company.about_en if is_chinese() else company.about_zh) if company.about_en and company.about_zh else ""
