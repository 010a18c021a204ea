"""What a sentence model adds to the text, where an organiser has one: nearness of meaning beside shared concepts and words."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matchmaking.matching.engine.facts import OfferFacts, RequestFacts

Singles = NDArray[np.float32]
MEANING, UNLIKE = 0.25, 0.3
"""The share of the text that meaning counts, and the cosine up to which texts have nothing in common."""
LONGEST = 2000
"""Characters of a posting that are read: models look at less."""


class Embedding(Protocol):
    """Texts as points, near to each other where they mean the same. `digest` names the model: another one has another."""

    @property
    def digest(self) -> str:
        """A name for all that the points depend on beside the texts."""

    def of(self, texts: list[str]) -> Singles:
        """Return a row of length 1 for each text, in their order; the same text has the same row."""


def said_of(one: OfferFacts | RequestFacts) -> str:
    """Return what a model reads of a posting: the title, that in the other language, then the description."""
    return "\n".join(text for text in (one.title, one.title_other, one.description) if text).strip()[:LONGEST]


def points_of(embedding: Embedding | None, facts: Sequence[OfferFacts | RequestFacts]) -> Singles:
    """Return a row for each posting; rows of no width without a model."""
    if embedding is None or not facts:
        return np.zeros((len(facts), 0), dtype=np.float32)
    return embedding.of([said_of(one) for one in facts])


def has_points(one: Singles, other: Singles) -> bool:
    """Say whether both sides were read by the model; an empty side was read by none."""
    return bool(one.shape[1] > 0 and one.shape[1] == other.shape[1])


def nearness(cosine: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return how near two texts are in meaning, 0 to 1."""
    return np.asarray(np.clip((cosine - UNLIKE) / (1 - UNLIKE), 0, 1))
