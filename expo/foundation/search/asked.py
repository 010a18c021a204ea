"""What somebody typed, read once for both databases. Pure: no text of a visitor ever becomes syntax of an engine."""

from dataclasses import dataclass
from itertools import groupby

from expo.foundation.search.tokens import INSIDE_NUMBER, IS_UNSPACED, LONGEST_TOKEN, RUN, folded, pairs, whole

MOST_WORDS = 8
MOST_SIGNS = 200
SHORTEST_STEM = 3


@dataclass(frozen=True)
class Phrase:
    """Tokens that stand one behind the other; with `is_open` the last one may go on."""

    tokens: tuple[str, ...]
    is_open: bool = False


# The alternatives that one word may be found as.
Word = tuple[Phrase, ...]


@dataclass(frozen=True)
class Asked:
    """A search: every word has to be there, as one of its alternatives.

    `exact` holds the words as they stand, `loose` also what begins with them and the other number of an English noun.
    """

    text: str
    whole: str
    words: tuple[str, ...]
    exact: tuple[Word, ...]
    loose: tuple[Word, ...]

    def __bool__(self) -> bool:
        return bool(self.loose)


def read(text: str) -> Asked:
    """Read a search: at most 8 words of at most 64 signs, in 200 signs; signs that no word has are passed over."""
    line = INSIDE_NUMBER.sub("", folded(" ".join(text[:MOST_SIGNS].split())))
    words = [word for part in line.split() for word in _words(part)][:MOST_WORDS]
    return Asked(
        text=" ".join(text[:MOST_SIGNS].split()),
        whole=whole(text[:MOST_SIGNS]),
        words=tuple(" ".join(runs) for runs in words),
        exact=tuple((_phrase(runs),) for runs in words),
        loose=tuple(_loose(runs) for runs in words),
    )


def _words(part: str) -> list[list[str]]:
    """Split what stands between two spaces: "W1-C02" is one word of four runs, "碳化硅inverter" are two words."""
    words: list[list[str]] = []
    for is_unspaced, together in groupby(RUN.findall(part), key=lambda run: bool(IS_UNSPACED.match(run))):
        cut = [run[:LONGEST_TOKEN] for run in together]
        words += [[run] for run in cut] if is_unspaced else [cut]
    return words


def _phrase(runs: list[str], *, is_open: bool = False) -> Phrase:
    if not IS_UNSPACED.match(runs[0]):
        return Phrase(tuple(runs), is_open)
    run = runs[0]
    # One character is how a pair begins; the last character of a longer word is inside its last pair.
    return Phrase((run,), is_open=True) if len(run) == 1 else Phrase(tuple(pairs(run)[:-1]))


def _loose(runs: list[str]) -> Word:
    if IS_UNSPACED.match(runs[0]):
        return (_phrase(runs),)
    if len(runs) == 1 and len(runs[0]) == 1:
        return (_phrase(runs),)  # What begins with one letter is nearly everything.
    other = _other_number(runs[-1])
    return (_phrase(runs, is_open=True), *([Phrase((*runs[:-1], other))] if other else []))


def _other_number(word: str) -> str:
    """Return the singular of what looks like an English plural, and the plural in -ies of what ends in -y; '' for the rest."""
    if len(word) <= SHORTEST_STEM or not word.isascii() or not word.isalpha():
        return ""
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return f"{word[:-1]}ies" if word.endswith("y") else ""
