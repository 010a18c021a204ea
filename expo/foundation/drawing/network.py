"""The map of the expo: each chain a line from upstream to downstream, services across, all lines meet in the city.

The map is a diagram, not a plan. Chains that share a segment are drawn as neighbours, and one bends up to the other
where they meet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from unicodedata import east_asian_width

from expo.foundation.drawing.svg import FEWEST_POINTS, Point, element, plate_width, rounded, words

WIDTH = 900
LEFT = 26
TOP = 90
SERVICES_X = 556
JOIN_X = 752
END_X = 819
BUNDLE_PITCH = 18
RUNS_TO = 1900
STAGE_XS = (LEFT, 322, 640)
STAGE_SPANS = ((60, 300), (340, 530), (604, 700))
BENDS = ((184.0, "upstream"), (440.0, "midstream"))
BEND_FLAT = 66.0
WIDEST_LABEL = 26
LABEL_PITCH = 50
STATION_CLEARANCE = 20


@dataclass(frozen=True)
class MapLine:
    """One chain on the map: its sign, its colour and how many segments it has upstream, midstream and downstream."""

    code: str
    colour: str
    segments: tuple[int, int, int] = (3, 2, 2)


@dataclass(frozen=True)
class Crossing:
    """A segment that two chains share: their codes, the segment's name, the stage it belongs to."""

    first: str
    second: str
    label: str
    stage: str = "upstream"


@dataclass(frozen=True)
class NetworkMap:
    """All that the map shows. `stages` are three pairs of (word, word in the other language); `title` says it in a sentence."""

    lines: Sequence[MapLine]
    title: str
    stages: Sequence[tuple[str, str]]
    end: str
    end_note: str
    crossings: Sequence[Crossing] = ()
    services: MapLine | None = None
    other_language: str = "zh-Hans"


@dataclass(frozen=True)
class _Bend:
    """Where a line goes up to the one above it: the middle of the bend and what is printed there."""

    x: float
    label: str


def network_map(drawing: NetworkMap) -> str:
    """Draw the map for two to nine lines; '' for fewer than two.

    Lines are ordered so that neighbours share as many segments as possible; equal orders keep the one given.
    """
    if len(drawing.lines) < FEWEST_POINTS:
        return ""
    order = order_lines(drawing.lines, drawing.crossings)
    pitch = min(82.0, 410 / (len(order) - 1))
    ys = [TOP + i * pitch for i in range(len(order))]
    bends = place_bends(order, drawing.crossings)
    paths = [_line_path(i, ys, bends.get(i), pitch) for i in range(len(order))]
    drawn = [element("title", escape(drawing.title), id="map-title"), *_stage_words(drawing), *_rails(drawing, order, paths, ys)]
    for i, line in enumerate(order):
        stations = [bends[k].x for k in (i, i + 1) if k in bends]
        drawn += _ticks(line, paths[i], stations, ys[i])
    for i, bend in bends.items():
        drawn += _interchange(bend, ys[i - 1], pitch)
    drawn += _services(drawing.services, ys)
    for line, y in zip(order, ys, strict=True):
        drawn.append(_plate(line, LEFT - 5, y))
    drawn += _terminus(drawing, ys)
    return element("svg", drawn, class_="map", viewBox=f"0 0 {WIDTH} {ys[-1] + 72:g}", role="img", aria_labelledby="map-title")


def order_lines(lines: Sequence[MapLine], crossings: Sequence[Crossing]) -> list[MapLine]:
    """Order the lines so that as many neighbours as possible share a segment.

    Exact for up to nine lines (dynamic programming over sets, 9 x 512 states); the first best order in the order given.
    """
    weights = _weights(crossings)
    best: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {(1 << i, i): (0, (i,)) for i in range(len(lines))}
    for _step in range(len(lines) - 1):
        longer: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {}
        for (used, last), (shared, path) in best.items():
            for i, line in enumerate(lines):
                if used & 1 << i:
                    continue
                candidate = (shared + weights.get(frozenset((lines[last].code, line.code)), 0), (*path, i))
                key = (used | 1 << i, i)
                if key not in longer or (-candidate[0], candidate[1]) < (-longer[key][0], longer[key][1]):
                    longer[key] = candidate
        best = longer
    _shared, path = min(best.values(), key=lambda found: (-found[0], found[1]))
    return [lines[i] for i in path]


def _weights(crossings: Sequence[Crossing]) -> dict[frozenset[str], int]:
    """Count neighbours once, with a little more for pairs that share several segments."""
    counted: dict[frozenset[str], int] = {}
    for crossing in crossings:
        pair = frozenset((crossing.first, crossing.second))
        counted[pair] = min(counted.get(pair, 9) + 1, 14)
    return counted


def place_bends(order: Sequence[MapLine], crossings: Sequence[Crossing]) -> dict[int, _Bend]:
    """Choose, for each line that meets the one above it, where it bends: left or right, never where its neighbour bends.

    Of the two alternations the one is taken that puts more segments into their own stage.
    """
    shared: dict[int, list[Crossing]] = {}
    for i, (above, below) in enumerate(pairwise(order), start=1):
        found = [c for c in crossings if {c.first, c.second} == {above.code, below.code}]
        if found:
            shared[i] = found

    def alternate(start: int) -> dict[int, _Bend]:
        return {i: _bend(found, BENDS[(i + start) % 2]) for i, found in shared.items()}

    def in_stage(start: int) -> int:
        return sum(any(c.stage == BENDS[(i + start) % 2][1] for c in found) for i, found in shared.items())

    return alternate(0) if in_stage(0) >= in_stage(1) else alternate(1)


def _bend(found: Sequence[Crossing], place: tuple[float, str]) -> _Bend:
    x, stage = place
    chosen = next((c for c in found if c.stage == stage), found[0])
    return _Bend(x, cut(chosen.label, WIDEST_LABEL))


def cut(text: str, widest: int) -> str:
    """Return the text, or as much of it as is `widest` Latin letters wide, with an ellipsis; a Chinese character counts two."""
    width = 0
    for place, letter in enumerate(text):
        width += 2 if east_asian_width(letter) in "WF" else 1
        if width > widest:
            return text[:place].rstrip() + "…"
    return text


def _line_path(i: int, ys: Sequence[float], bend: _Bend | None, pitch: float) -> list[Point]:
    """List the corners of a line: level, up to its neighbour and back, then down or up into the bundle."""
    y, middle = ys[i], (len(ys) - 1) / 2
    target = (ys[0] + ys[-1]) / 2 + (i - middle) * BUNDLE_PITCH
    join = JOIN_X + 7.5 * (abs(i - middle) - middle)
    path: list[Point] = [(LEFT, y)]
    if bend:
        rise, half = pitch - 17, BEND_FLAT / 2
        path += [(bend.x - half - rise, y), (bend.x - half, y - rise), (bend.x + half, y - rise), (bend.x + half + rise, y)]
    return [*path, (join - abs(target - y), y), (join, target), (RUNS_TO, target)]


def _rails(drawing: NetworkMap, order: Sequence[MapLine], paths: Sequence[Sequence[Point]], ys: Sequence[float]) -> list[str]:
    """Draw the lines, services first and the outer ones before the inner ones, each with a halo that cuts what lies below."""
    middle = (len(order) - 1) / 2
    drawn = []
    if drawing.services:
        drawn.append(_rail(drawing.services.colour, f"M{SERVICES_X} 40V{ys[-1] + 60:g}"))
    outer_first = sorted(range(len(order)), key=lambda i: -abs(i - middle))
    return drawn + [_rail(order[i].colour, rounded(paths[i], 18)) for i in outer_first]


def _rail(colour: str, data: str) -> str:
    return element("g", [element("path", class_="halo", d=data), element("path", class_="rail", d=data)], data_colour=colour)


def _stage_words(drawing: NetworkMap) -> list[str]:
    drawn = []
    for x, (word, other) in zip(STAGE_XS, drawing.stages, strict=True):
        drawn.append(element("path", class_="guide", d=f"M{x} 8V44"))
        drawn.append(words(word, x + 9, 24))
        drawn.append(words(other, x + 9, 43, "dim", lang=drawing.other_language))
    return drawn


def _ticks(line: MapLine, path: Sequence[Point], stations: Sequence[float], level: float) -> list[str]:
    """Draw one white dot for each segment, spread over its stage, clear of stations."""
    drawn = []
    for (start, end), segments in zip(STAGE_SPANS, line.segments, strict=True):
        for k in range(segments):
            x = start + (end - start) * (k + 0.5) / segments
            if any(abs(x - station) < STATION_CLEARANCE for station in stations):
                x += 28
            if abs(x - SERVICES_X) < STATION_CLEARANCE:
                x += 30
            drawn.append(element("circle", class_="tick", cx=x, cy=height_at(path, x, level), r=3.4))
    return drawn


def height_at(path: Sequence[Point], x: float, level: float) -> float:
    """Return how high the line runs at x; `level` where the path does not reach."""
    for (x0, y0), (x1, y1) in pairwise(path):
        if x0 <= x <= x1 and x1 > x0:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return level


def _interchange(bend: _Bend, above: float, pitch: float) -> list[str]:
    radius = 10.5
    pill = element("rect", class_="node", x=bend.x - radius, y=above - radius, width=2 * radius, height=17 + 2 * radius, rx=radius)
    return [pill, words(bend.label, bend.x, above - 20, "mid")] if pitch >= LABEL_PITCH else [pill]


def _services(services: MapLine | None, ys: Sequence[float]) -> list[str]:
    if services is None:
        return []
    stations = [element("circle", class_="node", cx=SERVICES_X, cy=y, r=8.5) for y in ys]
    return [*stations, _plate(services, SERVICES_X, 38)]


def _plate(line: MapLine, x: float, y: float) -> str:
    width = plate_width(line.code, 42, 54)
    sign = element("rect", class_="plate", x=x - width / 2, y=y - 16, width=width, height=32, rx=5)
    return element("g", [sign, words(line.code, x, y + 6, "code")], data_colour=line.colour)


def _terminus(drawing: NetworkMap, ys: Sequence[float]) -> list[str]:
    middle, half = (ys[0] + ys[-1]) / 2, (len(ys) - 1) / 2 * BUNDLE_PITCH + 14
    station = element("rect", class_="node", x=END_X - 13, y=middle - half, width=26, height=2 * half, rx=13)
    below = middle + half
    return [station, words(drawing.end, END_X, below + 34, "big mid"), words(drawing.end_note, END_X, below + 56, "dim mid")]
