"""Giving many meetings another seat at once: in one transaction, or nothing of it. Their people are told later, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from expo.accounts.models import User
from expo.editions.models import Edition
from matchmaking.meetings import planner


@dataclass(frozen=True)
class Reseated:
    """What was done, as numbers of meetings: given a time, moved (time, place or interpreter), left without a time, gone meanwhile."""

    scheduled: tuple[int, ...] = ()
    moved: tuple[int, ...] = ()
    unscheduled: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()


def reseat(
    edition: Edition,
    seats: Mapping[int, planner.Seat | None],
    *,
    by: User | None,
    why: str,
    expected: Mapping[int, int] | None = None,
) -> Reseated:
    """Give each of the meetings, by number, the seat named; None takes its time away, and it waits for another.

    All or nothing, in one transaction (or the caller's). Desks are found here; who comes keeps coming, if free. A place of None or NO_TABLE keeps
    the time and waits for a table. Meetings that have been called off are left out (`gone`); who sits there already is not touched. Writes the log,
    raises the calendars' SEQUENCE and leaves News, so that `tell_news` tells each of them once. `expected` are the versions that the caller has
    looked at, by meeting.

    Raises:
        NotAllowed: `by` looks after neither meetings nor their ground. None is the system itself.
        GroundMoved (409): a meeting is in another version than expected, or has begun; a time, a place, an interpreter, somebody or a day is not free any
            more. `data["meetings"]` says which and why. Nothing is written.
    """
    raise NotImplementedError


def tell_news(now: datetime | None = None, *, most: int = 100_000) -> int:
    """Tell the people of re-seated meetings, a minute after the change, each meeting once, and return of how many. In small transactions; may be killed, or run twice."""
    raise NotImplementedError
