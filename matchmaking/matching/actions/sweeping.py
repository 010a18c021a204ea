"""What is looked after once a minute: runs that were left behind, rows that nobody needs, and runs that are due by themselves."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from expo.editions.models import Edition
from expo.foundation.models import Event
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching.actions.fresh import FOLLOWED, OVERLAP
from matchmaking.matching.actions.gaps import forget_gap_changes
from matchmaking.matching.actions.runs import ask_workers, interrupt_run, put_in_force, start_by_itself
from matchmaking.matching.engine.weights import VERSION
from matchmaking.matching.glossary.reading import glossary
from matchmaking.matching.meaning import meaning_now
from matchmaking.matching.models import Match, MatchRun, Snapshot, Unlisted, Vector
from matchmaking.matching.readings import delete_former_readings, read_with
from matchmaking.matching.world import plain_weights

DELETED_AT_ONCE, DELETED_A_SWEEP = 5_000, 100_000
JOBS_A_SWEEP = 4
LONGEST_RUN = timedelta(hours=6)
VECTORS_KEPT = timedelta(days=90)  # Those still in use are made again: cheaper than to note each use.
REST = timedelta(hours=1)
Status = MatchRun.Status


def sweep_runs() -> int:
    """Look after runs once a minute, and return how many open ones there are. Nothing is worked out here; jobs are asked for.

    Shards that were left behind get a job, runs whose shards are done are put in force, those that take more than six hours are
    interrupted; the rows of former runs go, 100,000 at most; what was written and missed is followed; and the current edition gets a
    run by itself each day, and when terms or weights have changed.
    """
    now = timezone.now()
    runs = list(MatchRun.objects.filter(status__in=[Status.QUEUED, Status.RUNNING]))
    for run in runs:
        if run.created_at < now - LONGEST_RUN:
            interrupt_run(run, "It took more than six hours.")
        elif not put_in_force(run):
            ask_workers(run, JOBS_A_SWEEP)
    delete_former_rows()
    forget_gap_changes(now - timedelta(days=1))
    _ask_to_follow()
    edition = Edition.objects.filter(is_current=True).first()
    if edition is not None and is_due(edition):
        start_by_itself(edition)
    return len(runs)


def _ask_to_follow() -> None:
    from matchmaking.matching import tasks  # The job names this module.

    followed = list(MatchRun.objects.in_force().values_list("followed_until", flat=True))
    since = min((until for until in followed if until), default=None)
    if since is not None and Event.objects.filter(at__gt=since - OVERLAP, thing__in=FOLLOWED.values()).exists():
        tasks.follow.enqueue()


def is_due(edition: Edition) -> bool:
    """Say whether the edition wants a run by itself: it has open requests and offers, and the run in force is of another
    day, or worked with other terms, weights, another sentence model or engine."""
    last = MatchRun.objects.filter(edition=edition).order_by("-pk").first()
    if last is not None and last.status in {Status.QUEUED, Status.RUNNING}:
        return False
    if last is not None and last.status == Status.INTERRUPTED and last.created_at > timezone.now() - REST:
        return False
    if not all(model.objects.published().in_edition(edition).exists() for model in (Offer, SourcingRequest)):
        return False
    run = MatchRun.objects.in_force().filter(edition=edition).first()
    return run is None or _worked_with(run) != (
        VERSION,
        timezone.localdate().isoformat(),
        glossary().digest,
        plain_weights(),
        meaning_now().digest,
    )


def _worked_with(run: MatchRun) -> tuple[Any, ...]:
    said = run.parameters
    return run.engine_version, said["day"], run.glossary_digest, said["weights"], said.get("model", "")


def delete_former_rows(most: int = DELETED_A_SWEEP) -> int:
    """Take away rows of runs that are not in force any more, in short transactions, then snapshots and readings that nobody needs; return how many rows."""
    former = Match.objects.filter(run__status__in=[Status.REPLACED, Status.INTERRUPTED])
    gone = sum(_delete(former, DELETED_AT_ONCE) for _block in _until_empty(former, most // DELETED_AT_ONCE))
    unlisted = Unlisted.objects.filter(run__status__in=[Status.REPLACED, Status.INTERRUPTED])
    for _block in _until_empty(unlisted, most // DELETED_AT_ONCE):
        _delete(unlisted, DELETED_AT_ONCE)
    newer = Snapshot.objects.filter(
        Q(offer=models.OuterRef("offer")) | Q(request=models.OuterRef("request")), read_at__gt=models.OuterRef("read_at")
    )
    used = Match.objects.filter(Q(request_snapshot=models.OuterRef("pk")) | Q(offer_snapshot=models.OuterRef("pk")))
    unused = Snapshot.objects.filter(models.Exists(newer), ~models.Exists(used), read_at__lt=timezone.now() - timedelta(days=1))
    _delete(unused, DELETED_AT_ONCE)
    delete_former_readings(read_with(glossary().digest), DELETED_AT_ONCE)
    _delete(Vector.objects.filter(made_at__lt=timezone.now() - VECTORS_KEPT), DELETED_AT_ONCE)
    return gone


def _until_empty(rows: Any, most: int) -> Iterable[int]:
    for block in range(most):
        if not rows.exists():
            return
        yield block


def _delete(rows: Any, most: int) -> int:
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:most])
    return int(rows.model._default_manager.filter(pk__in=keys).delete()[0]) if keys else 0
