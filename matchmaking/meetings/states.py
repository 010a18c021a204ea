"""The legal moves of this room, as tables. Only actions read them."""

from expo.foundation.errors import IllegalMove
from expo.foundation.moves import Moves
from matchmaking.meetings.models import Meeting, MeetingRequest, MoveProposal, PlanRun

_R = MeetingRequest.Status
_M = Meeting.Status
_P = MoveProposal.Status
_D = PlanRun.Status

# A counter-proposal leaves a request pending and gives the turn to the other side; so does taking up what the planner has laid ready.
REQUEST_MOVES = Moves(
    {
        "counter": ({_R.PENDING}, _R.PENDING),
        "take_up": ({_R.PENDING}, _R.PENDING),
        "accept": ({_R.PENDING}, _R.ACCEPTED),
        "decline": ({_R.PENDING}, _R.DECLINED),
        "withdraw": ({_R.PENDING}, _R.CANCELLED),
        "expire": ({_R.PENDING}, _R.EXPIRED),
    }
)

# What was held, was not, or is disputed stays on record. A meeting that loses its time keeps its place in the queue.
MEETING_MOVES = Moves(
    {
        "propose": ({_M.UNSCHEDULED}, _M.PROPOSED),
        "withdraw_proposal": ({_M.PROPOSED}, _M.UNSCHEDULED),
        "schedule": ({_M.UNSCHEDULED, _M.PROPOSED}, _M.SCHEDULED),
        "move": ({_M.SCHEDULED}, _M.SCHEDULED),
        "unschedule": ({_M.SCHEDULED}, _M.UNSCHEDULED),
        "hold": ({_M.SCHEDULED, _M.NO_SHOW, _M.DISPUTED}, _M.HELD),
        "miss": ({_M.SCHEDULED, _M.HELD, _M.DISPUTED}, _M.NO_SHOW),
        "dispute": ({_M.SCHEDULED, _M.HELD, _M.NO_SHOW}, _M.DISPUTED),
        "cancel": ({_M.UNSCHEDULED, _M.PROPOSED, _M.SCHEDULED}, _M.CANCELLED),
    }
)

# What is done to a meeting without moving it along, and the states in which it may be done.
WHILE: dict[str, frozenset[str]] = {
    "hand_over": frozenset({_M.UNSCHEDULED, _M.PROPOSED, _M.SCHEDULED}),
    "check_in": frozenset({_M.SCHEDULED}),
    "say": frozenset({_M.SCHEDULED, _M.HELD, _M.NO_SHOW, _M.DISPUTED}),
    "rate": frozenset({_M.HELD}),
}


def refuse_unless(verb: str, state: str) -> None:
    """Raise IllegalMove where the verb is not for a meeting in this state."""
    if state not in WHILE[verb]:
        raise IllegalMove


PROPOSAL_MOVES = Moves(
    {
        "accept": ({_P.PENDING}, _P.ACCEPTED),
        "decline": ({_P.PENDING}, _P.DECLINED),
        "withdraw": ({_P.PENDING}, _P.WITHDRAWN),
        "expire": ({_P.PENDING}, _P.EXPIRED),
    }
)

# Pausing switches off too; only one that is on can be tried.
WEBHOOK_MOVES = Moves({"switch_off": ({"on"}, "off"), "resume": ({"off"}, "on"), "try": ({"on"}, "on")})

# A run whose worker died is begun again; one that failed is given back to the queue first. Who publishes a large draft twice has published it once.
PLAN_MOVES = Moves(
    {
        "begin": ({_D.QUEUED, _D.RUNNING}, _D.RUNNING),
        "give_back": ({_D.RUNNING}, _D.QUEUED),
        "finish": ({_D.RUNNING}, _D.DRAFT),
        "ask_to_publish": ({_D.DRAFT, _D.PUBLISHING}, _D.PUBLISHING),
        "publish": ({_D.DRAFT, _D.PUBLISHING}, _D.PUBLISHED),
        "keep_back": ({_D.PUBLISHING}, _D.DRAFT),
        "discard": ({_D.DRAFT}, _D.DISCARDED),
        "interrupt": ({_D.QUEUED, _D.RUNNING}, _D.INTERRUPTED),
    }
)
