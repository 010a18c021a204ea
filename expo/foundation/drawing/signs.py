"""Small signs: stage, verdict, editions, request dots, requirement line, track, the open line."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Literal

from expo.foundation.drawing.svg import element, picture, plate_width, words

Stage = Literal["upstream", "midstream", "downstream", "service"]
Verdict = Literal["fits", "partly", "misses", "unknown"]
STAGES: tuple[Stage, ...] = ("upstream", "midstream", "downstream")
DOTS_A_ROW = 22
DOT_PITCH = 13
MOST_DOTS = 3 * DOTS_A_ROW
BAR = 1000
FEW, LARGE_PITCH = 12, 20


@cache
def stage_mark(stage: Stage) -> str:
    """Draw three dots on a line, the stage's own one large; services cross the line, so theirs is a bar. Decoration beside the word."""
    if stage == "service":
        line = element("path", d="M1 6H35", stroke="currentColor", stroke_width=2, stroke_dasharray="3 3")
        return picture([line, element("rect", x=12, y=1, width=12, height=10, rx=3, fill="currentColor")], width=36, height=12, class_="")
    here = STAGES.index(stage)
    dots = [element("circle", cx=5 + 13 * i, cy=6, r=5 if i == here else 2.5, fill="currentColor") for i in range(3)]
    return picture([element("path", d="M5 6H31", stroke="currentColor", stroke_width=2), *dots], width=36, height=12, class_="")


@cache
def verdict_mark(verdict: Verdict) -> str:
    """Draw how a requirement fared: filled with a tick, half, hollow with a cross, dashed with a bar. Decoration beside the word."""
    if verdict == "fits":
        tick = element(
            "path",
            class_="cut",
            d="M5.8 10.3l2.9 2.9 5.5-6.2",
            fill="none",
            stroke_width=2.2,
            stroke_linecap="round",
            stroke_linejoin="round",
        )
        return picture([element("circle", cx=10, cy=10, r=9, fill="currentColor"), tick], width=20, height=20, class_="mark")
    dashes = "3 3" if verdict == "unknown" else None
    ring = element("circle", cx=10, cy=10, r=7.8, fill="none", stroke="currentColor", stroke_width=2.4, stroke_dasharray=dashes)
    if verdict == "partly":
        inner = element("path", d="M10 2.2a7.8 7.8 0 010 15.6z", fill="currentColor")
    else:
        stroke = "M7 7l6 6M13 7l-6 6" if verdict == "misses" else "M7 10h6"
        inner = element("path", d=stroke, stroke="currentColor", stroke_width=2.2, stroke_linecap="round")
    return picture([ring, inner], width=20, height=20, class_="mark")


def edition_marks(years: Sequence[int], took_part: Collection[int], name: str) -> str:
    """Draw one station for each edition year, filled where the company took part; `name` says it in words."""
    width = 12 + 17 * max(len(years) - 1, 0)
    marks = [element("path", d=f"M6 6H{width - 6}", stroke="currentColor", stroke_width=2)]
    for place, year in enumerate(years):
        x = 6 + 17 * place
        if year in took_part:
            marks.append(element("circle", cx=x, cy=6, r=4.6, fill="currentColor"))
        else:
            marks.append(element("circle", class_="void", cx=x, cy=6, r=3.6, stroke="currentColor", stroke_width=2))
    return picture(marks, width=width, height=12, class_="years", name=name)


def request_dots(total: int, without_offer: int, name: str) -> str:
    """Draw one dot for each request, 22 a row; the last `without_offer` of them hollow. Nothing for no request.

    Beyond three rows a dot stands for several requests, and at least one is hollow where any is without an offer.
    """
    if total <= 0:
        return ""
    if total > MOST_DOTS:
        without_offer = -(-without_offer * MOST_DOTS // total)
        total = MOST_DOTS
    rows = (total - 1) // DOTS_A_ROW + 1
    dots = []
    for i in range(total):
        x, y = i % DOTS_A_ROW * DOT_PITCH + DOT_PITCH / 2, i // DOTS_A_ROW * DOT_PITCH + DOT_PITCH / 2
        if i < total - without_offer:
            dots.append(element("circle", cx=x, cy=y, r=4.75, fill="currentColor"))
        else:
            dots.append(element("circle", cx=x, cy=y, r=3.75, fill="none", stroke="currentColor", stroke_width=2))
    return picture(dots, width=min(total, DOTS_A_ROW) * DOT_PITCH, height=rows * DOT_PITCH, class_="dots", name=name)


def balance(total: int, hollow: int, most: int) -> str:
    """Draw so many postings as a row of dots, the last `hollow` of them hollow; nothing for none. Decoration beside the numbers.

    Where some row of the same drawing has more than 22 (`most` is the longest), all are bars instead, the longest as wide as there is room.
    """
    if total <= 0 or most <= 0:
        return ""
    if most > DOTS_A_ROW:
        return _bar(total / most, (total - hollow) / most)
    pitch = LARGE_PITCH if most <= FEW else DOT_PITCH
    dots = []
    for place in range(total):
        x, y = (place + 0.5) * pitch, pitch / 2
        if place < total - hollow:
            dots.append(element("circle", cx=x, cy=y, r=0.37 * pitch, fill="currentColor"))
        else:
            dots.append(element("circle", cx=x, cy=y, r=0.37 * pitch - 1, fill="none", stroke="currentColor", stroke_width=2))
    return picture(dots, width=total * pitch, height=pitch, class_="balance")


def _bar(length: float, filled: float) -> str:
    """Draw a bar as a share of the room there is: filled first, then hollow. At least so much of each as the eye can see."""
    end = max(length * BAR, 6)
    cut = min(max(filled * BAR, 3 if filled else 0), end - (3 if filled < length else 0))
    parts = [element("rect", x=0, y=0, width=cut, height=14, fill="currentColor")] if cut else []
    if filled < length:
        parts.append(
            element(
                "rect",
                x=cut,
                y=1,
                width=end - cut,
                height=12,
                fill="none",
                stroke="currentColor",
                stroke_width=2,
                vector_effect="non-scaling-stroke",
            )
        )
    return element("svg", parts, class_="balance is-bar", viewBox=f"0 0 {BAR} 14", preserveAspectRatio="none", aria_hidden="true")


def requirement_line(requirements: Sequence[tuple[Verdict, bool]], name: str) -> str:
    """Draw one station for each requirement (verdict, is it a must): musts large, wishes small; `name` says the counts."""
    pitch = 30
    width = max(len(requirements), 1) * pitch
    stations = [element("path", class_="trackline", d=f"M{pitch / 2:g} 13H{width - pitch / 2:g}")]
    for i, (verdict, must) in enumerate(requirements):
        x, r = pitch / 2 + i * pitch, 9.0 if must else 6.0
        if verdict == "fits":
            stations.append(element("circle", class_="f", cx=x, cy=13, r=r))
            continue
        r -= 1.5
        stations.append(element("circle", class_="e q" if verdict == "unknown" else "e", cx=x, cy=13, r=r))
        if verdict == "partly":
            stations.append(element("path", class_="f", d=f"M{x:g} {13 - r:g}a{r:g} {r:g} 0 0 1 0 {2 * r:g}z"))
    return picture(stations, width=width, height=26, class_="reqline", name=name)


def track(stops: Sequence[str], at: int, name: str) -> str:
    """Draw where something stands: stops before `at` filled, the current one ringed in ink, later ones hollow.

    Raises:
        ValueError: `at` is not one of the stops.
    """
    if not 0 <= at < len(stops):
        raise ValueError("the current stop is not on the track")
    width, last = 300, len(stops) - 1
    step = (width - 24) / max(last, 1)
    drawn = [element("path", class_="off", d=f"M12 11H{width - 12}"), element("path", class_="on", d=f"M12 11H{12 + at * step:g}")]
    for i, stop in enumerate(stops):
        class_ = "done" if i < at else "cur" if i == at else "next"
        drawn.append(element("circle", class_=class_, cx=12 + i * step, cy=11, r=8 if i == at else 5))
        anchor, x = ("start", 0.0) if i == 0 else ("end", float(width)) if i == last else ("middle", 12 + i * step)
        drawn.append(words(stop, x, 36, class_, text_anchor=anchor))
    return picture(drawn, width=width, height=40, class_="track", name=f"{stops[at]}. {name}".strip())


@cache
def open_line() -> str:
    """Draw a line that breaks at a large hollow station: nothing is here yet. Decoration above a sentence."""
    rails = [element("path", class_="rail", d="M0 24H78"), element("path", class_="rail is-open", d="M84 24H110M150 24H180")]
    rails.append(element("path", class_="rail", d="M182 24H260"))
    nodes = [element("circle", class_="node", cx=x, cy=24, r=9) for x in (40, 220)]
    nodes.append(element("circle", class_="node is-open", cx=130, cy=24, r=14))
    return picture(rails + nodes, width=260, height=48, class_="empty-art")


def tile_strip(code: str, colour: str, stages: Sequence[Sequence[bool]], name: str) -> str:
    """Draw a chain as the top of its tile: plate, then a dot for each segment, hollow where True (requests wait there)."""
    stations = [element("path", d="M16 20H640", fill="none", stroke="currentColor", stroke_width=8)]
    x = 44 + plate_width(code, 36, 46)
    for stage in stages:
        for waits in stage:
            stations.append(element("circle", class_="open" if waits else "tick", cx=x, cy=20, r=6.5 if waits else 2.6))
            x += 20
        x += 16
    stations.append(element("rect", class_="plate", x=16, y=6, width=plate_width(code, 36, 46), height=28, rx=5))
    stations.append(words(code, 16 + plate_width(code, 36, 46) / 2, 25.5, "code"))
    return _strip(stations, name, colour)


def zone_strip(zones: Sequence[tuple[str, str]], name: str) -> str:
    """Draw special zones (code, colour) as double lines in their parents' colours, side by side."""
    share = 320 / max(len(zones), 1)
    drawn = []
    for i, (code, colour) in enumerate(zones):
        x, end = 16 + i * share, 640.0 if i == len(zones) - 1 else (i + 1) * share + 2
        branch = element("path", class_="branch", d=f"M{x + 30:g} 17H{end:g}M{x + 30:g} 23H{end:g}")
        plate = element("rect", class_="zoneplate", x=x + 1, y=7, width=plate_width(code, 36, 46) - 2, height=26, rx=5)
        drawn.append(element("g", [branch, plate, words(code, x + plate_width(code, 36, 46) / 2, 25.5, "zonecode")], data_colour=colour))
    return _strip(drawn, name, None)


def _strip(inside: Sequence[str], name: str, colour: str | None) -> str:
    return element(
        "svg",
        inside,
        class_="strip",
        viewBox="0 0 320 40",
        preserveAspectRatio="xMinYMid slice",
        role="img",
        aria_label=name,
        data_colour=colour,
    )
