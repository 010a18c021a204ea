"""What a plan is made from: slots, places, participants, interpreters, requests. Frozen, and free of any database.

Ids are whole numbers, each kind by itself (a participant 7 and a place 7 are two things): the rows' primary keys serve well. The order in which facts are handed
over does not matter: they are sorted by id first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Slot:
    """A time in which meetings take place.

    Slots of one day are ordered by `index`. Two that follow each other in the list of that day are neighbours, whatever lies between them: a lunch that is no slot
    is no idle time, a slot in which nobody is available is. `starts_minute` is counted from midnight, and only handed through.
    """

    id: int
    day: int
    index: int
    starts_minute: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A booth with its desks, or a table (or several alike) of the pool: `capacity` meetings in one slot.

    A pool place is given to requests that name no place, or whose place is gone. The others only to requests that name them.
    """

    id: int
    hall: int
    capacity: int = 1
    pool: bool = False


@dataclass(frozen=True, slots=True)
class Participant:
    """A registration: as many meetings in one slot as it has `desks`, none in slots where it is `unavailable`.

    `max_per_day` is the most meetings on one day, all desks together (None: no limit but the desks); `max_on` says it of single days that differ. `minimum` is the
    number of meetings that it should have at least; a plan that cannot reach it says so, and never fails for it.
    """

    id: int
    desks: int = 1
    unavailable: frozenset[int] = frozenset()
    max_per_day: int | None = None
    minimum: int = 0
    max_on: Mapping[int, int] = field(default_factory=dict)

    def most_on(self, day: int) -> int | None:
        """The most meetings on a day, None without a limit."""
        return self.max_on.get(day, self.max_per_day)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Somebody who interprets one meeting in a slot. `skills` are what requests ask for, in words of the caller's own ("en-zh")."""

    id: int
    skills: frozenset[str]
    unavailable: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Seat:
    """When and where a request is met: a slot, a place (None where the problem has no places at all), an interpreter or none."""

    slot: int
    place: int | None = None
    interpreter: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A meeting that is to be given a seat.

    Attributes:
        sides: two participants, or three (buyer, tier 1, tier 2), none twice.
        score: how well the sides fit, 0 to 100. Planned in whole thousandths of the scale.
        wishes: what seating it is worth in the second aim, 0 to 9: 2 where both sides want it, 1 where one does, 0 for a mere proposal. One request with 2 is worth
            two with 1, so an organiser's priority is a higher number.
        forbidden: slots in which it cannot be met, besides those in which a side is unavailable.
        fixed: the only slot in which it may be met. Its place may change.
        locked: its seat, as it is. It is there first, and nothing moves it; when it breaks a rule, it stays unseated with the reason.
        place: where it is met. None: the first free place of the pool, in the hall nearest to where its sides have been.
        skill: what an interpreter must know, or None.
        after: requests that must take place in an earlier slot. When one of them finds no seat, this one has none either.
    """

    id: int
    sides: tuple[int, ...]
    score: float = 0.0
    wishes: int = 2
    forbidden: frozenset[int] = frozenset()
    fixed: int | None = None
    locked: Seat | None = None
    place: int | None = None
    skill: str | None = None
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """All that a plan is made from.

    `walking` holds minutes between two halls, by (hall, hall) with the smaller first; halls that are not named are 0 minutes apart. With the same problem (its
    `seed` included) the same plan comes out, whenever the planner was not cut short.
    """

    slots: tuple[Slot, ...]
    participants: tuple[Participant, ...]
    requests: tuple[Request, ...]
    places: tuple[Place, ...] = ()
    interpreters: tuple[Interpreter, ...] = ()
    walking: Mapping[tuple[int, int], int] = field(default_factory=dict)
    seed: int = 0
