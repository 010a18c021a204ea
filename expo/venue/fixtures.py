"""What the expo's files may say of halls, booths and pavilions."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from expo.foundation.loading import Plan, Problem, Row, Sheet
from expo.venue.models import Booth, Hall, Pavilion


class _Ground(NamedTuple):
    code: str
    left: Decimal
    top: Decimal
    right: Decimal
    bottom: Decimal

    def overlaps(self, other: "_Ground") -> bool:
        """Say whether the two share ground; touching edges do not count."""
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom


def _ground(code: str, x: Decimal, y: Decimal, width: Decimal, depth: Decimal) -> _Ground:
    return _Ground(code, x, y, x + width, y + depth)


def _fits_its_hall(plan: Plan, rows: list[Row]) -> Iterator[Problem]:
    """Find booths that reach beyond their hall or overlap another of it, those that stand here already counted in."""
    taken = _stored_grounds(plan, rows)
    for row in rows:
        if not row.key or row.wrong or any(row.values[side] is None for side in ("x", "y", "width", "depth")):
            continue
        hall = tuple(row.values["hall"])
        own = _ground(row.values["code"], *(Decimal(row.values[side]) for side in ("x", "y", "width", "depth")))
        walls = [plan.value(Hall, hall, side) for side in ("width", "depth")]
        if None not in walls and (own.right > Decimal(walls[0]) or own.bottom > Decimal(walls[1])):
            yield row.problem("", "reaches beyond the walls of its hall")
        other = next((one for one in taken[hall] if own.overlaps(one)), None)
        if other is not None:
            yield row.problem("", f"overlaps booth {other.code}")
        taken[hall].append(own)


def _stored_grounds(plan: Plan, rows: list[Row]) -> defaultdict[tuple[str, ...], list[_Ground]]:
    halls = {pk: key for key, pk in plan.stored(HALLS).items() if key in plan.by_key[HALLS]}
    own = [pk for key, pk in plan.stored(BOOTHS).items() if key in plan.by_key[BOOTHS]]
    taken: defaultdict[tuple[str, ...], list[_Ground]] = defaultdict(list)
    if rows and halls:
        for booth in Booth.objects.filter(hall__in=halls).exclude(pk__in=own):
            taken[halls[booth.hall_id]].append(_ground(booth.code, booth.x, booth.y, booth.width, booth.depth))
    return taken


BOOTHS = Sheet(
    name="booths",
    model=Booth,
    key=("edition", "code"),
    parent="hall",
    inherits=("edition",),
    fields=("code", "area", "stage", "segment", "x", "y", "width", "depth", "status"),
    around={"area": ("edition", "*")},
    check=_fits_its_hall,
)
HALLS = Sheet(
    name="halls",
    model=Hall,
    key=("edition", "code"),
    fields=("edition", "code", "name", "x", "y", "width", "depth", "is_demo"),
    children=(BOOTHS,),
)
PAVILIONS = Sheet(
    name="pavilions",
    model=Pavilion,
    key=("key",),
    fields=("key", "edition", "name", "country", "kind", "is_guest_of_honour", "status", "detail", "sources"),
)
SHEETS = (HALLS, PAVILIONS)
