"""Why a request has no seat, from what is left on the board."""

from matchmaking.meetings.planner.board import NOWHERE, Board
from matchmaking.meetings.planner.plans import Reason, Unseated


def unseated_of(board: Board) -> tuple[Unseated, ...]:
    """Return what has no seat, by request id, each with its first reason."""
    return tuple(_why(board, request) for request, slot in enumerate(board.slot_of) if slot == NOWHERE)


def _why(board: Board, request: int) -> Unseated:
    ground = board.ground
    fact = ground.requests[request]
    if request in ground.clashes and fact.locked is not None:
        return Unseated(fact.id, Reason.LOCKED_CLASH, {"slot": fact.locked.slot, "place": fact.locked.place})
    before = _missing_before(board, request)
    if before is not None:
        return Unseated(fact.id, Reason.ORDER, {"before": before})
    if not ground.allowed[request]:
        return _never(board, request)
    return _not_now(board, request)


def _missing_before(board: Board, request: int) -> int | None:
    """The request that should be earlier, and is not there or leaves no time."""
    ground = board.ground
    fact = ground.requests[request]
    if ground.is_orphaned[request]:
        return next(one for one in fact.after if one not in ground.request_at)
    for before in ground.earlier[request]:
        if board.slot_of[before] == NOWHERE:
            return ground.requests[before].id
    if ground.earlier[request] and ground.allowed[request] and not ground.allowed[request] & board.window(request):
        return ground.requests[max(ground.earlier[request], key=lambda one: board.slot_of[one])].id
    return None


def _never(board: Board, request: int) -> Unseated:
    """There was no slot for it from the start."""
    ground = board.ground
    fact = ground.requests[request]
    mask = ground.everywhere if fact.fixed is None else ground.slots_mask([fact.fixed])
    mask &= ~ground.slots_mask(fact.forbidden)
    for side in ground.sides[request]:
        mask &= ground.opens[side]
    if not mask:
        return Unseated(fact.id, Reason.NO_COMMON_SLOT)
    if request in ground.no_place:
        return _lacking(board, request, Reason.NO_PLACE)
    for resource in ground.needs[request][len(ground.sides[request]) :]:
        mask &= ground.opens[resource]
        if not mask:
            return _lacking(board, request, ground.lacking[resource])
    return Unseated(fact.id, Reason.NO_COMMON_SLOT)


def _not_now(board: Board, request: int) -> Unseated:
    """There were slots, and others have them."""
    ground = board.ground
    fact = ground.requests[request]
    mask = ground.allowed[request]
    if ground.earlier[request] or ground.later[request]:
        mask &= board.window(request)
    for side in ground.sides[request]:
        if not mask & board.free[side]:
            return Unseated(fact.id, Reason.PARTICIPANT_FULL, {"participant": ground.people[side].id, "meetings": board.meetings(side)})
    for side in ground.sides[request]:
        mask &= board.free[side]
    if mask:
        for resource in ground.needs[request][len(ground.sides[request]) :]:
            mask &= board.free[resource]
            if not mask:
                return _lacking(board, request, ground.lacking[resource])
    return Unseated(fact.id, Reason.NO_SHARED_FREE_SLOT)


def _lacking(board: Board, request: int, reason: Reason) -> Unseated:
    fact = board.ground.requests[request]
    return Unseated(fact.id, reason, {"skill": fact.skill} if reason is Reason.NO_INTERPRETER else {"place": fact.place})
