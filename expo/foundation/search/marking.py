"""Marking in a text what was searched for, and cutting a passage around it. Pure: the pieces are text, escaped where they are printed."""

import re
from functools import cached_property, lru_cache

from expo.foundation.search.asked import Asked, Phrase
from expo.foundation.search.tokens import IS_UNSPACED, folded

# A piece of a text, and whether it was searched for.
Piece = tuple[str, bool]
LETTER, NOTHING = r"[^\W\d_]", re.compile(r"(?!)")
BEFORE, AFTER = 60, 120


class Marker:
    """Marks the words of one search."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        phrases = {phrase for word in self.asked.loose for phrase in word}
        longest_first = sorted(map(_pattern, phrases), key=len, reverse=True)
        return re.compile("|".join(longest_first)) if longest_first else NOTHING

    def is_in(self, text: str) -> bool:
        """Say whether a word of the search stands in the text."""
        return bool(self.pattern.search(comparable(text)))

    def pieces(self, text: str) -> list[Piece]:
        """Cut the text into pieces, those that were searched for marked."""
        found, at = [], 0
        for match in self.pattern.finditer(comparable(text)):
            found += [(text[at : match.start()], False), (text[match.start() : match.end()], True)]
            at = match.end()
        return [piece for piece in [*found, (text[at:], False)] if piece[0]]

    def passage(self, text: str) -> list[Piece]:
        """Return the passage around the first word that was searched for, else the beginning; … where the text goes on."""
        text = " ".join(text.split())
        match = self.pattern.search(comparable(text))
        start = max(match.start() - BEFORE, 0) if match else 0
        end = min(start + BEFORE + AFTER, len(text))
        start = text.find(" ", start, start + 20) + 1 if start and " " in text[start : start + 20] else start
        cut = text.rfind(" ", end - 20, end) if end < len(text) else -1
        end = cut if cut > start else end
        return [
            *([("… ", False)] if start else []),
            *self.pieces(text[start:end]),
            *([(" …", False)] if end < len(text) else []),
        ]


def comparable(text: str) -> str:
    """Return the text in the form in which texts are compared, sign by sign, so that places in both are the same."""
    return text.lower() if text.isascii() else "".join(map(_sign, text))


@lru_cache(maxsize=20_000)
def _sign(sign: str) -> str:
    plain = folded(sign)
    return plain if len(plain) == 1 else sign


def _pattern(phrase: Phrase) -> str:
    first = phrase.tokens[0]
    if IS_UNSPACED.match(first):
        return re.escape(first + "".join(pair[-1] for pair in phrase.tokens[1:]))
    kind = r"\d" if first[0].isdigit() else LETTER
    last = r"\d" if phrase.tokens[-1][0].isdigit() else LETTER
    end = f"{last}*" if phrase.is_open else f"(?!{last})"
    # Between two tokens only signs may stand, and a comma inside a number.
    between = r"[\W_]{0,3}"
    inside = [r",?".join(token) if token.isdigit() else re.escape(token) for token in phrase.tokens]
    return f"(?<!{kind}){between.join(inside)}{end}"
