"""The named factors, 0 to 1, for many pairs at once; nan where the request states nothing, so that the factor drops out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.matching.engine.arrays import Floats, Ints, Terms, Texts
from matchmaking.matching.engine.embedding import has_points, nearness
from matchmaking.matching.engine.wishes import NO_WISHES, Wishes

UNSTATED = 0.6
"""What a factor is worth where the request asks and the offer says nothing."""
RANGE, OPEN = 0.25, 20.0
"""Two ranges, wider than the first and not open to one end, are as close as they overlap: by half of the narrower is enough."""
CLOSE, APART = 0.06, 0.30
"""Figures closer than the first are the same, further than both together another; on the scale of `figures`."""
NAMED, MET = 0.6, 0.5
"""A figure that weighs so much stands in a title; one that is so close is met."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Requests and offers, and which of them are compared: request `i[k]` with offer `j[k]`."""

    request_texts: Texts
    offer_texts: Texts
    request_terms: Terms
    offer_terms: Terms
    i: Ints
    j: Ints
    wishes: Wishes = NO_WISHES

    @property
    def is_same_language(self) -> NDArray[np.bool_]:
        """Are both texts of a pair in one language?"""
        return np.asarray(self.request_terms.language[self.i] == self.offer_terms.language[self.j])


def dots(one: sparse.csr_array, other: sparse.csr_array, i: Ints, j: Ints) -> Floats:
    """Return the products of rows `one[i[k]]` and `other[j[k]]`."""
    return np.asarray(one[i].multiply(other[j]).sum(axis=1)).ravel()


def product(pairs: Pairs) -> Floats:
    """Is it the same thing? By the concepts that head both titles; UNSTATED-like half where neither title names a known one."""
    one, other = pairs.request_texts, pairs.offer_texts
    same = np.clip(dots(one.heads, other.heads, pairs.i, pairs.j), 0, 1)
    known = one.has_head[pairs.i] & other.has_head[pairs.j]
    return np.where(known, same, np.nan)


def other_kind(pairs: Pairs) -> NDArray[np.bool_]:
    """Is one side goods and the other a service or software?"""
    one, other = pairs.request_texts.kind[pairs.i], pairs.offer_texts.kind[pairs.j]
    return np.asarray((one >= 0) & (other >= 0) & (one != other))


def coverage(pairs: Pairs, channel: str) -> tuple[Floats, Floats]:
    """Return how much of the request the offer speaks of, and how much of the offer the request speaks of, in one channel."""
    one, other = pairs.request_texts, pairs.offer_texts
    forth = dots(one.asked[channel], other.given[channel], pairs.i, pairs.j) / np.maximum(one.asked_sum[channel][pairs.i], 1e-9)
    back = dots(one.given[channel], other.asked[channel], pairs.i, pairs.j) / np.maximum(other.asked_sum[channel][pairs.j], 1e-9)
    return forth, back


def figures(pairs: Pairs) -> tuple[Floats, Floats, Floats]:
    """Return for the request's figures the weight asked, the weight met, and the worst clash (0 to 1) with the offer's figures."""
    one = pairs.request_texts
    asked, met, worst = (np.zeros(len(pairs.i)) for _ in range(3))
    for place in range(one.figure_kind.shape[1]):
        kind, weight = one.figure_kind[pairs.i, place], one.figure_weight[pairs.i, place]
        if not (kind >= 0).any():
            break
        best, sure = _closest(pairs, place, kind)
        # A figure of what it is for counts only where the offer says one, too.
        asked += np.where((kind >= 0) & ((kind % 2 == 0) | (best >= 0)), weight, 0)
        met += np.where(best >= 0, weight * best, 0)
        worst = np.maximum(worst, np.where(best >= 0, weight * (1 - best) * sure, 0))
    return asked, met, worst


def _closest(pairs: Pairs, place: int, kind: Ints) -> tuple[Floats, Floats]:
    """Return how close the nearest figure of the offer comes to one of the request's (-1 for none), and how sure it is."""
    one, other = pairs.request_texts, pairs.offer_texts
    low, high = one.figure_low[pairs.i, place], one.figure_high[pairs.i, place]
    best, sure = np.full(len(pairs.i), -1.0), np.zeros(len(pairs.i))
    others = [(beside[pairs.i], one.figure_low[pairs.i, at], one.figure_high[pairs.i, at]) for at, beside in named_beside(one, place)]
    for there in range(other.figure_kind.shape[1]):
        same = (other.figure_kind[pairs.j, there] == kind) & (kind >= 0)
        given = other.figure_low[pairs.j, there], other.figure_high[pairs.j, there]
        best = np.where(same, np.maximum(best, closeness(low, high, *given)), best)
        open_ = same.copy()
        for beside, its_low, its_high in others:
            open_ &= ~(beside & (closeness(its_low, its_high, *given) >= MET))
        sure = np.where(open_, np.maximum(sure, other.figure_weight[pairs.j, there]), sure)
    return best, sure


def closeness(low: Floats, high: Floats, other_low: Floats, other_high: Floats) -> Floats:
    """Return how close intervals are, 0 to 1."""
    gap = np.maximum(low - other_high, other_low - high)
    width = np.minimum(high - low, other_high - other_low)
    near = np.clip(1 - (gap - CLOSE) / APART, 0, 1)
    return np.where((width > RANGE) & (width < OPEN), np.clip(-2 * gap / np.maximum(width, RANGE), 0, 1), near)


def named_beside(texts: Texts, place: int) -> list[tuple[int, NDArray[np.bool_]]]:
    """Return the places at which some title names another figure of the dimension that it names at this one, and which titles do.

    Of "16 mm, 30 cm apart" and "16 mm" nobody knows how far apart the other is: what meets one figure does not clash with the next.
    """
    kind, is_named = texts.figure_kind, texts.figure_weight >= NAMED
    here = is_named[:, place] & (kind[:, place] >= 0)
    if not here.any():
        return []
    beside = ((at, here & is_named[:, at] & (kind[:, at] == kind[:, place])) for at in range(kind.shape[1]) if at != place)
    return [(at, rows) for at, rows in beside if rows.any()]


def properties(pairs: Pairs, family_of: sparse.csr_array) -> tuple[Floats, Floats]:
    """Return how many families of excluding properties both sides name, and the worst clash (0 to 1): both name one, no member shared."""
    one, other = pairs.request_texts, pairs.offer_texts
    shared = (one.properties[pairs.i].multiply(other.properties[pairs.j]) @ family_of) > 0
    both = one.families[pairs.i].multiply(other.families[pairs.j])
    clash = both - both.multiply(shared)
    named = np.asarray((both > 0).sum(axis=1)).ravel().astype(float)
    return named, np.asarray(clash.max(axis=1).todense()).ravel() if len(pairs.i) else named


def hs(pairs: Pairs) -> Floats:
    """How near the HS codes stand in the tree: 1 the same six digits, 0.8 the heading, 0.35 the chapter, else 0."""
    one, other = pairs.request_terms.hs[pairs.i], pairs.offer_terms.hs[pairs.j]
    near = np.select([one == other, one // 100 == other // 100, one // 10_000 == other // 10_000], [1.0, 0.8, 0.35], 0.0)
    return np.where((one < 0) | (other < 0), np.nan, near)


def segment(pairs: Pairs, linked: sparse.csr_array | None = None) -> Floats:
    """Same segment 1, linked or in the same chain less, another chain 0."""
    one, other = pairs.request_terms, pairs.offer_terms
    same, chain = one.segment[pairs.i] == other.segment[pairs.j], one.chain[pairs.i] == other.chain[pairs.j]
    near = np.zeros(len(pairs.i), dtype=bool)
    if linked is not None and len(pairs.i):
        near = np.asarray(linked[one.segment[pairs.i], other.segment[pairs.j]]).ravel() > 0
    return np.select([same, near, chain], [1.0, 0.8, 0.7], 0.0)


def price(pairs: Pairs) -> Floats:
    """1 up to the budget, falling to 0.35 at 15 % over and to 0 at 50 % over."""
    one, other = pairs.request_terms, pairs.offer_terms
    asked, given = one.price[pairs.i], other.price[pairs.j]
    same = one.price_unit[pairs.i] == other.price_unit[pairs.j]
    with np.errstate(divide="ignore", invalid="ignore"):
        over = given / asked - 1
    value = np.interp(over, [0.0, 1e-6, 0.15, 0.5], [1.0, 0.6, 0.35, 0.0])
    return np.where(np.isnan(asked), np.nan, np.where(np.isnan(given) | ~same, UNSTATED, value))


def quantity(pairs: Pairs) -> Floats:
    """1 where the smallest order fits and three months' capacity covers the quantity; less where capacity is short."""
    one, other = pairs.request_terms, pairs.offer_terms
    asked = one.amount[pairs.i]
    same = one.amount_unit[pairs.i] == other.capacity_unit[pairs.j]
    with np.errstate(divide="ignore", invalid="ignore"):
        months = asked / other.capacity[pairs.j]
    value = np.interp(months, [3.0, 12.0], [1.0, 0.0])
    return np.where(np.isnan(asked), np.nan, np.where(np.isnan(months) | ~same, UNSTATED, value))


def lead_time(pairs: Pairs) -> Floats:
    """1 in time, falling to 0.35 at half as long again and to 0 at twice as long."""
    asked, given = pairs.request_terms.days[pairs.i], pairs.offer_terms.days[pairs.j]
    with np.errstate(divide="ignore", invalid="ignore"):
        over = given / np.maximum(asked, 1) - 1
    value = np.interp(over, [0.0, 1e-6, 0.5, 1.0], [1.0, 0.6, 0.35, 0.0])
    return np.where(np.isnan(asked), np.nan, np.where(np.isnan(given), UNSTATED, value))


def incoterms(pairs: Pairs) -> Floats:
    """1 where a term is shared, 0 where none is."""
    asked, given = pairs.request_terms.incoterms[pairs.i], pairs.offer_terms.incoterms[pairs.j]
    return np.where(asked == 0, np.nan, np.where(given == 0, UNSTATED, (asked & given) != 0))


def certificates(pairs: Pairs) -> Floats:
    """The share of the certificates that the request only speaks of, and the offer holds or speaks of."""
    one, other = pairs.request_texts.certificates, pairs.offer_texts.certificates
    asked = np.diff(one.indptr)[pairs.i].astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(asked > 0, dots(one, other, pairs.i, pairs.j) / asked, np.nan)


def language(pairs: Pairs) -> Floats:
    """1 where both write the same language, else one half."""
    return np.where(pairs.is_same_language, 1.0, 0.5)


def wish(pairs: Pairs) -> Floats:
    """1 where both sides would like to meet, one half where one of them would; nan where neither has said so."""
    return pairs.wishes.at(pairs.i, pairs.j)


def meaning(pairs: Pairs) -> Floats:
    """How near the texts are in meaning, 0 to 1, as a sentence model reads them; nan without one."""
    one, other = pairs.request_texts.points, pairs.offer_texts.points
    if not has_points(one, other):
        return np.full(len(pairs.i), np.nan)
    return np.asarray(nearness(np.einsum("kd,kd->k", one[pairs.i], other[pairs.j], dtype=np.float64)), dtype=float)
