"""The planner at the size of a whole expo: what it reaches of the bound, what is left of the greedy plan's idle slots, what a repair moves, and the CPU seconds of each."""

import resource
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from random import Random

from matchmaking.meetings.planner.changes import Changes, after_changes
from matchmaking.meetings.planner.facts import Problem
from matchmaking.meetings.planner.made_up import Size, made_up_expo
from matchmaking.meetings.planner.planning import make_plan
from matchmaking.meetings.planner.plans import Plan, Progress
from matchmaking.meetings.planner.repairing import repair_plan
from matchmaking.meetings.planner.verifying import breaches

REQUESTS = (24_000, 40_000, 60_000)
CANCELLED = 200
CLOSED_HALL = 3
HEAD = (
    f"{'requests':>8} {'seated':>7} {'bound':>7} {'share %':>8} {'idle greedy':>11} {'idle':>6} {'left %':>6} {'breaches':>8} {'CPU s':>6} "
    f"{'repair CPU s':>12} {'had to':>7} {'moved':>6} {'MB':>5}"
)


@dataclass(frozen=True, slots=True)
class ExpoRow:
    """One expo. `megabytes` is the most that this process has had so far; repair is after 200 cancellations and a closed hall."""

    requests: int
    seated: int
    bound: int
    greedy_idle: int
    idle: int
    breaches: int
    cpu_seconds: float
    repair_cpu_seconds: float
    had_to_move: int
    moved: int
    unseated_by_repair: int
    megabytes: int


def measured_expos(numbers: tuple[int, ...] = REQUESTS, *, seed: int = 1, seconds: float = 60) -> Iterator[ExpoRow]:
    """Plan a made-up expo for each number of requests, then close a hall."""
    for number in numbers:
        yield _row(made_up_expo(Size(requests=number), seed=seed), seed, seconds)


def _row(problem: Problem, seed: int, seconds: float) -> ExpoRow:
    greedy: list[int] = []

    def listen(progress: Progress) -> None:
        if progress.step == "seated":
            greedy.append(progress.idle_slots)

    began = time.process_time()
    plan = make_plan(problem, seconds=seconds, progress=listen)
    spent = time.process_time() - began
    changed = after_changes(problem, _morning(plan, seed))
    began = time.process_time()
    repair = repair_plan(changed, plan.seats)
    repaired = time.process_time() - began
    return ExpoRow(
        requests=len(problem.requests),
        seated=plan.figures.seated,
        bound=plan.seated_bound,
        greedy_idle=greedy[0],
        idle=plan.figures.idle_slots,
        breaches=len(breaches(problem, plan.seats)) + len(breaches(changed, repair.plan.seats)),
        cpu_seconds=round(spent, 1),
        repair_cpu_seconds=round(repaired, 1),
        had_to_move=len(repair.diff.had_to_move),
        moved=len(repair.diff.moved),
        unseated_by_repair=len(repair.diff.unseated),
        megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def _morning(plan: Plan, seed: int) -> Changes:
    chance = Random(seed)  # noqa: S311 - nothing is secret here
    return Changes(cancelled=frozenset(chance.sample(sorted(plan.seats), CANCELLED)), closed_halls=frozenset({CLOSED_HALL}))


def expo_line(row: ExpoRow) -> str:
    """Return a row as one line under `HEAD`."""
    return (
        f"{row.requests:8} {row.seated:7} {row.bound:7} {100 * row.seated / row.bound:8.3f} {row.greedy_idle:11} {row.idle:6} "
        f"{100 * row.idle / max(1, row.greedy_idle):6.1f} {row.breaches:8} {row.cpu_seconds:6.1f} {row.repair_cpu_seconds:12.1f} "
        f"{row.had_to_move:7} {row.moved:6} {row.megabytes:5}"
    )


def expo_record(row: ExpoRow) -> dict[str, float]:
    return asdict(row)
