"""The verbs of this room."""

from matchmaking.matching.actions.fresh import follow_what_was_missed, refresh_posting, refresh_touched, warm_up
from matchmaking.matching.actions.runs import interrupt_run, put_in_force, start_run, take_shard, work_on
from matchmaking.matching.actions.sweeping import sweep_runs

__all__ = [
    "follow_what_was_missed",
    "interrupt_run",
    "put_in_force",
    "refresh_posting",
    "refresh_touched",
    "start_run",
    "sweep_runs",
    "take_shard",
    "warm_up",
    "work_on",
]
