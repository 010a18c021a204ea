"""The worker of `django_tasks_db`, which here reads ahead while no job waits: the first edit after its start need not wait for a chain to be read."""

import logging
import time
from typing import Any

from django_tasks_db.management.commands import db_worker

from matchmaking.matching.actions import warm_up

AT_ONCE_SECONDS = 0.2  # An urgent job that comes meanwhile waits no longer than for this, and for the segment begun.
REST_SECONDS = 5.0
logger = logging.getLogger(__name__)


class Worker(db_worker.Worker):
    _seconds = 0.0
    _rests_until = 0.0

    @property
    def interval(self) -> float:
        """How long to wait before looking for jobs again, asked for when none waits: not at all while there is more to read ahead."""
        return 0.0 if self._read_ahead() else self._seconds

    @interval.setter
    def interval(self, seconds: float) -> None:
        self._seconds = seconds

    def _read_ahead(self) -> bool:
        if self.batch or time.monotonic() < self._rests_until:
            return False
        try:
            is_more_left = warm_up(AT_ONCE_SECONDS)
        except Exception:  # Reading ahead only saves time: the jobs go on.
            logger.exception("reading ahead failed")
            is_more_left = False
        if not is_more_left:
            self._rests_until = time.monotonic() + REST_SECONDS
        return is_more_left


class Command(db_worker.Command):
    def handle(self, **options: Any) -> None:
        # The library's command makes one of this name; it can be told no other.
        db_worker.Worker = Worker  # type: ignore[misc] # a class in place of a class
        super().handle(**options)
