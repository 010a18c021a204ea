"""The demo's agreements, logged the way an organiser logs them, and the rates they need."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Edition, ExchangeRate
from expo.foundation.staff import vouched
from matchmaking.agreements.actions import draft_agreement, record_agreement
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement
from matchmaking.desk.demo.files import Places, amount, read
from matchmaking.desk.demo.people import ORGANISER, demo_logins
from matchmaking.participants.models import Company

UNDISCLOSED = "not disclosed"


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


def add_agreements(edition: Edition) -> int:
    """Record the demo's agreements in an edition that has no demo agreement, and return how many."""
    if edition.agreements.filter(is_demo=True).exists():
        return 0
    organiser = vouched(User.objects.get(email=next(login.email for login in demo_logins() if login.role == ORGANISER)))
    places, companies = Places.of(edition), {company.slug: company for company in Company.objects.filter(is_demo=True)}
    entries = [entry for entry in read("agreements") if all(isinstance(party, dict) or party in companies for party in entry["parties"])]
    # The oldest first, so that the numbers follow the days.
    for entry in sorted(entries, key=lambda entry: -int(entry["days_ago"])):
        _record(edition, entry, organiser, places, companies)
    return len(entries)


def _record(edition: Edition, entry: dict[str, Any], organiser: User, places: Places, companies: dict[str, Company]) -> None:
    segment = places.segment(entry["segment"])
    figure, currency = (None, "") if entry["amount"] == UNDISCLOSED else amount(entry["amount"])
    agreement = draft_agreement(
        by=organiser,
        edition=edition,
        title=entry["title"],
        kind=entry["kind"],
        chain=segment.chain,
        segment=segment,
        signed_on=_signed_on(edition, entry["days_ago"]),
        parties=[_party(party, companies) for party in entry["parties"]],
        amount=figure,
        currency=currency,
        is_undisclosed=figure is None,
        visibility=entry.get("visibility", Agreement.Visibility.PUBLIC),
    )
    Agreement.objects.filter(pk=agreement.pk).update(is_demo=True)
    record_agreement(agreement, by=organiser)


def _signed_on(edition: Edition, days: int) -> date:
    if edition.starts_on is None or edition.ends_on is None:
        return timezone.localdate() - timedelta(days=days)
    return min(edition.starts_on + timedelta(days=days), edition.ends_on)


def _party(party: str | dict[str, str], companies: dict[str, Company]) -> PartyInput:
    if isinstance(party, str):
        return PartyInput(company=companies[party])
    return PartyInput(outside_name=party["name"], country=party["country"])
