"""Local search on a seated plan: fewer idle slots, then fewer changes of hall, with the same meetings. No step makes anything worse that an earlier aim counts."""

from collections.abc import Callable, Iterable
from random import Random

from matchmaking.meetings.planner.board import NOWHERE, Board, bits_of
from matchmaking.meetings.planner.idling import fitting, idle_slots

MOST_SWAPS_TRIED = 24


class Polishing:
    """Moves single meetings, and swaps two of one participant, as long as idle slots fall. Steps that change nothing are taken at times, so that others become possible."""

    def __init__(self, board: Board, *, seed: int) -> None:
        self.board = board
        self.days = board.ground.day_masks
        self.chance = Random(seed)  # noqa: S311 - nothing is secret here, and the same seed must make the same plan

    def idle(self) -> int:
        return sum(idle_slots(self.board.busy[person], self.days) for person in range(len(self.board.ground.people)))

    def run_round(self, is_over: Callable[[], bool]) -> int:
        """Look at everybody with idle slots once, and return by how many slots these fell."""
        saved = 0
        for person in self._idlers():
            if is_over():
                break
            for request in self._meetings_of(person):
                saved += self._move(request)
            if idle_slots(self.board.busy[person], self.days):
                for request in self._meetings_of(person):
                    saved += self._swap(request, person)
        return saved

    def _idlers(self) -> list[int]:
        people = [person for person in range(len(self.board.ground.people)) if idle_slots(self.board.busy[person], self.days)]
        self.chance.shuffle(people)
        return people

    def _meetings_of(self, person: int) -> list[int]:
        at = self.board.at
        return [one for slot in bits_of(self.board.busy[person]) for one in at[person, slot] if self._is_movable(one)]

    def _is_movable(self, request: int) -> bool:
        ground = self.board.ground
        return request not in ground.locked and ground.requests[request].fixed is None

    def _cost(self, people: Iterable[int]) -> int:
        busy, days = self.board.busy, self.days
        return sum(idle_slots(busy[person], days) for person in people)

    def _move(self, request: int) -> int:
        """Move one meeting to where it costs least. Where nothing is gained, it moves at random, or stays."""
        board, sides = self.board, self.board.ground.sides[request]
        before = self._cost(sides)
        old = board.lift(request)
        saved = before - self._cost(sides)
        options = board.options(request) & ~(1 << old)
        slots, added = self._cheapest(options, sides)
        if not slots or added > saved or (added == saved and self.chance.random() < 0.5):  # noqa: PLR2004 - every other time
            board.put(request, old)
            return 0
        choices = list(bits_of(slots))
        board.put(request, choices[self.chance.randrange(len(choices))])
        return saved - added

    def _cheapest(self, options: int, sides: Iterable[int]) -> tuple[int, int]:
        """The options with the least idle slots added (less than none: filled), among those that add none to anybody."""
        levels = {0: options}  # by how many sides have an idle slot filled
        for person in sides:
            fills, neutral = fitting(self.board.busy[person], self.days)
            grown: dict[int, int] = {}
            for filled, mask in levels.items():
                if mask & fills:
                    grown[filled + 1] = grown.get(filled + 1, 0) | mask & fills
                if mask & neutral:
                    grown[filled] = grown.get(filled, 0) | mask & neutral
            levels = grown
        best = max(levels, default=0)
        return levels.get(best, 0), -best

    def _swap(self, request: int, idler: int) -> int:
        """Let a meeting change places with another of its other side, where that leaves fewer idle slots."""
        board, ground = self.board, self.board.ground
        if board.slot_of[request] == NOWHERE:
            return 0
        for host in ground.sides[request]:
            if host == idler:
                continue
            for slot in self._wished(request, idler, host):
                for other in tuple(board.at[host, slot]):
                    saved = self._try_swap(request, other)
                    if saved:
                        return saved
        return 0

    def _wished(self, request: int, idler: int, host: int) -> list[int]:
        """Slots in which the idler would have the meeting rather, and the host is busy with another."""
        board, slot = self.board, self.board.slot_of[request]
        rest = board.busy[idler] & ~(1 << slot) if board.load[idler][slot] == 1 else board.busy[idler]
        fills, neutral = fitting(rest, self.days)
        mask = board.ground.allowed[request] & board.busy[host] & ~(1 << slot)
        free = board.free[idler]
        return [*bits_of(mask & fills & free), *bits_of(mask & neutral & free)][:MOST_SWAPS_TRIED]

    def _try_swap(self, request: int, other: int) -> int:
        board, ground = self.board, self.board.ground
        here, there = board.slot_of[request], board.slot_of[other]
        if not (ground.allowed[other] >> here & 1 and self._is_movable(other)):
            return 0
        people = {*ground.sides[request], *ground.sides[other]}
        before = self._cost(people)
        board.lift(request)
        board.lift(other)
        if board.options(request) >> there & 1:
            board.put(request, there)
            if board.options(other) >> here & 1:
                board.put(other, here)
                saved = before - self._cost(people)
                if saved > 0:
                    return saved
                board.lift(other)
            board.lift(request)
        board.put(request, here)
        board.put(other, there)
        return 0
