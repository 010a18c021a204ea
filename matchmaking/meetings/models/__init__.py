from matchmaking.meetings.models.edits import Edit
from matchmaking.meetings.models.feeds import CalendarFeed
from matchmaking.meetings.models.meetings import Meeting, MoveProposal, Occupancy, Seat
from matchmaking.meetings.models.plans import News, PlannedSeat, PlanRun
from matchmaking.meetings.models.requests import AboutPosting, MeetingRequest, Message, Reason, Side
from matchmaking.meetings.models.setup import Interpreter, InterpreterAbsence, MeetingSetup, Place, RoleRight, Slot
from matchmaking.meetings.models.webhooks import Delivery, Happening, Webhook

__all__ = [
    "AboutPosting",
    "CalendarFeed",
    "Delivery",
    "Edit",
    "Happening",
    "Interpreter",
    "InterpreterAbsence",
    "Meeting",
    "MeetingRequest",
    "MeetingSetup",
    "Message",
    "MoveProposal",
    "News",
    "Occupancy",
    "Place",
    "PlanRun",
    "PlannedSeat",
    "Reason",
    "RoleRight",
    "Seat",
    "Side",
    "Slot",
    "Webhook",
]
