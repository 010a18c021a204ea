"""How often the first three matches were taken up: what people said of them, by chain and side."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q

from expo.editions.models import Chain, Edition
from matchmaking.matching.models import Match, MatchRun, Verdict

FIRST = 3
RANKS = {Verdict.Side.BUYER: "request_rank", Verdict.Side.SUPPLIER: "offer_rank"}


@dataclass
class Uptake:
    """Of one chain and side: how many stand on the first three places now, and what stands of verdicts given to such places."""

    chain: Chain
    side: str
    shown: int = 0
    interested: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def not_for_us(self) -> int:
        return sum(self.reasons.values())

    @property
    def answered(self) -> int:
        """How many were decided, one way or the other."""
        return self.interested + self.not_for_us

    @property
    def share(self) -> float | None:
        """Of those decided, how many would meet: 0 to 1; None where nothing was decided."""
        return self.interested / self.answered if self.answered else None


def uptake_of(edition: Edition) -> list[Uptake]:
    """Return the uptake of the edition's first three matches, by chain (the request's) and side, where something was shown or said.

    A verdict counts by the place that the match had when it was given; what was taken back does not count. Four queries.
    """
    shown: Counter[tuple[int, str]] = Counter()
    for side, rank in RANKS.items():
        rows = Match.objects.filter(run__edition=edition, run__status=MatchRun.Status.IN_FORCE, **{f"{rank}__lte": FIRST})
        for chain, count in rows.order_by().values_list("request__segment__chain").annotate(Count("pk")):
            shown[chain, side] = count
    said: dict[tuple[int, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    standing = Verdict.objects.standing().filter(request__registration__edition=edition, rank__lte=FIRST).order_by()
    for chain, side, says, reason, count in standing.values_list("request__segment__chain", "side", "says", "reason").annotate(Count("pk")):
        said[chain, side][says, reason] += count
    chains = Chain.objects.filter(pk__in={chain for chain, _side in {*shown, *said}}).order_by("order", "pk")
    keys = [(chain, str(side)) for chain in chains for side in RANKS if (chain.pk, side) in shown or (chain.pk, side) in said]
    return [_uptake(chain, side, shown[chain.pk, side], said[chain.pk, side]) for chain, side in keys]


def _uptake(chain: Chain, side: str, shown: int, said: Counter[tuple[str, str]]) -> Uptake:
    reasons = {reason: count for (says, reason), count in sorted(said.items()) if says == Verdict.Says.NOT_FOR_US}
    interested = sum(count for (says, _reason), count in said.items() if says == Verdict.Says.INTERESTED)
    return Uptake(chain, side, shown, interested, reasons)


def taken_up(run: MatchRun) -> dict[str, Any]:
    """Return what people made of the first three places of a run since it came into force, both sides together, as values of JSON.

    Two queries. `share` is that of the wishes to meet among what was decided, None where nothing was.
    """
    first = Q(request_rank__lte=FIRST) | Q(offer_rank__lte=FIRST)
    shown = Match.objects.filter(first, run=run).count()
    standing = Verdict.objects.standing().filter(request__registration__edition=run.edition_id, rank__lte=FIRST, at__gte=run.finished_at)
    said = Counter(standing.values_list("says", flat=True))
    interested, not_for_us = said[Verdict.Says.INTERESTED], said[Verdict.Says.NOT_FOR_US]
    share = round(interested / (interested + not_for_us), 4) if said else None
    return {"run": run.pk, "shown": shown, "interested": interested, "not_for_us": not_for_us, "share": share}
