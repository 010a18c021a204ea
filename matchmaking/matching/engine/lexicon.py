"""A general Chinese and English dictionary, for words that no glossary knows: each Chinese word with its English words."""

import gzip
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from matchmaking.matching.engine.forms import Atom

LONGEST_WORD = 6
SHIPPED = Path(__file__).parent / "data" / "lexicon.tsv.gz"
Words = Mapping[str, tuple[str, ...]]


def read_lexicon(path: Path) -> dict[str, tuple[str, ...]]:
    """Read the reduced dictionary: lines of a word, a tab, and the forms of its English words parted by spaces."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return {word: tuple(english.split()) for word, english in (line.rstrip("\n").split("\t") for line in lines)}


@cache
def shipped_lexicon() -> dict[str, tuple[str, ...]]:
    """Return the dictionary that comes with the engine, read once."""
    return read_lexicon(SHIPPED)


def translations(cut: Sequence[Atom], words: Words) -> list[tuple[str, tuple[str, ...], int]]:
    """Cut runs of Chinese characters at the longest known words; return each with its English forms and its first atom."""
    found, at = [], 0
    while at < len(cut):
        step = 1
        if cut[at].is_unspaced:
            for length in range(min(LONGEST_WORD, len(cut) - at), 1, -1):
                word = "".join(atom.form for atom in cut[at : at + length])
                if len(word) == length and word in words:
                    found.append((word, words[word], at))
                    step = length
                    break
        at += step
    return found
