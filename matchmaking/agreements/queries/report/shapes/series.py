"""A figure across editions."""

from dataclasses import dataclass
from decimal import Decimal

from matchmaking.agreements.queries.report.shapes.texts import NOTHING, Both


@dataclass(frozen=True)
class Point:
    """A metric in one edition: what was logged (None for nothing), and the published figure that stands (None for none)."""

    edition: str
    name: Both
    metric: str
    logged: Decimal | None
    version: int
    published: Decimal | None
    qualifier: str
    qualifier_name: Both
    published_text: Both
    is_this: bool = False

    @property
    def best(self) -> Decimal | None:
        """The logged figure, else the published one."""
        return self.published if self.logged is None else self.logged


@dataclass(frozen=True)
class Series:
    """A metric across editions, oldest first. `note` says where points are counted by different definitions, or are no exact figures."""

    key: str
    name: Both
    unit: str
    unit_name: Both
    definition: Both
    points: tuple[Point, ...]
    note: Both = NOTHING

    @property
    def metrics(self) -> set[str]:
        """The metrics that its points are of: more than one where editions were published by different ones."""
        return {point.metric for point in self.points}
