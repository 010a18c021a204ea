"""What a text is searched by: words, and pairs of Chinese characters. Pure: the same tokens on every database.

A text is brought to one form (NFKC, lower case, Latin letters without accents) and cut into runs: letters, digits, and characters of
scripts that are written without spaces. "800V" and "800 V" have the same two tokens. Of a run of such characters every overlapping pair is
a token, and the last one alone: "碳化硅" is 碳化 化硅 硅. So each character begins exactly one token, a word of n characters is found as
the phrase of its pairs, and a single one by how a token begins.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

LONGEST_TOKEN = 64
MOST_TOKENS = 15_000  # PostgreSQL counts places up to 16,383.
# Stands between two texts of one column, so that no phrase reaches over; no text can contain it as a token.
BREAK = "\N{DOUBLE VERTICAL LINE}"

UNSPACED = "\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RUN = re.compile(rf"[{UNSPACED}]+|[^\W\d_{UNSPACED}]+|\d+")
IS_UNSPACED = re.compile(rf"[{UNSPACED}]")
# "1,200" is one number, and "8507.60" one HS code.
INSIDE_NUMBER = re.compile(r"(?<=\d),(?=\d{3}(?!\d))|(?<=(?<!\d)\d{4})\.(?=\d{2}(?!\d))")
LATIN = [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]
PLAIN = {code: unicodedata.normalize("NFD", chr(code))[0] for code in LATIN if unicodedata.normalize("NFD", chr(code))[0].isascii()}


def folded(text: str) -> str:
    """Bring a text to the form in which texts are compared."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(PLAIN)


def runs(text: str) -> list[str]:
    """Cut a text into runs of one kind, in order: "IATF16949 碳化硅" is iatf, 16949, 碳化硅."""
    return RUN.findall(INSIDE_NUMBER.sub("", folded(text)))


def tokens(text: str) -> list[str]:
    """Return the tokens of a text, in order."""
    found: list[str] = []
    for run in runs(text):
        if IS_UNSPACED.match(run):
            found += pairs(run)
        else:
            found.append(run[:LONGEST_TOKEN])
    return found


def pairs(run: str) -> list[str]:
    """Return the overlapping pairs of a run of characters, and its last character."""
    return [run[at : at + 2] for at in range(len(run))]


def column(texts: Iterable[str]) -> str:
    """Return the tokens of several texts as one column holds them, a break between each two."""
    return " ".join(_column(texts))


def _column(texts: Iterable[str]) -> Iterator[str]:
    left = MOST_TOKENS
    for text in dict.fromkeys(texts):
        found = tokens(text)[: max(left, 0)] if text else []
        if found:
            yield from found
            yield BREAK
            left -= len(found) + 1


def whole(text: str) -> str:
    """Return a title in the form in which it equals what somebody typed, 200 signs at most."""
    return " ".join(runs(text))[:200]
