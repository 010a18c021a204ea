"""The greedy plan: the tightest requests first, each into the first slot that all of its sides have free; then chains of moves for those left over."""

from collections.abc import Iterable

from matchmaking.meetings.planner.board import NOWHERE, Board, bits_of

LONGEST_CHAIN = 400
DEEPEST = 4
PATIENCE = 3_000
SLOTS_TRIED = 12


def seat_greedily(board: Board, requests: Iterable[int]) -> list[int]:
    """Seat requests by saturation, each in its first free slot, and return those left over.

    A side's slots to spare, beyond what is still wanted of it, stay the same while its requests are seated one by one: so they are counted once.
    """
    waiting = [one for one in requests if board.slot_of[one] == NOWHERE]
    crowd = [0] * len(board.free)
    for one in waiting:
        for resource in board.ground.needs[one]:
            crowd[resource] += 1
    left = []
    for one in sorted(waiting, key=lambda each: (_tightness(board, each, crowd), each)):
        mask = board.options(one)
        if mask:
            board.put(one, (mask & -mask).bit_length() - 1)
        else:
            left.append(one)
    return left


def _tightness(board: Board, request: int, crowd: list[int]) -> tuple[bool, int, int]:
    """What must be before others goes first; then whose tightest side has the fewest slots to spare; then who has the fewest options."""
    spare = min(_room(board, resource) - crowd[resource] for resource in board.ground.needs[request])
    return not board.ground.later[request], spare, board.options(request).bit_count()


def _room(board: Board, resource: int) -> int:
    """How many meetings a resource can still take, all slots together."""
    return sum(board.ground.capacity[resource]) - sum(board.load[resource])


class Rearranging:
    """Seats one more request by moving others, each to another slot, none away. What fails is undone."""

    def __init__(self, board: Board, *, longest_chain: int = LONGEST_CHAIN, deepest: int = DEEPEST, patience: int = PATIENCE) -> None:
        self.board = board
        self.longest_chain = longest_chain
        self.deepest = deepest
        self.patience = patience  # how many slots, and pairs of slots, are tried for one request
        self.log: list[tuple[int, int]] = []
        self.tries = 0

    def seat(self, request: int) -> bool:
        """Seat a request, moving others where need be. Say whether it has a seat now."""
        mask = self.board.options(request)
        if mask:
            self.board.put(request, (mask & -mask).bit_length() - 1)
            return True
        if not all(self.board.free[resource] for resource in self.board.ground.needs[request]):
            return False  # somebody is full: to move others makes no room
        self.tries = self.patience
        if self._seat_by_chain(request):
            return True
        self.tries = self.patience
        return self._eject(request, self.deepest)

    # Two slots change places along a chain of meetings (Kempe).

    def _seat_by_chain(self, request: int) -> bool:
        board, needs = self.board, self.board.ground.needs[request]
        allowed = board.ground.allowed[request]
        if board.ground.earlier[request] or board.ground.later[request]:
            allowed &= board.window(request)
        some_free = 0
        for resource in needs:
            some_free |= board.free[resource]
        for one in bits_of(allowed & some_free):
            for other in bits_of(some_free & ~(1 << one)):
                self.tries -= 1
                if self.tries <= 0:
                    return False
                if self._swap_along(request, one, other):
                    return True
        return False

    def _swap_along(self, request: int, one: int, other: int) -> bool:
        """Seat a request in slot `one`; whoever is in the way goes to `other`, who is in the way there to `one`, and so on."""
        board, begun = self.board, len(self.log)
        queue = [(request, one)]
        for meeting, slot in queue:
            away = other if slot == one else one
            for resource in board.blockers(meeting, slot):
                if board.free[resource] >> slot & 1:
                    continue
                victim = self._victim(resource, slot, away)
                if victim is None or len(queue) > self.longest_chain:
                    self._undo(begun)
                    return False
                self._lift(victim)
                queue.append((victim, away))
            if not board.options(meeting) >> slot & 1:
                self._undo(begun)
                return False
            self._put(meeting, slot)
        self.log.clear()
        return True

    def _victim(self, resource: int, slot: int, away: int) -> int | None:
        """A meeting of a resource in a slot that may go to another: one that can go at once, if there is one."""
        board, found = self.board, None
        for meeting in board.at[resource, slot]:
            if board.ground.allowed[meeting] >> away & 1 and meeting not in board.ground.locked and not board.ground.later[meeting]:
                if not board.blockers(meeting, away):
                    return meeting
                found = meeting if found is None else found
        return found

    # Whoever is in the way goes anywhere else, whoever is in the way there too, a few steps deep.

    def _eject(self, request: int, depth: int) -> bool:
        board = self.board
        mask = board.options(request)
        if mask:
            self._put(request, (mask & -mask).bit_length() - 1)
            self._close(depth)
            return True
        if not depth:
            return False
        for slot in self._least_blocked(request):
            self.tries -= 1
            if self.tries <= 0:
                return False
            if self._push_into(request, slot, depth):
                self._close(depth)
                return True
        return False

    def _close(self, depth: int) -> None:
        if depth == self.deepest:
            self.log.clear()

    def _least_blocked(self, request: int) -> list[int]:
        allowed = self.board.ground.allowed[request]
        if self.board.ground.earlier[request] or self.board.ground.later[request]:
            allowed &= self.board.window(request)
        ways = sorted((len(self.board.blockers(request, slot)), slot) for slot in bits_of(allowed))
        return [slot for _, slot in ways[:SLOTS_TRIED]]

    def _push_into(self, request: int, slot: int, depth: int) -> bool:
        board, begun = self.board, len(self.log)
        victims = []
        for resource in board.blockers(request, slot):
            if board.free[resource] >> slot & 1:
                continue
            movable = [one for one in board.at[resource, slot] if one not in board.ground.locked and not board.ground.later[one]]
            if not movable:
                self._undo(begun)
                return False
            victim = max(movable, key=lambda one: (board.options(one).bit_count(), -one))
            self._lift(victim)
            victims.append(victim)
        if board.options(request) >> slot & 1:
            self._put(request, slot)
            if all(self._eject(victim, depth - 1) for victim in victims):
                return True
        self._undo(begun)
        return False

    # Every step can be taken back.

    def _put(self, request: int, slot: int) -> None:
        self.log.append((request, NOWHERE))
        self.board.put(request, slot)

    def _lift(self, request: int) -> None:
        self.log.append((request, self.board.lift(request)))

    def _undo(self, begun: int) -> None:
        while len(self.log) > begun:
            request, slot = self.log.pop()
            if slot == NOWHERE:
                self.board.lift(request)
            else:
                self.board.put(request, slot)
