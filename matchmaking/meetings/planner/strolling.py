"""Fewer changes of hall and shorter walks, by other slots on the plan as it stands: no meeting less, no idle slot more."""

from collections.abc import Callable, Iterable
from itertools import pairwise

from matchmaking.meetings.planner.board import Board, bits_of
from matchmaking.meetings.planner.idling import fitting, idle_slots
from matchmaking.meetings.planner.placing import named_place, walk_minutes

MOST_TRIED = 24

Cost = tuple[int, int, int]


class Strolling:
    """Looks at those who change halls, and moves one of their meetings at a time. Meetings of the pool are left out: their hall is chosen at the end, to suit."""

    def __init__(self, board: Board) -> None:
        self.board = board
        ground = board.ground
        named = [named_place(ground, request) for request in range(len(ground.requests))]
        self.hall_of = [None if place is None else ground.places[place].hall for place in named]

    def run_round(self, is_over: Callable[[], bool]) -> int:
        """Look at everybody who changes halls once, and return how many meetings were moved."""
        moved = 0
        for person in range(len(self.board.ground.people)):
            if is_over():
                break
            if self._cost_of(person)[1]:
                moved += sum(self._move(request) for request in self._meetings_of(person))
        return moved

    def _meetings_of(self, person: int) -> list[int]:
        ground, at = self.board.ground, self.board.at
        found = [one for slot in bits_of(self.board.busy[person]) for one in at[person, slot]]
        return [one for one in found if one not in ground.locked and ground.requests[one].fixed is None]

    def _cost_of(self, person: int) -> Cost:
        """Idle slots, changes, minutes. Who meets at several desks at once is taken to be in the hall of the first."""
        board, ground = self.board, self.board.ground
        idle = idle_slots(board.busy[person], ground.day_masks)
        stops = [
            (ground.day_of[slot], hall)
            for slot in bits_of(board.busy[person])
            for hall in [self.hall_of[one] for one in board.at[person, slot]][:1]
            if hall is not None
        ]
        walks = [(a, b) for (day, a), (same, b) in pairwise(stops) if day == same and a != b]
        return idle, len(walks), sum(walk_minutes(ground.problem.walking, a, b) for a, b in walks)

    def _cost(self, people: Iterable[int]) -> Cost:
        costs = [self._cost_of(person) for person in people]
        return sum(cost[0] for cost in costs), sum(cost[1] for cost in costs), sum(cost[2] for cost in costs)

    def _move(self, request: int) -> bool:
        board, sides = self.board, self.board.ground.sides[request]
        best, old = self._cost(sides), board.lift(request)
        kept = old
        mask = board.options(request)
        for side in sides:
            fills, neutral = fitting(board.busy[side], board.ground.day_masks)
            mask &= fills | neutral | 1 << old
        for slot in list(bits_of(mask & ~(1 << old)))[:MOST_TRIED]:
            board.put(request, slot)
            cost = self._cost(sides)
            if cost < best:
                best, kept = cost, slot
            board.lift(request)
        board.put(request, kept)
        return kept != old
