"""Who has said of a pair that it would like to meet: few pairs of many, found by their places."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntFlag

import numpy as np

from matchmaking.matching.engine.arrays import Floats, Ints

SHIFT = 32


class Wish(IntFlag):
    """The sides that would like to meet. Two bits, kept with each match."""

    NOBODY = 0
    BUYER = 1
    SUPPLIER = 2
    BOTH = 3


def worth(wish: int) -> float:
    """Return what a wish is worth: one side is half of both."""
    return Wish(wish).bit_count() / Wish.BOTH.bit_count()


@dataclass(frozen=True, slots=True)
class Wishes:
    """Wishes of pairs by place: a request's and an offer's in one number, rising, and what each is worth."""

    keys: Ints
    values: Floats

    @classmethod
    def of(cls, said: Iterable[tuple[tuple[int, int], int]]) -> "Wishes":
        """Keep what was said of pairs (request, offer), each named once."""
        ordered = sorted(((request << SHIFT) + offer, worth(wish)) for (request, offer), wish in said)
        return cls(np.array([key for key, _ in ordered], dtype=np.int64), np.array([value for _, value in ordered], dtype=float))

    def at(self, i: Ints, j: Ints) -> Floats:
        """Return what the wishes of the pairs `i[k]`, `j[k]` are worth, 0 to 1; nan where nobody said anything."""
        if not len(self.keys):
            return np.full(len(i), np.nan)
        pairs = (i.astype(np.int64) << SHIFT) + j
        places = np.minimum(np.searchsorted(self.keys, pairs), len(self.keys) - 1)
        return np.where(self.keys[places] == pairs, self.values[places], np.nan)


NO_WISHES = Wishes.of(())


def placed(said: Mapping[tuple[int, int], int], requests: Mapping[int, int], offers: Mapping[int, int]) -> Wishes:
    """Return wishes of numbered pairs by the places where their numbers stand; those that stand nowhere are left out."""
    there = ((pair, wish) for pair, wish in said.items() if pair[0] in requests and pair[1] in offers)
    return Wishes.of(((requests[request], offers[offer]), wish) for (request, offer), wish in there)
