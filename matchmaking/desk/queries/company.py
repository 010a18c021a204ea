"""A company as everybody may see it: who it is, when it took part, what it offers and looks for. Never its people."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from expo.editions.queries import Citations
from expo.foundation.bilingual import is_chinese
from expo.foundation.money import spoken
from matchmaking.agreements.models import Agreement
from matchmaking.marketplace.cards import Card, cards_of
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.participants.models import Company, Registration, Visitor

MOST_POSTINGS = 20
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


def company_page(company: Company, visitor: Visitor) -> CompanyPage:
    """Read a company's page for the visitor. Seven queries, whatever the number of rows.

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
    offers = list(Offer.objects.published().visible_to(visitor).filter(registration__company=company).for_card()[:MOST_POSTINGS])
    requests = SourcingRequest.objects.published().visible_to(visitor).filter(registration__company=company)
    by_name = list(requests.filter(visibility=SourcingRequest.Visibility.PUBLIC).for_card()[:MOST_POSTINGS])
    cards = cards_of([*offers, *by_name])
    return CompanyPage(
        list(registrations.order_by("-edition__ordinal", "role").prefetch_related("chains")),
        cards[: len(offers)],
        cards[len(offers) :],
        public_agreements(company, visitor),
        citations,
    )


def public_agreements(company: Company, visitor: Visitor) -> list[dict[str, Any]]:
    """Return the company's agreements that are public by name, newest first. Three queries."""
    agreements = Agreement.objects.visible_to(visitor).counted().filter(visibility=Agreement.Visibility.PUBLIC, parties__company=company)
    return [agreement_row(agreement, company) for agreement in agreements.for_list()[:MOST_AGREEMENTS]]


def agreement_row(agreement: Agreement, company: Company) -> dict[str, Any]:
    """Return an agreement as seen from one of its parties."""
    others = [party for party in agreement.parties.all() if party.company_id != company.pk]
    return {
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
