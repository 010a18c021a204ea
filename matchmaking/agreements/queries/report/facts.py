"""The counted agreements of an edition in memory: read once, for all breakdowns. Two queries, about 1 kB a row."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from expo.editions.models import Edition
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries.hiding import Bin
from matchmaking.agreements.queries.outcome import COUNTRY_OF_PARTY
from matchmaking.agreements.queries.report.bases import LEDGER

SUPPLIER, CUSTOMER = "supplier", "customer"


class Signed(NamedTuple):
    """A party of an agreement: who, from where, and on which side."""

    who: str
    country: str
    role: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A counted agreement or intention: what breakdowns go by. `fen` is None where no amount is disclosed."""

    pk: int
    is_agreement: bool
    chain: int
    segment: int | None
    wanted: int | None  # the segment of the request that it grew from: where what is supplied goes
    day: datetime.date
    fen: int | None
    visibility: str
    parties: tuple[Signed, ...]

    @property
    def is_named(self) -> bool:
        """Whether the public list says whose it is."""
        return self.visibility == Agreement.Visibility.PUBLIC

    @property
    def is_listed(self) -> bool:
        """Whether the public list has it, with its amount."""
        return self.visibility != Agreement.Visibility.TOTALS_ONLY

    def countries(self, role: str) -> set[str]:
        """Return where its parties of one side are from."""
        return {party.country for party in self.parties if party.role == role}


def facts_of(edition: Edition) -> list[Fact]:
    """Return the edition's counted agreements with their parties, in the order of their ids. Two queries."""
    rows = LEDGER.rows(edition).order_by("pk")
    parties: dict[int, list[Signed]] = defaultdict(list)
    signed = Party.objects.filter(agreement__in=rows.order_by()).annotate(origin=COUNTRY_OF_PARTY).order_by()
    for agreement, company, key, origin, role in signed.values_list("agreement", "company", "outside_key", "origin", "role"):
        parties[agreement].append(Signed(f"c{company}" if company else key, origin or "", role))
    columns = rows.values_list("pk", "kind", "chain", "segment", "sourcing_request__segment", "signed_on", "amount_cny", "visibility")
    return [
        Fact(
            pk,
            kind == "agreement",
            chain,
            segment,
            wanted,
            day,
            None if amount is None else int(amount * 100),
            visibility,
            tuple(parties[pk]),
        )
        for pk, kind, chain, segment, wanted, day, amount, visibility in columns
    ]


def binned(facts: Iterable[Fact], keys: Callable[[Fact], Iterable[str]]) -> dict[str, Bin]:
    """Return the facts under each key that `keys` gives them, with all their parties."""
    bins: dict[str, Bin] = {}
    for fact in facts:
        for key in keys(fact):
            one = bins.setdefault(key, Bin(key))
            one.agreements.add(fact.pk)
            one.parties.update(party.who for party in fact.parties)
    return bins
