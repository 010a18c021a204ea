"""The closing report as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from matchmaking.agreements.queries.report.shapes.breakdowns import Breakdowns
from matchmaking.agreements.queries.report.shapes.figures import Contradiction, Group, Line, SourceShown
from matchmaking.agreements.queries.report.shapes.series import Series
from matchmaking.agreements.queries.report.shapes.texts import Both


@dataclass(frozen=True)
class Report:
    """The closing report of an edition. `view` is "staff" for those who may trace every row, else "public"."""

    edition: str
    title: Both
    short: Both
    dates: Both
    place: Both
    view: str
    definitions: str
    previous: str
    groups: tuple[Group, ...]
    breakdowns: Breakdowns
    series: tuple[Series, ...]
    contradictions: tuple[Contradiction, ...]
    sources: tuple[SourceShown, ...]
    has_demo: bool
    logs_agreements: bool

    @property
    def lines(self) -> Iterator[Line]:
        """All lines in their order."""
        return (line for group in self.groups for line in group.lines)

    def line(self, key: str) -> Line | None:
        """Return the line of a metric, None where the report has none."""
        return next((line for line in self.lines if line.key == key), None)
