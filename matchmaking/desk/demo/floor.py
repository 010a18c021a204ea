"""The demo floor plan, set out from rows of booth sizes."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from expo.editions.models import ChainArea, Edition, Stage
from expo.venue.models import Booth, Hall
from matchmaking.desk.demo.files import read

STAGES = {"1": Stage.UPSTREAM, "2": Stage.MIDSTREAM, "3": Stage.DOWNSTREAM, "4": Stage.SERVICE}
# Width and depth in metres, and how many stand one behind the other.
SIZES = {"L": ("12", "6", 1), "M": ("6", "6", 1), "H": ("6", "3", 2), "S": ("3", "3", 2)}


@dataclass(frozen=True)
class Place:
    """A rectangle of the floor in metres, and whose it is."""

    chain: str
    stage: str
    x: Decimal
    y: Decimal
    width: Decimal
    depth: Decimal


def add_floor(edition: Edition) -> int:
    """Add halls and booths to an edition that has no hall, and return how many booths. Nobody stands there yet."""
    if edition.halls.exists():
        return 0
    areas = {area.chain.code: area for area in edition.areas.select_related("chain")}
    plan = read("plan")
    counted: Counter[tuple[str, str]] = Counter()
    booths: list[Booth] = []
    for entry in plan["halls"]:
        hall = _hall(edition, entry, plan["hall"]["width"], plan["hall"]["depth"])
        booths += _numbered(hall, _in_rows(entry, plan["hall"]), areas, counted)
    across = plan["concourse"]
    hall = _hall(edition, across, across["width"], across["depth"])
    booths += _numbered(hall, _on_concourse(across), areas, counted)
    return len(Booth.objects.bulk_create(booths))


def _hall(edition: Edition, entry: dict[str, Any], width: float, depth: float) -> Hall:
    return Hall.objects.create(
        edition=edition,
        code=entry["code"],
        name_en=entry["name_en"],
        name_zh=entry["name_zh"],
        x=_metres(entry["x"]),
        y=_metres(entry["y"]),
        width=_metres(width),
        depth=_metres(depth),
        is_demo=True,
    )


def _in_rows(entry: dict[str, Any], measure: dict[str, Any]) -> Iterator[Place]:
    """Yield a hall's places row by row, west to east, those behind one another from the wall inwards."""
    for y, row in zip(measure["rows"], entry["rows"], strict=True):
        for start, part in zip(measure["parts"], row, strict=True):
            *zone, stage, sizes = str(part).split()
            x = _metres(start)
            for size in sizes:
                width, depth, behind = SIZES[size]
                for level in range(behind):
                    top = _metres(y) + level * Decimal(depth)
                    yield Place(zone[0] if zone else entry["chain"], stage, x, top, Decimal(width), Decimal(depth))
                x += Decimal(width)


def _on_concourse(across: dict[str, Any]) -> Iterator[Place]:
    width, depth = (_metres(side) for side in across["size"])
    for number in range(across["booths"]):
        x = _metres(across["first"]) + number * _metres(across["step"])
        yield Place(across["chain"], "4", x, _metres(across["rows"][number % 2]), width, depth)


def _numbered(hall: Hall, places: Iterator[Place], areas: dict[str, ChainArea], counted: Counter[tuple[str, str]]) -> Iterator[Booth]:
    """Give each place its address: chain, stage, number. Places of a chain that the edition does not have stay empty ground."""
    for place in places:
        if place.chain not in areas:
            continue
        counted[place.chain, place.stage] += 1
        yield Booth(
            edition_id=hall.edition_id,
            hall=hall,
            code=f"{place.chain} {place.stage}{counted[place.chain, place.stage]:02d}",
            area=areas[place.chain],
            stage=STAGES[place.stage],
            x=place.x,
            y=place.y,
            width=place.width,
            depth=place.depth,
        )


def _metres(value: float | str) -> Decimal:
    return Decimal(str(value))
