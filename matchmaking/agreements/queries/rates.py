"""What the rates of an edition are, what hangs on each, and what stating another one would do."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet

from expo.accounts.models import User
from expo.editions.models import Edition, ExchangeRate
from expo.foundation.models import Event
from expo.foundation.money import CURRENCIES, spoken, to_fen
from matchmaking.agreements.models import Agreement, Ledger

# Without a number yet: their amount in yuan follows the rate.
VALUED_ANEW = (Agreement.Status.DRAFT, Agreement.Status.SUBMITTED)
STATED = "state_rate"
FIRST_DRAFTS = 10


@dataclass(frozen=True)
class KeptAt:
    """Rows on record that keep their amount in yuan: the rate used, how many, and how many of them count."""

    rate: Decimal
    rows: int


@dataclass(frozen=True)
class RateLine:
    """A currency of an edition: the rate as stated (None: none is), the drafts that follow it, the rows on record by the rate they keep."""

    currency: str
    rate: ExchangeRate | None
    drafts: int
    kept: list[KeptAt] = field(default_factory=list)

    @property
    def on_record(self) -> int:
        return sum(one.rows for one in self.kept)

    @property
    def differing(self) -> list[KeptAt]:
        """The rows on record that another rate than the present one was used for."""
        return [one for one in self.kept if self.rate is None or one.rate != self.rate.cny_per_unit]


@dataclass(frozen=True)
class RateEntry:
    """A statement of the past: what was stated, by whom and when, and what it did."""

    at: datetime.datetime
    by: User | None
    currency: str
    cny_per_unit: str
    before: str
    as_of: str
    source_note: str
    drafts: int
    kept: int


def rate_lines(edition: Edition) -> list[RateLine]:
    """Return a line for each currency that the edition states a rate for or has agreements in, the yuan apart. Three queries."""
    rates = {rate.currency: rate for rate in ExchangeRate.objects.filter(edition=edition).exclude(currency="CNY")}
    rows = Agreement.objects.filter(edition=edition, is_undisclosed=False).exclude(currency="CNY")
    drafts: dict[str, int] = dict(_open(rows).order_by().values_list("currency").annotate(n=Count("pk")))
    kept = _kept(rows)
    named = {*rates, *drafts, *kept}
    return [RateLine(code, rates.get(code), drafts.get(code, 0), kept.get(code, [])) for code in CURRENCIES if code in named]


def rate_line(edition: Edition, currency: str) -> RateLine:
    """Return the line of one currency, whether or not anything is stated. Three queries."""
    rate = ExchangeRate.objects.filter(edition=edition, currency=currency).first()
    rows = Agreement.objects.filter(edition=edition, currency=currency, is_undisclosed=False)
    return RateLine(currency, rate, _open(rows).count(), _kept(rows).get(currency, []))


@dataclass(frozen=True)
class DraftValue:
    """A draft that stating a rate would value anew, in words."""

    agreement: Agreement
    amount: str
    before: str
    after: str


@dataclass(frozen=True)
class RateEffect:
    """What stating a rate would do: how many drafts get another amount in yuan (the first of them shown), which rows keep theirs."""

    line: RateLine
    drafts: int
    shown: list[DraftValue]

    @property
    def more(self) -> int:
        return self.drafts - len(self.shown)


def rate_effect(edition: Edition, currency: str, cny_per_unit: Decimal) -> RateEffect:
    """Return what stating this rate would do now; nothing is written. Four queries."""
    changed = [
        (draft, draft.amount, yuan)
        for draft in drafts_in(edition, currency).order_by("pk")
        if draft.amount and ((yuan := to_fen(draft.amount * cny_per_unit)) != draft.amount_cny or draft.rate_used != cny_per_unit)
    ]
    shown = [
        DraftValue(
            draft,
            spoken(amount, currency),
            "" if draft.amount_cny is None else spoken(draft.amount_cny, "CNY"),
            spoken(yuan, "CNY"),
        )
        for draft, amount, yuan in changed[:FIRST_DRAFTS]
    ]
    return RateEffect(rate_line(edition, currency), len(changed), shown)


def rate_history(edition: Edition, *, most: int = 100) -> list[RateEntry]:
    """Return what was stated for the edition, newest first. Two queries."""
    ledger = Ledger.objects.filter(edition=edition).values_list("pk", flat=True).first()
    if ledger is None:
        return []
    lines = Event.objects.filter(thing=Ledger._meta.label, thing_id=str(ledger), verb=STATED).select_related("actor")
    return [_entry(line) for line in lines.order_by("-id")[:most]]


def statements() -> dict[tuple[int, str], Mapping[str, Any]]:
    """Return what was stated last, by the key of the edition's ledger and the currency. One query."""
    lines = Event.objects.filter(thing=Ledger._meta.label, verb=STATED).order_by("pk").values_list("thing_id", "data")
    return {(int(ledger), str(said.get("currency"))): said for ledger, said in lines}


def rates_there() -> dict[int, tuple[Any, ...]]:
    """Return what each rate says now, by its key: before files are loaded, so that what they changed is known afterwards. One query."""
    return {key: tuple(said) for key, *said in ExchangeRate.objects.values_list("pk", "cny_per_unit", "as_of", "source_note")}


def is_as_stated(rate: ExchangeRate, said: Mapping[str, Any]) -> bool:
    """Say whether the rate is what a statement says."""
    stated = (Decimal(str(said.get("cny_per_unit") or 0)), said.get("as_of"), said.get("source_note"))
    return stated == (rate.cny_per_unit, rate.as_of.isoformat(), rate.source_note)


def drafts_in(edition: Edition, currency: str) -> "QuerySet[Agreement]":
    """Return the agreements without a number whose amount is in the currency."""
    rows: QuerySet[Agreement] = _open(Agreement.objects.filter(edition=edition, currency=currency, is_undisclosed=False))
    return rows


def _open(rows: Any) -> Any:
    return rows.filter(status__in=VALUED_ANEW)


def _kept(rows: Any) -> dict[str, list[KeptAt]]:
    counted: Iterable[tuple[str, Decimal, int]] = (
        rows.exclude(status__in=VALUED_ANEW)
        .filter(rate_used__isnull=False)
        .order_by("currency", "rate_used")
        .values_list("currency", "rate_used")
        .annotate(n=Count("pk"))
    )
    found: dict[str, list[KeptAt]] = defaultdict(list)
    for currency, rate, count in counted:
        found[currency].append(KeptAt(rate, count))
    return dict(found)


def _entry(line: Any) -> RateEntry:
    said = line.data
    texts = {name: str(said.get(name) or "") for name in ("currency", "as_of", "source_note")}
    rates = {name: _short(str(said.get(name) or "")) for name in ("cny_per_unit", "before")}
    return RateEntry(line.at, line.actor, drafts=int(said.get("drafts", 0)), kept=int(said.get("kept", 0)), **texts, **rates)


def _short(rate: str) -> str:
    """Return a rate of the log without the zeros that its column adds, '' for none."""
    return f"{Decimal(rate).normalize():f}" if rate else ""
