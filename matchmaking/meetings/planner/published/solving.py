"""An answer to a published instance: the fewest breaks, and whether that is proven."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from matchmaking.meetings.planner.published.instance import Instance
from matchmaking.meetings.planner.published.model import InstanceModel

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpSolver

LOOKS_AT_THE_CLOCK_EVERY_S = 0.1


class Status(StrEnum):
    OPTIMAL = "optimal"  # a plan, and the proof that none has fewer breaks
    FEASIBLE = "feasible"  # a plan, time ran out before the proof
    INFEASIBLE = "infeasible"  # the proof that there is no plan
    UNKNOWN = "unknown"  # time ran out before either


@dataclass(frozen=True, slots=True)
class Answer:
    """`slot_of` is the slot of each meeting by id (empty without a plan), `bound` the breaks that no plan can fall below (None without any plan)."""

    status: Status
    slot_of: dict[int, int]
    breaks: int | None
    bound: int | None
    cpu_seconds: float

    @property
    def is_proven(self) -> bool:
        return self.status in {Status.OPTIMAL, Status.INFEASIBLE}


def solve(instance: Instance, *, seconds: float = 120, seed: int = 1) -> Answer:
    """Find the fewest breaks, within so many CPU seconds of this process.

    One worker and a fixed seed: the same instance and seed give the same plan, unless time ran out.
    """
    from ortools.sat.python.cp_model import FEASIBLE, INFEASIBLE, OPTIMAL, CpSolver  # heavy: only where it runs

    began = time.process_time()
    built = InstanceModel(instance)
    solver = CpSolver()
    # Clauses and cores alone: the linear relaxation of this problem is weak, and costs most of the time where it is on.
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.linearization_level = 0
    solver.parameters.optimize_with_core = True
    code = _within(seconds, began, solver, lambda: solver.solve(built.model))
    status = {OPTIMAL: Status.OPTIMAL, FEASIBLE: Status.FEASIBLE, INFEASIBLE: Status.INFEASIBLE}.get(code, Status.UNKNOWN)
    has_plan = status in {Status.OPTIMAL, Status.FEASIBLE}
    meetings = instance.meetings
    return Answer(
        status,
        {meetings[number].id: slot for (number, slot), takes in built.takes.items() if solver.boolean_value(takes)} if has_plan else {},
        round(solver.objective_value) if has_plan else None,
        None if status is Status.INFEASIBLE else max(0, round(solver.best_objective_bound)),
        time.process_time() - began,
    )


def _within(seconds: float, began: float, solver: "CpSolver", run: Callable[[], Any]) -> Any:
    """Run, and stop the solver once the process has spent so many CPU seconds: its own limit counts those that other programs take, too."""
    is_done = Event()

    def watch() -> None:
        while not is_done.wait(LOOKS_AT_THE_CLOCK_EVERY_S):
            if time.process_time() - began >= seconds:
                solver.stop_search()

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        return run()
    finally:
        is_done.set()
        watcher.join()
