"""An edition's meetings as facts for the planner: who would meet whom, when each is free, where there is room. Read from the rows, nothing written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from expo.editions.models import Edition
from matchmaking.meetings import planner

NO_TABLE = -1


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two who match, for whom the planner may find a time. `wished_by_both` says that both want it; `match` is the best of their matches."""

    match: int
    sender: int
    receiver: int
    offer: int
    request: int
    score: float
    wished_by_both: bool


@dataclass(frozen=True)
class Facts:
    """What a plan is made from: the problem, where everybody sits now, and what its negative requests are."""

    problem: planner.Problem
    seats: dict[int, planner.Seat]
    proposals: dict[int, Proposal]
    versions: dict[int, int]
    digest: str


def facts_of(
    edition: Edition,
    *,
    seed: int = 0,
    with_proposals: bool = False,
    keep_times: bool = False,
    now: datetime | None = None,
    changes: planner.Changes | None = None,
) -> Facts:
    """Read all that the planner asks. `keep_times`: whoever has a time that can stand keeps it, as a plan of those without one does."""
    raise NotImplementedError


def problem_of(
    edition: Edition,
    *,
    seed: int = 0,
    with_proposals: bool = False,
    now: datetime | None = None,
    changes: planner.Changes | None = None,
) -> planner.Problem:
    """Return the problem as it is now: a request's id is its meeting's number; proposals have negative ones, see `Facts.proposals`.

    Locked are: meetings that are locked, have begun, or begin within sixty minutes. A meeting that has a time and no table yet sits at the
    place NO_TABLE. A booth that has no `Place` yet is none: `actions.planning.prepare_places` makes them.
    """
    return facts_of(edition, seed=seed, with_proposals=with_proposals, now=now, changes=changes).problem


def seats_now(edition: Edition, *, now: datetime | None = None) -> Mapping[int, planner.Seat]:
    """Return where everybody sits now, by meeting: those with a time, from today on. They break no rule of `problem_of` unless the ground has changed."""
    return facts_of(edition, now=now).seats
