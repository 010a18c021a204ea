"""The organiser's desk of this room: what the matcher knows, and how its runs went."""

from matchmaking.matching.admin.runs import MatchRunAdmin, WeightAdmin
from matchmaking.matching.admin.terms import TermAdmin
from matchmaking.matching.admin.verdicts import VerdictAdmin

__all__ = ["MatchRunAdmin", "TermAdmin", "VerdictAdmin", "WeightAdmin"]
