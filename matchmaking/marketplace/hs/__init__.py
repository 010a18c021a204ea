"""The Harmonized System, as far as a look-up by words needs it: all chapters, and the headings that the chains trade in.

`codes.csv` names codes in the project's own short words, English and Chinese; the legal texts are the World Customs
Organization's. A code that is not listed is still a good code if its shape is right.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MOST_WORDS = 8
SHORTEST_STEM = 3


@dataclass(frozen=True)
class Code:
    """A chapter (2 digits), heading (4) or subheading (6), with its names."""

    code: str
    name_en: str
    name_zh: str

    def name(self, language: str) -> str:
        """Return the name in the language; codes are "en" and "zh-hans"."""
        return self.name_zh if language.startswith("zh") else self.name_en


@cache
def codes() -> tuple[Code, ...]:
    """Return all codes that are listed, in order."""
    with (Path(__file__).parent / "codes.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(sorted((Code(**row) for row in csv.DictReader(lines)), key=lambda code: code.code))


def search(words: str, language: str, *, most: int = 50) -> list[Code]:
    """Find codes by digits (how the code begins) or by words in either language; all words have to be there.

    Chapters come first, then headings; names that begin with the words before others; `language` decides which name is compared
    first. Nothing is found for an empty search.
    """
    wanted = [_stem(word) for word in words.casefold().split()[:MOST_WORDS]]
    if not wanted:
        return []
    if len(wanted) == 1 and wanted[0].isdecimal():
        return [code for code in codes() if code.code.startswith(wanted[0]) or wanted[0].startswith(code.code)][:most]
    found = [code for code in codes() if all(word in f"{code.name_en} {code.name_zh}".casefold() for word in wanted)]
    return sorted(found, key=lambda code: (not code.name(language).casefold().startswith(wanted[0]), len(code.code), code.code))[:most]


def _stem(word: str) -> str:
    """Cut an English plural off, so that "battery" finds "batteries" and "pumps" finds "pump"."""
    if word.endswith("ies") and len(word) > SHORTEST_STEM + 2:
        return word[:-3]
    return word[:-1] if word.endswith(("s", "y")) and len(word) > SHORTEST_STEM else word
