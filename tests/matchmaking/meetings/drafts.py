"""Drafts of plans as the worker leaves them, for tests of what is done with them."""

from typing import Any

from django.utils import timezone

from matchmaking.meetings.models import Meeting, PlannedSeat, PlanRun

FIGURES = {
    "wishes": 4,
    "shortfall": 1,
    "worst_off": None,
    "score": 0.0,
    "idle_slots": 3,
    "idle_gaps": 2,
    "hall_changes": 0,
    "walking_minutes": 0,
}
BOUNDS = [
    ("wishes", 4, 6), ("shortfall", 1, 1), ("score", 0, 0), ("idle_slots", 3, 0), ("hall_changes", 0, 0), ("walking_minutes", 0, 0),
]  # fmt: skip


def draft(edition: Any, **fields: Any) -> PlanRun:
    """A finished draft without lines; figures of three meetings of which two have a time."""
    worst = fields.pop("worst", None)
    figures = {
        "figures": {**FIGURES, "asked": 3, "seated": 2, "worst_off": worst},
        "bounds": [{"aim": aim, "reached": reached, "bound": bound, "gap": abs(bound - reached)} for aim, reached, bound in BOUNDS],
        "seated_bound": 3,
        "asked": 3,
        "cpu_seconds": 0.4,
        "is_cut_short": False,
        "kinds": {"kept": 0, "moved": 1, "new": 1, "unseated": 1, "proposal": 0},
        "had_to_move": 0,
    }
    given = {"status": "draft", "figures": figures, "share": 1, "seated": 2, "idle_slots": 3, "finished_at": timezone.now()}
    return PlanRun.objects.create(edition=edition, **given | fields)


def line(run: PlanRun, meeting: Meeting, kind: str, **fields: Any) -> PlannedSeat:
    """A line of it. What the meeting has now is what it had before."""
    before = {"before_slot": meeting.slot, "before_place": meeting.place}
    return PlannedSeat.objects.create(run=run, meeting=meeting, kind=kind, **before | fields)
