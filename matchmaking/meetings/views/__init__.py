"""The pages of this room."""

from matchmaking.meetings.views.asking import ask_to_meet
from matchmaking.meetings.views.calendars import calendar_address, calendar_feed, end_calendar_address, meeting_ics, own_meetings_ics
from matchmaking.meetings.views.days import own_meetings, waiting
from matchmaking.meetings.views.meetings import meeting, meeting_step
from matchmaking.meetings.views.places import check_in_at, place_sign
from matchmaking.meetings.views.requests import meeting_request, meeting_request_step
from matchmaking.meetings.views.times import own_times

__all__ = [
    "ask_to_meet",
    "calendar_address",
    "calendar_feed",
    "check_in_at",
    "end_calendar_address",
    "meeting",
    "meeting_ics",
    "meeting_request",
    "meeting_request_step",
    "meeting_step",
    "own_meetings",
    "own_meetings_ics",
    "own_times",
    "place_sign",
    "waiting",
]
