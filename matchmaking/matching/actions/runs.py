"""A run over an edition: shards that any worker may take, each redone if its worker dies, put in force together once all are done."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching import rules
from matchmaking.matching.errors import RunUnderWay
from matchmaking.matching.figures import figures_of, figures_of_shard
from matchmaking.matching.glossary.reading import glossary
from matchmaking.matching.lists import Found, LeftOut, Row, Terms, Work, apart_of, lists_of, wishes_of
from matchmaking.matching.meaning import meaning_now
from matchmaking.matching.models import Match, MatchRun, Shard, Unlisted, Verdict
from matchmaking.matching.quality import quality_of
from matchmaking.matching.snapshots import Kind
from matchmaking.matching.states import RUN_MOVES
from matchmaking.matching.world import KINDS, garbage_later, layout_now, plain_weights, world_of

TOP, NEAR = 10, 3
LARGEST_SHARE, WITHIN_POINTS = 0.05, 3.0
LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 5
ROWS_AT_ONCE = 4000
Status, Step = MatchRun.Status, Shard.Status


class LeaseLost(Exception):
    """Another worker has taken the shard meanwhile; what this one found is not needed."""


@transaction.atomic
def start_run(edition: Edition, *, by: User | None) -> MatchRun:
    """Queue a run with a shard for each segment where something is open, and ask workers for as many jobs. `by` None: by itself.

    Nothing changes for anybody until it is put in force. An edition without an open posting has a run, too: an empty one.

    Raises:
        NotAllowed: `by` may not start runs.
        RunUnderWay: the edition has one that has not ended.
    """
    if by is not None and not rules.may_start_run(by):
        raise NotAllowed
    locked(edition)
    if MatchRun.objects.filter(edition=edition, status__in=[Status.QUEUED, Status.RUNNING]).exists():
        raise RunUnderWay
    run = MatchRun.objects.create(
        edition=edition, asked_by=by, engine_version=_version(), parameters=_parameters(), glossary_digest=glossary().digest
    )
    Shard.objects.bulk_create([Shard(run=run, segment_id=segment) for segment in _segments(edition)])
    log(run, "start_run", by=by, edition=edition.slug)
    transaction.on_commit(lambda: ask_workers(run), robust=True)  # The sweep asks again.
    return run


def start_by_itself(edition: Edition) -> MatchRun | None:
    """Start a run that nobody asked for; None where one is under way."""
    try:
        return start_run(edition, by=None)
    except RunUnderWay:
        return None


def ask_workers(run: MatchRun, most: int = 1000) -> int:
    """Ask for a job for each shard that waits, or for one that ends the run; return how many jobs that were."""
    from matchmaking.matching import tasks  # The job names this module.

    jobs = min(max(1, run.shards.filter(_open_shards(timezone.now())).count()), most)
    for _job in range(jobs):
        tasks.on_shards(tasks.work_shard).enqueue(run.pk)
    return jobs


def work_on(run_pk: int) -> bool:
    """Take one shard of the run, work it out and write it; put the run in force after the last. Says whether there was a shard.

    May run twice, and in as many processes as there are. A shard whose worker is gone is taken again when its lease is over.
    """
    run = MatchRun.objects.filter(pk=run_pk, status__in=[Status.QUEUED, Status.RUNNING]).first()
    if run is None:
        return False
    shard = take_shard(run)
    if shard is not None:
        _begin(run)
        try:
            with garbage_later():
                _work_out(run, shard)
        except LeaseLost:
            return True
        except BaseException:
            Shard.objects.filter(pk=shard.pk, status=Step.TAKEN, attempts=shard.attempts).update(status=Step.WAITING)
            raise
    put_in_force(run)
    return shard is not None


def take_shard(run: MatchRun) -> Shard | None:
    """Take a shard that waits or whose lease is over: of the chain that this process has read, if there is one. None: nothing to take.

    Interrupts the run instead when the shard has failed five times.
    """
    now, read = timezone.now(), _Last.chain
    waiting = run.shards.filter(_open_shards(now)).values_list("pk", "status", "attempts", "segment__chain")
    for pk, status, attempts, _chain in sorted(waiting, key=lambda one: (one[3] != read, one[3], one[0])):
        if attempts >= MOST_ATTEMPTS:
            interrupt_run(run, f"A shard failed {attempts} times.")
            return None
        free = Shard.objects.filter(pk=pk, status=status, attempts=attempts)
        if free.update(status=Step.TAKEN, taken_at=now, attempts=attempts + 1):
            return Shard.objects.select_related("segment").get(pk=pk)
    return None


class _Last:
    """The chain whose postings this process has stacked last."""

    chain: int | None = None


def _open_shards(now: Any) -> Q:
    return Q(status=Step.WAITING) | Q(status=Step.TAKEN, taken_at__lt=now - LEASE)


def _begin(run: MatchRun) -> None:
    queued = MatchRun.objects.filter(pk=run.pk, status=Status.QUEUED)
    now = timezone.now()
    queued.update(status=RUN_MOVES.leads_to("begin", Status.QUEUED), started_at=now, followed_until=now)


def _work_out(run: MatchRun, shard: Shard) -> None:
    started, day = time.process_time(), date.fromisoformat(run.parameters["day"])
    _Last.chain = shard.segment.chain_id
    reach = layout_now().reach(shard.segment.chain_id)
    world = world_of(run.edition_id, day)
    world.catch_up(reach)
    work = Work(world, reach, Terms.of(run.parameters), apart_of(run.edition_id), wishes_of(run.edition_id))
    found = [lists_of(work, kind, shard.segment_id) for kind in KINDS]
    if shard.attempts > 1:
        _forget_first_attempt(run, shard)
    for lists in found:
        for block in _blocks(lists.rows):
            _write(run, shard, work, lists.kind, block)
        _write_left_out(run, shard, lists)
    _finish(shard, found, time.process_time() - started)


def _write(run: MatchRun, shard: Shard, work: Work, kind: Kind, rows: Sequence[Row]) -> None:
    with transaction.atomic():
        _still_ours(shard)
        write_rows(run, work, kind, rows)


def _write_left_out(run: MatchRun, shard: Shard, lists: Found) -> None:
    with transaction.atomic():
        _still_ours(shard)
        write_left_out(run, lists.kind, lists.left_out)


def write_left_out(run: MatchRun, kind: Kind, left_out: Mapping[int, LeftOut]) -> None:
    """Write why others are not on the lists of these postings, in place of what was written of them."""
    made = [
        Unlisted(run=run, **{f"{kind}_id": number}, looked_at=one.looked_at, reasons=dict(one.reasons)) for number, one in left_out.items()
    ]
    Unlisted.objects.bulk_create(
        made, update_conflicts=True, unique_fields=["run", kind], update_fields=["looked_at", "reasons"], batch_size=ROWS_AT_ONCE
    )


def write_rows(run: MatchRun, work: Work, kind: Kind, rows: Sequence[Row]) -> None:
    """Write rows of lists of one kind; what the other kind's lists say of the same pairs stays. One statement, run for each row."""
    rank = f"{kind}_rank"
    requests, offers = work.world.snapshot["request"], work.world.snapshot["offer"]
    for is_near, own, others in ((False, rank, ()), (True, "near_rank", ("request_rank", "offer_rank"))):
        made = [
            (
                run.pk,
                row.request,
                row.offer,
                _adapted(row.score),
                work.wishes.get((row.request, row.offer), 0),
                requests[row.request],
                offers[row.offer],
                row.near if is_near else row.rank,
            )
            for row in rows
            if (row.near is not None) is is_near
        ]
        if made:
            with connection.cursor() as cursor:
                cursor.executemany(_upsert(own, *others), made)


def _adapted(score: Decimal) -> Any:
    return connection.ops.adapt_decimalfield_value(score, 5, 2)


@cache
def _upsert(own: str, *others: str) -> str:
    """Return the statement that writes a pair with one rank, whatever was said of it; the `others` are taken away, and so is a near miss's."""
    quoted = connection.ops.quote_name
    columns = ["run_id", "request_id", "offer_id", "score", "wished_by", "request_snapshot_id", "offer_snapshot_id", own]
    gone = [*others, *([] if own == "near_rank" else ["near_rank"])]
    said = [*(f"{quoted(name)} = EXCLUDED.{quoted(name)}" for name in columns[3:]), *(f"{quoted(name)} = NULL" for name in gone)]
    return (
        f"INSERT INTO {quoted(Match._meta.db_table)} ({', '.join(map(quoted, columns))}) VALUES ({', '.join(['%s'] * len(columns))}) "  # noqa: S608 - names of our own
        f"ON CONFLICT ({', '.join(map(quoted, columns[:3]))}) DO UPDATE SET {', '.join(said)}"
    )


def _blocks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]


def _still_ours(shard: Shard) -> None:
    """Renew the lease, in the transaction that writes: who was overtaken writes nothing."""
    ours = Shard.objects.filter(pk=shard.pk, status=Step.TAKEN, attempts=shard.attempts)
    if not ours.update(taken_at=timezone.now()):
        raise LeaseLost


def _forget_first_attempt(run: MatchRun, shard: Shard) -> None:
    with transaction.atomic():
        _still_ours(shard)
        own = Match.objects.filter(run=run)
        own.filter(request__segment=shard.segment_id).update(request_rank=None, near_rank=None)
        own.filter(offer__segment=shard.segment_id).update(offer_rank=None)


def _finish(shard: Shard, found: Sequence[Found], cpu_seconds: float) -> None:
    ours = Shard.objects.filter(pk=shard.pk, status=Step.TAKEN, attempts=shard.attempts)
    if not ours.update(status=Step.DONE, done_at=timezone.now(), figures=figures_of_shard(found, cpu_seconds)):
        raise LeaseLost


def put_in_force(run: MatchRun) -> bool:
    """Put a run in force whose shards are all done: in one transaction, so that pages show the old matches or the new ones.

    What was written since it began is followed next. The rows of the run before are taken away later, by the sweep. May run twice.
    """
    if run.shards.exclude(status=Step.DONE).exists():
        return False
    figures = figures_of(run) | {"quality": quality_of(run)}
    with transaction.atomic():
        run = locked(run)
        if run.status not in {Status.QUEUED, Status.RUNNING}:
            return False
        # Of another attempt, and on no list now.
        Match.objects.filter(run=run, request_rank=None, offer_rank=None, near_rank=None).exclude(_said_not_to_fit()).delete()
        former = MatchRun.objects.filter(edition=run.edition_id, status=Status.IN_FORCE)
        former.update(status=RUN_MOVES.leads_to("replace", Status.IN_FORCE))
        run.status = RUN_MOVES.leads_to("put_in_force", run.status)
        run.finished_at, run.figures = timezone.now(), figures
        run.started_at = run.started_at or run.created_at
        run.followed_until = run.followed_until or run.created_at
        run.save()
        log(run, "put_in_force", by=None, matches=figures["matches"])
        transaction.on_commit(_follow_up, robust=True)
    return True


def _follow_up() -> None:
    from matchmaking.matching import tasks  # The job names this module.

    tasks.follow.enqueue()


def _said_not_to_fit() -> Q:
    pairs = Verdict.objects.standing().filter(says=Verdict.Says.NOT_FOR_US)
    return Q(request__in=pairs.values("request"), offer__in=pairs.values("offer"))


def interrupt_run(run: MatchRun, note: str) -> None:
    """End a run that cannot be finished; the one before stays in force. May run twice."""
    with transaction.atomic():
        run = locked(run)
        if run.status in {Status.QUEUED, Status.RUNNING}:
            run.status = RUN_MOVES.leads_to("interrupt", run.status)
            run.note, run.finished_at = note[:300], timezone.now()
            run.save()
            log(run, "interrupt_run", by=None, note=run.note)


def _segments(edition: Edition) -> list[int]:
    found = {
        segment
        for model in (Offer, SourcingRequest)
        for segment in model.objects.published().in_edition(edition).order_by().values_list("segment", flat=True).distinct()
    }
    return sorted(found)


def _parameters() -> dict[str, Any]:
    return {
        "weights": plain_weights(),
        "links": layout_now().plain_links,
        "top": TOP,
        "near": NEAR,
        "share": LARGEST_SHARE,
        "within": WITHIN_POINTS,
        "model": meaning_now().digest,
        "day": timezone.localdate().isoformat(),
    }


def _version() -> str:
    from matchmaking.matching.engine.weights import VERSION  # Only workers match: the site starts without the engine.

    return VERSION
