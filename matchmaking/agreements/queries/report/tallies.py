"""What each measure comes to in each edition: one query for each kind of rows, whatever the number of measures, editions and rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count

from expo.editions.models import Edition, ExchangeRate
from expo.editions.queries import Standing, standing_by_edition
from expo.foundation.money import to_fen
from matchmaking.agreements import wording
from matchmaking.agreements.queries.outcome import in_yuan
from matchmaking.agreements.queries.report.bases import DEMO, LEDGER, ROWS, Base, Counts
from matchmaking.agreements.queries.report.measures import Amount, Counted, Entered, Measure, Share

DOLLAR = "USD"


@dataclass(frozen=True)
class Tally:
    """What was logged of a measure in an edition.

    Attributes:
        value: the figure; None where nothing of its kind was logged.
        part, whole: of a share.
        unknown: of how many rows it is not known whether they are counted.
        undisclosed, amount_cny, usd_rate: of an amount: how many say nothing, the sum in yuan, and what a dollar is worth.
        standing: what staff entered.
        has_demo: invented rows of its kind are counted.
    """

    value: Decimal | None = None
    part: int | None = None
    whole: int | None = None
    unknown: int = 0
    undisclosed: int = 0
    amount_cny: Decimal | None = None
    usd_rate: Decimal | None = None
    standing: Standing | None = None
    has_demo: bool = False


NONE = Tally()
Tallies = dict[tuple[int, str], Tally]


def tallies(editions: Sequence[Edition], measures: Iterable[Measure]) -> Tallies:
    """Return the tally of each measure in each edition, by (edition's key, measure's key). At most ten queries.

    `editions` are all that are on file: who signed up for the next one is counted by pairs of them.
    """
    listed = list(measures)
    counts = _counts(editions, listed)
    entered = standing_by_edition(editions) if any(isinstance(one.how, Entered) for one in listed) else {}
    rates = _dollar_rates(editions) if any(isinstance(one.how, Amount) for one in listed) else {}
    return {
        (edition.pk, one.key): _tally(one, counts, edition.pk, entered.get(edition.pk, {}), rates.get(edition.pk))
        for edition in editions
        for one in listed
    }


def _counts(editions: Sequence[Edition], measures: list[Measure]) -> dict[str, Counts]:
    wanted: dict[Base, dict[str, Any]] = {}
    for one in measures:
        how = one.how
        if isinstance(how, Counted):
            known = {
                f"{_name(one.key)}_{name}": Count("pk", filter=rows)
                for name, rows in (("known", how.known), ("unknown", how.unknown))
                if rows is not None
            }
            wanted.setdefault(how.base, {}).update({_name(one.key): how.aggregate(), **known})
        elif isinstance(how, Share):
            named = {_name(one.key): how.part.aggregate(), f"{_name(one.key)}_whole": how.whole.aggregate()}
            wanted.setdefault(how.part.base, {}).update(named)
        elif isinstance(how, Amount):
            wanted.setdefault(LEDGER, {}).update(Amount.aggregates())
    return {base.name: base.counts(editions, aggregates) for base, aggregates in wanted.items()}


def _name(key: str) -> str:
    """Return a name for the aggregate that no column of a table has."""
    return f"m_{key}"


def _tally(one: Measure, counts: dict[str, Counts], edition: int, entered: dict[str, Standing], dollar: Decimal | None) -> Tally:
    how = one.how
    if isinstance(how, Entered):
        standing = entered.get(how.key)
        return NONE if standing is None else Tally(standing.value, standing=standing, has_demo=standing.has_demo)
    if isinstance(how, Counted):
        row = counts[how.base.name].get(edition)
        return (
            Tally(Decimal(row[_name(one.key)]), unknown=row.get(f"{_name(one.key)}_unknown", 0), has_demo=bool(row.get(DEMO)))
            if row and row.get(f"{_name(one.key)}_known", row[ROWS])
            else NONE
        )
    if isinstance(how, Share):
        row = counts[how.part.base.name].get(edition)
        part, whole = (row[_name(one.key)], row[f"{_name(one.key)}_whole"]) if row else (0, 0)
        return Tally(Decimal(wording.percent(part, whole)), part, whole, has_demo=bool(row and row.get(DEMO))) if whole else NONE
    if isinstance(how, Amount):
        row = counts[LEDGER.name].get(edition)
        return _amount(how, row, dollar) if row and row[ROWS] else NONE
    return NONE


def _amount(how: Amount, row: dict[str, Any], dollar: Decimal | None) -> Tally:
    yuan = in_yuan(row["fen"])
    value = yuan if how.currency != DOLLAR else to_fen(yuan / dollar) if dollar else None
    return Tally(value, undisclosed=row["undisclosed"], amount_cny=yuan, usd_rate=dollar, has_demo=bool(row.get(DEMO)))


def _dollar_rates(editions: Sequence[Edition]) -> dict[int, Decimal]:
    rows = ExchangeRate.objects.filter(edition__in=[edition.pk for edition in editions], currency=DOLLAR)
    return dict(rows.values_list("edition", "cny_per_unit"))
