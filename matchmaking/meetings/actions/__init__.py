"""The verbs of this room: everything that changes a row of it."""

from matchmaking.meetings.actions.answering import accept, counter, decline
from matchmaking.meetings.actions.asking import ask, open_requests, withdraw, write_message
from matchmaking.meetings.actions.attending import check_in, rate, say_outcome
from matchmaking.meetings.actions.cancelling import cancel, hand_over
from matchmaking.meetings.actions.delivering import send_due
from matchmaking.meetings.actions.editing import apply_edit, undo_edit
from matchmaking.meetings.actions.feeds import open_feed, revoke_feed
from matchmaking.meetings.actions.interpreters import add_interpreter, change_interpreter, set_absences
from matchmaking.meetings.actions.moving import answer_move, propose_move, withdraw_move
from matchmaking.meetings.actions.news import tell_news
from matchmaking.meetings.actions.planning import discard_plan, order_plan, prepare_places, stop_plan, sweep_plans
from matchmaking.meetings.actions.proposing import take_up, tell_proposals
from matchmaking.meetings.actions.publishing import carry_out_publication, publish_plan, sweep_publications
from matchmaking.meetings.actions.reseating import Reseated, reseat
from matchmaking.meetings.actions.setting_up import Right, set_rights, set_up_meetings
from matchmaking.meetings.actions.sweeping import sweep_meetings
from matchmaking.meetings.actions.tables import add_tables, open_booths, tables_needed
from matchmaking.meetings.actions.times import block_time, free_time
from matchmaking.meetings.actions.timetable import (
    DayPlan,
    LaidDay,
    Pause,
    add_slots,
    change_slot,
    day_of_slots,
    days_laid,
    lay_days,
    remove_slots,
    restore_slots,
)
from matchmaking.meetings.actions.ways import gather_what_waits
from matchmaking.meetings.actions.webhooks import (
    change_webhook,
    delete_webhook,
    make_webhook,
    pause_webhook,
    replay_delivery,
    replay_failed,
    resume_webhook,
    rotate_secret,
    take_secret,
    try_webhook,
)
from matchmaking.meetings.actions.working import work_on_plan

__all__ = [
    "DayPlan",
    "LaidDay",
    "Pause",
    "Reseated",
    "Right",
    "accept",
    "add_interpreter",
    "add_slots",
    "add_tables",
    "answer_move",
    "apply_edit",
    "ask",
    "block_time",
    "cancel",
    "carry_out_publication",
    "change_interpreter",
    "change_slot",
    "change_webhook",
    "check_in",
    "counter",
    "day_of_slots",
    "days_laid",
    "decline",
    "delete_webhook",
    "discard_plan",
    "free_time",
    "gather_what_waits",
    "hand_over",
    "lay_days",
    "make_webhook",
    "open_booths",
    "open_feed",
    "open_requests",
    "order_plan",
    "pause_webhook",
    "prepare_places",
    "propose_move",
    "publish_plan",
    "rate",
    "remove_slots",
    "replay_delivery",
    "replay_failed",
    "reseat",
    "restore_slots",
    "resume_webhook",
    "revoke_feed",
    "rotate_secret",
    "say_outcome",
    "send_due",
    "set_absences",
    "set_rights",
    "set_up_meetings",
    "stop_plan",
    "sweep_meetings",
    "sweep_plans",
    "sweep_publications",
    "tables_needed",
    "take_secret",
    "take_up",
    "tell_news",
    "tell_proposals",
    "try_webhook",
    "undo_edit",
    "withdraw",
    "withdraw_move",
    "work_on_plan",
    "write_message",
]
