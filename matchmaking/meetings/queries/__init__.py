"""Reads of this room that join several models."""

from matchmaking.meetings.queries.free import alternatives_to, free_slots, setup_of
from matchmaking.meetings.queries.hiding import hides_receiver, named_to_sender
from matchmaking.meetings.queries.places import walking_minutes

__all__ = ["alternatives_to", "free_slots", "hides_receiver", "named_to_sender", "setup_of", "walking_minutes"]
