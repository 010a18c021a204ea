"""Figures of merit of a ranking against the grades of a collection, and their intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np

from matchmaking.matching.engine.hard import failures
from matchmaking.matching.evaluation.collection import Collection

Ranking = Sequence[str]
Run = Mapping[str, Ranking]
"""For each request the ids of offers, best first."""
FIRST = 10
GOOD = 2
BEST = 3
ROUNDS = 2000
LEVELS = (2.5, 97.5)
NAMES = {
    "ndcg": "nDCG@10",
    "recall": "recall@10",
    "violation": "explicit zeros@10",
    "field_violation": "of these, tagged as failing a field",
    "broken": "breaks a requirement@10",
    "first": "first is a 3",
    "cross_ndcg": "cross-language nDCG@10",
    "cross_recall": "cross-language recall@10",
    "cross_recall_alone": "cross-language recall@10, own language left out",
    "cross_violation": "cross-language explicit zeros@10, own language left out",
}


@dataclass(frozen=True)
class Figure:
    """A mean over requests with its 95 % bootstrap interval. `requests` have a value; the others cannot tell."""

    mean: float
    low: float
    high: float
    requests: int


def dcg(grades: Sequence[float]) -> float:
    """Return the sum of 2^grade - 1, each divided by log2 of its place + 1."""
    return sum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(grades))


def ndcg(ranking: Ranking, grades: Mapping[str, float]) -> float | None:
    """Return nDCG@10, None where nothing is worth anything."""
    ideal = dcg(sorted(grades.values(), reverse=True)[:FIRST])
    return dcg([grades.get(offer, 0) for offer in ranking[:FIRST]]) / ideal if ideal else None


def recall(ranking: Ranking, grades: Mapping[str, float]) -> float | None:
    """Return the share of the offers graded 2 or 3 that stand among the first ten, None where there are none."""
    good = {offer for offer, grade in grades.items() if grade >= GOOD}
    return len(good & set(ranking[:FIRST])) / len(good) if good else None


def values_of(run: Run, collection: Collection) -> dict[str, list[float | None]]:
    """Return each figure for each request, in the order of their ids. Rates are places of ten; requests that the run lacks find nothing."""
    found: dict[str, list[float | None]] = {name: [] for name in NAMES}
    offers = {one.id: one for one in collection.offers}
    failing = collection.failing
    for request in sorted(collection.requests, key=lambda one: one.id):
        ranking, grades = run.get(request.id, ()), collection.grades.get(request.id, {})
        first = ranking[:FIRST]
        foreign = {one.id for one in collection.offers if one.language != request.language}
        cross, cross_grades = [one for one in ranking if one in foreign], {one: grade for one, grade in grades.items() if one in foreign}
        found["ndcg"].append(ndcg(ranking, grades))
        found["recall"].append(recall(ranking, grades))
        found["violation"].append(sum(grades.get(one) == 0 for one in first) / FIRST)
        found["field_violation"].append(None if failing is None else sum((request.id, one) in failing for one in first) / FIRST)
        found["broken"].append(sum(bool(failures(request, offers[one])) for one in first) / FIRST)
        found["first"].append(float(bool(first) and grades.get(first[0], 0) == BEST))
        found["cross_ndcg"].append(ndcg(cross, cross_grades))
        found["cross_recall"].append(recall(ranking, cross_grades))
        found["cross_recall_alone"].append(recall(cross, cross_grades))
        has_zeros = 0 in cross_grades.values()
        found["cross_violation"].append(sum(cross_grades.get(one) == 0 for one in cross[:FIRST]) / FIRST if has_zeros else None)
    return found


def figure_of(values: Sequence[float | None], *, seed: int) -> Figure | None:
    """Return mean and interval of the values that could be told, None without any."""
    told = np.array([value for value in values if value is not None])
    if not len(told):
        return None
    picks = np.random.default_rng(seed).integers(0, len(told), (ROUNDS, len(told)))
    low, high = np.percentile(told[picks].mean(axis=1), LEVELS)
    return Figure(float(told.mean()), float(low), float(high), len(told))


def figures_of(run: Run, collection: Collection, *, seed: int) -> dict[str, Figure | None]:
    """Return all figures of a run."""
    return {name: figure_of(values, seed=seed) for name, values in values_of(run, collection).items()}
