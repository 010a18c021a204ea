"""The floor plan: halls and booths in metres in, one SVG out. Booths are links; the same booths stand in a list on the page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from expo.foundation.drawing.svg import element, plate_width, words

DRAWN_WIDTH = 1240.0
DRAWN_WIDTH_OF_ONE = 620.0
LARGEST_OF_ONE_M = 60.0
HALLS_A_ROW = 3
HALL_GAP_M = 4.0
CONCOURSE_M = 7.0
HEAD = 34.0
AISLE_M = 1.2
TEXT_HEIGHT = 16


@dataclass(frozen=True)
class PlanLine:
    """A chain's sign on the plan: code, colour token, and whether it is a special zone."""

    code: str
    colour: str
    is_zone: bool = False


@dataclass(frozen=True)
class PlanBooth:
    """A booth: its rectangle in metres from the hall's corner, what is printed on it, where it leads.

    `name` is read out and shown on hover ("SV 212, Harbourline Power"); `state` is "", "hot" (open posting) or
    "free" (nobody stands here yet).
    """

    code: str
    x_m: float
    y_m: float
    width_m: float
    depth_m: float
    colour: str = ""
    href: str = ""
    name: str = ""
    state: str = ""
    in_zone: bool = False
    is_selected: bool = False


@dataclass(frozen=True)
class PlanHall:
    """A hall: its size in metres, its booths, the chains that stand in it. Without a place the halls are set out in rows."""

    name: str
    width_m: float
    depth_m: float
    booths: Sequence[PlanBooth] = ()
    lines: Sequence[PlanLine] = ()
    x_m: float | None = None
    y_m: float | None = None


@dataclass(frozen=True)
class FloorPlan:
    """All halls of an edition; `title` says in words what is shown, `concourse` names the space between the rows."""

    halls: Sequence[PlanHall]
    title: str
    concourse: str = ""


@dataclass(frozen=True)
class _Sheet:
    """A laid-out plan: halls with places, scale in drawing units for a metre, total size in metres, the concourse between rows."""

    halls: list[PlanHall]
    scale: float
    width_m: float
    depth_m: float
    concourse: tuple[float, float] | None = None

    @property
    def drawn_width(self) -> float:
        return self.width_m * self.scale


def floor_plan(drawing: FloorPlan) -> str:
    """Draw the plan; '' when there is no hall. Only the selected booth and its hall change between two drawings of one edition."""
    if not drawing.halls:
        return ""
    sheet = _set_out(drawing.halls)
    drawn = [element("title", escape(drawing.title), id="plan-title")]
    if sheet.concourse:
        drawn += _concourse(sheet, drawing.concourse)
    for hall in sheet.halls:
        drawn += _hall(hall, sheet.scale)
    height = sheet.depth_m * sheet.scale + HEAD
    return element(
        "svg", drawn, class_="plan", viewBox=f"-4 0 {sheet.drawn_width + 8:g} {height + 6:.1f}", role="group", aria_labelledby="plan-title"
    )


def _set_out(halls: Sequence[PlanHall]) -> _Sheet:
    """Give each hall its place: as given, or in rows of three with room for the name above and a concourse after the first row."""
    if all(hall.x_m is not None and hall.y_m is not None for hall in halls):
        width = max((hall.x_m or 0) + hall.width_m for hall in halls)
        depth = max((hall.y_m or 0) + hall.depth_m for hall in halls)
        return _Sheet(list(halls), DRAWN_WIDTH / width, width, depth)
    rows = [halls[i : i + HALLS_A_ROW] for i in range(0, len(halls), HALLS_A_ROW)]
    width = max(sum(hall.width_m for hall in row) + HALL_GAP_M * (len(row) - 1) for row in rows)
    alone = len(halls) == 1 and width <= LARGEST_OF_ONE_M
    scale = (DRAWN_WIDTH_OF_ONE if alone else DRAWN_WIDTH) / width
    head_m = HEAD / scale
    placed: list[PlanHall] = []
    y, concourse = 0.0, None
    for number, row in enumerate(rows):
        x, depth = 0.0, max(hall.depth_m for hall in row)
        for hall in row:
            placed.append(replace(hall, x_m=x, y_m=y))
            x += hall.width_m + HALL_GAP_M
        y += depth
        if number == 0 and len(rows) > 1:
            concourse = (y, y + CONCOURSE_M)
            y += CONCOURSE_M
        y += head_m if number + 1 < len(rows) else 0
    return _Sheet(placed, scale, width, y, concourse)


def _concourse(sheet: _Sheet, name: str) -> list[str]:
    top, bottom = (edge * sheet.scale + HEAD for edge in sheet.concourse or (0.0, 0.0))
    floor = element("rect", class_="floor", x=0, y=top, width=sheet.drawn_width, height=bottom - top)
    return [floor, words(name, sheet.drawn_width / 2, (top + bottom) / 2 + 5, "hallname mid")]


def _hall(hall: PlanHall, scale: float) -> list[str]:
    x, y = (hall.x_m or 0) * scale, (hall.y_m or 0) * scale + HEAD
    drawn = [element("rect", class_="hall", x=x, y=y, width=hall.width_m * scale, height=hall.depth_m * scale)]
    drawn += _hall_head(hall, x, y)
    drawn += _aisle(hall, x, y, scale)
    drawn += [_booth(booth, x, y, scale) for booth in hall.booths]
    return drawn


def _hall_head(hall: PlanHall, x: float, y: float) -> list[str]:
    drawn, at = [], x
    for line in hall.lines:
        width = plate_width(line.code, 32, 42)
        kind = "zone" if line.is_zone else ""
        plate = element("rect", class_=f"{kind}plate", x=at + 1, y=y - 28, width=width - 2, height=22, rx=4)
        drawn.append(element("g", [plate, words(line.code, at + width / 2, y - 12, f"{kind}code")], data_colour=line.colour))
        at += width + 6
    return [*drawn, words(hall.name, at + (4 if hall.lines else 0), y - 11, "hallname")]


def _aisle(hall: PlanHall, x: float, y: float, scale: float) -> list[str]:
    """Draw the chain's line along the free aisle nearest to the middle of the hall; nothing where booths leave none."""
    main = next((line for line in hall.lines if not line.is_zone), None)
    level = free_aisle(hall)
    if main is None or level is None:
        return []
    at, width = y + level * scale, hall.width_m * scale
    rail = element("path", class_="rail", d=f"M{x + 10:.1f} {at:.1f}H{x + width - 10:.1f}")
    stations = [element("circle", class_="stn", cx=x + width * part, cy=at, r=6.5) for part in (1 / 6, 1 / 2, 5 / 6)]
    return [element("g", [rail, *stations], data_colour=main.colour)]


def free_aisle(hall: PlanHall) -> float | None:
    """Return how far down (metres) the free lengthwise aisle nearest to the middle runs; None where there is none."""
    levels = [step / 4 for step in range(1, int(hall.depth_m * 4))]
    clear = [
        level
        for level in levels
        if not any(booth.y_m - AISLE_M / 2 < level < booth.y_m + booth.depth_m + AISLE_M / 2 for booth in hall.booths)
    ]
    return min(clear, key=lambda level: abs(level - hall.depth_m / 2), default=None)


def _booth(booth: PlanBooth, x: float, y: float, scale: float) -> str:
    left, top = x + booth.x_m * scale + 1.5, y + booth.y_m * scale + 1.5
    width, height = max(booth.width_m * scale - 3, 2), max(booth.depth_m * scale - 3, 2)
    classes = "booth-r" + (" is-hot" if booth.state == "hot" else " is-free" if booth.state == "free" else "")
    classes += (" is-zone" if booth.in_zone else "") + (" is-sel" if booth.is_selected else "")
    inside = [element("title", escape(booth.name))] if booth.name else []
    inside.append(element("rect", class_=classes, x=left, y=top, width=width, height=height, rx=2))
    inside += _booth_words(booth, left, top, width, height)
    if not booth.href:
        return element("g", inside, data_colour=booth.colour or None)
    return element("a", inside, href=booth.href, tabindex="-1", aria_label=booth.name or booth.code, data_colour=booth.colour or None)


def _booth_words(booth: PlanBooth, left: float, top: float, width: float, height: float) -> list[str]:
    """Print the place number where it fits; the selected booth gets a pin beside or instead of it."""
    number = booth.code.rpartition(" ")[2]
    middle, base = left + width / 2, top + height / 2 + 5
    fits = width >= 9 * len(number) + 4 and height >= TEXT_HEIGHT
    if booth.is_selected:
        pin_x = middle - 5 * len(number) if fits and width >= 9 * len(number) + 34 else middle
        beside = [words(number, pin_x + 14, base + 1, "bn is-seltext start")] if pin_x != middle else []
        return [_pin(pin_x, base + 9), *beside]
    on_hot = " on-hot" if booth.state == "hot" else ""
    return [words(number, middle, base, f"bn{on_hot}")] if fits else []


def _pin(x: float, y: float) -> str:
    drop = element("path", d=f"M{x:.1f} {y:.1f}l-9 -13a11 11 0 1 1 18 0z")
    return element("g", [drop, element("circle", cx=x, cy=y - 19.5, r=4)], class_="pin", aria_hidden="true")
