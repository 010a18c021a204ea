"""Okapi BM25 over title and description: what plain words find, to compare with."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from math import log

from matchmaking.matching.engine.forms import IS_UNSPACED, atoms
from matchmaking.matching.engine.lexicon import shipped_lexicon, translations

K1, B, LEAST_IDF = 1.5, 0.75, 0.25
"""Usual constants; a word that stands in more than half of the texts counts so much of the mean."""
PIECE = re.compile(r"[\u4e00-\u9fff]+|[a-z0-9à-ÿ]+(?:[.\-/][a-z0-9à-ÿ]+)*")
Cut = Callable[[str], Iterable[str]]


class Bm25:
    """Texts as bags of words, scored for a query. The same words give the same scores."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._counts = [Counter(text) for text in texts]
        mean = sum(len(text) for text in texts) / max(1, len(texts)) or 1.0
        self._lengths = [K1 * (1 - B + B * len(text) / mean) for text in texts]
        found = Counter(word for count in self._counts for word in count)
        plain = {word: log(len(texts) - n + 0.5) - log(n + 0.5) for word, n in found.items()}
        floor = LEAST_IDF * sum(plain.values()) / max(1, len(plain))
        self._idf = {word: idf if idf >= 0 else floor for word, idf in plain.items()}

    def scores(self, query: Sequence[str]) -> list[float]:
        """Return the score of each text; a word that is asked for twice counts twice."""
        return [
            sum(self._idf[word] * count[word] * (K1 + 1) / (count[word] + length) for word in query if word in count)
            for count, length in zip(self._counts, self._lengths, strict=True)
        ]


def words_of(text: str, cut: Cut) -> list[str]:
    """Return the words of a text in small letters; runs of Chinese as `cut` parts them."""
    found: list[str] = []
    for match in PIECE.finditer(text.lower()):
        piece = match.group()
        found += cut(piece) if IS_UNSPACED.match(piece) else [piece]
    return found


def usual_cut() -> tuple[str, Cut]:
    """Return how Chinese is cut here, with its name: by jieba where that is installed, as the reference does, else by the dictionary."""
    if find_spec("jieba") is None:
        return "the shipped dictionary", by_dictionary
    import jieba  # Optional: only to reach the reference's own figures.

    jieba.setLogLevel(logging.WARNING)
    return "jieba", jieba.cut


def by_dictionary(text: str) -> list[str]:
    """Cut a run of Chinese at the longest words of the engine's dictionary; characters between them stand alone."""
    words = {at: word for word, _english, at in translations(atoms(text), shipped_lexicon())}
    found, at = [], 0
    while at < len(text):
        word = words.get(at, text[at])
        found.append(word)
        at += len(word)
    return found
