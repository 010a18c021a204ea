"""The legal moves of a matching run. What is in force, or was, never moves back."""

from expo.foundation.moves import Moves
from matchmaking.matching.models import MatchRun

_S = MatchRun.Status

RUN_MOVES = Moves(
    {
        "begin": ({_S.QUEUED}, _S.RUNNING),
        "put_in_force": ({_S.QUEUED, _S.RUNNING}, _S.IN_FORCE),
        "replace": ({_S.IN_FORCE}, _S.REPLACED),
        "interrupt": ({_S.QUEUED, _S.RUNNING}, _S.INTERRUPTED),
    }
)
