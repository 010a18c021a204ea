"""Weights tried on some requests and judged on the others: what fitting them to a collection is worth elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matchmaking.matching.engine.arrays import Floats
from matchmaking.matching.engine.ranking import Postings
from matchmaking.matching.engine.scoring import Found, weighed
from matchmaking.matching.engine.weights import TERMS, THING, Weights
from matchmaking.matching.evaluation.collection import Collection
from matchmaking.matching.evaluation.measures import Figure, figure_of, ndcg

TRIED = 200
TIMES = (0.5, 0.7, 1.0, 1.4, 2.0)
SHARES = (0.3, 0.4, 0.5, 0.6)
"""Each weight is tried at so many times what it is, and `terms` at these."""


@dataclass(frozen=True)
class CrossValidated:
    """nDCG@10 of requests that had no say in the choice of weights, and of the weights as they are."""

    folds: int
    tried: int
    fitted: Figure | None
    stated: Figure | None


def cross_validated(postings: Postings, collection: Collection, *, folds: int, seed: int) -> CrossValidated:
    """Fit the weights with each fold of requests left out in turn, and judge them on that fold.

    Args:
        postings: the collection, read.
        collection: its grades.
        folds: from 2 to the number of judged requests.
        seed: for folds, weights and intervals; the same seed gives the same figures.

    Raises:
        ValueError: another number of folds.
    """
    judged = [k for k, one in enumerate(postings.requests) if any(collection.grades.get(one.id, {}).values())]
    if not 2 <= folds <= len(judged):  # noqa: PLR2004 - one part is left out, one is learnt from
        raise ValueError(f"folds are 2 to {len(judged)}, the number of judged requests")
    rng = np.random.default_rng(seed)
    fold_of = rng.permutation(len(judged)) % folds
    sets = [postings.weights, *_other_weights(postings.weights, rng)]
    table = np.array([[_value(postings, collection, k, found, weights) for weights in sets] for k, found in _found(postings, judged)])
    fitted = np.zeros(len(judged))
    for fold in range(folds):
        left_out = fold_of == fold
        fitted[left_out] = table[left_out, int(table[~left_out].mean(axis=0).argmax())]
    return CrossValidated(folds, len(sets), _figure(fitted, seed), _figure(table[:, 0], seed))


def _figure(values: Floats, seed: int) -> Figure | None:
    return figure_of([float(value) for value in values], seed=seed)


def _found(postings: Postings, judged: list[int]) -> Iterator[tuple[int, Found]]:
    j = np.arange(len(postings.offers))
    for k in judged:
        yield k, postings.find(np.full(len(j), k), j)


def _other_weights(stated: Weights, rng: np.random.Generator) -> Iterator[Weights]:
    for _ in range(TRIED):
        points = {name: getattr(stated, name) * float(rng.choice(TIMES)) for name in (*THING, *TERMS)}
        yield Weights(**points, terms=float(rng.choice(SHARES)))


def _value(postings: Postings, collection: Collection, request: int, found: Found, weights: Weights) -> float:
    result = weighed(found, weights)
    listed = sorted(np.flatnonzero(result.is_match).tolist(), key=lambda k: (-result.score[k], postings.offers[k].id))
    return ndcg([postings.offers[k].id for k in listed], collection.grades[postings.requests[request].id]) or 0.0
