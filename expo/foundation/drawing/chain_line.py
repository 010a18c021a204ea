"""The line of a chain from upstream to downstream, and on each link between two of its stations how much was agreed on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from expo.foundation.drawing.labels import shortened, width_of
from expo.foundation.drawing.svg import Point, element, number, plate_width, words

WIDTH, LINE, HEAD = 560, 34, 46
TRUNK, WIDEST_BOW = 190.0, 150.0
LABEL_SIZE = 20
THINNEST, THICKEST = 1.5, 8.0
FIGURE_HEIGHT = 18.0
# Where on its bow a figure may stand, best first.
PLACES = (0.5, 0.4, 0.6, 0.32, 0.68, 0.25, 0.75, 0.18, 0.82)
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Stop:
    """A segment on the line: its key, its name, its stage (the first stop of each is a large one), the figure behind the name."""

    key: str
    name: str
    stage: str = ""
    printed: str = ""


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
    taken: list[Box] = []
    drawn += [_figure(link, tops, longest, taken) for link in reversed(ordered)]
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
    room = max(width_of(stop.printed, LABEL_SIZE) for stop in stops) + 10
    for stop in stops:
        y = tops[stop.key]
        begins = bool(stop.stage) and stop.stage != stage
        stage = stop.stage
        drawn.append(element("circle", class_="node" if begins else "stop-s", cx=TRUNK, cy=y, r=9 if begins else 6))
        drawn.append(words(shortened(stop.name, WIDTH - TRUNK - 24 - room, LABEL_SIZE), TRUNK + 22, y + 5, "lab-b" if begins else None))
        drawn.append(words(stop.printed, WIDTH, y + 5, "num-s", text_anchor="end"))
    return drawn


def _reach(link: Link, tops: dict[str, float], longest: float) -> float:
    """Return how far the bow goes out: links over more stops go further, so that they do not run into each other."""
    return WIDEST_BOW * abs(tops[link.end] - tops[link.start]) / longest


def _bow(link: Link, tops: dict[str, float], most: float, longest: float) -> str:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = _course(link, tops, longest)
    data = f"M{x0:.0f} {y0:.0f}C{x1:.0f} {y1:.0f} {x2:.0f} {y2:.0f} {x3:.0f} {y3:.0f}"
    return element("path", class_="bow", stroke_width=round(max(link.value / most * THICKEST, THINNEST)), d=data)


def _course(link: Link, tops: dict[str, float], longest: float) -> tuple[Point, Point, Point, Point]:
    """Return the four points of the bow's curve: it leaves the line and comes back level."""
    y0, y1 = tops[link.start], tops[link.end]
    out = TRUNK - 4 - _reach(link, tops, longest) * 4 / 3
    return (TRUNK - 4, y0), (out, y0), (out, y1), (TRUNK - 4, y1)


def _figure(link: Link, tops: dict[str, float], longest: float, taken: list[Box]) -> str:
    """Print a figure on its bow, at its middle or, where another stands there, as near to it as there is room."""
    wide = 9.0 * len(link.printed) + 8
    curve = _course(link, tops, longest)
    boxes = [_box(_on(curve, part), wide) for part in PLACES]
    box = next((one for one in boxes if not any(_meet(one, other) for other in taken)), boxes[0])
    taken.append(box)
    return words(link.printed, round((box[0] + box[2]) / 2), round((box[1] + box[3]) / 2 + 5.5), "fig")


def _on(curve: tuple[Point, Point, Point, Point], part: float) -> Point:
    rest = 1 - part
    weights = (rest**3, 3 * rest**2 * part, 3 * rest * part**2, part**3)
    return sum(w * x for w, (x, _y) in zip(weights, curve, strict=True)), sum(w * y for w, (_x, y) in zip(weights, curve, strict=True))


def _box(middle: Point, wide: float) -> Box:
    return middle[0] - wide / 2, middle[1] - FIGURE_HEIGHT / 2, middle[0] + wide / 2, middle[1] + FIGURE_HEIGHT / 2


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
