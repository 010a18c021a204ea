"""Small problems, exactly: CP-SAT goes on from the plan as it stands, aim by aim, and says what no plan can exceed.

Each aim is a stage: the best value is sought, then kept as a rule for the stages after it. Halls are left to the local search.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from matchmaking.meetings.planner.board import NOWHERE, Board, bits_of
from matchmaking.meetings.planner.choosing import Choice
from matchmaking.meetings.planner.ground import NO_LIMIT, SCORE_STEPS, Ground
from matchmaking.meetings.planner.idling import idle_slots
from matchmaking.meetings.planner.plans import Aim
from matchmaking.meetings.planner.published.counting import hold_exactly
from matchmaking.meetings.planner.watching import Watch

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpSolver
    from ortools.sat.python.cp_model_helper import LinearExpr, Literal

    Sum = LinearExpr | int

LARGEST = 6_000
EFFORT = 6.0  # of the solver's own measure, the same on every machine; about a second each


def is_small(ground: Ground) -> bool:
    """Whether it is worth while: by the pairs of requests and slots."""
    return sum(mask.bit_count() for mask in ground.allowed) <= LARGEST


def prove_choice(board: Board, choice: Choice, watch: Watch) -> dict[Aim, float]:
    """Improve wishes, shortfall and score of the board in place, where the flow's bound is not reached; return bounds, each given what is reached in the aims before.

    Deterministic, unless the watch is over within it.
    """
    if (_wishes(board), _score(board)) == (choice.wishes, choice.score):
        return {}
    stages = Stages(board.ground)
    bounds: dict[Aim, float] = {}
    values = {Aim.WISHES: _wishes, Aim.SHORTFALL: _shortfall, Aim.SCORE: _score}
    for aim, goal in stages.goals():
        if not watch.look():
            bounds[aim] = stages.solve(board, goal, values[aim], is_most=aim is not Aim.SHORTFALL, watch=watch)
    if Aim.SCORE in bounds:
        bounds[Aim.SCORE] /= SCORE_STEPS
    return bounds


def prove_idle(board: Board, watch: Watch) -> dict[Aim, float]:
    """Give the same meetings fewer idle slots, in place. What is proven is a bound when no request is left over that could have been seated instead."""
    if watch.look():
        return {}
    stages = Stages(board.ground, seated=[request for request, slot in enumerate(board.slot_of) if slot != NOWHERE])
    idle = stages.solve(board, stages.idle(), _idle, is_most=False, watch=watch, is_by_cores=True)
    is_all = all(slot != NOWHERE or not board.ground.allowed[request] for request, slot in enumerate(board.slot_of))
    return {Aim.IDLE_SLOTS: idle} if is_all else {}


def _wishes(board: Board) -> int:
    return sum(board.ground.wishes[request] for request, slot in enumerate(board.slot_of) if slot != NOWHERE)


def _shortfall(board: Board) -> int:
    lacks = (max(0, fact.minimum - board.meetings(person)) for person, fact in enumerate(board.ground.people))
    return sum(lack * (lack + 1) // 2 for lack in lacks)


def _idle(board: Board) -> int:
    return sum(idle_slots(board.busy[person], board.ground.day_masks) for person in range(len(board.ground.people)))


def _score(board: Board) -> int:
    return sum(board.ground.scores[request] for request, slot in enumerate(board.slot_of) if slot != NOWHERE)


class Stages:
    """The rules as clauses, and the aims as sums over them."""

    def __init__(self, ground: Ground, *, seated: list[int] | None = None) -> None:
        from ortools.sat.python.cp_model import CpModel  # heavy: only where it runs

        self.ground = ground
        self.seated = None if seated is None else set(seated)  # exactly these, where they are named
        self.model = CpModel()
        self.takes: dict[tuple[int, int], Literal] = {
            (request, slot): self.model.new_bool_var("")
            for request, mask in enumerate(ground.allowed)
            if self.seated is None or request in self.seated
            for slot in bits_of(mask)
        }
        self.users: defaultdict[tuple[int, int], list[Literal]] = defaultdict(list)
        for (request, slot), literal in self.takes.items():
            for resource in ground.needs[request]:
                self.users[resource, slot].append(literal)
        self._keep_seats()
        self._keep_capacities()
        self._keep_order()

    def _keep_seats(self) -> None:
        for request, mask in enumerate(self.ground.allowed):
            literals = [self.takes[request, slot] for slot in bits_of(mask) if (request, slot) in self.takes]
            if request in self.ground.locked or (self.seated is not None and literals):
                self.model.add_exactly_one(literals)
            elif literals:
                self.model.add_at_most_one(literals)

    def _keep_capacities(self) -> None:
        for (resource, slot), literals in sorted(self.users.items()):
            most = self.ground.capacity[resource][slot]
            if len(literals) > most:
                self.model.add(sum(literals) <= most)
        for resource, limits in enumerate(self.ground.daily):
            for day, limit in zip(self.ground.day_masks, limits or (), strict=limits is not None):
                if limit < NO_LIMIT:
                    self.model.add(
                        sum(literal for slot in bits_of(day) for literal in self.users.get((resource, slot), ())) <= max(0, limit)
                    )

    def _keep_order(self) -> None:
        for (request, slot), literal in self.takes.items():
            for before in self.ground.earlier[request]:
                possible = [self.takes[before, t] for t in range(slot) if (before, t) in self.takes]
                self.model.add_bool_or([*possible, literal.negated()])

    def goals(self) -> list[tuple[Aim, "Sum"]]:
        wishes = sum(self.ground.wishes[request] * literal for (request, _), literal in self.takes.items())
        score = sum(self.ground.scores[request] * literal for (request, _), literal in self.takes.items())
        return [(Aim.WISHES, wishes), (Aim.SHORTFALL, self._shortfall()), (Aim.SCORE, score)]

    def _shortfall(self) -> "Sum":
        """The k-th meeting that somebody lacks counts k times."""
        total: Sum = 0
        for person, fact in enumerate(self.ground.people):
            lacks = [self.model.new_bool_var("") for _ in range(fact.minimum)]
            had = [literal for slot in range(len(self.ground.slots)) for literal in self.users.get((person, slot), ())]
            if lacks:
                self.model.add(sum(had) + sum(lacks) >= fact.minimum)
            total += sum((number + 1) * lack for number, lack in enumerate(lacks))
        return total

    def idle(self) -> "Sum":
        """Idle slots, of meetings that are all seated. As in `published.model`: busy slots, who has met before, and the count of busy slots told once more as clauses."""
        total: Sum = 0
        for person, fact in enumerate(self.ground.people):
            busy = {slot: self._busy(literals) for slot in range(len(self.ground.slots)) if (literals := self.users.get((person, slot)))}
            for day in self.ground.day_masks:
                total += sum(self._idle_on(busy, list(bits_of(day))))
            meetings = sum(1 for request in self.seated or () if person in self.ground.sides[request])
            if fact.desks == 1 and meetings:
                hold_exactly(self.model, list(busy.values()), meetings)
        return total

    def _busy(self, literals: list["Literal"]) -> "Literal":
        if len(literals) == 1:
            return literals[0]
        busy = self.model.new_bool_var("")
        self.model.add_bool_or([*literals, busy.negated()])
        for literal in literals:
            self.model.add_implication(literal, busy)
        return busy

    def _idle_on(self, busy: dict[int, "Literal"], slots: list[int]) -> "list[Literal]":
        """A slot is idle when the participant has met before it and meets after it, on that day, and has no meeting in it."""
        before, after = self._met_by(busy, slots), self._met_by(busy, slots[::-1])
        found: list[Literal] = []
        for slot in slots:
            if slot in before and slot in after:
                idle = self.model.new_bool_var("")
                now = [busy[slot]] if slot in busy else []
                self.model.add_bool_or([before[slot].negated(), after[slot].negated(), *now, idle])
                found.append(idle)
        return found

    def _met_by(self, busy: dict[int, "Literal"], slots: list[int]) -> dict[int, "Literal"]:
        """For each slot a Boolean for "busy in one of those that come before it in the list", where that can be."""
        found: dict[int, Literal] = {}
        met: Literal | None = None
        for slot in slots:
            if met is not None:
                found[slot] = met
            if slot in busy:
                met = busy[slot] if met is None else self._busy([met, busy[slot]])
        return found

    def solve(
        self, board: Board, goal: "Sum", value_of: Callable[[Board], int], *, is_most: bool, watch: Watch, is_by_cores: bool = False
    ) -> float:
        """Seek the best value of an aim, put the plan on the board if it is better, keep the value as a rule, and return its bound."""
        from ortools.sat.python.cp_model import FEASIBLE, OPTIMAL, CpSolver

        if isinstance(goal, int):
            return goal
        self.model.clear_hints()  # type: ignore[no-untyped-call] # OR-Tools left out the annotation
        for (request, slot), literal in self.takes.items():
            self.model.add_hint(literal, board.slot_of[request] == slot)
        if is_most:
            self.model.maximize(goal)
        else:
            self.model.minimize(goal)
        solver = CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = self.ground.problem.seed
        solver.parameters.max_deterministic_time = EFFORT
        if is_by_cores:
            solver.parameters.linearization_level = 0
            solver.parameters.optimize_with_core = True
        solver.parameters.max_time_in_seconds = max(0.1, watch.left)
        if solver.solve(self.model) not in {OPTIMAL, FEASIBLE}:
            return float("inf") if is_most else 0.0
        found, value = round(solver.objective_value), value_of(board)
        if found > value if is_most else found < value:
            self._put_on(board, solver)
            value = found
        self.model.add(goal >= value if is_most else goal <= value)
        return round(solver.best_objective_bound)

    def _put_on(self, board: Board, solver: "CpSolver") -> None:
        for request, slot in enumerate(board.slot_of):
            if slot != NOWHERE and request not in self.ground.locked:
                board.lift(request)
        taken = sorted((slot, request) for (request, slot), literal in self.takes.items() if solver.boolean_value(literal))
        for slot, request in taken:
            if request not in self.ground.locked:
                board.put(request, slot)
