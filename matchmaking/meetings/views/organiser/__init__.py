"""The organiser's pages of this room: the expo's day as it runs, plans, changes, the ground on which people meet."""

from matchmaking.meetings.views.organiser.board import meeting_board

__all__ = ["meeting_board"]
