"""What goes from whom to whom: two columns of places and a band for each pair, as thick as it is large."""

from collections.abc import Sequence
from dataclasses import dataclass

from expo.foundation.drawing.labels import shortened, width_of
from expo.foundation.drawing.svg import element, number, words

# Labels are measured at the size that narrow screens give them.
WIDTH, POST, LABEL_SIZE = 960, 14, 19
LEAST_LINE, GAP, TOP = 24.0, 10.0, 34.0
HIGH = 300.0
WIDEST_LABEL = 250.0


@dataclass(frozen=True)
class Flow:
    """So much from one place to another. `rest` marks what is left over: it is drawn hatched out, in grey."""

    start: str
    end: str
    value: float
    rest: bool = False


@dataclass
class _Place:
    """A place on one side: how much passes it, where it begins, and down to where its bands are drawn."""

    total: float = 0.0
    top: float = 0.0
    used: float = 0.0


def flow_picture(flows: Sequence[Flow], name: str, *, heads: tuple[str, str] = ("", "")) -> str:
    """Draw the flows, places on each side from the largest down in the order of their first flow; '' without flows.

    Args:
        heads: what stands above the left and the right column.
    """
    listed = [flow for flow in flows if flow.value > 0]
    if not listed:
        return ""
    starts, ends = _places([(f.start, f.value) for f in listed]), _places([(f.end, f.value) for f in listed])
    scale = HIGH / sum(flow.value for flow in listed)
    height = max(_lay_out(starts, scale), _lay_out(ends, scale))
    left, right = _room(starts), _room(ends)
    drawn = [words(heads[0], 0, 16, "dim"), words(heads[1], WIDTH, 16, "dim", text_anchor="end")]
    drawn += [_band(flow, starts[flow.start], ends[flow.end], (left + POST, WIDTH - right - POST), scale) for flow in listed]
    drawn += [_post(label, place, left, scale, is_left=True) for label, place in starts.items()]
    drawn += [_post(label, place, WIDTH - right - POST, scale, is_left=False) for label, place in ends.items()]
    return element("svg", drawn, class_="chart is-flows", viewBox=f"0 0 {WIDTH} {number(height)}", role="img", aria_label=name)


def _places(passing: Sequence[tuple[str, float]]) -> dict[str, _Place]:
    places: dict[str, _Place] = {}
    for label, value in passing:
        places.setdefault(label, _Place()).total += value
    return places


def _lay_out(places: dict[str, _Place], scale: float) -> float:
    """Set where each place begins; each is given at least the height of its label. Returns the height of all."""
    y = TOP
    for place in places.values():
        place.top = y + max(LEAST_LINE - place.total * scale, 0) / 2
        y += max(place.total * scale, LEAST_LINE) + GAP
    return y - GAP + 2


def _room(places: dict[str, _Place]) -> float:
    return min(max(width_of(label, LABEL_SIZE) for label in places), WIDEST_LABEL) + 12


def _post(label: str, place: _Place, x: float, scale: float, *, is_left: bool) -> str:
    high = max(place.total * scale, 1.5)
    said = shortened(label, WIDEST_LABEL, LABEL_SIZE)
    beside = x - 10 if is_left else x + POST + 10
    return element("rect", class_="c-full", x=x, y=place.top, width=POST, height=high) + words(
        said, beside, place.top + high / 2 + 5, None, text_anchor="end" if is_left else "start"
    )


def _band(flow: Flow, start: _Place, end: _Place, across: tuple[float, float], scale: float) -> str:
    x0, x1 = across
    thick = max(flow.value * scale, 1.0)
    y0, y1 = start.top + start.used, end.top + end.used
    start.used += flow.value * scale
    end.used += flow.value * scale
    middle = f"{(x0 + x1) / 2:.0f}"
    edges = [number(round(value, 1)) for value in (x0, y0, x1, y1, y1 + thick, y0 + thick)]
    data = (
        f"M{edges[0]} {edges[1]}C{middle} {edges[1]} {middle} {edges[3]} {edges[2]} {edges[3]}"
        f"V{edges[4]}C{middle} {edges[4]} {middle} {edges[5]} {edges[0]} {edges[5]}z"
    )
    return element("path", class_="band is-rest" if flow.rest else "band", d=data)
