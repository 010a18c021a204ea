"""Candidates of one block of requests and offers: the pairs worth scoring in full, by sparse products of what titles ask for."""

import numpy as np
from scipy import sparse

from matchmaking.matching.engine.arrays import Floats, Ints, Terms, Texts

TITLE = 0.3
"""Features that weigh less are left out where candidates are sought: they are of the description, or say little."""
IN_BLOCK = {"c": 1.0, "w": 0.5, "x": 0.35}
HEADS = 0.5
CODES = ((1, 0.2), (100, 0.5), (10_000, 0.3))
"""What an equal HS code counts, to its six digits, its heading, its chapter."""
ROWS_AT_ONCE = 256


def candidates(requests: tuple[Texts, Terms], offers: tuple[Texts, Terms], i: Ints, j: Ints, *, most: int = 60) -> tuple[Ints, Ints]:
    """Return the pairs of requests `i` and offers `j` to score: for each request its `most` nearest offers, for each offer its requests.

    Two products of sparse matrices a block; needs 8 bytes x 256 x offers at once. Ties go to the lower place, so that the same block gives
    the same candidates.
    """
    asked, given = stacked(requests, i, asked=True), stacked(offers, j, asked=False).T.tocsr()
    found_i, found_j = [], []
    best = np.full((most, len(j)), -np.inf)
    whose = np.zeros((most, len(j)), dtype=np.int64)
    for start in range(0, len(i), ROWS_AT_ONCE):
        near = (asked[start : start + ROWS_AT_ONCE] @ given).toarray()
        top = np.argpartition(-near, min(most, near.shape[1] - 1), axis=1)[:, :most]
        rows = np.repeat(np.arange(len(near)), top.shape[1])
        keep = near[rows, top.ravel()] > 0
        found_i.append(i[start + rows[keep]])
        found_j.append(j[top.ravel()[keep]])
        best, whose = _nearest(best, whose, near, start)
    rows, columns = np.nonzero(best > 0)
    found_i.append(i[whose[rows, columns]])
    found_j.append(j[columns])
    pairs = np.unique(np.concatenate(found_i) * np.int64(1 << 32) + np.concatenate(found_j))
    return pairs >> 32, pairs & ((1 << 32) - 1)


def _nearest(best: Floats, whose: Ints, near: Floats, start: int) -> tuple[Floats, Ints]:
    """Keep for each offer its nearest requests so far."""
    both = np.concatenate([best, near])
    names = np.concatenate([whose, np.broadcast_to(np.arange(start, start + len(near))[:, None], near.shape)])
    top = np.argpartition(-both, len(best) - 1, axis=0)[: len(best)]
    return np.take_along_axis(both, top, axis=0), np.take_along_axis(names, top, axis=0)


def stacked(side: tuple[Texts, Terms], rows: Ints, *, asked: bool) -> sparse.csr_array:
    """Return what these rows ask for, or what they give, as one matrix: the product of both says how near they are."""
    texts, terms = side
    parts = [texts.heads[rows] * (HEADS if asked else 1.0)]
    parts += [_codes(terms.hs[rows], digits, weight if asked else 1.0) for digits, weight in CODES]
    for channel, weight in IN_BLOCK.items():
        matrix = (texts.asked if asked else texts.given)[channel][rows]
        if asked:
            total = np.maximum(texts.asked_sum[channel][rows], 1e-9)
            matrix = sparse.csr_array(sparse.diags_array(weight / total) @ matrix)
            matrix.data[matrix.data * np.repeat(total / weight, np.diff(matrix.indptr)) < TITLE] = 0
            matrix.eliminate_zeros()
        parts.append(matrix)
    return sparse.csr_array(sparse.hstack(parts, format="csr"))


def _codes(hs: Ints, part: int, weight: float) -> sparse.csr_array:
    """Return a column for each HS code, heading or chapter."""
    rows = np.flatnonzero(hs >= 0)
    shape = (len(hs), 1_000_000 // part + 1)
    return sparse.csr_array((np.full(len(rows), weight), (rows, hs[rows] // part)), shape=shape)
