"""The demo's agreements in each of their states, and the rates they need."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from expo.editions.models import Edition, ExchangeRate
from expo.editions.queries import rates_of
from expo.foundation.money import to_fen
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement, Confirmation, Ledger, Milestone, Party
from matchmaking.desk.demo.files import Places, amount, read
from matchmaking.desk.demo.people import organiser_of_demo
from matchmaking.desk.demo.signing import Signed, answer_of, introduce, milestone_of, people_of, write_signed
from matchmaking.participants.models import Company

NOON = 12
UNDISCLOSED = "not disclosed"
STATUS = Agreement.Status
WITHOUT_NUMBER = {STATUS.DRAFT, STATUS.SUBMITTED}
CONFIRMED = {STATUS.CONFIRMED, STATUS.VERIFIED}
CLOSED_FOR = "The project was put off."
ROLES = (Party.Role.SUPPLIER, Party.Role.CUSTOMER)


def add_rates(edition: Edition) -> int:
    """State a demo rate for each currency of the demo that the edition states none for. Return how many were added."""
    stated = set(edition.exchange_rates.values_list("currency", flat=True))
    new = [(currency, rate) for currency, rate in read("rates").items() if currency not in stated]
    today = timezone.localdate()
    ExchangeRate.objects.bulk_create(
        ExchangeRate(
            edition=edition, currency=currency, cny_per_unit=Decimal(str(rate)), as_of=today, source_note="Demo rate; none is published"
        )
        for currency, rate in new
    )
    return len(new)


def add_agreements(edition: Edition, name: str = "agreements") -> int:
    """Write the demo's agreements of a file into an edition that has no demo agreement, each in its state, and return how many.

    Nobody is told. What a party of the demo says of its agreement, and what became of it, is written beside.
    """
    if edition.agreements.filter(is_demo=True).exists():
        return 0
    companies = {company.slug: company for company in Company.objects.filter(is_demo=True)}
    entries = [entry for entry in read(name) if all(isinstance(party, dict) or party in companies for party in entry["parties"])]
    # The oldest first, so that the numbers follow the days.
    entries.sort(key=lambda entry: _day(edition, entry))
    table = _Table(edition, companies)
    signed = [table.sign(entry) for entry in entries]
    write_signed(signed, by=table.organiser)
    people = people_of(company.pk for company in companies.values())
    for row, entry in zip(signed, entries, strict=True):
        table.follow(row, entry, people)
    return len(signed)


class _Table:
    """Where the demo's agreements are signed, one after the other."""

    def __init__(self, edition: Edition, companies: dict[str, Company]) -> None:
        self.edition, self.companies = edition, companies
        self.organiser = organiser_of_demo()
        self.places, self.rates = Places.of(edition), rates_of(edition)
        self.number = Ledger.objects.filter(edition=edition).values_list("last_number", flat=True).first() or 0

    def sign(self, entry: dict[str, Any]) -> Signed:
        """Return an agreement with its parties, not yet saved."""
        status = STATUS(entry.get("is", STATUS.RECORDED))
        has_number = status not in WITHOUT_NUMBER
        self.number += has_number
        segment = self.places.segment(entry["segment"])
        figure, currency = (None, "") if entry["amount"] == UNDISCLOSED else amount(entry["amount"])
        rate = self.rates[currency] if figure is not None else None
        agreement = Agreement(
            edition=self.edition,
            number=self.number if has_number else None,
            title=entry["title"],
            kind=entry["kind"],
            chain=segment.chain,
            segment=segment,
            signed_on=_day(self.edition, entry),
            amount=figure,
            currency=currency,
            is_undisclosed=figure is None,
            amount_cny=to_fen(figure * rate) if figure is not None and rate is not None else None,
            rate_used=rate,
            visibility=entry.get("visibility", Agreement.Visibility.PUBLIC),
            status=status,
            is_demo=True,
            **self._done(status, entry),
        )
        parties = [self._party(agreement, order, party) for order, party in enumerate(entry["parties"])]
        if not has_number:
            agreement.drafted_for = parties[0].company
        return Signed(agreement, parties)

    def _done(self, status: str, entry: dict[str, Any]) -> dict[str, Any]:
        """Return when and by whom it came to its state, and why."""
        moment = datetime.combine(_day(self.edition, entry), time(NOON), ZoneInfo(self.edition.time_zone))
        if status in WITHOUT_NUMBER:
            return {"submitted_at": moment if status == STATUS.SUBMITTED else None}
        done: dict[str, Any] = {"recorded_by": self.organiser, "recorded_at": moment}
        if status == STATUS.VERIFIED:
            done |= {"verified_by": self.organiser, "verified_at": moment + timedelta(hours=5)}
        reasons = {STATUS.VOID: "void_reason", STATUS.DISPUTED: "dispute_reason"}
        return done | ({reasons[STATUS(status)]: entry["reason"]} if status in reasons else {})

    def _party(self, agreement: Agreement, order: int, party: str | dict[str, str]) -> Party:
        role = ROLES[order] if order < len(ROLES) else Party.Role.OTHER
        if isinstance(party, str):
            side = PartyInput(self.companies[party], role=role)
        else:
            side = PartyInput(None, party["name"], party["country"], role)
        return Party(agreement=agreement, order=order, **side.columns())

    def follow(self, row: Signed, entry: dict[str, Any], people: dict[int, int]) -> None:
        """Write what the parties said of the agreement, what became of it, and who brought them together."""
        agreement = row.agreement
        at = agreement.recorded_at or agreement.submitted_at
        if at is None:
            return
        said = row.registered if agreement.status in CONFIRMED else row.registered[:1]
        answers = [answer_of(row, party, people, at=at + timedelta(hours=2)) for party in said]
        if agreement.status == STATUS.DISPUTED:
            answers.append(answer_of(row, row.registered[-1], people, at=at + timedelta(hours=3), reason=agreement.dispute_reason))
        Confirmation.objects.bulk_create(answers)
        Milestone.objects.bulk_create(
            milestone_of(row, party, days, stage, people.get(party.company_id or 0), closed_reason=CLOSED_FOR if stage == "closed" else "")
            for days, stage in entry.get("after", {}).items()
            for party in row.registered
        )
        if "introduced_by" in entry:
            yes = {party.pk: "yes" for party in row.registered}
            introduce(row, self.companies[entry["introduced_by"]].pk, yes, people, at=at + timedelta(hours=4))


def _day(edition: Edition, entry: dict[str, Any]) -> date:
    if edition.starts_on is None or edition.ends_on is None:
        return timezone.localdate() - timedelta(days=int(entry["days_ago"]))
    return min(edition.starts_on + timedelta(days=int(entry.get("day", entry.get("days_ago", 0)))), edition.ends_on)
