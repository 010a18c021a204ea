"""A small heat grid: how full each line is at each time, day by day. The same numbers stand in a table beside it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from expo.foundation.drawing.svg import element, number, picture, words

CELL, CELL_HEIGHT, BETWEEN = 12.0, 20.0, 2.0
BETWEEN_DAYS = 12.0
LABEL, HEAD, FOOT = 112.0, 26.0, 22.0
BETWEEN_HOURS = 40.0
LEVELS = 5


@dataclass(frozen=True)
class HeatLine:
    """One line of the grid: what stands before it, and a share from 0 to 1 for each time, None where it is closed."""

    label: str
    shares: Sequence[float | None]


@dataclass(frozen=True)
class HeatDay:
    """Neighbouring columns that belong together: what stands above them, and an hour for each."""

    label: str
    hours: Sequence[str]


def level(share: float | None) -> str:
    """Return the class of a cell: "h0" empty, "h1" to "h4" by quarters, "h5" full, "hx" closed."""
    if share is None:
        return "hx"
    if share >= 1:
        return f"h{LEVELS}"
    return f"h{ceil(share * (LEVELS - 1))}"


def heat_grid(days: Sequence[HeatDay], lines: Sequence[HeatLine], name: str) -> str:
    """Draw the grid, times across and lines down; '' without times or lines.

    Raises:
        ValueError: a line has not one share for each time.
    """
    lefts = _lefts(days)
    if not lefts or not lines:
        return ""
    drawn = _heads(days, lefts)
    cells: dict[str, list[str]] = defaultdict(list)
    for row, line in enumerate(lines):
        top = HEAD + row * (CELL_HEIGHT + BETWEEN)
        drawn.append(words(line.label, LABEL - 8, top + CELL_HEIGHT - 5, "lab", text_anchor="end"))
        for left, share in zip(lefts, line.shares, strict=True):
            cells[level(share)].append(f"M{number(left)} {number(top)}h{number(CELL)}v{number(CELL_HEIGHT)}h-{number(CELL)}z")
    # All cells of a level are one path: a grid of a thousand stays a few kilobytes.
    drawn += [element("path", class_=kind, d="".join(paths)) for kind, paths in sorted(cells.items())]
    height = HEAD + len(lines) * (CELL_HEIGHT + BETWEEN) + FOOT
    drawn += _hours(days, lefts, height - 6)
    return picture(drawn, width=lefts[-1] + CELL + 2, height=height, class_="heat", name=name)


def _lefts(days: Sequence[HeatDay]) -> list[float]:
    lefts, x = [], LABEL
    for day in days:
        for _hour in day.hours:
            lefts.append(x)
            x += CELL + BETWEEN
        x += BETWEEN_DAYS
    return lefts


def _heads(days: Sequence[HeatDay], lefts: Sequence[float]) -> list[str]:
    drawn, at = [], 0
    for day in days:
        if day.hours:
            drawn.append(words(day.label, lefts[at], HEAD - 9, "day"))
        at += len(day.hours)
    return drawn


def _hours(days: Sequence[HeatDay], lefts: Sequence[float], y: float) -> list[str]:
    """Print as many hours as have room before the next day begins, the first of each day in any case."""
    drawn, at = [], 0
    for day in days:
        free_from, end = 0.0, lefts[at + len(day.hours) - 1] + CELL + BETWEEN_DAYS if day.hours else 0.0
        for number_of, hour in enumerate(day.hours):
            if not number_of or free_from <= lefts[at] <= end - BETWEEN_HOURS:
                drawn.append(words(hour, lefts[at], y, "hour"))
                free_from = lefts[at] + BETWEEN_HOURS
            at += 1
    return drawn
