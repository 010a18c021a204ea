"""QR codes as the line of an SVG path: no image is fetched, and it prints sharp at any size."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import segno

QUIET = 4


@dataclass(frozen=True)
class Code:
    """A code of `size` by `size` modules, the quiet border included, and the path of its dark ones."""

    size: int
    path: str


def qr_code(text: str, *, mask: int | None = None) -> Code:
    """Return the code that a phone reads as the text; a quarter of it may be scratched or covered.

    Finding the evenest of the eight masks takes 25 times as long as drawing: who prints hundreds at once names one. Every reader reads each.
    """
    matrix = segno.make(text, error="q", micro=False, mask=mask).matrix
    path = "".join(_runs(row, y + QUIET) for y, row in enumerate(matrix))
    return Code(len(matrix) + 2 * QUIET, path)


def _runs(row: Iterable[int], y: int) -> str:
    """Draw the dark modules of a row, neighbours as one bar."""
    parts, x = [], QUIET
    for is_dark, group in groupby(row, key=bool):
        length = len(list(group))
        if is_dark:
            parts.append(f"M{x} {y}h{length}v1h-{length}z")
        x += length
    return "".join(parts)
