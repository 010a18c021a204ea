"""Telling processes that keep counts which requests may have become, or ceased to be, ones that nobody can fill."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from matchmaking.matching.models import GapChange, Match, MatchRun
from matchmaking.matching.snapshots import Kind
from matchmaking.matching.unfilled import listed

FEW = 1


def requests_of(run: MatchRun, kind: Kind, key: int) -> set[int]:
    """Return the requests whose lists hang on the posting: a request's own, those that an offer stands on. One query at most."""
    if kind == "request":
        return {key}
    return set(Match.objects.filter(run=run, offer=key, request_rank__isnull=False).values_list("request", flat=True))


def tell_of_gaps(run: MatchRun, kind: Kind, key: int, requests: Collection[int]) -> None:
    """Leave a row for each of these requests whose list the posting may decide alone. Called in the transaction that writes the lists.

    A request that has one other offer counts as well: it may be closing at this moment, elsewhere.
    """
    left = listed().filter(run=run, request__in=requests)
    others = Counter(left.exclude(**{kind: key}).order_by().values_list("request", flat=True))
    GapChange.objects.bulk_create([GapChange(request_id=pk) for pk in sorted(requests) if others[pk] <= FEW])


def forget_gap_changes(before: datetime) -> None:
    """Take away what every process has heard long ago."""
    GapChange.objects.filter(at__lt=before).delete()
