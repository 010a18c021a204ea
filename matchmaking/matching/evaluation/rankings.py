"""The rankings that are compared: plain words, plain words with what fails put last, fields alone, the engine's text alone, the engine."""

from collections.abc import Mapping, Sequence

import numpy as np

from matchmaking.matching.engine.facts import OfferFacts, RequestFacts
from matchmaking.matching.engine.hard import failures
from matchmaking.matching.engine.ranking import MOST, Postings, rank_offers
from matchmaking.matching.engine.scoring import text
from matchmaking.matching.evaluation.bm25 import Bm25, Cut, words_of
from matchmaking.matching.evaluation.collection import Collection
from matchmaking.matching.evaluation.measures import Run

FAILED = 1000.0
"""Taken off where a requirement fails: more than any plain score."""
DIGITS = 6
"""Plain scores are compared to so many digits."""


def plain_runs(collection: Collection, cut: Cut) -> dict[str, Run]:
    """Return the three rankings that know nothing of the engine; each ranks every offer."""
    index = Bm25([words_of(f"{one.title} {one.description}", cut) for one in collection.offers])
    words: dict[str, Sequence[str]] = {}
    checked: dict[str, Sequence[str]] = {}
    fields: dict[str, Sequence[str]] = {}
    for request in collection.requests:
        scores = index.scores(words_of(f"{request.title} {request.description}", cut))
        failed = {one.id: FAILED * bool(failures(request, one)) for one in collection.offers}
        said = {one.id: round(score, DIGITS) for one, score in zip(collection.offers, scores, strict=True)}
        words[request.id] = _ordered(said)
        checked[request.id] = _ordered({offer: score - failed[offer] for offer, score in said.items()})
        fields[request.id] = _ordered({one.id: _nearness(request, one) - failed[one.id] for one in collection.offers})
    return {"BM25": words, "BM25, failures last": checked, "fields only": fields}


def _ordered(scores: Mapping[str, float]) -> list[str]:
    return sorted(scores, key=lambda offer: (-scores[offer], offer))


def _nearness(request: RequestFacts, offer: OfferFacts) -> float:
    return 2.0 * (request.chain == offer.chain) + (request.chain == offer.chain and request.segment == offer.segment)


def text_run(postings: Postings) -> Run:
    """Return every offer by what the engine makes of the texts alone."""
    j = np.arange(len(postings.offers))
    found = {}
    for i, request in enumerate(postings.requests):
        shared = text(postings.pairs(np.full(len(j), i), j))
        found[request.id] = [postings.offers[k].id for k in sorted(j.tolist(), key=lambda k: (-shared[k], postings.offers[k].id))]
    return found


def engine_run(postings: Postings) -> Run:
    """Return what the engine lists: at most 50 offers for each request, none that breaks a requirement."""
    return {request: [one.offer for one in matches] for request, matches in rank_offers(postings, top=MOST).items()}


def run_lines(postings: Postings) -> list[str]:
    """Return the engine's lists as lines `request offer score`, best first.

    Raises:
        ValueError: an id has white space in it, so that no line can hold it.
    """
    ids = [*(one.id for one in postings.requests), *(one.id for one in postings.offers)]
    spaced = next((one for one in ids if one != "".join(one.split())), None)
    if spaced is not None:
        raise ValueError(f"a run cannot hold an id with white space: {spaced!r}")
    return [f"{one.request} {one.offer} {one.score:.4f}" for matches in rank_offers(postings, top=MOST).values() for one in matches]
