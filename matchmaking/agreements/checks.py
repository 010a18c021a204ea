"""What an agreement must be before it is kept. Each check passes silently or raises the room's error for its field.

The admin's form asks the same checks before it saves, so that each sentence stands at its field; the actions ask them again.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django_countries import countries

from expo.editions.models import Chain, Edition, Segment
from expo.foundation.money import CURRENCIES, FEN
from matchmaking.agreements import errors
from matchmaking.agreements.models import Party
from matchmaking.participants.models import Company
from matchmaking.participants.names import name_key

# Fifteen digits, fen and all, are what both databases give back as they were written.
LARGEST_AMOUNT = Decimal("1e13")
MOST_PARTIES = 12
UNDATED_REACH = datetime.timedelta(days=366)


@dataclass(frozen=True)
class PartyInput:
    """One side of an agreement as it comes in: a registered company, or an outside name with its country; and what it is in the agreement."""

    company: Company | None = None
    outside_name: str = ""
    country: str = ""
    role: str = ""

    @classmethod
    def of(cls, party: Party) -> "PartyInput":
        """Return what a row says. Reads its company."""
        return cls(party.company, party.outside_name, str(party.country.code or ""), str(party.role))

    def columns(self) -> dict[str, Any]:
        """Return the values of the row's columns."""
        outside = self.company is None
        return {
            "company": self.company,
            "outside_name": self.name if outside else "",
            "outside_key": self.identity if outside else "",
            "country": self.country if outside else "",
            "role": self.role,
        }

    @property
    def name(self) -> str:
        return self.company.title if self.company else " ".join(self.outside_name.split())

    @property
    def identity(self) -> str:
        """Equal for two inputs that mean the same party: country and name, without case, spaces and legal form."""
        country = self.company.country.code if self.company else self.country.upper()
        key = self.company.name_key if self.company else name_key(self.outside_name)
        return f"{country}:{key}"[:160]


def today_in(edition: Edition) -> datetime.date:
    """Return the date where the expo is."""
    return timezone.localdate(timezone=ZoneInfo(edition.time_zone))


def check_title(title: str) -> None:
    if not title.strip():
        raise errors.TitleMissing


def check_signed_on(edition: Edition, signed_on: datetime.date) -> None:
    """Between the edition's days. While an edition has no dates yet, any day of the last year up to today."""
    if edition.starts_on and edition.ends_on:
        if not edition.starts_on <= signed_on <= edition.ends_on:
            raise errors.OutsideEdition(
                _("%(day)s lies outside the edition, which runs from %(start)s to %(end)s.")
                % {"day": date_format(signed_on), "start": date_format(edition.starts_on), "end": date_format(edition.ends_on)}
            )
    elif signed_on > today_in(edition):
        raise errors.OutsideEdition(
            _("%(day)s is still to come. The edition has no dates yet; until it has, a day up to today can be written.")
            % {"day": date_format(signed_on)}
        )
    elif signed_on < today_in(edition) - UNDATED_REACH:
        raise errors.OutsideEdition(
            _("%(day)s is more than a year ago. The edition has no dates yet; until it has, a day of the last year can be written.")
            % {"day": date_format(signed_on)}
        )


def check_amount(amount: Decimal | None, currency: str, *, is_undisclosed: bool) -> None:
    """More than zero in a known currency with at most two decimals, or not disclosed, never both."""
    if is_undisclosed:
        if amount is not None:
            raise errors.AmountNotWanted
        return
    if amount is None:
        raise errors.AmountMissing
    if amount.is_finite() and amount >= LARGEST_AMOUNT:
        raise errors.AmountTooLarge
    if not amount.is_finite() or amount <= 0 or amount != amount.quantize(FEN):
        raise errors.AmountNotPositive
    check_currency(currency)


def check_currency(currency: str) -> None:
    if not currency:
        raise errors.UnknownCurrency(_("Say in which currency."))
    if currency not in CURRENCIES:
        raise errors.UnknownCurrency(_("“%(code)s” is not a currency that is known here.") % {"code": currency})


def check_rate(edition: Edition, currency: str, rates: dict[str, Decimal]) -> Decimal:
    """Return what one unit of the currency is worth in yuan at the edition's stated rate."""
    if currency not in rates:
        raise errors.NoRate(
            _("%(edition)s states no exchange rate for %(code)s. Add the rate to the edition first, or save a draft.")
            % {"edition": edition.short_name, "code": currency}
        )
    return rates[currency]


def check_place(edition: Edition, chain: Chain, segment: Segment | None) -> None:
    """A chain of the edition (any chain while the edition names none), and a segment of that chain."""
    areas = set(edition.areas.values_list("chain_id", flat=True))
    if areas and chain.pk not in areas:
        raise errors.ChainNotInEdition(_("%(chain)s is not part of this edition.") % {"chain": chain.name})
    if segment is not None and segment.chain_id != chain.pk:
        raise errors.SegmentElsewhere(_("“%(segment)s” lies on another chain.") % {"segment": segment.name})


def check_party(party: PartyInput) -> None:
    if party.company is not None and party.outside_name.strip():
        raise errors.PartyIncomplete(_("Either a registered company or an outside name, not both."), field="outside_name")
    if party.company is None and not party.outside_name.strip():
        raise errors.PartyIncomplete(field="outside_name")
    if party.company is None and not name_key(party.outside_name):
        raise errors.PartyIncomplete(_("This is not a name."), field="outside_name")
    if party.company is None and party.country not in dict(countries):
        raise errors.PartyIncomplete(_("Say which country or region “%(name)s” is from.") % {"name": party.name}, field="country")
    if party.role not in ("", "supplier", "customer", "other"):
        raise errors.UnknownChoice(field="role")


def check_parties(parties: Sequence[PartyInput]) -> None:
    """Two to twelve, each complete, none twice: neither as the same company nor as the same name from the same country."""
    if len(parties) > MOST_PARTIES:
        raise errors.TooManyParties
    for party in parties:
        check_party(party)
    seen: set[str] = set()
    for party in parties:
        if party.identity in seen:
            raise errors.SamePartyTwice(_("“%(name)s” stands here twice.") % {"name": party.name})
        seen.add(party.identity)
    if len(parties) < 2:  # noqa: PLR2004 - two sides make an agreement
        raise errors.SinglePartner
