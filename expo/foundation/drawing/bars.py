"""Bars with their words in the picture: one for each line or for each day, of up to three parts. For pages without a table beside the bar, and for files."""

from collections.abc import Sequence
from dataclasses import dataclass

from expo.foundation.drawing.labels import shortened, width_of
from expo.foundation.drawing.svg import element, number, plate_width, words

WIDTH, LINE, THICK = 960, 40, 26
LABEL_SIZE = 15
DAYS_HEIGHT, DAYS_WIDTH = 280, 560
WIDEST_COLUMN = 96.0
KINDS = 3


@dataclass(frozen=True)
class Bar:
    """One bar: what stands before it (or under it), its parts from solid to light, what is printed behind it.

    Attributes:
        values: lengths of the parts, drawn as k0 (solid), k1 (half), k2 (light); none is negative.
        code, colour: of the chain whose sign stands before the label, '' for none.
    """

    label: str
    values: Sequence[float]
    printed: str
    code: str = ""
    colour: str = ""

    @property
    def total(self) -> float:
        return sum(self.values)


def bar_chart(bars: Sequence[Bar], name: str) -> str:
    """Draw bars below each other, the longest over the whole width that labels and figures leave; '' without bars."""
    if not bars:
        return ""
    lead = min(max(_sign_width(bar) + width_of(bar.label, LABEL_SIZE) for bar in bars) + 20, WIDTH * 0.4)
    tail = max(width_of(bar.printed, LABEL_SIZE) for bar in bars) + 14
    longest = max(bar.total for bar in bars) or 1
    scale = (WIDTH - lead - tail) / longest
    drawn = [_line(bar, row * LINE, lead, scale) for row, bar in enumerate(bars)]
    return element("svg", drawn, class_="chart is-bars", viewBox=f"0 0 {WIDTH} {number(len(bars) * LINE)}", role="img", aria_label=name)


def _sign_width(bar: Bar) -> float:
    return plate_width(bar.code, 36, 46) + 10 if bar.code else 0.0


def _line(bar: Bar, top: float, lead: float, scale: float) -> str:
    middle = top + LINE / 2
    drawn, room = [], lead - 16
    if bar.code:
        wide = plate_width(bar.code, 36, 46)
        drawn.append(element("rect", class_="plate", x=0, y=middle - 13, width=wide, height=26, rx=4))
        drawn.append(words(bar.code, wide / 2, middle + 5.5, "code", text_anchor="middle"))
        room -= wide + 10
    drawn.append(words(shortened(bar.label, room, LABEL_SIZE), _sign_width(bar), middle + 5))
    x = lead
    for kind, value in enumerate(bar.values):
        if value > 0:
            drawn.append(_part(kind, x, middle - THICK / 2, max(value * scale, 1.5), THICK))
            x += value * scale
    drawn.append(words(bar.printed, x + 10, middle + 5, "num-s"))
    colours = {"data_chain": bar.code, "data_colour": bar.colour or None} if bar.code else {}
    return element("g", drawn, **colours)


def _part(kind: int, x: float, y: float, width: float, height: float) -> str:
    """Draw a part; the light one has an edge, drawn inside of its place so that all are equally thick."""
    inset = 0.75 if kind == KINDS - 1 else 0.0
    return element(
        "rect", class_=f"k{kind}", x=x + inset, y=y + inset, width=max(width - 2 * inset, 0.5), height=max(height - 2 * inset, 0.5)
    )


def day_columns(days: Sequence[Bar], name: str) -> str:
    """Draw a column for each day, its parts standing on each other, the figure above it; '' without days."""
    if not days:
        return ""
    base = DAYS_HEIGHT - 30
    scale = (base - 40) / (max(day.total for day in days) or 1)
    pitch = (DAYS_WIDTH - 20) / len(days)
    width = min(WIDEST_COLUMN, pitch - 18) if pitch > 36 else pitch * 0.6  # noqa: PLR2004 - a month of days still has gaps
    drawn = []
    for place, day in enumerate(days):
        x = 10 + place * pitch + (pitch - width) / 2
        level = float(base)
        for kind, value in enumerate(day.values):
            if value > 0:
                high = max(value * scale, 1.5)
                level -= high
                drawn.append(_part(kind, x, level, width, high))
        drawn.append(words(day.printed, x + width / 2, level - 10, "num", text_anchor="middle"))
        drawn.append(words(day.label, x + width / 2, DAYS_HEIGHT - 8, "dim", text_anchor="middle"))
    drawn.append(element("path", class_="axis", d=f"M10 {base}H{DAYS_WIDTH - 10}"))
    return element("svg", drawn, class_="chart", viewBox=f"0 0 {DAYS_WIDTH} {DAYS_HEIGHT}", role="img", aria_label=name)
