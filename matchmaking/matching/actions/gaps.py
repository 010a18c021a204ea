"""Working out what pages only read: which requests nobody can fill. Done by a worker, segment by segment."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Sum
from django.utils import timezone

from expo.editions.models import SegmentLink
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching import fitting
from matchmaking.matching.facts import facts_of
from matchmaking.matching.models import Gap, SegmentLook

# Two writes that overlap may come to light in another order than their times say: what is this fresh is looked at once more.
SETTLED_AFTER = timedelta(minutes=2)
Suppliers = Mapping[int, list[int]]


@dataclass(frozen=True)
class State:
    """What the gaps of a segment depend on: a digest, and when the newest part of it was written."""

    digest: str
    newest: datetime


def stale_segments(*, now: datetime) -> dict[int, State]:
    """Return the segments whose gaps are to be worked out anew, with what they depend on now. Four grouped queries."""
    looked = dict(SegmentLook.objects.values_list("segment", "read"))
    current = _states(_suppliers(), now)
    gone = {segment: State("", now) for segment, read in looked.items() if segment not in current and read}
    return {segment: state for segment, state in current.items() if looked.get(segment) != state.digest} | gone


def work_out_gaps() -> int:
    """Find the open requests that no open offer fits, in the segments where something changed, and return how many those are.

    What pages show is one run old at most; the sweep asks every minute. Each segment is worked out by itself and written in a
    transaction of its own, so memory is bounded by one segment and its suppliers, and a killed run loses nothing. May run
    twice. Costs about 2 CPU seconds for 1,000 requests where most have an offer.
    """
    now = timezone.now()
    stale, suppliers = stale_segments(now=now), _suppliers()
    for segment, state in sorted(stale.items()):
        _look_at(segment, suppliers.get(segment, []), state, now)
    return len(stale)


def _look_at(segment: int, suppliers: list[int], state: State, now: datetime) -> None:
    offers = Offer.objects.published().filter(segment__in=[segment, *suppliers]).order_by("pk")
    facts = facts_of(offers, SourcingRequest.objects.published().filter(segment=segment).order_by("pk"))
    links = [(supplier, segment) for supplier in suppliers]
    missing = fitting.without_offer(facts.requests, facts.offers, links, today=timezone.localdate())
    read = state.digest if now - state.newest > SETTLED_AFTER else ""
    with transaction.atomic():
        there = SegmentLook.objects.select_for_update().filter(segment=segment)
        known = set(Gap.objects.filter(request__segment=segment).values_list("request", flat=True))
        if there.exists() and known == missing:
            there.update(read=read, worked_out_at=now)
            return
        there.delete()
        Gap.objects.filter(request__segment=segment).delete()
        open_still = SourcingRequest.objects.filter(pk__in=missing).values_list("pk", flat=True)
        Gap.objects.bulk_create([Gap(request_id=request) for request in open_still], ignore_conflicts=True)
        SegmentLook.objects.create(segment_id=segment, read=read, worked_out_at=now)


def _suppliers() -> Suppliers:
    suppliers: dict[int, list[int]] = defaultdict(list)
    for supplier, customer in SegmentLink.objects.order_by("supplier").values_list("supplier", "customer"):
        suppliers[customer].append(supplier)
    return suppliers


def _states(suppliers: Suppliers, now: datetime) -> dict[int, State]:
    """Return, for each segment with open requests, what its gaps depend on: requests, offers there and one step up, links, the day."""
    offers, requests = _open(Offer.objects.published()), _open(SourcingRequest.objects.published())
    states = {}
    for segment, own in requests.items():
        read = [own, *(offers.get(place) for place in (segment, *suppliers.get(segment, [])))]
        said = repr((timezone.localdate(), suppliers.get(segment, []), read))
        newest = max((part[2] for part in read if part), default=now)
        states[segment] = State(hashlib.sha256(said.encode()).hexdigest(), newest)
    return states


def _open(postings: Any) -> dict[int, tuple[int, int, datetime]]:
    """Return, by segment, how many are open, the sum of their numbers and their last change. One query."""
    rows = postings.order_by().values_list("segment").annotate(Count("pk"), Sum("pk"), Max("changed_at"))
    return {segment: (count, int(total), changed) for segment, count, total, changed in rows}
