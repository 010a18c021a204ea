"""Charts of the results pages: a stacked bar for a table cell, a line of shares, columns of totals. Labelled directly, no legend."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from expo.foundation.drawing.svg import FEWEST_POINTS, Point, element, rounded, words

WIDTH, HEIGHT = 560, 280
BAR_LENGTH, BAR_HEIGHT = 1000, 28


@dataclass(frozen=True)
class Column:
    """One column: what stands under it, its height, what is printed above it, and a part of it where one is published."""

    label: str
    total: float
    printed: str
    part: float | None = None
    part_printed: str = ""
    part_note: str = ""


def stacked_bar(values: Sequence[float], most: float) -> str:
    """Draw one bar of parts k0, k1, k2; `most` fills the cell. It stretches, its strokes do not. Decoration: the numbers stand beside it."""
    parts, x = [], 0.0
    for kind, value in enumerate(values):
        if value <= 0 or most <= 0:
            continue
        width = value / most * BAR_LENGTH
        inset = 1 if kind == len(values) - 1 and len(values) > 1 else 0
        parts.append(element("rect", class_=f"k{min(kind, 2)}", x=x, y=inset, width=max(width - 1.2, 1), height=BAR_HEIGHT - 2 * inset))
        x += width
    return element("svg", parts, viewBox=f"0 0 {BAR_LENGTH} {BAR_HEIGHT}", preserveAspectRatio="none", aria_hidden="true", class_="bar")


def share_line(points: Sequence[tuple[str, float]], name: str) -> str:
    """Draw shares in percent as a line that steps up or down between years; '' for fewer than two points."""
    if len(points) < FEWEST_POINTS:
        return ""
    shares = [share for _year, share in points]
    low, high = min(shares), max(shares)
    spread = (high - low) or 1
    gap = (WIDTH - 120) / (len(points) - 1)
    stations = [(54 + i * gap, HEIGHT - 76 - (share - low) / spread * (HEIGHT - 160)) for i, share in enumerate(shares)]
    drawn = [
        element("path", class_="axis", d=f"M20 {HEIGHT - 30}H{WIDTH - 10}"),
        element("path", class_="trace", d=rounded(_steps(stations), 12)),
    ]
    for (year, share), (x, y) in zip(points, stations, strict=True):
        drawn.append(element("circle", class_="node", cx=x, cy=y, r=9))
        drawn.append(words(f"{share:g}%", x, y - 24, "num", text_anchor="middle"))
        drawn.append(words(year, x, HEIGHT - 8, "dim", text_anchor="middle"))
    return _chart(drawn, name)


def _steps(stations: Sequence[Point]) -> list[Point]:
    """Leave each station level and change height at 45 degrees just before the next one."""
    path = [(20.0, stations[0][1]), stations[0]]
    for (x0, y0), (x1, y1) in pairwise(stations):
        end = x1 - 30
        start = max(end - abs(y1 - y0), x0 + 14)
        path += [(start, y0), (end, y1), (x1, y1)]
    return [*path, (WIDTH - 10.0, stations[-1][1])]


def columns(rows: Sequence[Column], name: str) -> str:
    """Draw totals as columns; a published part is cut off by a dashed line and printed inside. '' for no rows."""
    if not rows:
        return ""
    base = HEIGHT - 30
    scale = (base - 56) / (max(row.total for row in rows) or 1)
    pitch = (WIDTH - 60) / len(rows)
    width = min(96.0, pitch - 24)
    drawn = [element("path", class_="axis", d=f"M10 {base}H{WIDTH - 10}")]
    for i, row in enumerate(rows):
        x, height = 30 + i * pitch + (pitch - width) / 2, row.total * scale
        middle = x + width / 2
        drawn.append(element("rect", class_="c-full", x=x, y=base - height, width=width, height=height))
        if row.part:
            level = base - row.part * scale
            drawn.append(element("path", class_="cut", d=f"M{x:g} {level:.1f}h{width:g}"))
            drawn.append(words(row.part_printed, middle, level + 19, "in", text_anchor="middle"))
            drawn.append(words(row.part_note, middle, level + 36, "in", text_anchor="middle"))
        drawn.append(words(row.printed, middle, base - height - 12, "num", text_anchor="middle"))
        drawn.append(words(row.label, middle, HEIGHT - 8, "dim", text_anchor="middle"))
    return _chart(drawn, name)


def _chart(inside: Sequence[str], name: str) -> str:
    return element("svg", inside, class_="chart", viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=name)
