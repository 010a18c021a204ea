"""What stands of verdicts on a pair, as a card shows it to one side."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from matchmaking.matching.models import Verdict

Pair = tuple[int, int]


def verdict_shown(request: int, offer: int, side: str) -> dict[str, Any]:
    """Return what templates/matching/_verdict.html prints of one pair to the people of one side, without `next`. One query."""
    return verdicts_shown([(request, offer)], side)[request, offer]


def verdicts_shown(pairs: Iterable[Pair], side: str) -> Mapping[Pair, dict[str, Any]]:
    """Return what templates/matching/_verdict.html prints of pairs (request, offer) to one side, by pair, without `next`. One query.

    Of the other side only its wish to meet is told. Whoever reads this stands for the side: the page has asked.
    """
    asked = list(pairs)
    standing = Verdict.objects.standing().filter(request__in={request for request, _ in asked}, offer__in={offer for _, offer in asked})
    said: dict[Pair, dict[str, Verdict]] = defaultdict(dict)
    for verdict in standing:
        said[verdict.request_id, verdict.offer_id][verdict.side] = verdict
    return {pair: _shown(pair, side, said[pair]) for pair in asked}


def _shown(pair: Pair, side: str, said: Mapping[str, Verdict]) -> dict[str, Any]:
    own = said.get(side)
    theirs = next((verdict for whose, verdict in said.items() if whose != side), None)
    return {
        "request_pk": pair[0],
        "offer_pk": pair[1],
        "side": side,
        "own": own,
        "wants_to_meet": theirs is not None and theirs.says == Verdict.Says.INTERESTED,
        "reasons": Verdict.Reason.choices,
    }
