"""A text as atoms: words, numbers, and single characters of scripts written without spaces. One form for each word."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

LONGEST_TEXT = 8_000
SHORTEST_PLURAL = 4
UNSPACED = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
IS_UNSPACED = re.compile(f"[{UNSPACED}]")
ATOM = re.compile(rf"[{UNSPACED}]|\d+(?:,\d{{3}})*(?:\.\d+)?|[^\W\d_{UNSPACED}]+")
MARKUP = re.compile(r"<[^<>]{1,200}>")
SPELLINGS = (
    ("sulph", "sulf"), ("aluminium", "aluminum"), ("fibre", "fiber"), ("mould", "mold"), ("colour", "color"), ("centre", "center"),
    ("tyre", "tire"), ("litre", "liter"), ("metre", "meter"), ("catalogue", "catalog"), ("analyse", "analyze"), ("fertilis", "fertiliz"),
    ("anaesth", "anesth"), ("haem", "hem"), ("grey", "gray"), ("licence", "license"), ("fulfil", "fulfill"), ("fulfilll", "fulfill"),
)  # fmt: skip
NUMBER_WORDS = {
    word: str(n)
    for n, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ],
        1,
    )
}


class Atom(NamedTuple):
    """A word, a number or one character of a script without spaces: its form, what it is, as it was written, and where."""

    form: str
    is_unspaced: bool
    is_capital: bool
    written: str
    start: int
    end: int


def plain(text: str) -> str:
    """Bring a text to NFKC without markup, cut at `LONGEST_TEXT` signs; case is kept, for abbreviations."""
    return MARKUP.sub(" ", unicodedata.normalize("NFKC", text[:LONGEST_TEXT])).replace("\N{MICRO SIGN}", "μ")


def atoms(text: str) -> list[Atom]:
    """Cut a plain text into atoms, in order."""
    new = tuple.__new__  # Skips the names of the fields: most of the time of cutting was spent on them.
    return [new(Atom, (*_shape(word := found.group()), word, *found.span())) for found in ATOM.finditer(text)]


@lru_cache(100_000)
def _shape(word: str) -> tuple[str, bool, bool]:
    """Return the form of a word, whether its script has no spaces, and whether it is in capitals only, as abbreviations are."""
    return form(word), bool(IS_UNSPACED.match(word)), word.isupper()


@lru_cache(100_000)
def form(word: str) -> str:
    """Return the form in which words are compared: lower case, one spelling, the singular; number words as digits."""
    if word[0].isdigit():
        return word.replace(",", "")
    if IS_UNSPACED.match(word):
        return word
    low = word.lower()
    if low in NUMBER_WORDS:
        return NUMBER_WORDS[low]
    return _singular(_american(low))


def _american(word: str) -> str:
    for british, american in SPELLINGS:
        if british in word:
            word = word.replace(british, american)
    return re.sub(r"(?<=[a-z]{3})is(e|ed|er|ers|ing|ation)$", r"iz\1", word)


def _singular(word: str) -> str:
    if len(word) < SHORTEST_PLURAL or not word.endswith("s") or word.endswith(("ss", "us", "is", "ics", "ous")):
        return word
    if word.endswith("ies") and len(word) > SHORTEST_PLURAL:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word[:-1]
