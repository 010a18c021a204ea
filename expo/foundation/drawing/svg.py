"""The few strokes all drawings are made of: an escaped element, an escaped text, a path with rounded corners."""

from collections.abc import Iterable, Sequence
from html import escape
from math import hypot

Attribute = str | float | None
Point = tuple[float, float]
FEWEST_POINTS = 2
SHORT_CODE = 2


def number(value: float) -> str:
    """Print a length: at most two decimals, no trailing zeros, never an exponent."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def attributes(given: dict[str, Attribute]) -> str:
    """Print attributes, escaped, each led by a blank. `class_` prints as class, `_` as hyphen; None is left out."""
    printed = []
    for name, value in given.items():
        if value is None:
            continue
        text = escape(value, quote=True) if isinstance(value, str) else number(value)
        printed.append(f' {name.rstrip("_").replace("_", "-")}="{text}"')
    return "".join(printed)


def element(name: str, inside: Iterable[str] | str = "", /, **given: Attribute) -> str:
    """Print one element. `inside` is finished SVG (one string or several), the attribute values are escaped."""
    body = inside if isinstance(inside, str) else "".join(inside)
    return f"<{name}{attributes(given)}>{body}</{name}>" if body else f"<{name}{attributes(given)}/>"


def words(content: str, x: float, y: float, class_: str | None = None, **given: Attribute) -> str:
    """Print a text, escaped, with its baseline at x, y."""
    return element("text", escape(content), x=x, y=y, class_=class_, **given) if content else ""


def picture(inside: Iterable[str], *, width: float, height: float, class_: str, name: str = "", **given: Attribute) -> str:
    """Print a drawing of fixed size. With a name it is an image for everyone; without, it is decoration."""
    meaning: dict[str, Attribute] = {"role": "img", "aria_label": name} if name else {"aria_hidden": "true"}
    return element(
        "svg",
        inside,
        class_=class_ or None,
        width=width,
        height=height,
        viewBox=f"0 0 {number(width)} {number(height)}",
        **meaning,
        **given,
    )


def plate_width(code: str, narrow: float, wide: float) -> float:
    """Return how wide the plate of a chain code is: codes have two letters, some three."""
    return narrow if len(code) <= SHORT_CODE else wide


def rounded(points: Sequence[Point], radius: float = 16) -> str:
    """Path data through the points, with corners rounded by at most `radius`.

    Raises:
        ValueError: fewer than two points.
    """
    if len(points) < FEWEST_POINTS:
        raise ValueError("a path needs two points")
    start, end = points[0], points[-1]
    data = [f"M{number(start[0])} {number(start[1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        leg_in = hypot(corner[0] - before[0], corner[1] - before[1])
        leg_out = hypot(after[0] - corner[0], after[1] - corner[1])
        if not leg_in or not leg_out:
            continue
        cut = min(radius, leg_in / 2, leg_out / 2)
        enter = _towards(corner, before, cut / leg_in)
        leave = _towards(corner, after, cut / leg_out)
        data.append(f"L{_pair(enter)} Q{_pair(corner)} {_pair(leave)}")
    data.append(f"L{_pair(end)}")
    return " ".join(data)


def _towards(here: Point, there: Point, part: float) -> Point:
    return here[0] + (there[0] - here[0]) * part, here[1] + (there[1] - here[1]) * part


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
