"""The verbs of this room: everything that changes a row of it."""

from matchmaking.meetings.actions.answering import accept, counter, decline
from matchmaking.meetings.actions.asking import ask, open_requests, withdraw, write_message
from matchmaking.meetings.actions.attending import check_in, rate, say_outcome
from matchmaking.meetings.actions.cancelling import cancel, hand_over
from matchmaking.meetings.actions.feeds import open_feed, revoke_feed
from matchmaking.meetings.actions.moving import answer_move, propose_move, withdraw_move
from matchmaking.meetings.actions.setting_up import add_slots, add_tables, day_of_slots, set_up_meetings, tables_needed
from matchmaking.meetings.actions.sweeping import sweep_meetings
from matchmaking.meetings.actions.times import block_time, free_time

__all__ = [
    "accept",
    "add_slots",
    "add_tables",
    "answer_move",
    "ask",
    "block_time",
    "cancel",
    "check_in",
    "counter",
    "day_of_slots",
    "decline",
    "free_time",
    "hand_over",
    "open_feed",
    "open_requests",
    "propose_move",
    "rate",
    "revoke_feed",
    "say_outcome",
    "set_up_meetings",
    "sweep_meetings",
    "tables_needed",
    "withdraw",
    "withdraw_move",
    "write_message",
]
