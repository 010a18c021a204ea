"""The score of many pairs at once: factors, the two groups, and what may be listed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.matching.engine import factors
from matchmaking.matching.engine.arrays import Floats
from matchmaking.matching.engine.embedding import MEANING
from matchmaking.matching.engine.factors import Pairs
from matchmaking.matching.engine.facts import Field
from matchmaking.matching.engine.hard import LEAD_TIME_LIMIT, PRICE_LIMIT, ROUNDING
from matchmaking.matching.engine.weights import (
    BACKWARD,
    DECISIVE,
    FULL_TEXT,
    IN_CONCEPTS,
    LEAST_SHARED,
    LEAST_THING,
    LITTLE_TEXT,
    MUCH_TEXT,
    NEAR_HS,
    NEAR_TEXT,
    NEUTRAL,
    OTHER_KIND,
    SAME_HEAD,
    SHARED_FIGURES,
    SHARED_HEAD,
    SHARED_HS,
    SOME_TEXT,
    TERMS,
    THING,
    UNRELATED,
    Weights,
)

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scores:
    """What was found of each pair: 0 to 100, the factors (nan where they could not be told), and why it is not listed.

    `wish` are the points of the score that wishes to meet have added.
    """

    score: Floats
    factors: Mapping[str, Floats]
    thing: Floats
    keeps_musts: Bools
    is_same_thing: Bools
    has_clash: Bools
    wish: Floats

    @property
    def is_match(self) -> Bools:
        """Is it listed?"""
        return self.keeps_musts & self.is_same_thing & ~self.has_clash

    @property
    def comes_close(self) -> Bools:
        """Is it a near miss, where one or two musts fail? It is not listed, and a reader sees what they have in common.

        That is some of the text, a related product, or the same HS code. Fields and what nobody states are not enough.
        """
        text, head, code = (np.nan_to_num(self.factors[name]) for name in ("text", "product", "hs"))
        seen = (text >= NEAR_TEXT) | (head >= SHARED_HEAD) | (code >= 1)
        return np.asarray(self.is_same_thing & ~self.is_match & seen, dtype=bool)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of each pair before it is weighed: the factors, the text that is shared, the worst clash, and the requirements."""

    factors: Mapping[str, Floats]
    raw_text: Floats
    worst: Floats
    other_kind: Bools
    keeps_musts: Bools


def score(pairs: Pairs, weights: Weights, family_of: sparse.csr_array, linked: sparse.csr_array | None = None) -> Scores:
    """Score pairs: 100 x thing x (1 - terms x (1 - the terms met)), both groups being weighted means of their factors.

    To a match its wishes are added, up to 100.
    """
    return weighed(find(pairs, family_of, linked), weights)


def find(pairs: Pairs, family_of: sparse.csr_array, linked: sparse.csr_array | None = None) -> Found:
    """Work out all factors of pairs."""
    raw = text(pairs)
    asked, met, worst = factors.figures(pairs)
    named, clash = factors.properties(pairs, family_of)
    worst = np.maximum(worst, clash)
    found = {
        "text": np.clip(raw / FULL_TEXT, 0, 1),
        "product": factors.product(pairs),
        "hs": factors.hs(pairs),
        "figures": figures_value(asked, met, named, worst),
        "segment": factors.segment(pairs, linked),
        "price": factors.price(pairs),
        "lead_time": factors.lead_time(pairs),
        "quantity": factors.quantity(pairs),
        "incoterms": factors.incoterms(pairs),
        "certificates": factors.certificates(pairs),
        "language": factors.language(pairs),
        "wish": factors.wish(pairs),
    }
    return Found(found, raw, worst, factors.other_kind(pairs), keeps_musts(pairs))


def weighed(found: Found, weights: Weights) -> Scores:
    """Make scores of what was found. Cheap: other weights need no other finding."""
    thing = np.clip(_mean(found.factors, THING, weights) - OTHER_KIND * found.other_kind, 0, 1)
    terms = _mean(found.factors, TERMS, weights)
    is_same_thing = (thing >= LEAST_THING) & _has_ground(found.factors, found.raw_text) & ~_is_another(found.factors, found.raw_text)
    has_clash = found.worst >= DECISIVE
    plain = np.round(100 * thing * (1 - weights.terms * (1 - terms)), 4)
    wished = np.where(found.keeps_musts & is_same_thing & ~has_clash, np.nan_to_num(found.factors["wish"]), 0.0)
    wish = np.minimum(weights.wish * wished, 100 - plain)
    return Scores(
        score=np.round(plain + wish, 4),
        factors=found.factors,
        thing=thing,
        keeps_musts=found.keeps_musts,
        is_same_thing=is_same_thing,
        has_clash=has_clash,
        wish=wish,
    )


def text(pairs: Pairs) -> Floats:
    """How much the texts share, 0 to 1: concepts in any language, words in the same one, else words through the dictionary.

    Where a sentence model has read both, nearness of meaning counts its share.
    """
    means = {}
    for channel in ("c", "w", "x"):
        forth, back = factors.coverage(pairs, channel)
        means[channel] = (1 - BACKWARD) * forth + BACKWARD * back
    words = np.where(pairs.is_same_language, means["w"], means["x"])
    shared = IN_CONCEPTS * means["c"] + (1 - IN_CONCEPTS) * words
    meaning = factors.meaning(pairs)
    return np.where(np.isnan(meaning), shared, (1 - MEANING) * shared + MEANING * np.nan_to_num(meaning))


def figures_value(asked: Floats, met: Floats, named: Floats, worst: Floats) -> Floats:
    """Half for figures that are not found, up to 1 for those that are met, 0 for a sure clash; nan where none is asked."""
    share = np.where(asked > 0, np.clip(met / np.maximum(asked, 0.5), 0, 1), 0.5)
    return np.where((asked > 0) | (named > 0), (0.5 + 0.5 * share) * (1 - worst), np.nan)


def _mean(found: Mapping[str, Floats], names: tuple[str, ...], weights: Weights) -> Floats:
    total = sum(getattr(weights, name) for name in names)
    filled = (getattr(weights, name) * np.where(np.isnan(found[name]), NEUTRAL.get(name, 1.0), found[name]) for name in names)
    return np.asarray(sum(filled) / total, dtype=float)


def _is_another(found: Mapping[str, Floats], raw: Floats) -> Bools:
    """Do heads or HS codes say that it is another product, and the text does not speak against that?"""
    head = np.where(np.isnan(found["product"]), -1, found["product"])
    near = np.where(np.isnan(found["hs"]), -1, found["hs"])
    other_head = (head >= 0) & (head < UNRELATED) & (raw < np.where(near < NEAR_HS, SOME_TEXT, LITTLE_TEXT))
    other_chapter = (near == 0) & (head < SAME_HEAD) & (raw < MUCH_TEXT)
    return np.asarray(other_head | other_chapter, dtype=bool)


def _has_ground(found: Mapping[str, Floats], raw: Floats) -> Bools:
    """Is there anything but the fields that speaks for the pair? It is also what candidates are found by."""
    head, near = np.nan_to_num(found["product"]), np.nan_to_num(found["hs"])
    met = np.nan_to_num(found["figures"]) >= SHARED_FIGURES
    return np.asarray((raw >= LEAST_SHARED) | (head >= SHARED_HEAD) | (near >= SHARED_HS) | met, dtype=bool)


def keeps_musts(pairs: Pairs) -> Bools:
    """Say which pairs break no hard requirement; the same answer as `hard.failures`, for many pairs."""
    return np.asarray(first_broken(pairs) == 0, dtype=bool)


def first_broken(pairs: Pairs) -> NDArray[np.int8]:
    """Return which hard requirement each pair breaks first: its place among `Field`, from 1; 0 where it breaks none."""
    one, other, i, j = pairs.request_terms, pairs.offer_terms, pairs.i, pairs.j
    shared = factors.dots(one.required, other.required, i, j)
    broken = {
        Field.CERTIFICATES: shared < np.diff(one.required.indptr)[i],
        Field.DELIVERY: (one.deliver_to[i] >= 0) & ~other.ships_anywhere[j] & ~_has(other.ships_to, j, one.deliver_to[i]),
        Field.ORIGIN: ~one.any_origin[i] & (other.origin[j] >= 0) & ~_has(one.origins, i, other.origin[j]),
        Field.QUANTITY: _above(other.amount[j], other.amount_unit[j], one.amount[i], one.amount_unit[i], 1.0),
        Field.PRICE: _above(other.price[j], other.price_unit[j], one.price[i], one.price_unit[i], PRICE_LIMIT),
        Field.LEAD_TIME: other.days[j] > LEAD_TIME_LIMIT * one.days[i],
        Field.INCOTERMS: (one.incoterms[i] != 0) & (other.incoterms[j] != 0) & ((one.incoterms[i] & other.incoterms[j]) == 0),
    }
    first = np.zeros(len(i), dtype=np.int8)
    for place, name in reversed(list(enumerate(Field))):
        first[broken[name] & one.musts[i, place]] = place + 1
    return first


def _has(sets: sparse.csr_array, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Bools:
    if not len(rows):
        return np.zeros(0, dtype=bool)
    return np.asarray(sets[rows, np.maximum(columns, 0)]).ravel() > 0


def _above(given: Floats, given_unit: NDArray[np.int64], asked: Floats, asked_unit: NDArray[np.int64], times: float) -> Bools:
    with np.errstate(invalid="ignore"):
        return np.asarray((given_unit == asked_unit) & (given > times * asked * (1 + ROUNDING)), dtype=bool)
