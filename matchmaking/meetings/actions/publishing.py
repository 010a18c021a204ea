"""Publishing a draft: a small one at once, a large one by a worker. Each in one transaction, or nothing of it."""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from expo.accounts.models import User
from expo.foundation.errors import Refused
from expo.foundation.eventlog import log
from expo.foundation.outbox import tell
from expo.foundation.staff import vouched
from matchmaking.meetings import errors, planner, rules
from matchmaking.meetings.actions.planning import MOST_ATTEMPTS, locked_run
from matchmaking.meetings.actions.proposing import lay_ready
from matchmaking.meetings.actions.reseating import Reseated, reseat
from matchmaking.meetings.addresses import address_of_plan
from matchmaking.meetings.models import PlannedSeat, PlanRun
from matchmaking.meetings.states import PLAN_MOVES
from matchmaking.meetings.whys import why_code

# How many meetings and proposals may change while somebody's request waits: a quarter of a second. Above it a worker does it: 22,000 take many.
AT_ONCE_MOST = 500
LONG = timedelta(minutes=1)
PATIENCE = ("statement_timeout = '5min'", "lock_timeout = '30s'", "idle_in_transaction_session_timeout = '5min'")
Status = PlanRun.Status


def publish_plan(run: PlanRun, *, by: User) -> Reseated | None:
    """Put a draft into force, in one transaction: meetings are seated as it says, proposals laid ready; their people are told once.

    Meetings and proposals that came to nothing meanwhile are left out. Where more than AT_ONCE_MOST would change, a worker does it: then this returns
    None, and the run is `publishing` until it is published, or was kept back. Asked twice is asked once.

    Raises:
        NotAllowed: as `order_plan`. IllegalMove: it is no draft. PublicationUnderWay: another plan of the edition is being published.
        GroundMoved: something that it goes by has changed: a meeting has another seat, a time or place is gone or taken. `data["meetings"]` names which, and
            nothing is written: plan again.
    """
    try:
        with transaction.atomic():
            run = locked_run(run, by, "ask_to_publish")
            if run.status == Status.PUBLISHING:
                return None
            _refuse_beside_another(run)
            if _changing(run).count() <= AT_ONCE_MOST:
                return _put_into_force(run, by)
            _ask(run, by)
            return None
    except IntegrityError as fault:
        _refuse_beside_another(run, fault)
        raise


def _refuse_beside_another(run: PlanRun, fault: Exception | None = None) -> None:
    if PlanRun.objects.being_published().filter(edition=run.edition_id).exclude(pk=run.pk).exists():
        raise errors.PublicationUnderWay from fault


def _changing(run: PlanRun) -> QuerySet[PlannedSeat]:
    """Return the lines that change something for somebody: proposals, and meetings with a time before or after that do not keep it."""
    hit = Q(slot__isnull=False) | Q(before_slot__isnull=False) | Q(kind=PlannedSeat.Kind.PROPOSAL)
    return PlannedSeat.objects.filter(hit, run=run).exclude(kind=PlannedSeat.Kind.KEPT).order_by("pk")


def _ask(run: PlanRun, by: User) -> None:
    run.status = PLAN_MOVES.leads_to("ask_to_publish", run.status)
    run.publish_asked_at, run.published_by = timezone.now(), by
    run.kept_back, run.taken_at, run.attempts = None, None, 0
    run.save(update_fields=["status", "publish_asked_at", "published_by", "kept_back", "taken_at", "attempts"])
    log(run, "ask_to_publish_plan", by=by)
    transaction.on_commit(lambda: _ask_worker(run.pk), robust=True)  # The sweep asks again.


def _ask_worker(run: int) -> None:
    from matchmaking.meetings import tasks  # The job names this package.

    tasks.publish_plan.enqueue(run)


def _put_into_force(run: PlanRun, by: User) -> Reseated:
    """Do it, for a caller who has the run under a lock."""
    run.status = PLAN_MOVES.leads_to("publish", run.status)
    changing = list(_changing(run))
    proposed = [line for line in changing if line.kind == PlannedSeat.Kind.PROPOSAL]
    lines = {line.meeting_id: line for line in changing if line.meeting_id is not None}
    seats: dict[int, planner.Seat | None] = {pk: _after(line) for pk, line in lines.items()}
    known: dict[int, planner.Seat | None] = {pk: _before(line) for pk, line in lines.items()}
    agreed, laid = lay_ready(run, proposed, by=by)
    done = reseat(run.edition, seats | agreed, by=by, why=why_code(run.kind), known=known, is_planned=True)
    run.published_at, run.published_by = timezone.now(), by
    run.kept_back, run.taken_at = None, None
    run.save(update_fields=["status", "published_at", "published_by", "kept_back", "taken_at"])
    counts = {"scheduled": len(done.scheduled), "moved": len(done.moved), "unscheduled": len(done.unscheduled), "gone": len(done.gone)}
    log(run, "publish_plan", by=by, **counts, proposed=laid)
    return done


def _after(line: PlannedSeat) -> planner.Seat | None:
    return None if line.slot_id is None else planner.Seat(line.slot_id, line.place_id, line.interpreter_id)


def _before(line: PlannedSeat) -> planner.Seat | None:
    return None if line.before_slot_id is None else planner.Seat(line.before_slot_id, line.before_place_id, line.before_interpreter_id)


def carry_out_publication(run_pk: int) -> bool:
    """Put into force what somebody has published: all of it, or it is a draft again that says why. Says whether there was something to do.

    May run twice, and in as many processes as there are: the run's own lock lets one at it, and falls with the process that holds it. What came to
    nothing because somebody took a seat at that moment is tried again at once, and kept back after the third time.
    """
    begun = False
    while (run := _begin(run_pk)) is not None:
        begun = True
        if _carry_out(run):
            break
    return begun


def _begin(run_pk: int) -> PlanRun | None:
    """Count the attempt, so that what ends every worker is not begun for ever. None where there is nothing to do, or somebody is at it."""
    try:
        with transaction.atomic():
            run = _asked(run_pk)
            if run is None:
                return None
            if run.attempts >= MOST_ATTEMPTS:
                _keep_back(run, errors.PublishingFailed())
                return None
            run.attempts, run.taken_at = run.attempts + 1, timezone.now()
            run.save(update_fields=["attempts", "taken_at"])
            return run
    except OperationalError:
        return None  # SQLite is kept busy, maybe with this very run. The sweep asks again.


def _asked(run_pk: int, **more: Any) -> PlanRun | None:
    skip = connection.features.has_select_for_update_skip_locked
    rows = PlanRun.objects.being_published().filter(pk=run_pk, **more).select_related("edition", "published_by")
    run: PlanRun | None = rows.select_for_update(of=("self",), skip_locked=skip).first()
    return run


def _carry_out(run: PlanRun) -> bool:
    """Try once; say whether that settled it, for good or until the sweep asks again."""
    try:
        with transaction.atomic():
            mine = _asked(run.pk, attempts=run.attempts)
            if mine is not None:
                _be_patient()
                _put_into_force(mine, _publisher(mine))
                _tell_if_long(mine)
            return True
    except Refused as refused:
        if isinstance(refused, errors.GroundMoved) and not refused.meetings and run.attempts < MOST_ATTEMPTS:
            return False
        with transaction.atomic():
            if (mine := _asked(run.pk, attempts=run.attempts)) is not None:
                _keep_back(mine, refused)
        return True


def _be_patient() -> None:
    """Nobody waits for this transaction in a browser: let it take the time that it takes. SQLite has no such limits."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for limit in PATIENCE:
                cursor.execute(f"SET LOCAL {limit}")


def _publisher(run: PlanRun) -> User:
    """Return who published it, through a door of the staff. Raises PublisherMayNot: who has lost the right since, or has left."""
    by = run.published_by
    if by is None or not rules.may_set_up(vouched(by)):
        raise errors.PublisherMayNot
    return by


def _keep_back(run: PlanRun, refused: Refused) -> None:
    """Let it be a draft again, and tell who published it."""
    by = run.published_by
    run.status = PLAN_MOVES.leads_to("keep_back", run.status)
    run.kept_back = {"code": refused.code, **refused.data}
    run.publish_asked_at = run.published_by = run.taken_at = None
    run.save(update_fields=["status", "kept_back", "publish_asked_at", "published_by", "taken_at"])
    log(run, "keep_back_plan", by=None, why=refused.code)
    _tell(by, "plan_kept_back", run, why=refused.detail)


def _tell_if_long(run: PlanRun) -> None:
    """Tell who published it, where they will hardly have waited for it."""
    if run.publish_asked_at is not None and timezone.now() - run.publish_asked_at > LONG:
        _tell(run.published_by, "plan_published", run)


def _tell(somebody: User | None, kind: str, run: PlanRun, **context: Any) -> None:
    if somebody is not None and somebody.is_active:
        tell(somebody, kind, run=run, address=address_of_plan(run), **context)


def sweep_publications() -> int:
    """Ask a worker for what is still to be put into force, and return how many that are. Every minute."""
    runs = list(PlanRun.objects.being_published().values_list("pk", flat=True))
    for run in runs:
        _ask_worker(run)
    return len(runs)
