"""Re-planning: the published seats stay wherever they can, and as few others move as it takes."""

from collections.abc import Callable, Iterable

from matchmaking.meetings.planner.board import NOWHERE, Board, bits_of
from matchmaking.meetings.planner.choosing import choose
from matchmaking.meetings.planner.facts import Problem, Seat
from matchmaking.meetings.planner.ground import Ground
from matchmaking.meetings.planner.idling import idle_slots
from matchmaking.meetings.planner.placing import named_place
from matchmaking.meetings.planner.planning import SECONDS, finished, in_order_of_worth, put_back
from matchmaking.meetings.planner.plans import Diff, Move, Plan, Progress, Repair, Seats
from matchmaking.meetings.planner.seating import Rearranging
from matchmaking.meetings.planner.watching import Watch

LONGEST_CHAIN = 3
DEEPEST = 1
PATIENCE = 60


def repair_plan(
    problem: Problem,
    before: Seats,
    *,
    seconds: float = SECONDS,
    progress: Callable[[Progress], object] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Repair:
    """Re-plan a problem as it is now, beginning with the seats that are published.

    Whoever can stay stays, in slot, place and interpreter. Those who cannot get a seat that is free, else one for which at most a few others move. Requests that had no
    seat take only what is free. Without need nothing moves, and the aims of a new plan are not looked at.

    Args:
        problem: the facts as they are now, see `after_changes`.
        before: the published seats by request id; those of requests that are gone may be among them.
        seconds, progress, stop: as in `make_plan`.
    """
    watch = Watch(seconds, stop, progress)
    ground = Ground(problem)
    choice = choose(ground)
    board = Board(ground)
    homeless = put_back(board, before)
    had_to_move = _had_to_move(board, before, homeless)
    watch.tell("kept", 0.3, board, 0)
    rearranging = Rearranging(board, longest_chain=LONGEST_CHAIN, deepest=DEEPEST, patience=PATIENCE)
    for request in in_order_of_worth(board, homeless):
        _seat_near(board, rearranging, request, before[ground.requests[request].id], may_move_others=not watch.is_over())
    watch.tell("reseated", 0.6, board, 0)
    waiting = (one for one, slot in enumerate(board.slot_of) if slot == NOWHERE and ground.allowed[one])
    for request in in_order_of_worth(board, waiting):
        _seat_near(board, rearranging, request, None, may_move_others=False)
    plan = finished(board, choice, watch, before=before)
    return Repair(plan, diff_of(problem, before, plan, had_to_move))


def diff_of(problem: Problem, before: Seats, plan: Plan, had_to_move: Iterable[int] = ()) -> Diff:
    """Compare published seats with a plan. Any draft may be compared so."""
    asked = {request.id for request in problem.requests}
    after = plan.seats
    return Diff(
        kept=tuple(sorted(one for one in before if one in after and after[one] == before[one])),
        moved=tuple(Move(one, before[one], after[one]) for one in sorted(before) if one in after and after[one] != before[one]),
        unseated=tuple(each for each in plan.unseated if each.request in before),
        gone=tuple(sorted(one for one in before if one not in asked)),
        new=tuple(sorted(one for one in after if one not in before)),
        had_to_move=tuple(sorted(had_to_move)),
    )


def _had_to_move(board: Board, before: Seats, homeless: list[int]) -> list[int]:
    """Ids of requests that cannot have their old seat: slot, place or interpreter."""
    ground = board.ground
    found = {ground.requests[request].id for request in homeless}
    pool = {place.id for place in ground.problem.places if place.pool}
    helpers = {person.id: person for person in ground.problem.interpreters}
    for one, seat in before.items():
        request = ground.request_at.get(one)
        if request is None or request in ground.clashes:
            continue
        place = named_place(ground, request)
        if seat.place != place and (place is not None or (seat.place not in pool and (ground.places or seat.place is not None))):
            found.add(one)
        helper = helpers.get(seat.interpreter) if seat.interpreter is not None else None
        skill = ground.requests[request].skill
        if (skill is None) != (seat.interpreter is None) or (
            skill is not None and (helper is None or skill not in helper.skills or seat.slot in helper.unavailable)
        ):
            found.add(one)
    return sorted(found | {ground.requests[request].id for request in ground.clashes if ground.requests[request].id in before})


def _seat_near(board: Board, rearranging: Rearranging, request: int, old: Seat | None, *, may_move_others: bool) -> None:
    """Seat a request where the fewest idle slots arise, then nearest to its old time; where nothing is free, by moving a few others."""
    if board.slot_of[request] != NOWHERE:
        return
    ground = board.ground
    options = list(bits_of(board.options(request)))
    if not options:
        if may_move_others:
            rearranging.seat(request)
        return
    was = ground.slot_at.get(old.slot, 0) if old is not None else 0

    def cost(slot: int) -> tuple[int, int, int]:
        busy = [board.busy[side] for side in ground.sides[request]]
        idle = sum(idle_slots(mask | 1 << slot, ground.day_masks) - idle_slots(mask, ground.day_masks) for mask in busy)
        return idle, abs(slot - was), slot

    board.put(request, min(options, key=cost))
