"""The verbs of this room."""

from matchmaking.matching.actions.gaps import stale_segments, work_out_gaps

__all__ = ["stale_segments", "work_out_gaps"]
