"""A general Chinese and English dictionary, for words that no glossary knows: each Chinese word with its English words."""

import gzip
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from matchmaking.matching.engine.forms import Atom

LONGEST_WORD = 6
SHIPPED = Path(__file__).parent / "data" / "lexicon.tsv.gz"


class Words(dict[str, str]):
    """Each word with its English forms, parted by spaces: plain texts are loaded four times as quickly as tuples of them."""

    @cached_property
    def longest(self) -> Mapping[str, int]:
        """How long the longest word is that begins with two characters."""
        found: dict[str, int] = {}
        for word in self:
            found[word[:2]] = max(len(word), found.get(word[:2], 0))
        return found


def read_lexicon(path: Path) -> Words:
    """Read the reduced dictionary: lines of a word, a tab, and the forms of its English words parted by spaces."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return Words(line.split("\t") for line in lines.read().splitlines())


@cache
def shipped_lexicon() -> Words:
    """Return the dictionary that comes with the engine, read once."""
    return read_lexicon(SHIPPED)


def translations(cut: Sequence[Atom], words: Words) -> list[tuple[str, tuple[str, ...], int]]:
    """Cut runs of Chinese characters at the longest known words; return each with its English forms and its first atom."""
    found, start = [], 0
    for is_unspaced, run in groupby(cut, key=attrgetter("is_unspaced")):
        forms = [atom.form for atom in run]
        if is_unspaced:
            found += [(word, tuple(words[word].split()), start + at) for word, at in _longest_words("".join(forms), words)]
        start += len(forms)
    return found


def _longest_words(text: str, words: Words) -> Iterator[tuple[str, int]]:
    at, longest = 0, words.longest
    while at < len(text) - 1:
        length = min(longest.get(text[at : at + 2], 0), len(text) - at)
        while length > 1 and text[at : at + length] not in words:
            length -= 1
        if length > 1:
            yield text[at : at + length], at
        at += max(length, 1)
