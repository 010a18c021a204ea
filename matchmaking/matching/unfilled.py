"""Which requests nobody can fill, and how much of it is told: said once, for the columns of the market, the filters and all pages."""

from typing import Any

from django.db.models import Exists, OuterRef

from matchmaking.marketplace.models import Offer
from matchmaking.matching.models import Match, MatchRun, Snapshot

LEAST_TOLD = 5


def is_unfilled() -> Any:
    """Return the condition on requests: a run is in force, the request was read, and no open offer stands on its list.

    Without a run in force nobody knows, and no request counts as unfilled; nor does one that was published a moment ago.
    """
    runs = MatchRun.objects.in_force().filter(edition=OuterRef("registration__edition"))
    read = Snapshot.objects.filter(request=OuterRef("pk"))
    return Exists(runs) & Exists(read) & ~Exists(listed().filter(request=OuterRef("pk")))


def listed() -> Any:
    """Return the rows of the lists of requests in force whose offers are open."""
    rows = Match.objects.filter(run__status=MatchRun.Status.IN_FORCE, request_rank__isnull=False)
    return rows.filter(Exists(Offer.objects.published().filter(pk=OuterRef("offer")).order_by()))


def told(count: int | None, *, is_full: bool = False) -> int | None:
    """Return a count of gaps as it is told: None below five, which would point at somebody. `is_full`, for the organiser: as it is."""
    return count if is_full or (count is not None and count >= LEAST_TOLD) else None
