"""What comes out: a plan with its figures, its bounds and a reason for each request without a seat; and the difference of two plans."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from matchmaking.meetings.planner.facts import Seat

Seats = Mapping[int, Seat]


class Reason(StrEnum):
    """Why a request has no seat. `Unseated.data` names the ids and figures that the sentence needs."""

    NO_COMMON_SLOT = "no_common_slot"  # its sides, its fixed and its forbidden slots leave none; data: {}
    PARTICIPANT_FULL = "participant_full"  # one side has no slot left that this request could have; data: participant, meetings
    NO_SHARED_FREE_SLOT = "no_shared_free_slot"  # both sides have slots left, but none in common; data: {}
    NO_PLACE = "no_place"  # slots are left, but no place in them; data: place (its booth) or None
    NO_INTERPRETER = "no_interpreter"  # slots are left, but no interpreter in them; data: skill
    ORDER = "order"  # what must take place before it has no seat, or a too late one; data: before (request)
    LOCKED_CLASH = "locked_clash"  # its locked seat breaks a rule; data: slot, place


class Aim(StrEnum):
    """The aims in their order; hard rules stand before them all and are always kept."""

    WISHES = "wishes"  # the wishes of seated requests, summed; more is better
    SHORTFALL = "shortfall"  # meetings that participants lack to their minimum, the k-th missing one counted k times; less is better
    SCORE = "score"  # the scores of seated requests, summed; more is better
    IDLE_SLOTS = "idle_slots"  # idle slots between two meetings of one participant on one day; less is better
    HALL_CHANGES = "hall_changes"  # changes of hall from one meeting to the next, on one day; less is better
    WALKING_MINUTES = "walking_minutes"  # the minutes of these; less is better


@dataclass(frozen=True, slots=True)
class Unseated:
    request: int
    reason: Reason
    data: Mapping[str, int | str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorstOff:
    """The participant who lacks most to its minimum, then the one with the fewest meetings; of equals the smallest id."""

    participant: int
    meetings: int
    minimum: int


@dataclass(frozen=True, slots=True)
class Figures:
    """`idle_gaps` counts runs of idle slots, `idle_slots` the slots in them."""

    asked: int
    seated: int
    wishes: int
    shortfall: int
    worst_off: WorstOff | None
    score: float
    idle_slots: int
    idle_gaps: int
    hall_changes: int
    walking_minutes: int


@dataclass(frozen=True, slots=True)
class Bound:
    """No plan that is as good in the aims before can be better than `bound` here. `gap` is the distance to it, 0 when the plan is proven best in this aim."""

    aim: Aim
    reached: float
    bound: float

    @property
    def gap(self) -> float:
        return abs(self.bound - self.reached)

    @property
    def is_proven_best(self) -> bool:
        return self.gap == 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Seats by request id, what has none and why, figures and bounds (one for each aim, in their order, and `seated_bound` for the number of meetings).

    `is_cut_short` says that time or the stop flag ended it: then another run with the same problem may end elsewhere. `cpu_seconds` are spent ones.
    """

    seats: Seats
    unseated: tuple[Unseated, ...]
    figures: Figures
    bounds: tuple[Bound, ...]
    seated_bound: int
    is_cut_short: bool = False
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Told after each step, `share` from 0 to 1. `seats()` is the best plan so far, within the rules: store it and hand it back as `start` to go on from there.

    Ask for the seats while you are being told: later the plan has moved on.
    """

    step: str
    share: float
    seated: int
    idle_slots: int
    seats: Callable[[], Seats]


@dataclass(frozen=True, slots=True)
class Move:
    request: int
    before: Seat
    after: Seat


@dataclass(frozen=True, slots=True)
class Diff:
    """What a re-plan changes for those who had a seat. Every request that had one is in exactly one of the first four.

    `had_to_move` are those of which the old seat breaks a rule now: the fewest that any re-plan must touch. `gone` were cancelled.
    """

    kept: tuple[int, ...]
    moved: tuple[Move, ...]
    unseated: tuple[Unseated, ...]
    gone: tuple[int, ...]
    new: tuple[int, ...]
    had_to_move: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    plan: Plan
    diff: Diff
