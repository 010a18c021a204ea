"""A plan for a problem: choose by a flow, seat greedily, rearrange for those left over, then polish, each step with what the ones before have settled."""

from collections.abc import Callable, Iterable, Mapping

from matchmaking.meetings.planner.board import NOWHERE, Board
from matchmaking.meetings.planner.choosing import Choice, choose
from matchmaking.meetings.planner.facts import Problem
from matchmaking.meetings.planner.figures import figures_of
from matchmaking.meetings.planner.ground import SCORE_STEPS, Ground
from matchmaking.meetings.planner.placing import seats_of
from matchmaking.meetings.planner.plans import Aim, Bound, Figures, Plan, Progress, Seats
from matchmaking.meetings.planner.polishing import Polishing
from matchmaking.meetings.planner.proving import is_small, prove_choice, prove_idle
from matchmaking.meetings.planner.reasons import unseated_of
from matchmaking.meetings.planner.seating import Rearranging, seat_greedily
from matchmaking.meetings.planner.strolling import Strolling
from matchmaking.meetings.planner.watching import Watch

MOST_ROUNDS = 8
ROUND_WORTH_ITS_TIME = 0.04
STROLLS = 2
SECONDS = 60.0
INFINITE = float("inf")


def make_plan(
    problem: Problem,
    *,
    seconds: float = SECONDS,
    start: Seats | None = None,
    progress: Callable[[Progress], object] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Plan:
    """Make a plan, by the aims in their order.

    Args:
        problem: the facts, checked by the caller (ids that are named are there; see `facts.py`).
        seconds: CPU seconds of this process after which the best plan so far is handed back. A plan is made in any case: the greedy part is not cut short.
        start: seats of an earlier run, to go on from. Those that break a rule now, or that the flow would not choose, are dropped.
        progress: told after each step; it may store the seats.
        stop: asked now and then; True ends it with the best plan so far.

    Returns:
        A plan that keeps every hard rule. The same problem and start give the same plan, unless it was cut short.
    """
    watch = Watch(seconds, stop, progress)
    ground = Ground(problem)
    choice = choose(ground)
    board = Board(ground)
    chosen = set(choice.chosen)
    put_back(board, start or {}, wanted=chosen)
    watch.tell("chosen", 0.1, board, 0)
    seat_all(board, choice)
    is_exact = is_small(ground)
    proven = prove_choice(board, choice, watch) if is_exact else {}
    polish(board, watch)
    proven |= prove_idle(board, watch) if is_exact else {}
    stroll(board, watch)
    return finished(board, choice, watch, proven=proven)


def put_back(board: Board, start: Seats, *, wanted: set[int] | None = None) -> list[int]:
    """Seat requests where they sat before, in the order of time, as far as that keeps the rules. Return those that had to leave."""
    ground, left = board.ground, []
    old = [(ground.slot_at.get(seat.slot, NOWHERE), ground.request_at[one]) for one, seat in start.items() if one in ground.request_at]
    for slot, request in sorted(old):
        if board.slot_of[request] != NOWHERE or (wanted is not None and request not in wanted):
            continue
        if slot != NOWHERE and board.options(request) >> slot & 1:
            board.put(request, slot)
        else:
            left.append(request)
    return left


def seat_all(board: Board, choice: Choice) -> None:
    """Seat what the flow has chosen, then whatever else still fits, the most valuable first."""
    left = seat_greedily(board, choice.chosen)
    rearranging = Rearranging(board)
    for request in in_order_of_worth(board, left):
        rearranging.seat(request)
    waiting = [request for request, slot in enumerate(board.slot_of) if slot == NOWHERE and board.ground.allowed[request]]
    for request in in_order_of_worth(board, waiting):
        rearranging.seat(request)


def in_order_of_worth(board: Board, requests: Iterable[int]) -> list[int]:
    """What must be earlier than others first, then by wishes and score."""
    ground = board.ground
    return sorted(requests, key=lambda one: (bool(ground.earlier[one]), -ground.wishes[one], -ground.scores[one], one))


def polish(board: Board, watch: Watch) -> None:
    """Take idle slots out, round by round, until a round is hardly worth it."""
    polishing = Polishing(board, seed=board.ground.problem.seed)
    idle = polishing.idle()
    watch.tell("seated", 0.3, board, idle)
    for number in range(MOST_ROUNDS):
        if not idle or watch.look():
            break
        saved = polishing.run_round(watch.is_over)
        idle -= saved
        watch.tell("polished", 0.3 + 0.5 * (number + 1) / MOST_ROUNDS, board, idle)
        if saved < ROUND_WORTH_ITS_TIME * (idle + saved):
            break


def stroll(board: Board, watch: Watch) -> None:
    """Shorten walks, where that costs nothing of what is more."""
    strolling = Strolling(board)
    idle = Polishing(board, seed=0).idle()
    for number in range(STROLLS):
        if watch.look() or not strolling.run_round(watch.is_over):
            break
        watch.tell("walks", 0.8 + 0.2 * (number + 1) / STROLLS, board, idle)


def finished(board: Board, choice: Choice, watch: Watch, *, before: Seats | None = None, proven: Mapping[Aim, float] | None = None) -> Plan:
    """Give places and interpreters to what is seated, and count."""
    seats = seats_of(board, before=before)
    figures = figures_of(board.ground.problem, seats)
    return Plan(
        seats=seats,
        unseated=unseated_of(board),
        figures=figures,
        bounds=bounds_of(figures, choice, proven),
        seated_bound=choice.seated,
        is_cut_short=watch.has_ended,
        cpu_seconds=round(watch.spent, 3),
    )


def bounds_of(figures: Figures, choice: Choice, proven: Mapping[Aim, float] | None = None) -> tuple[Bound, ...]:
    """A bound for each aim: the flow's, or what was proven beyond it. While an earlier aim is not at its own, the flow bounds those after it by what any plan could have."""
    has_all_wishes = figures.wishes == choice.wishes
    has_least_shortfall = has_all_wishes and figures.shortfall == choice.shortfall
    proven = proven or {}
    wishes = min(choice.wishes, proven.get(Aim.WISHES, INFINITE))
    shortfall = max(choice.shortfall if has_all_wishes else choice.shortfall_of_any, proven.get(Aim.SHORTFALL, 0))
    score = min((choice.score if has_least_shortfall else choice.score_of_any) / SCORE_STEPS, proven.get(Aim.SCORE, INFINITE))
    return (
        Bound(Aim.WISHES, figures.wishes, wishes),
        Bound(Aim.SHORTFALL, figures.shortfall, shortfall),
        Bound(Aim.SCORE, figures.score, max(figures.score, score)),  # scores are planned in tenths
        Bound(Aim.IDLE_SLOTS, figures.idle_slots, proven.get(Aim.IDLE_SLOTS, 0)),
        Bound(Aim.HALL_CHANGES, figures.hall_changes, 0),
        Bound(Aim.WALKING_MINUTES, figures.walking_minutes, 0),
    )
