"""The figures of a run: what was read, found and stored, what it cost, and how places are shared by companies."""

import resource
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings

from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching.lists import Found
from matchmaking.matching.meaning import meaning_now
from matchmaking.matching.models import Match, MatchRun


def figures_of_shard(found: Sequence[Found], cpu_seconds: float) -> dict[str, Any]:
    """Return what a shard found and cost, as values of JSON."""
    return {
        "cpu_seconds": round(cpu_seconds, 3),
        "peak_bytes": peak_bytes(),
        "pairs": sum(lists.pairs for lists in found),
        "near_misses": sum(lists.near_misses for lists in found),
        **{f"{lists.kind}s": _figures(lists) for lists in found},
    }


def _figures(lists: Found) -> dict[str, Any]:
    scores = {"score_before": round(lists.score_before, 2), "score_after": round(lists.score_after, 2)}
    return {"matches": lists.matches, "before": lists.before, "after": lists.after, **scores}


def peak_bytes() -> int:
    """Return the most memory that this process has held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def figures_of(run: MatchRun) -> dict[str, Any]:
    """Return the figures of a run whose shards are done: what was read, found and stored, what it cost, and how places are shared."""
    shards = [shard for shard in run.shards.values_list("figures", flat=True) if shard]
    open_now = {
        kind: model.objects.published().in_edition(run.edition_id).count()
        for kind, model in (("offers", Offer), ("requests", SourcingRequest))
    }
    stored = Match.objects.filter(run=run)
    return {
        **open_now,
        "pairs": sum(shard["pairs"] for shard in shards),
        "matches": stored.filter(near_rank=None).count(),
        "near_misses": stored.filter(near_rank__isnull=False).count(),
        "cpu_seconds": round(sum(shard["cpu_seconds"] for shard in shards), 2),
        "peak_bytes": max((shard["peak_bytes"] for shard in shards), default=0),
        **_of_model(),
        "exposure": {side: _exposure([shard[side] for shard in shards]) for side in ("requests", "offers")},
    }


def _of_model() -> dict[str, Any]:
    """Say which sentence model the texts were read with, or why without the one that is named; nothing where none is."""
    meaning = meaning_now()
    if meaning.fault:
        return {"sentence_model": {"fault": meaning.fault}}
    return {"sentence_model": {"digest": meaning.digest, "folder": Path(settings.MATCHING_MODEL).name}} if meaning.model else {}


def _exposure(shards: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Say how the places on lists of one side are shared by companies of the other, without spreading and with it, and what it cost."""
    from matchmaking.matching.engine.exposure import measured  # Only workers match: the site starts without the engine.

    said = {}
    for name in ("before", "after"):
        counts: Counter[str] = Counter()
        for shard in shards:
            counts.update(dict.fromkeys(shard["after"], 0))
            counts.update(shard[name])
        places = sum(counts.values())
        score = sum(shard[f"score_{name}"] for shard in shards)
        found = asdict(measured(list(counts.values()), score / places if places else 0.0))
        said[name] = {key: round(value, 4) for key, value in found.items()}
    return {**said, "cost_in_score": round(said["before"]["mean_score"] - said["after"]["mean_score"], 4)}
