"""What an agreement says, as input and as a row, and how it is kept with its history."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Chain, Edition, Segment
from expo.editions.queries import rates_of
from matchmaking.agreements import checks, errors
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.documents import read_document
from matchmaking.agreements.models import Agreement, Party


@dataclass(frozen=True)
class AgreementInput:
    """What an operator writes down about an agreement, the document apart."""

    edition: Edition
    title: str
    kind: str
    chain: Chain
    segment: Segment | None
    signed_on: datetime.date
    amount: Decimal | None
    currency: str
    is_undisclosed: bool
    visibility: str
    parties: Sequence[PartyInput]

    def check(self) -> None:
        """Pass silently, or raise the room's error for the first field that does not hold."""
        checks.check_title(self.title)
        for field, value, choices in (("kind", self.kind, Agreement.Kind), ("visibility", self.visibility, Agreement.Visibility)):
            if value not in choices.values:
                raise errors.UnknownChoice(field=field)
        checks.check_place(self.edition, self.chain, self.segment)
        checks.check_signed_on(self.edition, self.signed_on)
        checks.check_amount(self.amount, self.currency, is_undisclosed=self.is_undisclosed)
        checks.check_parties(self.parties)

    def columns(self) -> dict[str, Any]:
        """Return the values of the row's columns."""
        return {
            "edition": self.edition,
            "title": " ".join(self.title.split()),
            "kind": self.kind,
            "chain": self.chain,
            "segment": self.segment,
            "signed_on": self.signed_on,
            "amount": self.amount,
            "currency": "" if self.is_undisclosed else self.currency,
            "is_undisclosed": self.is_undisclosed,
            "visibility": self.visibility,
        }


def as_written(agreement: Agreement) -> AgreementInput:
    """Return what the row says, as input: one query for the parties."""
    parties = [
        PartyInput(company=party.company, outside_name=party.outside_name, country=str(party.country.code or ""))
        for party in agreement.parties.select_related("company")
    ]
    return AgreementInput(
        agreement.edition,
        agreement.title,
        agreement.kind,
        agreement.chain,
        agreement.segment,
        agreement.signed_on,
        agreement.amount,
        agreement.currency,
        agreement.is_undisclosed,
        agreement.visibility,
        parties,
    )


def latest_entry(agreement: Agreement) -> int | None:
    """Return the number of the row's newest history entry, to be handed back to `edit_draft`. One query."""
    entry: int | None = agreement.history.values_list("history_id", flat=True).first()
    return entry


def stated_rate(agreement: Agreement) -> Decimal | None:
    if agreement.is_undisclosed:
        return None
    return checks.check_rate(agreement.edition, agreement.currency, rates_of(agreement.edition))


def attach(agreement: Agreement, document: Any) -> None:
    if document is not None:
        agreement.document, agreement.document_sha256 = read_document(document)


def save_with_history(agreement: Agreement, by: User, why: str) -> None:
    vars(agreement).update(_history_user=by, _change_reason=why)  # read by the history: who, and what for
    agreement.save()


def write_parties(agreement: Agreement, parties: Sequence[PartyInput]) -> None:
    agreement.parties.all().delete()
    for order, party in enumerate(parties):
        Party.objects.create(
            agreement=agreement,
            order=order,
            company=party.company,
            outside_name="" if party.company else party.name,
            outside_key="" if party.company else party.identity,
            country="" if party.company else party.country,
        )
