"""The legal moves of this room, as tables. Only actions read them."""

from expo.foundation.moves import Moves
from matchmaking.participants.models import Member, Registration

_R = Registration.Status
_M = Member.Status

# Saving takes a submitted or rejected registration back to draft, so that what the organiser verifies is what was sent.
REGISTRATION_MOVES = Moves(
    {
        "save": ({_R.DRAFT, _R.SUBMITTED, _R.REJECTED}, _R.DRAFT),
        "submit": ({_R.DRAFT, _R.REJECTED}, _R.SUBMITTED),
        "verify": ({_R.SUBMITTED}, _R.VERIFIED),
        "reject": ({_R.SUBMITTED, _R.VERIFIED}, _R.REJECTED),
        "withdraw": ({_R.DRAFT, _R.SUBMITTED, _R.VERIFIED, _R.REJECTED}, _R.WITHDRAWN),
        "restart": ({_R.WITHDRAWN}, _R.DRAFT),
    }
)

# Who was declined cannot ask again and again; the owner may still change their mind and accept.
MEMBER_MOVES = Moves(
    {
        "ask": ({_M.LEFT}, _M.ASKED),
        "accept": ({_M.ASKED, _M.DECLINED}, _M.ACTIVE),
        "decline": ({_M.ASKED}, _M.DECLINED),
        "leave": ({_M.ACTIVE}, _M.LEFT),
        "close": ({_M.ASKED, _M.ACTIVE}, _M.LEFT),  # of the company, for all of them at once
    }
)
