"""Which requests can be seated at best, were it not for the clock: a flow between the two sides, each as wide as its desks and slots.

It is a relaxation (it forgets that both must be free in the same slot, and any third side), so that its value bounds every plan; and as the slots seldom bind, it also
says which requests to seat. Where the participants fall into two kinds that only meet the other kind, it is exact in this; else each stands on both sides with half
of its weight, and what comes out is still a bound.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from matchmaking.meetings.planner.ground import Ground

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

    Column = NDArray[int64]

SOURCE, SINK, FIRST = 0, 1, 2
LARGEST_COST = 1 << 62


@dataclass(frozen=True, slots=True)
class Choice:
    """What the flow says: how many meetings there can be at most, and how many wishes; of plans with that many wishes the least shortfall, of these the highest score.

    `score_of_any` and `shortfall_of_any` are the best of any plan, whatever its wishes. Scores are in tenths. `chosen` are the requests to seat.
    """

    seated: int
    wishes: int
    shortfall: int
    score: int
    score_of_any: int
    shortfall_of_any: int
    chosen: tuple[int, ...]


def choose(ground: Ground) -> Choice:
    """Choose by wishes, then by what participants lack to their minimum, then by score. Locked meetings are taken for granted."""
    flow = _Flow(ground)
    scores = [ground.scores[one] for one in flow.requests]
    point = sum(scores) + 1  # what one meeting to somebody's minimum is worth: more than all scores
    wish = point * (flow.to_gain + 1)  # and a wish more than all of these
    if wish * (1 + max(ground.wishes, default=0)) * flow.nodes * 2 > LARGEST_COST:
        scores = [0] * len(scores)
        point, wish = 1, flow.to_gain + 1
    best, chosen = flow.solve([wish * ground.wishes[one] + score for one, score in zip(flow.requests, scores, strict=True)], point)
    wishes, rest = divmod(best, wish)
    gained, score = divmod(rest, point)
    any_score, _ = flow.solve([ground.scores[one] for one in flow.requests], 0)
    locked_score = sum(ground.scores[one] for one in ground.locked)
    return Choice(
        seated=len(ground.locked) + _at_most(ground, flow.solve([1] * len(flow.requests), 0)[0]),
        wishes=wishes + sum(ground.wishes[one] for one in ground.locked),
        shortfall=flow.shortfall - gained,
        score=locked_score + (score if any(scores) else any_score),
        score_of_any=locked_score + any_score,
        shortfall_of_any=flow.shortfall - (flow.solve([0] * len(flow.requests), 1)[0] if flow.to_gain else 0),
        chosen=chosen,
    )


def _at_most(ground: Ground, number: int) -> int:
    """The same, when shared places, the pool and the interpreters are looked at, too: each resource by itself."""
    asking: Counter[int] = Counter(
        resource
        for one, needs in enumerate(ground.needs)
        if ground.allowed[one] and one not in ground.locked
        for resource in needs[len(ground.sides[one]) :]
    )
    possible = sum(1 for one, mask in enumerate(ground.allowed) if mask and one not in ground.locked)
    return min([number, *(possible - number_asking + sum(ground.capacity[resource]) for resource, number_asking in asking.items())])


def limits(ground: Ground) -> list[int]:
    """How many meetings each participant could have at most: desks in open slots, day by day within the limit of a day."""
    found = []
    for position in range(len(ground.people)):
        row = ground.capacity[position]
        most = ground.daily[position]
        if most is None:
            found.append(sum(row))
        else:
            by_day = [0] * len(ground.day_masks)
            for slot, desks in enumerate(row):
                by_day[ground.day_of[slot]] += desks
            found.append(sum(min(number, limit) for number, limit in zip(by_day, most, strict=True)))
    return found


class _Flow:
    """The network: a source, all who stand on the left, all who stand on the right, a sink; and an arc for each request, twice where the sides are no two kinds."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.requests = [one for one, mask in enumerate(ground.allowed) if mask and one not in ground.locked]
        self.nodes = FIRST + 2 * len(ground.people)
        held = Counter(side for one in ground.locked for side in ground.sides[one])
        self.room = [limit - held[position] for position, limit in enumerate(limits(ground))]
        thirds = {side for sides in ground.sides for side in sides[2:]}  # who gains from meetings of which the flow knows the other two
        self.lacking = [
            0 if position in thirds else max(0, person.minimum - held[position]) for position, person in enumerate(ground.people)
        ]
        self.shortfall = sum(number * (number + 1) // 2 for number in self.lacking)
        self.to_gain = sum(sum(self._bonuses(position)) for position in range(len(ground.people)))

    def _bonuses(self, position: int) -> list[int]:
        """What each further meeting takes off somebody's shortfall, as far as there is room."""
        lacking = self.lacking[position]
        return [lacking - number for number in range(max(0, min(lacking, self.room[position])))]

    @cached_property
    def kinds(self) -> list[int] | None:
        """0 or 1 for each participant, so that everybody only meets the other kind; None where that cannot be."""
        beside: defaultdict[int, list[int]] = defaultdict(list)
        for one in self.requests:
            a, b = self.ground.sides[one][:2]
            beside[a].append(b)
            beside[b].append(a)
        kinds = [-1] * len(self.ground.people)
        for start in range(len(kinds)):
            if kinds[start] < 0:
                kinds[start] = 0
                queue = [start]
                for person in queue:
                    for other in beside[person]:
                        if kinds[other] < 0:
                            kinds[other] = 1 - kinds[person]
                            queue.append(other)
                        elif kinds[other] == kinds[person]:
                            return None
        return kinds

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """The arc of each request, left side first; where there are no two kinds, those the other way round follow."""
        sides = [self.ground.sides[one][:2] for one in self.requests]
        if self.kinds is None:
            return [(a, b) for a, b in sides] + [(b, a) for a, b in sides]
        return [(a, b) if not self.kinds[a] else (b, a) for a, b in sides]

    def solve(self, values: list[int], bonus: int) -> tuple[int, tuple[int, ...]]:
        """Return the most that requests of such values can be worth together, with `bonus` for each point of shortfall that is gained; and which ones it takes."""
        import numpy as np  # heavy, like OR-Tools: only where it runs
        from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

        copies = 1 if self.kinds is not None else 2
        people = len(self.ground.people)
        arcs = [(FIRST + a, FIRST + people + b, 1, -value) for (a, b), value in zip(self.pairs, values * copies, strict=True)]
        arcs += self._ends(bonus)
        supply = sum(max(0, room) for room in self.room)
        arcs.append((SOURCE, SINK, supply, 0))
        solver: Any = SimpleMinCostFlow()
        columns: Column = np.array(arcs, dtype=np.int64)
        solver.add_arcs_with_capacity_and_unit_cost(*(np.ascontiguousarray(columns[:, number]) for number in range(4)))
        solver.set_node_supply(SOURCE, supply)
        solver.set_node_supply(SINK, -supply)
        if solver.solve() != solver.OPTIMAL:
            raise ArithmeticError("the flow of requests has no solution: its figures are out of range")
        flows = solver.flows(np.arange(len(self.pairs))).reshape(copies, -1).sum(axis=0)
        return -int(solver.optimal_cost()) // copies, tuple(
            one for one, flow in zip(self.requests, flows.tolist(), strict=True) if flow == copies
        )

    def _ends(self, bonus: int) -> list[tuple[int, int, int, int]]:
        """Arcs from the source and to the sink, as wide as there is room; those that make up for a shortfall are worth more."""
        people, arcs = len(self.ground.people), []
        for position, room in enumerate(self.room):
            bonuses = self._bonuses(position) if bonus else []
            for start, end in ((SOURCE, FIRST + position), (FIRST + people + position, SINK)):
                if self.kinds is not None and (self.kinds[position] == 0) != (start == SOURCE):
                    continue
                arcs += [(start, end, 1, -bonus * points) for points in bonuses]
                arcs.append((start, end, max(0, room - len(bonuses)), 0))
        return arcs
