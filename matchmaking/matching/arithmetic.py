"""The score of a pair as points that sum up to it: what each factor counts, in whole points. No Django, no arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING

from matchmaking.matching.engine.weights import THING

if TYPE_CHECKING:
    from matchmaking.matching.engine.explaining import Explanation

OTHER_KIND, WISH = "other_kind", "wish"
NEAR_MISS_CAP = 75


@dataclass(frozen=True, slots=True)
class Points:
    """What a factor counted, and the most that it could have counted for this pair."""

    points: int
    most: int


def points_of(explanation: "Explanation") -> dict[str, Points]:
    """Return the points by factor. Their sum is the score as `whole` rounds it.

    What says that it is the same thing makes up the first part of 100; the terms share the rest, and count only as far as it is the same
    thing. Wishes to meet add theirs, as far as 100 leaves room. Where one side is goods and the other a service, "other_kind" takes points away.
    """
    of_terms = explanation.terms_weight
    of_thing = 1 - of_terms
    parts: dict[str, float] = {}
    most: dict[str, float] = {}
    for factor in explanation.factors:
        full = 100 * factor.share * (1 if factor.name == WISH else of_thing if factor.name in THING else explanation.thing * of_terms)
        parts[factor.name], most[factor.name] = factor.counted * full, full
    if explanation.is_other_kind:
        raw = sum(one.counted * one.share for one in explanation.factors if one.name in THING)
        parts[OTHER_KIND], most[OTHER_KIND] = 100 * of_thing * (explanation.thing - raw), 0
    counted = in_whole(parts, whole(explanation.score))
    return {name: Points(counted[name], max(whole(most[name]), counted[name])) for name in parts}


def whole(score: float) -> int:
    """Return a score as pages print it: a half goes up."""
    return floor(score + 0.5)


def in_whole(parts: Mapping[str, float], total: int) -> dict[str, int]:
    """Round the parts so that they sum up to the total: the largest remainders go up; of equal ones the first."""
    down = {name: floor(value) for name, value in parts.items()}
    by_rest: Sequence[str] = sorted(parts, key=lambda name: down[name] - parts[name])
    for name in by_rest[: max(total - sum(down.values()), 0)]:
        down[name] += 1
    return down
