"""The organiser's pages of this room: the expo's day as it runs, plans, changes, the ground on which people meet."""

from matchmaking.meetings.views.organiser.board import meeting_board, meeting_screen
from matchmaking.meetings.views.organiser.changes import meeting_change, meeting_changes, new_meeting_change, undo_meeting_change
from matchmaking.meetings.views.organiser.figures import meeting_figure, meeting_figures
from matchmaking.meetings.views.organiser.interpreters import (
    meeting_absences,
    meeting_interpreter,
    meeting_interpreter_ics,
    meeting_interpreters,
)
from matchmaking.meetings.views.organiser.participants import meeting_participant, meeting_participants, meetings_acted
from matchmaking.meetings.views.organiser.plans import meeting_plan, meeting_plan_step, meeting_plans
from matchmaking.meetings.views.organiser.schedules import meeting_schedule, meeting_schedules
from matchmaking.meetings.views.organiser.setting_up import meeting_rights, meeting_setup
from matchmaking.meetings.views.organiser.tables import meeting_places, meeting_signs, meeting_tables
from matchmaking.meetings.views.organiser.timetable import meeting_lay_days, meeting_slot, meeting_slot_step, meeting_timetable
from matchmaking.meetings.views.organiser.webhooks import (
    meeting_delivery,
    meeting_webhook,
    meeting_webhook_step,
    meeting_webhooks,
    replay_meeting_delivery,
)

__all__ = [
    "meeting_absences",
    "meeting_board",
    "meeting_change",
    "meeting_changes",
    "meeting_delivery",
    "meeting_figure",
    "meeting_figures",
    "meeting_interpreter",
    "meeting_interpreter_ics",
    "meeting_interpreters",
    "meeting_lay_days",
    "meeting_participant",
    "meeting_participants",
    "meeting_places",
    "meeting_plan",
    "meeting_plan_step",
    "meeting_plans",
    "meeting_rights",
    "meeting_schedule",
    "meeting_schedules",
    "meeting_screen",
    "meeting_setup",
    "meeting_signs",
    "meeting_slot",
    "meeting_slot_step",
    "meeting_tables",
    "meeting_timetable",
    "meeting_webhook",
    "meeting_webhook_step",
    "meeting_webhooks",
    "meetings_acted",
    "new_meeting_change",
    "replay_meeting_delivery",
    "undo_meeting_change",
]
