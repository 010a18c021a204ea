"""Pairs of which a side has just said something: their score and their place on both lists, in the run in force."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from expo.foundation.moves import locked
from matchmaking.matching.actions.gaps import tell_of_gaps
from matchmaking.matching.explaining import explanations_of
from matchmaking.matching.lists import OTHER, WISHED_BY
from matchmaking.matching.models import Match, MatchRun, Verdict
from matchmaking.matching.snapshots import Kind
from matchmaking.matching.world import KINDS, reader_now


def refresh_answered(verdicts: Collection[int]) -> int:
    """Work out anew the pairs that these verdicts speak of, and return how many there were. May run twice."""
    pairs = Verdict.objects.filter(pk__in=verdicts).order_by().values_list("request", "offer").distinct()
    return sum(refresh_pair(request, offer) for request, offer in sorted(pairs))


def refresh_pair(request: int, offer: int) -> bool:
    """Have the score of a pair say what both sides have said by now, and put the pair where it belongs on the list of each.

    A pair that a side said is not for it leaves both lists, and comes back when that is taken back; a near miss stays one. Worked out
    of its snapshots: nothing else is read. Says whether the run in force has the pair. May run twice.
    """
    pair = Match.objects.filter(request=request, offer=offer, run__status=MatchRun.Status.IN_FORCE)
    found = pair.select_related("run").first()
    if found is None:
        return False
    reader_now()  # Read before the lock: it may take seconds.
    with transaction.atomic():
        run = locked(found.run)
        match = pair.filter(run=run).select_related("run", "request_snapshot", "offer_snapshot").first()
        if run.status != MatchRun.Status.IN_FORCE or match is None:
            return False
        _follow(match)
    return True


def _follow(match: Match) -> None:
    wished_by, is_refused = _said(match.request_id, match.offer_id)
    was_apart = match.near_rank is None and match.request_rank is None and match.offer_rank is None
    if (match.wished_by, was_apart) == (wished_by, is_refused) or (match.near_rank is not None and match.wished_by == wished_by):
        return
    match.wished_by = wished_by
    match.score = Decimal(f"{explanations_of([match])[0].score:.2f}")
    match.save(update_fields=["score", "wished_by"])
    if match.near_rank is None:
        for kind in KINDS:
            _place(match, kind, is_listed=not is_refused, was_apart=was_apart)
        if was_apart is not is_refused:
            tell_of_gaps(match.run, "offer", match.offer_id, {match.request_id})


def _said(request: int, offer: int) -> tuple[int, bool]:
    """Return which sides would like to meet, and whether one said that the pair is not for it."""
    wished_by, is_refused = 0, False
    for side, says in Verdict.objects.standing().filter(request=request, offer=offer).values_list("side", "says"):
        if says == Verdict.Says.INTERESTED:
            wished_by |= WISHED_BY[side]
        else:
            is_refused = True
    return wished_by, is_refused


def _place(match: Match, kind: Kind, *, is_listed: bool, was_apart: bool) -> None:
    """Take the pair out of one posting's list, which closes up, and put it back by its score: of equals, the lower number comes first."""
    rank, other, top = f"{kind}_rank", OTHER[kind], match.run.parameters["top"]
    rows = Match.objects.filter(run=match.run_id, **{kind: getattr(match, f"{kind}_id")})
    before: int | None = getattr(match, rank)
    if before is not None:
        rows.filter(pk=match.pk).update(**{rank: None})
        rows.filter(**{f"{rank}__gt": before}).update(**{rank: F(rank) - 1})
    if not is_listed or (before is None and not was_apart):
        return
    better = Q(score__gt=match.score) | Q(score=match.score, **{f"{other}__lt": getattr(match, f"{other}_id")})
    place = 1 + rows.filter(better, **{f"{rank}__isnull": False}).count()
    if place <= top:
        _put_in(rows, match, rank, place, top)


def _put_in(rows: Any, match: Match, rank: str, place: int, top: int) -> None:
    rows.filter(**{f"{rank}__gte": place}).update(**{rank: F(rank) + 1})
    rows.filter(pk=match.pk).update(**{rank: place})
    over = rows.filter(**{f"{rank}__gt": top})
    over.filter(**{"offer_rank" if rank == "request_rank" else "request_rank": None}).delete()
    over.update(**{rank: None})
