"""What came of an edition in all, and how amounts are summed and said."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import urlencode

from django.db.models import BigIntegerField, Count, F, Q, Sum, Value
from django.db.models.functions import Cast, Coalesce, NullIf, Round
from django.urls import reverse
from django.utils.translation import pgettext

from expo.editions.models import Edition
from expo.editions.queries import rates_of
from expo.foundation.money import spoken, to_fen
from matchmaking.agreements.models import Agreement

SMALLEST_CELL = 5
COUNTRY_OF_PARTY = Coalesce("company__country", NullIf(F("country"), Value("")))


class Priced(Protocol):
    """What names an amount: an agreement, one as it was before, one as it is to be."""

    @property
    def amount(self) -> Decimal | None: ...

    @property
    def currency(self) -> str: ...


@dataclass(frozen=True)
class Outcome:
    """What was logged in an edition: only what counts, neither drafts nor disputed or void ones."""

    agreements: int
    intentions: int
    undisclosed: int
    amount_cny: Decimal
    usd_rate: Decimal | None
    has_demo: bool

    @property
    def total(self) -> int:
        return self.agreements + self.intentions

    @property
    def amount_usd(self) -> Decimal | None:
        """The amount in dollars at the edition's stated rate, to the cent; None where it states none."""
        return to_fen(self.amount_cny / self.usd_rate) if self.usd_rate else None


def outcome(edition: Edition) -> Outcome:
    """Count an edition's agreements by kind, with totals in yuan and dollars. The same for everybody; two queries.

    Agreements whose names or rows are not public are in the totals all the same. What is told of chains and of countries and regions, and what
    is too small to be told, is said in one place: `report.breakdowns_of`.
    """
    rows = Agreement.objects.filter(edition=edition).counted().order_by()
    found = rows.aggregate(
        agreements=Count("id", filter=Q(kind="agreement")),
        intentions=Count("id", filter=Q(kind="intention")),
        undisclosed=Count("id", filter=Q(is_undisclosed=True)),
        demo=Count("id", filter=Q(is_demo=True)),
        fen=sum_in_fen(),
    )
    amount, has_demo = in_yuan(found.pop("fen")), found.pop("demo") > 0
    return Outcome(amount_cny=amount, usd_rate=rates_of(edition).get("USD"), has_demo=has_demo, **found)


def trace_address(edition: Edition, **filters: Any) -> str:
    """Return the address of the admin's list of exactly the counted rows of the edition, narrowed by `filters`."""
    wanted = {"edition__id__exact": edition.pk, "counted": "yes", **filters}
    return f"{reverse('admin:agreements_agreement_changelist')}?{urlencode(wanted)}"


def sum_in_fen(condition: Q | None = None) -> Sum:
    """Sum amounts in yuan as whole fen: exact on both databases, while SQLite sums decimals as floating point. None for no rows."""
    return Sum(Cast(Round(F("amount_cny") * 100), BigIntegerField()), filter=condition)


def amount_words(said: Priced) -> str:
    """Return the amount with its currency, or that it is not disclosed."""
    return pgettext("amount", "not disclosed") if said.amount is None else spoken(said.amount, said.currency)


def in_yuan(fen: int | None) -> Decimal:
    """Return fen as yuan, zero for None."""
    return Decimal(fen or 0) / 100
