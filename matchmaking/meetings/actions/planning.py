"""Plans of a whole edition: asked for, stopped, looked at as a draft, discarded. What works them out is in `working`, what publishes them in `publishing`."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked
from matchmaking.meetings import errors, rules
from matchmaking.meetings.actions.booking import ONLINE
from matchmaking.meetings.actions.tables import booth_places
from matchmaking.meetings.models import MeetingSetup, Place, PlannedSeat, PlanRun
from matchmaking.meetings.states import PLAN_MOVES
from matchmaking.participants.models import Registration

LARGEST_SEED = 2**31 - 1
LONGEST_SECONDS = 600
LEASE = timedelta(minutes=3)
MOST_ATTEMPTS = 3
KEPT_DAYS, DELETED_AT_ONCE = 30, 5_000
Kind, Status = PlanRun.Kind, PlanRun.Status


def order_plan(
    edition: Edition,
    *,
    by: User,
    kind: str = Kind.PLAN,
    seed: int = 1,
    seconds: int = PlanRun.SECONDS,
    with_proposals: bool = False,
) -> PlanRun:
    """Ask for a plan: of the meetings without a time, those with one keep it (`plan`); or of all, moving as few as it takes (`repair`).

    A worker makes a draft of it; nothing changes for anybody before that is published.

    Raises:
        NotAllowed: `by` may not set up meetings. NoSetup: the edition has none.
        PlanUnderWay: a plan of the edition is being made. PublicationUnderWay: one is being published, so that what it would go by is about to change.
        Invalid: by field: kind, seed (0 to 2^31 - 1), seconds (1 to 600), with_proposals (not of a re-plan).
    """
    if not rules.may_set_up(by):
        raise NotAllowed
    _refuse_unreadable(kind, seed, seconds, with_proposals=with_proposals)
    try:
        with transaction.atomic():
            if not MeetingSetup.objects.filter(edition=edition).exists():
                raise errors.NoSetup
            if PlanRun.objects.being_published().filter(edition=edition).exists():
                raise errors.PublicationUnderWay
            prepare_places(edition)
            run: PlanRun = PlanRun.objects.create(
                edition=edition, kind=kind, seed=seed, seconds=seconds, with_proposals=with_proposals, asked_by=by
            )
            log(run, "order_plan", by=by, edition=edition.slug, kind=kind, seed=seed, with_proposals=with_proposals)
            transaction.on_commit(lambda: _ask_worker(run.pk), robust=True)  # The sweep asks again.
            return run
    except IntegrityError as fault:
        if PlanRun.objects.open().filter(edition=edition).exists():
            raise errors.PlanUnderWay from fault
        raise


def _refuse_unreadable(kind: str, seed: int, seconds: int, *, with_proposals: bool) -> None:
    wrong = {}
    if kind not in Kind.values:
        wrong["kind"] = [_("Choose a plan or a re-plan.")]
    if not 0 <= seed <= LARGEST_SEED:
        wrong["seed"] = [_("A number from 0 to %(most)s.") % {"most": LARGEST_SEED}]
    if not 1 <= seconds <= LONGEST_SECONDS:
        wrong["seconds"] = [_("From 1 to %(most)s seconds.") % {"most": LONGEST_SECONDS}]
    if with_proposals and kind == Kind.REPAIR:
        wrong["with_proposals"] = [_("A re-plan proposes nothing new.")]
    if wrong:
        raise Invalid(fields=wrong)


def _ask_worker(run: int) -> None:
    from matchmaking.meetings import tasks  # The job names this package.

    tasks.work_plan.enqueue(run)


def prepare_places(edition: Edition) -> int:
    """Make the meeting places that are missing, of booths of exhibitors, and the one for those online; return how many.

    `order_plan` does; so must who plans without it. A booth becomes a place by itself when the first meeting there is made; this only does it earlier.
    """
    rows = booth_places(edition)
    online = Place.objects.filter(edition=edition, kind=Place.Kind.ONLINE)
    if Registration.objects.verified().filter(edition=edition, attendance=Registration.Attendance.ONLINE).exists() and not online.exists():
        rows.append(Place(edition=edition, kind=Place.Kind.ONLINE, code=ONLINE, capacity=1000))
    return len(Place.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True))  # A meeting made at this moment makes its own.


@transaction.atomic
def stop_plan(run: PlanRun, *, by: User) -> PlanRun:
    """Ask the worker to stop: the best plan so far becomes the draft. One that has not begun is interrupted at once. Twice is once.

    Raises:
        NotAllowed: as `order_plan`. IllegalMove: it has ended.
    """
    run = locked_run(run, by, "interrupt")
    if run.status == Status.QUEUED and not run.attempts:
        return _end(run, "interrupt", by=by, note=_("Stopped before it began."))
    if run.stop_asked_at is None:
        run.stop_asked_at = timezone.now()
        run.save(update_fields=["stop_asked_at"])
        log(run, "stop_plan", by=by)
    return run


def locked_run(run: PlanRun, by: User, verb: str) -> PlanRun:
    """Read the run again under a lock, for who may and where the verb is legal. Raises NotAllowed, IllegalMove.

    Asked before the lock as well: who publishes a large draft holds it for a minute, and nobody need wait for the answer.
    """
    if not rules.may_set_up(by):
        raise NotAllowed
    PLAN_MOVES.leads_to(verb, PlanRun.objects.values_list("status", flat=True).get(pk=run.pk))
    run = locked(run)
    PLAN_MOVES.leads_to(verb, run.status)
    return run


def _end(run: PlanRun, verb: str, *, by: User | None, note: str = "") -> PlanRun:
    run.status = PLAN_MOVES.leads_to(verb, run.status)
    run.note, run.finished_at, run.checkpoint = note[:300], run.finished_at or timezone.now(), {}
    run.save(update_fields=["status", "note", "finished_at", "checkpoint"])
    log(run, f"{verb}_plan", by=by, note=run.note)
    return run


@transaction.atomic
def discard_plan(run: PlanRun, *, by: User) -> PlanRun:
    """Put a draft away; nothing changes for anybody. Its lines go after thirty days. Raises NotAllowed, IllegalMove (it is no draft)."""
    return _end(locked_run(run, by, "discard"), "discard", by=by)


def interrupt_plan(run: PlanRun, note: str) -> None:
    """End a run that cannot be finished. May run twice."""
    with transaction.atomic():
        run = locked(run)
        if run.is_open:
            _end(run, "interrupt", by=None, note=note)


def sweep_plans(now: datetime | None = None) -> int:
    """Ask a worker for runs that wait or were left behind, end those that three workers did not finish, and return how many are open. Every minute.

    Lines of drafts that were put away, or published, more than thirty days ago go, 5,000 at a time.
    """
    now = now or timezone.now()
    runs = list(PlanRun.objects.open().defer("checkpoint"))
    for run in runs:
        if run.status == Status.RUNNING and run.taken_at is not None and run.taken_at >= now - LEASE:
            continue
        if run.attempts >= MOST_ATTEMPTS:
            interrupt_plan(run, _("It was begun three times and not finished."))
        else:
            _ask_worker(run.pk)
    over = PlanRun.objects.filter(status__in=[Status.DISCARDED, Status.PUBLISHED], finished_at__lt=now - timedelta(days=KEPT_DAYS))
    old = list(PlannedSeat.objects.filter(run__in=over).order_by("pk").values_list("pk", flat=True)[:DELETED_AT_ONCE])
    for start in range(0, len(old), 500):
        PlannedSeat.objects.filter(pk__in=old[start : start + 500]).delete()
    return len(runs)


def counts_of(lines: Iterable[PlannedSeat]) -> Mapping[str, Any]:
    """Return how many lines there are of each kind."""
    counted = Counter(line.kind for line in lines)
    return {str(kind): counted[kind] for kind in PlannedSeat.Kind}
