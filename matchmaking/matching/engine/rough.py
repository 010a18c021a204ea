"""Rough scores of whole blocks: every request of a block against every offer, in single precision.

Everything counts as in `scoring`, and requirements are checked; a test holds both against each other. What makes it quick: a block shares
what pairs have in common (codes, figures of one dimension, families of properties), and only what both sides have is looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.matching.engine import factors
from matchmaking.matching.engine.arrays import Floats, Ints, Terms, Texts
from matchmaking.matching.engine.embedding import MEANING, has_points, nearness
from matchmaking.matching.engine.factors import APART, CLOSE, MET, OPEN, RANGE, Pairs, named_beside
from matchmaking.matching.engine.facts import Field
from matchmaking.matching.engine.reading import CHANNELS
from matchmaking.matching.engine.scoring import first_broken
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
from matchmaking.matching.engine.wishes import NO_WISHES, Wishes

Singles = NDArray[np.float32]
Bools = NDArray[np.bool_]
WORDS = 1 - IN_CONCEPTS
LEAST_SUM = 1e-9
KEY = 20
"""Bits of a segment's number, under those of its chain."""
CLASH = len(Field) + 1
SLACK = 1e-3
"""What is that near a limit is kept: the full score decides."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """The figures of one dimension on one side: the postings that have it, where each begins, and how sure it is."""

    places: Ints
    starts: Ints
    low: Singles
    high: Singles
    weight: Singles
    sure: Singles


class Asking:
    """Requests, prepared for rough scores."""

    def __init__(self, texts: Texts, terms: Terms) -> None:
        self.texts, self.terms = texts, terms
        forth, back = _channels(texts, asked=True), _channels(texts, asked=False)
        parts = ((share(channel), forth[channel], back[channel]) for channel in CHANNELS)
        columns = [part for counts, one, other in parts for part in (one * (counts * (1 - BACKWARD)), other * (counts * BACKWARD))]
        self.text = _single(sparse.hstack(columns, format="csr"))
        self.heads = _single(texts.heads)
        self.asked = np.where(texts.figure_kind % 2 == 0, texts.figure_weight, 0).sum(axis=1).astype(np.float32)


class Giving:
    """Offers, prepared for rough scores against requests in any of these languages (their numbers)."""

    def __init__(self, texts: Texts, terms: Terms, family_of: sparse.csr_array) -> None:
        self.texts, self.terms = texts, terms
        forth, back = _channels(texts, asked=False), _channels(texts, asked=True)
        self._parts = {channel: (forth[channel], back[channel]) for channel in CHANNELS}
        self._by_language: dict[int, sparse.csr_array] = {}
        self.heads = _single(texts.heads.T.tocsr())
        self.codes = np.unique(terms.hs, return_inverse=True)
        self.segments = np.unique((terms.chain << KEY) + terms.segment, return_inverse=True)
        self.kinds = _kinds(texts)
        self.families = _families(texts, family_of)

    def text(self, language: int) -> sparse.csr_array:
        """Return what the offers say to requests in a language: words to those in their own, the dictionary's to others."""
        if language not in self._by_language:
            same = (self.terms.language == language).astype(np.float32)
            parts = [*self._parts["c"]]
            for channel, keep in (("w", same), ("x", 1 - same)):
                parts += [sparse.csr_array(sparse.diags_array(keep) @ matrix) for matrix in self._parts[channel]]
            made = _single(sparse.hstack(parts, format="csr"))
            made.eliminate_zeros()
            self._by_language[language] = made.T.tocsr()
        return self._by_language[language]


def share(channel: str) -> float:
    """Return what a channel counts in the text."""
    return IN_CONCEPTS if channel == "c" else WORDS


@dataclass(frozen=True, slots=True)
class Rough:
    """Pairs that are the same thing: request and offer by place, the score 0 to 100, and what keeps the pair off the list.

    `breaks` is the place among `Field`, from 1, of the requirement that is broken first; `CLASH` where titles name clashing figures; else 0.
    """

    i: Ints
    j: Ints
    score: Singles
    breaks: NDArray[np.int8]

    @property
    def is_match(self) -> Bools:
        """Would the pair be listed?"""
        return np.asarray(self.breaks == 0, dtype=bool)


def rough(
    asking: Asking,
    rows: Ints,
    giving: Giving,
    *,
    weights: Weights,
    family_of: sparse.csr_array,
    linked: sparse.csr_array | None = None,
    wishes: Wishes = NO_WISHES,
) -> Rough:
    """Score these requests against all offers, and return the pairs that are the same thing, in the order of the rows. Deterministic.

    Takes about 40 bytes for each pair that is looked at: ask for some tens of rows at once.
    """
    raw = _text(asking, rows, giving)
    head = np.clip((asking.heads[rows] @ giving.heads).toarray(), 0, 1)
    known = asking.texts.has_head[rows][:, None] & giving.texts.has_head[None, :]
    head = np.where(known, head, np.float32(-1))
    hs, lies = _fields(asking.terms, rows, giving, linked)
    figures, worst = _figures(asking, rows, giving, family_of)
    total = sum(getattr(weights, name) for name in THING)
    thing = (weights.text / total / FULL_TEXT) * np.minimum(raw, FULL_TEXT)
    thing += (weights.product / total) * np.where(known, head, np.float32(NEUTRAL["product"]))
    thing += (weights.hs / total) * np.where(hs < 0, np.float32(NEUTRAL["hs"]), hs)
    thing += (weights.figures / total) * figures
    thing += (weights.segment / total) * lies
    one, other = asking.texts.kind[rows], giving.texts.kind
    thing -= OTHER_KIND * ((one[:, None] != other[None, :]) & (one >= 0)[:, None] & (other >= 0)[None, :])
    ground = (raw >= LEAST_SHARED - SLACK) | (head >= SHARED_HEAD - SLACK) | (hs >= SHARED_HS) | (figures >= SHARED_FIGURES - SLACK)
    at, j = np.nonzero((thing >= LEAST_THING - SLACK) & ground & ~_is_another(raw, head, hs))
    pairs = Pairs(asking.texts, giving.texts, asking.terms, giving.terms, rows[at], j, wishes)
    lost = _lost(pairs, weights)
    breaks = first_broken(pairs)
    breaks[(breaks == 0) & (worst[at, j] >= DECISIVE + SLACK)] = CLASH
    score = 100 * thing[at, j] * (1 - weights.terms * lost)
    if len(wishes.keys):
        score = np.where(breaks == 0, np.minimum(score + weights.wish * np.nan_to_num(factors.wish(pairs)), 100), score)
    return Rough(pairs.i, j, score.astype(np.float32), breaks)


def _lost(pairs: Pairs, weights: Weights) -> Floats:
    """Return how far the terms are from being met, 0 to 1."""
    lost = np.zeros(len(pairs.i))
    for name in TERMS:
        value = getattr(factors, name)(pairs)
        lost += getattr(weights, name) * (1 - np.where(np.isnan(value), 1.0, value))
    return np.asarray(lost / sum(getattr(weights, name) for name in TERMS))


def _text(asking: Asking, rows: Ints, giving: Giving) -> Singles:
    found = np.zeros((len(rows), len(giving.terms.language)), dtype=np.float32)
    languages = asking.terms.language[rows]
    for language in np.unique(languages).tolist():
        own = languages == language
        found[own] = (asking.text[rows[own]] @ giving.text(language)).toarray()
    one, other = asking.texts.points, giving.texts.points
    if has_points(one, other):
        found = (1 - MEANING) * found + MEANING * nearness(one[rows] @ other.T).astype(np.float32)
    return found


def _fields(asked: Terms, rows: Ints, giving: Giving, linked: sparse.csr_array | None) -> tuple[Singles, Singles]:
    """Return how near HS codes are (-1 where they are not stated) and how segments lie; each pair of codes is worked out once."""
    given = giving.terms
    one, at_one = np.unique(asked.hs[rows], return_inverse=True)
    other, at_other = giving.codes
    a, b = one[:, None], other[None, :]
    near = np.select([(a < 0) | (b < 0), a == b, a // 100 == b // 100, a // 10_000 == b // 10_000], [-1.0, 1.0, 0.8, 0.35], 0.0)
    keys, at_key = np.unique((asked.chain[rows] << KEY) + asked.segment[rows], return_inverse=True)
    there, at_there = giving.segments
    a, b = keys[:, None], there[None, :]
    joined = np.zeros((len(keys), len(there)), dtype=bool)
    if linked is not None and len(given.segment):
        joined = linked[keys % (1 << KEY)][:, there % (1 << KEY)].toarray() > 0
    lies = np.select([a == b, joined, a >> KEY == b >> KEY], [1.0, 0.8, 0.7], 0.0)
    return near.astype(np.float32)[at_one][:, at_other], lies.astype(np.float32)[at_key][:, at_there]


def _is_another(raw: Singles, head: Singles, hs: Singles) -> Bools:
    other_head = (
        (head >= 0) & (head < UNRELATED) & (raw < np.where(hs < NEAR_HS, np.float32(SOME_TEXT - SLACK), np.float32(LITTLE_TEXT - SLACK)))
    )
    return np.asarray(other_head | ((hs == 0) & (head < SAME_HEAD) & (raw < MUCH_TEXT - SLACK)), dtype=bool)


def _figures(asking: Asking, rows: Ints, giving: Giving, family_of: sparse.csr_array) -> tuple[Singles, Singles]:
    """Return the factor of figures and properties, and the worst clash; only pairs that share a dimension or a family are looked at."""
    one = asking.texts
    shape = (len(rows), len(giving.terms.language))
    met, worst, named = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=bool)
    asked = np.repeat(asking.asked[rows][:, None], shape[1], axis=1)
    for place in range(one.figure_kind.shape[1]):
        kinds = one.figure_kind[rows, place]
        if not (kinds >= 0).any():
            break
        beside = named_beside(one, place)
        for kind in np.unique(kinds[kinds >= 0]).tolist():
            there = giving.kinds.get(kind)
            if there is not None:
                at = np.flatnonzero(kinds == kind)
                _compare((one, rows, place), at, there, beside, met=met, worst=worst)
                if kind % 2:  # Of what it is for: it counts only where the offer says one, too.
                    asked[np.ix_(at, there.places)] += one.figure_weight[rows[at], place].astype(np.float32)[:, None]
    _compare_families((one, rows), giving, family_of, worst=worst, named=named)
    part = np.where(asked > 0, np.clip(met / np.maximum(asked, 0.5), 0, 1), np.float32(0.5))
    figures = np.where((asked > 0) | named, (0.5 + 0.5 * part) * (1 - worst), np.float32(NEUTRAL["figures"]))
    return figures.astype(np.float32), worst


def _compare(
    asked: tuple[Texts, Ints, int], at: Ints, there: _Kind, beside: Sequence[tuple[int, Bools]], *, met: Singles, worst: Singles
) -> None:
    one, rows, place = asked
    weight = one.figure_weight[rows[at], place].astype(np.float32)[:, None]
    close = _closeness(one, rows[at], place, there)
    best = np.maximum.reduceat(close, there.starts, axis=1) if len(there.starts) < close.shape[1] else close
    cells = np.ix_(at, there.places)
    met[cells] += weight * best
    worst[cells] = np.maximum(worst[cells], weight * (1 - best) * _sure(one, rows[at], beside, there))


def _sure(one: Texts, rows: Ints, beside: Sequence[tuple[int, Bools]], there: _Kind) -> Singles:
    """Return how sure a clash is: by the figures that meet no other one of the title."""
    others = [(at, which[rows]) for at, which in beside if which[rows].any()]
    if not others:
        return there.sure
    is_open = np.ones((len(rows), len(there.low)), dtype=bool)
    for at, which in others:
        is_open[which] &= _closeness(one, rows[which], at, there) < MET - SLACK
    return np.asarray(np.maximum.reduceat(np.where(is_open, there.weight, np.float32(0)), there.starts, axis=1))


def _closeness(one: Texts, rows: Ints, place: int, there: _Kind) -> Singles:
    low, high = (column[rows, place].astype(np.float32)[:, None] for column in (one.figure_low, one.figure_high))
    gap = np.maximum(low - there.high, there.low - high)
    width = np.minimum(high - low, there.high - there.low)
    close = np.clip(1 - (gap - CLOSE) / APART, 0, 1)
    wide = (width > RANGE) & (width < OPEN)
    if wide.any():
        close = np.where(wide, np.clip(-2 * gap / np.maximum(width, RANGE), 0, 1), close)
    return np.asarray(close)


def _compare_families(asked: tuple[Texts, Ints], giving: Giving, family_of: sparse.csr_array, *, worst: Singles, named: Bools) -> None:
    one, rows = asked
    own, members = one.families[rows].tocsc(), one.properties[rows]
    by_family = family_of.tocsc()
    for family in np.flatnonzero(np.diff(own.indptr)).tolist():
        there = giving.families.get(family)
        if there is None:
            continue
        places, weights, has = there
        at, weight = own.indices[own.indptr[family] : own.indptr[family + 1]], own.data[own.indptr[family] : own.indptr[family + 1]]
        columns = by_family.indices[by_family.indptr[family] : by_family.indptr[family + 1]]
        shared = (members[at][:, columns].toarray() @ has) > 0
        cells = np.ix_(at, places)
        worst[cells] = np.maximum(worst[cells], np.where(shared, 0, weight[:, None] * weights))
        named[cells] = True


def _channels(texts: Texts, *, asked: bool) -> Mapping[str, sparse.csr_array]:
    """Return what each posting looks for, as a share of all it looks for, or what it has."""
    if not asked:
        return texts.given
    found = {}
    for channel, matrix in texts.asked.items():
        found[channel] = sparse.csr_array(sparse.diags_array(1 / np.maximum(texts.asked_sum[channel], LEAST_SUM)) @ matrix)
    return found


def _single(matrix: sparse.csr_array) -> sparse.csr_array:
    return sparse.csr_array(
        (matrix.data.astype(np.float32), matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)), shape=matrix.shape
    )


def _kinds(texts: Texts) -> dict[int, _Kind]:
    found = {}
    for kind in np.unique(texts.figure_kind[texts.figure_kind >= 0]).tolist():
        rows, places = np.nonzero(texts.figure_kind == kind)
        own, starts = np.unique(rows, return_index=True)
        weight = texts.figure_weight[rows, places].astype(np.float32)
        low, high = texts.figure_low[rows, places], texts.figure_high[rows, places]
        found[kind] = _Kind(own, starts, low.astype(np.float32), high.astype(np.float32), weight, np.maximum.reduceat(weight, starts))
    return found


def _families(texts: Texts, family_of: sparse.csr_array) -> dict[int, tuple[Ints, Singles, Singles]]:
    """Return for each family the postings that name it, how surely, and which members, members first."""
    own, by_family = texts.families.tocsc(), family_of.tocsc()
    found = {}
    for family in np.flatnonzero(np.diff(own.indptr)).tolist():
        places = own.indices[own.indptr[family] : own.indptr[family + 1]].astype(np.int64)
        columns = by_family.indices[by_family.indptr[family] : by_family.indptr[family + 1]]
        has = texts.properties[places][:, columns].toarray().T.astype(np.float32)
        found[family] = (places, own.data[own.indptr[family] : own.indptr[family + 1]].astype(np.float32), has)
    return found
