from matchmaking.matching.models.digests import Digest
from matchmaking.matching.models.gaps import Gap, SegmentLook
from matchmaking.matching.models.knowledge import Term, Weight
from matchmaking.matching.models.runs import Match, MatchRun, Shard, Snapshot
from matchmaking.matching.models.verdicts import Verdict

__all__ = ["Digest", "Gap", "Match", "MatchRun", "SegmentLook", "Shard", "Snapshot", "Term", "Verdict", "Weight"]
