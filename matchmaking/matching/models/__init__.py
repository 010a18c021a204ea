from matchmaking.matching.models.digests import Digest
from matchmaking.matching.models.gaps import GapChange
from matchmaking.matching.models.knowledge import Term, Vector, Weight
from matchmaking.matching.models.readings import Reading
from matchmaking.matching.models.runs import Match, MatchRun, Shard, Snapshot, Unlisted
from matchmaking.matching.models.verdicts import Verdict

__all__ = ["Digest", "GapChange", "Match", "MatchRun", "Reading", "Shard", "Snapshot", "Term", "Unlisted", "Vector", "Verdict", "Weight"]
