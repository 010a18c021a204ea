"""Candidates of one block of requests and offers: the pairs worth scoring in full."""

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from matchmaking.matching.engine.arrays import Ints
from matchmaking.matching.engine.rough import CLASH, Asking, Giving, Rough, rough
from matchmaking.matching.engine.weights import Weights
from matchmaking.matching.engine.wishes import NO_WISHES, Wishes

PAIRS_AT_ONCE = 250_000
GRAIN = 0.01
"""Rough scores are told apart to so many points; of equals the lower place counts."""
SHIFT = 32


@dataclass(frozen=True, slots=True)
class Block:
    """Requests and offers that are compared with each other, prepared."""

    asking: Asking
    giving: Giving
    weights: Weights
    family_of: sparse.csr_array
    linked: sparse.csr_array | None = None
    wishes: Wishes = NO_WISHES

    def rough(self, rows: Ints) -> Rough:
        """Score these requests against all offers; see `rough.rough`."""
        return rough(self.asking, rows, self.giving, weights=self.weights, family_of=self.family_of, linked=self.linked, wishes=self.wishes)

    @property
    def offers(self) -> int:
        """How many offers there are."""
        return len(self.giving.terms.language)


@dataclass
class Tally:
    """Of each posting of one side: how many of the other were looked at, and how many of these are the same thing, by what they break first.

    A row of `breaks` has the counts by `Rough.breaks`: those that would be listed, those that break each requirement, those that clash.
    What is the posting's own company's counts nowhere.

    Attributes:
        by_request: whether the postings are the requests of a block, else its offers.
        owners: of the requests and of the offers, as numbers.
    """

    by_request: bool
    owners: tuple[Ints, Ints]
    looked_at: Ints = field(init=False)
    breaks: Ints = field(init=False)

    def __post_init__(self) -> None:
        own, other = self.owners if self.by_request else self.owners[::-1]
        most = int(max(own.max(initial=0), other.max(initial=0))) + 1
        self.looked_at = len(other) - np.bincount(other, minlength=most)[own]
        self.breaks = np.zeros((len(own), CLASH + 1), dtype=np.int64)

    def add(self, found: Rough) -> None:
        """Count what was found of some pairs; each pair comes once."""
        others = self.owners[0][found.i] != self.owners[1][found.j]
        cells = (found.i if self.by_request else found.j) * (CLASH + 1) + found.breaks
        self.breaks += np.bincount(cells[others], minlength=self.breaks.size).reshape(self.breaks.shape)


def candidates(
    block: Block, rows: Ints, *, offers: int = 30, requests: int = 30, failing: int = 6, tally: Tally | None = None
) -> tuple[Ints, Ints]:
    """Return the pairs of these requests with offers to score in full: what may stand in the lists of either side, and near misses.

    Args:
        block: both sides.
        rows: the requests.
        offers: so many nearest offers that would be listed are kept for each request.
        requests: so many of these requests are kept for each offer.
        failing: so many nearest of the offers that would not be listed are kept for each request.
        tally: counts all that is looked at.

    Returns:
        Requests and offers by place, ordered. Of equals, the lower place comes first. Memory is bounded by blocks of 250,000 pairs.
    """
    step = max(1, PAIRS_AT_ONCE // max(1, block.offers))
    mine, theirs = [np.zeros(0, dtype=np.int64)], Tops(block.offers, requests)
    for start in range(0, len(rows) if block.offers else 0, step):
        found = block.rough(rows[start : start + step])
        if tally is not None:
            tally.add(found)
        score = np.round(found.score / GRAIN).astype(np.int64)
        for chosen, most in ((found.is_match, offers), (~found.is_match, failing)):
            i, j = found.i[chosen], found.j[chosen]
            first = _first(i, j, score[chosen], most)
            mine.append((i[first] << SHIFT) + j[first])
        theirs.add(found.i[found.is_match], found.j[found.is_match], score[found.is_match])
    pairs = np.unique(np.concatenate([*mine, theirs.pairs()]))
    return pairs >> SHIFT, pairs & ((1 << SHIFT) - 1)


def _first(groups: Ints, others: Ints, score: Ints, most: int) -> Ints:
    """Return where the best of each group stand: so many, the highest score first, then the lower place."""
    order = np.lexsort((others, -score, groups))
    ordered = groups[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    rank = np.arange(len(ordered)) - np.repeat(starts, np.diff(starts, append=len(ordered)))
    return np.asarray(order[rank < most])


class Tops:
    """The best pairs of each offer, as blocks of requests come by."""

    def __init__(self, offers: int, most: int) -> None:
        self.most, self._least = most, np.zeros(offers, dtype=np.int64)
        self._kept = [(np.zeros(0, dtype=np.int64),) * 3]

    def add(self, requests: Ints, offers: Ints, score: Ints) -> None:
        """Take in what is no worse than the worst that is kept, where an offer has enough."""
        good = (score >= self._least[offers]) & (self.most > 0)
        self._kept.append((requests[good], offers[good], score[good]))
        if sum(len(one[0]) for one in self._kept[1:]) > max(PAIRS_AT_ONCE, len(self._kept[0][0])):
            self._settle()

    def _settle(self) -> None:
        requests, offers, score = (np.concatenate(columns) for columns in zip(*self._kept, strict=True))
        first = _first(offers, requests, score, self.most)
        requests, offers, score = requests[first], offers[first], score[first]
        full = np.bincount(offers, minlength=len(self._least)) == self.most
        lowest = np.full(len(self._least), np.iinfo(np.int64).max)
        np.minimum.at(lowest, offers, score)
        self._least[full] = lowest[full]
        self._kept = [(requests, offers, score)]

    def pairs(self) -> Ints:
        """Return what is kept."""
        self._settle()
        requests, offers, _ = self._kept[0]
        return np.asarray((requests << SHIFT) + offers)
