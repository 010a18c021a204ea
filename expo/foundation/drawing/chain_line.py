"""The line of a chain from upstream to downstream, and on each link between two of its stations how much was agreed on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from expo.foundation.drawing.labels import shortened
from expo.foundation.drawing.svg import element, number, plate_width, words

WIDTH, LINE, HEAD = 560, 34, 46
TRUNK, WIDEST_BOW = 190.0, 150.0
LABEL_SIZE = 20
THINNEST, THICKEST = 2.0, 14.0


@dataclass(frozen=True)
class Stop:
    """A segment on the line: its key, its name, the name of its stage (printed where the stage begins)."""

    key: str
    name: str
    stage: str = ""


@dataclass(frozen=True)
class Link:
    """What was agreed between two stops: how much, and how it is printed."""

    start: str
    end: str
    value: float
    printed: str


def chain_line(code: str, colour: str, stops: Sequence[Stop], links: Sequence[Link], name: str) -> str:
    """Draw the stops downwards, upstream first, and each link with a figure as a bow beside the line; '' without stops.

    Links of which an end is not on this line are left out: the table tells them.
    """
    if not stops:
        return ""
    tops = {stop.key: float(HEAD + 24 + place * LINE) for place, stop in enumerate(stops)}
    drawn_links = [link for link in links if link.value > 0 and link.start in tops and link.end in tops]
    last = HEAD + 24 + (len(stops) - 1) * LINE
    drawn = [element("path", class_="rail", d=f"M{number(TRUNK)} {HEAD - 10}V{number(last)}")]
    most = max((link.value for link in drawn_links), default=1.0)
    longest = max((abs(tops[link.end] - tops[link.start]) for link in drawn_links), default=1.0)
    ordered = sorted(drawn_links, key=lambda link: -abs(tops[link.end] - tops[link.start]))
    drawn += [_bow(link, tops, most, longest) for link in ordered]
    # The figures come last, so that no bow runs over them.
    drawn += [_figure(link, tops, longest) for link in ordered]
    drawn += _stops(stops, tops)
    wide = plate_width(code, 42, 52)
    drawn.append(element("rect", class_="plate", x=TRUNK - wide / 2, y=4, width=wide, height=32, rx=5))
    drawn.append(words(code, TRUNK, 26, "code", text_anchor="middle"))
    return element(
        "svg",
        drawn,
        class_="chart is-chain",
        viewBox=f"0 0 {WIDTH} {number(last + 18)}",
        role="img",
        aria_label=name,
        data_chain=code,
        data_colour=colour or None,
    )


def _stops(stops: Sequence[Stop], tops: dict[str, float]) -> list[str]:
    drawn, stage = [], ""
    for stop in stops:
        y = tops[stop.key]
        begins = bool(stop.stage) and stop.stage != stage
        stage = stop.stage
        drawn.append(element("circle", class_="node" if begins else "stop-s", cx=TRUNK, cy=y, r=9 if begins else 6))
        drawn.append(words(shortened(stop.name, WIDTH - TRUNK - 24, LABEL_SIZE), TRUNK + 22, y + 5, "lab-b" if begins else None))
    return drawn


def _reach(link: Link, tops: dict[str, float], longest: float) -> float:
    """Return how far the bow goes out: links over more stops go further, so that they do not run into each other."""
    return WIDEST_BOW * abs(tops[link.end] - tops[link.start]) / longest


def _bow(link: Link, tops: dict[str, float], most: float, longest: float) -> str:
    y0, y1, out = tops[link.start], tops[link.end], _reach(link, tops, longest)
    thick = max(link.value / most * THICKEST, THINNEST)
    x = number(TRUNK - 4 - out * 4 / 3)
    return element(
        "path",
        class_="bow",
        stroke_width=thick,
        d=f"M{number(TRUNK - 4)} {number(y0)}C{x} {number(y0)} {x} {number(y1)} {number(TRUNK - 4)} {number(y1)}",
    )


def _figure(link: Link, tops: dict[str, float], longest: float) -> str:
    x, y = TRUNK - 4 - _reach(link, tops, longest), (tops[link.start] + tops[link.end]) / 2
    wide = 9.0 * len(link.printed) + 10
    return element("rect", class_="under", x=x - wide / 2, y=y - 11, width=wide, height=22, rx=3) + words(
        link.printed, x, y + 5.5, "num-s", text_anchor="middle"
    )
