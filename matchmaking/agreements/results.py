"""What the list of agreements shows: reads, shaped for the page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from expo.editions.models import Chain
from matchmaking.agreements import rules
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries.outcome import amount_words
from matchmaking.agreements.rules import Person
from matchmaking.participants.queries import with_page


@dataclass(frozen=True)
class PartyShown:
    """A party's name, and the address of its page where the visitor may see it."""

    name: str
    address: str
    country: str


@dataclass(frozen=True)
class AgreementLine:
    """One agreement as a list shows it. Of an anonymous one neither the title nor a name is here: both may tell who it was."""

    label: str
    title: str
    kind: str
    parties: list[PartyShown]
    is_nameless: bool
    chain: Chain
    segment: str
    agreement: Agreement
    amount: str
    trace: str


def agreement_lines(agreements: Iterable[Agreement], *, visitor: Person) -> list[AgreementLine]:
    """Return the lines of a list for the visitor. One query, for the companies that have a page."""
    listed = list(agreements)
    companies = {party.company_id for agreement in listed for party in agreement.parties.all() if party.company_id}
    paged = with_page(companies, visitor)
    return [_line(agreement, paged, traced=rules.may_trace(visitor)) for agreement in listed]


def _line(agreement: Agreement, paged: set[int], *, traced: bool) -> AgreementLine:
    nameless = agreement.visibility != Agreement.Visibility.PUBLIC and not traced
    return AgreementLine(
        label=agreement.label,
        title="" if nameless else agreement.title,
        kind=str(agreement.get_kind_display()),
        parties=[] if nameless else [_party(party, paged) for party in agreement.parties.all()],
        is_nameless=nameless,
        chain=agreement.chain,
        segment=str(agreement.segment.name) if agreement.segment else "",
        agreement=agreement,
        amount=amount_words(agreement),
        trace=reverse("admin:agreements_agreement_change", args=[agreement.pk]) if traced else "",
    )


def _party(party: Party, paged: set[int]) -> PartyShown:
    country: Any = party.company.country if party.company else party.country
    address = reverse("company", args=[party.company.slug]) if party.company and party.company_id in paged else ""
    return PartyShown(party.name, address, str(country.name))
