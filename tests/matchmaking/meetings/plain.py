"""What was promised of meetings, as plain values: which step is open to whom and what it leads to, without tables, locks or the site's own rules."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

ANSWERS = {"accept": "accepted", "decline": "declined", "withdraw": "cancelled"}
LIVE = ("unscheduled", "proposed", "scheduled")
TAKEN_PART = ("scheduled", "held", "no_show", "disputed")


@dataclass
class Question:
    """A request: one of two sides has the turn, until one answer ends it."""

    expires_at: datetime
    status: str = "pending"
    turn: str = "receiver"
    is_delivered: bool = True

    def is_open(self, verb: str, side: str, now: datetime) -> bool:
        """Whether the side may take the step by all that a request alone says; times and other meetings may still stand against it."""
        if self.status != "pending":
            return False
        if verb == "withdraw":
            return side == "sender"
        reaches = self.is_delivered or self.turn == "sender"
        return reaches and side == self.turn and (verb == "decline" or now < self.expires_at)


@dataclass
class Date:
    """A meeting: when it begins and ends, what the sides said, and whether a change of time is proposed."""

    status: str
    slot: int | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    moves: int = 0
    proposed: dict[int, tuple[str, int]] = field(default_factory=dict)
    here: set[str] = field(default_factory=set)
    says: dict[str, str] = field(default_factory=dict)
    rated: set[str] = field(default_factory=set)

    def has_begun(self, now: datetime) -> bool:
        return self.begins is not None and now >= self.begins

    def may_cancel(self, now: datetime) -> bool:
        return self.status in LIVE and not self.has_begun(now)

    def may_check_in(self, now: datetime) -> bool:
        if self.status != "scheduled" or self.begins is None or self.ends is None:
            return False
        return self.begins - timedelta(minutes=15) <= now < self.ends

    def may_say(self, now: datetime) -> bool:
        return self.status in TAKEN_PART and self.has_begun(now)

    def may_propose(self, now: datetime, most_moves: int) -> bool:
        in_time = self.status == "scheduled" and self.begins is not None and now < self.begins - timedelta(minutes=60)
        return in_time and self.moves < most_moves and not self.proposed

    def may_rate(self, side: str) -> bool:
        return self.status == "held" and side not in self.rated

    def came_to(self) -> str:
        """What both words make of it; as it was, while one is missing."""
        if len(self.says) < 2:
            return self.status
        happened = {word != "did_not" for word in self.says.values()}
        return "disputed" if len(happened) == 2 else "held" if happened.pop() else "no_show"

    def may_settle_to(self, status: str, now: datetime) -> bool:
        """Whether silence may have brought it there: three days after its end, by the word of one side, or as both had come."""
        if self.status != "scheduled" or self.ends is None or now < self.ends + timedelta(days=3):
            return False
        if self.says:
            return status == ("no_show" if "did_not" in self.says.values() else "held")
        return status == "held" and len(self.here) == 2
