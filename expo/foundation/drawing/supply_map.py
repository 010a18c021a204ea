"""The supply chain map: the stations of a line by stage, who stands on each, and who supplies whom.

Stages run from left to right, services below them. Every station is a card; links leave a card on the side of where they lead. Links go
below the cards, so that no name is crossed out. What does not fit into a card stands in the table beside the picture.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from expo.foundation.drawing.labels import shortened, width_of
from expo.foundation.drawing.svg import element, number, plate_width, words

CARD, GAP, MARGIN = 272.0, 142.0, 8.0
COLUMNS = 3
WIDTH = COLUMNS * CARD + (COLUMNS - 1) * GAP + 2 * MARGIN + 48
RAIL_Y, TOP = 52.0, 92.0
LINE, PAD, BETWEEN, BAND = 20.0, 14.0, 26.0, 64.0
NAME_SIZE, TEXT_SIZE = 16.0, 14.0
TIP, LOOP = 9.0, 34.0
THINNEST, THICKEST = 3.0, 10.0
FAINT = {"fill": "none", "stroke": "currentColor", "stroke_opacity": ".22", "stroke_width": "1.5"}
SAID = {"fill": "none", "stroke": "currentColor", "stroke_width": "2.5"}


@dataclass(frozen=True)
class MapStop:
    """A station: its key and name, the key of its stage, lines of words below the name, and the signs of chains that it is linked with.

    `supplies` and `supplied_by` are pairs of (code, colour) after the word that leads them.
    """

    key: str
    name: str
    stage: str
    lines: Sequence[str] = ()
    supplied_by: Sequence[tuple[str, str]] = ()
    supplies: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class MapLink:
    """From a station to the one that it supplies. `published` and `agreed` count what is known of it; both 0: the chain is built so."""

    start: str
    end: str
    published: int = 0
    agreed: int = 0


@dataclass(frozen=True)
class SupplyMap:
    """All that the picture shows. `stages` are the columns by key, in their order, "service" below; `words_` are the key and the leads."""

    code: str
    colour: str
    name: str
    stages: Sequence[tuple[str, str]]
    stops: Sequence[MapStop]
    links: Sequence[MapLink]
    words_: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Box:
    """Where a card lies."""

    column: int
    x: float
    y: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class _End:
    """A link with the sides on which it leaves and arrives: -1 left, 1 right; and what it is drawn as."""

    link: MapLink
    kind: str
    leaves: int
    arrives: int


def supply_map(drawing: SupplyMap) -> str:
    """Draw the map; '' for a chain without stations. Links whose ends are not on it are left out."""
    if not drawing.stops:
        return ""
    boxes, heads, height = _set_out(drawing)
    ends = list(_ends(drawing.links, boxes))
    places = _places(ends, boxes)
    most = max((link.agreed for link in drawing.links), default=0) or 1
    drawn = _rail(drawing, heads)
    # What the chain is built like goes below what is known to flow.
    for kind in ("built", "agreed", "published"):
        drawn += [_path(end, boxes, places, most) for end in ends if end.kind == kind]
    drawn += [_card(stop, boxes[stop.key], drawing.words_) for stop in drawing.stops]
    drawn += [_figure(end, boxes, places) for end in ends if end.kind != "built"]
    drawn += _key(drawing, ends, height)
    return element(
        "svg",
        drawn,
        class_="chart is-map",
        viewBox=f"0 0 {number(WIDTH)} {number(height + 30)}",
        role="img",
        aria_label=drawing.name,
        data_chain=drawing.code,
        data_colour=drawing.colour or None,
    )


def _height(stop: MapStop) -> float:
    signs = bool(stop.supplied_by) + bool(stop.supplies)
    return PAD + 8 + LINE * (1 + len(stop.lines)) + signs * 28 + PAD / 2


def _set_out(drawing: SupplyMap) -> tuple[dict[str, _Box], list[tuple[str, float, float]], float]:
    """Lay the cards out, stage by stage, and return them with the heads (words, x, y) and the height of all."""
    boxes: dict[str, _Box] = {}
    heads = []
    bottom = TOP
    columns = [(key, name) for key, name in drawing.stages if key != "service" and any(stop.stage == key for stop in drawing.stops)]
    for column, (key, name) in enumerate(columns):
        x, y = _x(column), TOP
        heads.append((name, x, RAIL_Y))
        for stop in (stop for stop in drawing.stops if stop.stage == key):
            boxes[stop.key] = _Box(column, x, y, _height(stop))
            y += _height(stop) + BETWEEN
        bottom = max(bottom, y)
    services = [stop for stop in drawing.stops if stop.stage == "service"]
    if services:
        bottom += (BAND - BETWEEN) if columns else 0
        heads.append((dict(drawing.stages).get("service", ""), _x(0), bottom - PAD if columns else RAIL_Y))
        for row in range(ceil(len(services) / COLUMNS)):
            along = services[row * COLUMNS : (row + 1) * COLUMNS]
            for column, stop in enumerate(along):
                boxes[stop.key] = _Box(column, _x(column), bottom, _height(stop))
            bottom += max(_height(stop) for stop in along) + BETWEEN
    return boxes, heads, bottom


def _x(column: int) -> float:
    return MARGIN + column * (CARD + GAP)


def _rail(drawing: SupplyMap, heads: Sequence[tuple[str, float, float]]) -> list[str]:
    """Draw the line of the chain through the heads of the stages; services lie off it, on a dashed one."""
    drawn = [element("path", class_="rail", d=f"M{number(MARGIN + 20)} {number(RAIL_Y)}H{number(WIDTH - 20)}")]
    for name, x, y in heads:
        if y == RAIL_Y:
            drawn.append(element("circle", class_="node", cx=x + CARD / 2, cy=y, r=9))
            drawn.append(words(name, x + CARD / 2, y - 22, "lab-b", text_anchor="middle"))
        else:
            drawn.append(words(name, x, y, "lab-b"))
    wide = plate_width(drawing.code, 42, 52)
    sign = element("rect", class_="plate", x=MARGIN, y=RAIL_Y - 16, width=wide, height=32, rx=5)
    return [*drawn, sign, words(drawing.code, MARGIN + wide / 2, RAIL_Y + 6, "code", text_anchor="middle")]


def _card(stop: MapStop, box: _Box, leads: Mapping[str, str]) -> str:
    room = CARD - 2 * PAD
    drawn = [
        element(
            "rect",
            class_="card",
            x=box.x,
            y=box.y,
            width=CARD,
            height=box.height,
            rx=4,
            fill="#ffffff",
            stroke="currentColor",
            stroke_width=1.5,
        ),
        words(shortened(stop.name, room, NAME_SIZE * 1.06), box.x + PAD, box.y + PAD + 11, "lab-b"),
    ]
    y = box.y + PAD + 11
    for line in stop.lines:
        y += LINE
        drawn.append(words(shortened(line, room, TEXT_SIZE), box.x + PAD, y, "dim"))
    for lead, signs in (("supplied_by", stop.supplied_by), ("supplies", stop.supplies)):
        if signs:
            y += 28
            drawn += _signs(leads.get(lead, ""), signs, box.x + PAD, y)
    return element("g", drawn)


def _signs(lead: str, signs: Sequence[tuple[str, str]], x: float, y: float) -> Iterator[str]:
    yield words(lead, x, y, "dim")
    x += width_of(lead, TEXT_SIZE) + 10
    for code, colour in signs:
        wide = plate_width(code, 30, 38)
        plate = element("rect", class_="plate", x=x, y=y - 15, width=wide, height=21, rx=4)
        said = words(code, x + wide / 2, y, "code", text_anchor="middle")
        yield element("g", [plate, said], data_chain=code, data_colour=colour or None)
        x += wide + 6


def _ends(links: Sequence[MapLink], boxes: Mapping[str, _Box]) -> Iterator[_End]:
    for link in links:
        if link.start not in boxes or link.end not in boxes or link.start == link.end:
            continue
        ahead = boxes[link.end].column - boxes[link.start].column
        leaves, arrives = (1, 1) if ahead == 0 else (1, -1) if ahead > 0 else (-1, 1)
        kinds = [kind for kind, count in (("published", link.published), ("agreed", link.agreed)) if count]
        for kind in kinds or ["built"]:
            yield _End(link, kind, leaves, arrives)


def _places(ends: Sequence[_End], boxes: Mapping[str, _Box]) -> dict[tuple[_End, str], float]:
    """Spread the ends on each side of a card over its height, in the order of where they lead, so that few of them cross."""
    sides: dict[tuple[str, int], list[tuple[float, int, _End, str]]] = {}
    for number_, end in enumerate(ends):
        start, stop = boxes[end.link.start], boxes[end.link.end]
        sides.setdefault((end.link.start, end.leaves), []).append((stop.middle, number_, end, "leaves"))
        sides.setdefault((end.link.end, end.arrives), []).append((start.middle, number_, end, "arrives"))
    places = {}
    for (key, _side), there in sides.items():
        box = boxes[key]
        for place, (_to, _number, end, which) in enumerate(sorted(there, key=lambda one: one[:2]), start=1):
            places[end, which] = box.y + box.height * place / (len(there) + 1)
    return places


def _points(end: _End, boxes: Mapping[str, _Box], places: Mapping[tuple[_End, str], float]) -> tuple[float, float, float, float]:
    start, stop = boxes[end.link.start], boxes[end.link.end]
    x0 = start.x + (CARD if end.leaves > 0 else 0)
    x1 = stop.x + (CARD if end.arrives > 0 else 0)
    return x0, places[end, "leaves"], x1, places[end, "arrives"]


def _path(end: _End, boxes: Mapping[str, _Box], places: Mapping[tuple[_End, str], float], most: int) -> str:
    x0, y0, x1, y1 = _points(end, boxes, places)
    reach = LOOP + abs(y1 - y0) / 12 if x0 == x1 else max(abs(x1 - x0) / 2, LOOP)
    near, far = x0 + end.leaves * reach, x1 + end.arrives * reach
    stop = x1 + end.arrives * TIP
    curve = f"M{number(x0)} {number(y0)}C{number(near)} {number(y0)} {number(far)} {number(y1)} {number(stop)} {number(y1)}"
    tip = f"M{number(stop)} {number(y1 - 6)}L{number(x1)} {number(y1)}L{number(stop)} {number(y1 + 6)}z"
    if end.kind == "agreed":
        thick = THINNEST + (THICKEST - THINNEST) * end.link.agreed / most
        return element("path", class_="bow", d=curve, stroke_width=thick) + element("path", class_="plate", d=tip)
    if end.kind == "published":
        return element("path", d=curve, **SAID) + element("path", d=tip, fill="currentColor")
    return element("path", d=curve, **FAINT) + element("path", d=tip, fill="currentColor", fill_opacity=".22")


def _figure(end: _End, boxes: Mapping[str, _Box], places: Mapping[tuple[_End, str], float]) -> str:
    """Print how many beside the card that supplies: agreements in the colour of the chain, published links on ink."""
    x0, y, _x1, _y1 = _points(end, boxes, places)
    said = str(end.link.agreed if end.kind == "agreed" else end.link.published)
    wide = 8.4 * len(said) + 12
    left = x0 + (8 if end.leaves > 0 else -8 - wide)
    class_ = "plate" if end.kind == "agreed" else "c-full"
    sign = element("rect", class_=class_, x=left, y=y - 10, width=wide, height=20, rx=10)
    return sign + words(said, left + wide / 2, y + 5, "code" if end.kind == "agreed" else "in", text_anchor="middle")


def _key(drawing: SupplyMap, ends: Sequence[_End], y: float) -> list[str]:
    """Say below the map what its lines are, those that it has."""
    drawn, x = [], MARGIN
    for kind in ("published", "agreed", "built"):
        said = drawing.words_.get(kind, "")
        if not said or all(end.kind != kind for end in ends):
            continue
        line = f"M{number(x)} {number(y + 6)}h30"
        if kind == "agreed":
            drawn.append(element("path", class_="bow", d=line, stroke_width=6))
        else:
            drawn.append(element("path", d=line, **(SAID if kind == "published" else FAINT)))
        drawn.append(words(said, x + 40, y + 11, "dim"))
        x += 40 + width_of(said, TEXT_SIZE) + 32
    return drawn
