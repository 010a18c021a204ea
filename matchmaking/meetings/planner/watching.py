"""When to stop, and whom to tell how far it is."""

import time
from collections.abc import Callable

from matchmaking.meetings.planner.board import Board
from matchmaking.meetings.planner.placing import seats_of
from matchmaking.meetings.planner.plans import Progress, Seats

LOOKS_APART = 64


class Watch:
    """Counts the CPU seconds of this process, and asks the caller's stop flag. Once it is over, it stays so."""

    def __init__(self, seconds: float, stop: Callable[[], bool] | None, progress: Callable[[Progress], object] | None) -> None:
        self.began = time.process_time()
        self.seconds = seconds
        self.stop = stop
        self.progress = progress
        self.has_ended = False
        self._looks = 0

    @property
    def spent(self) -> float:
        return time.process_time() - self.began

    @property
    def left(self) -> float:
        return max(0.0, self.seconds - self.spent)

    def is_over(self) -> bool:
        """Cheap enough to be asked at every step: the flag and the clock are looked at now and then."""
        self._looks += 1
        if not self.has_ended and self._looks % LOOKS_APART == 1:
            self.look()
        return self.has_ended

    def look(self) -> bool:
        self.has_ended = self.has_ended or self.spent >= self.seconds or (self.stop is not None and self.stop())
        return self.has_ended

    def tell(self, step: str, share: float, board: Board, idle: int) -> None:
        if self.progress is not None:

            def seats() -> Seats:
                return seats_of(board)

            self.progress(Progress(step, share, board.number, idle, seats))
