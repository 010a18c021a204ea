"""Places spread over companies, so that none fills everybody's list where others fit nearly as well."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One that may stand on a list: its number, whose it is, and its score 0 to 100."""

    number: int
    owner: Hashable
    score: float


Lists = Mapping[Key, Sequence[Candidate]]


@dataclass(frozen=True, slots=True)
class Exposure:
    """How the places are shared: the largest share of one owner, Gini (0: all alike, 1: one has all), the mean score of a place."""

    places: int
    owners: int
    largest_share: float
    gini: float
    mean_score: float


def spread(lists: Lists[Key], *, top: int, share: float, within: float, fair: float = 2.0) -> dict[Key, list[Candidate]]:
    """Choose at most `top` of each list so that no owner has more than its bound of all places, where others fit nearly as well.

    Args:
        lists: all candidates of each list that fit, best first. Nothing else is ever chosen.
        top: places of a list.
        share: the part of all places that one owner may have, 0 to 1.
        within: points. At each place stands a score at most so much below the one that stood there by score alone.
        fair: an owner may always have so many times the even share; else few owners could not fill the lists.

    Returns:
        For each list the chosen ones, best first; as many as without spreading. Who fits much better than all others keeps the place
        beyond the bound. First places go round before second ones, and where an owner's bound runs out, its best scores keep theirs.
        The same lists give the same choice.
    """
    bound = most_places(lists, top=top, share=share, fair=fair)
    left = {key: list(candidates) for key, candidates in lists.items()}
    taken: Counter[Hashable] = Counter()
    chosen: dict[Key, list[Candidate]] = {key: [] for key in lists}
    order = {key: place for place, key in enumerate(lists)}
    for place in range(top):
        waiting = [key for key, candidates in lists.items() if len(candidates) > place]
        for key in sorted(waiting, key=lambda one: (-left[one][0].score, order[one])):
            one = _next(left[key], taken, bound, lists[key][place].score - within)
            left[key].remove(one)
            taken[one.owner] += 1
            chosen[key].append(one)
    for found in chosen.values():
        found.sort(key=lambda one: (-one.score, one.number))
    return chosen


def _next(left: Sequence[Candidate], taken: Mapping[Hashable, int], bound: int, least: float) -> Candidate:
    for one in left:
        if one.score < least:
            break
        if taken.get(one.owner, 0) < bound:
            return one
    return left[0]


def most_places(lists: Lists[Key], *, top: int, share: float, fair: float) -> int:
    """Return how many places one owner may have: its share of all, or `fair` times the even share where that is more."""
    places = sum(min(top, len(candidates)) for candidates in lists.values())
    owners = {one.owner for candidates in lists.values() for one in candidates}
    return max(1, ceil(places * share), ceil(places * fair / max(1, len(owners))))


def by_score(lists: Lists[Key], *, top: int) -> dict[Key, list[Candidate]]:
    """Return the lists as they are without spreading."""
    return {key: list(candidates[:top]) for key, candidates in lists.items()}


def measured(counts: Sequence[int], mean_score: float = 0.0) -> Exposure:
    """Measure places by owner; owners without a place count with 0."""
    places = sum(counts)
    if not places:
        return Exposure(0, len(counts), 0.0, 0.0, mean_score)
    ordered = sorted(counts)
    weighted = sum((2 * rank - len(ordered) - 1) * count for rank, count in enumerate(ordered, start=1))
    return Exposure(places, len(ordered), max(ordered) / places, weighted / (len(ordered) * places), mean_score)
