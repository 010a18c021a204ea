"""The legal moves of a posting, as one table for offers and requests. Only actions read it."""

from expo.foundation.moves import Moves
from matchmaking.marketplace.models import PostingStatus

_P = PostingStatus

POSTING_MOVES = Moves(
    {
        "submit": ({_P.DRAFT, _P.CHANGES_REQUESTED}, _P.SUBMITTED),
        "publish": ({_P.SUBMITTED}, _P.PUBLISHED),
        "request_changes": ({_P.SUBMITTED, _P.PUBLISHED, _P.PAUSED}, _P.CHANGES_REQUESTED),
        "send_back": ({_P.PUBLISHED, _P.PAUSED}, _P.SUBMITTED),
        "pause": ({_P.PUBLISHED}, _P.PAUSED),
        "resume": ({_P.PAUSED}, _P.PUBLISHED),
        "renew": ({_P.PUBLISHED, _P.PAUSED, _P.EXPIRED}, _P.PUBLISHED),
        "fulfil": ({_P.PUBLISHED, _P.PAUSED}, _P.FULFILLED),
        "withdraw": ({_P.DRAFT, _P.SUBMITTED, _P.CHANGES_REQUESTED, _P.PUBLISHED, _P.PAUSED}, _P.WITHDRAWN),
        "expire": ({_P.PUBLISHED, _P.PAUSED}, _P.EXPIRED),
    }
)

# Saving keeps the state, except that a changed must-have sends a published posting back to review ("send_back").
EDITABLE = frozenset({_P.DRAFT, _P.SUBMITTED, _P.CHANGES_REQUESTED, _P.PUBLISHED, _P.PAUSED})
