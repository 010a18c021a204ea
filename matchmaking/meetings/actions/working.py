"""Working out a plan in the background: one worker at a time, its progress written down, its best plan so far kept for whoever takes over."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_noop

from expo.foundation.eventlog import log
from matchmaking.meetings import planner
from matchmaking.meetings.actions.planning import LEASE, MOST_ATTEMPTS, counts_of, interrupt_plan
from matchmaking.meetings.models import PlannedSeat, PlanRun
from matchmaking.meetings.queries.problem import NO_TABLE, Facts, facts_of
from matchmaking.meetings.states import PLAN_MOVES

SECOND, BETWEEN_CHECKPOINTS = 1.0, 3.0
ROWS_AT_ONCE = 1_000
Status, Kind = PlanRun.Status, PlannedSeat.Kind


class LeaseLost(Exception):
    """Another worker has taken the run meanwhile, or it was ended; what this one found is not needed."""


def work_on_plan(run_pk: int) -> bool:
    """Take the run and work out its draft; a plan goes on from its checkpoint where a worker was at it before. Says whether there was something to do.

    May run twice, and in as many processes as there are: one has the lease, renewed while it works.
    """
    run = _take(run_pk)
    if run is None:
        return False
    try:
        _work_out(run)
    except LeaseLost:
        return True
    except BaseException:
        _ours(run).update(status=PLAN_MOVES.leads_to("give_back", Status.RUNNING), taken_at=None)
        raise
    return True


def _take(run_pk: int) -> PlanRun | None:
    now = timezone.now()
    run: PlanRun | None = PlanRun.objects.open().filter(pk=run_pk).first()
    if run is None or not _is_free(run, now):
        return None
    if run.attempts >= MOST_ATTEMPTS:
        interrupt_plan(run, gettext_noop("It was begun three times and not finished."))
        return None
    free = PlanRun.objects.filter(pk=run.pk, status=run.status, attempts=run.attempts)
    status = PLAN_MOVES.leads_to("begin", run.status)
    if not free.update(status=status, taken_at=now, attempts=F("attempts") + 1, started_at=Coalesce("started_at", now)):
        return None
    return PlanRun.objects.select_related("edition").get(pk=run.pk)


def _is_free(run: PlanRun, now: datetime) -> bool:
    return run.status == Status.QUEUED or run.taken_at is None or run.taken_at < now - LEASE


def _ours(run: PlanRun) -> Any:
    return PlanRun.objects.filter(pk=run.pk, status=Status.RUNNING, attempts=run.attempts)


def _work_out(run: PlanRun) -> None:
    is_repair = run.kind == PlanRun.Kind.REPAIR
    facts = facts_of(run.edition, seed=run.seed, with_proposals=run.with_proposals, keep_times=not is_repair)
    reporter = _Reporter(run)
    reporter.note(facts_digest=facts.digest)
    told: dict[str, Any] = {"seconds": float(run.seconds), "progress": reporter.tell, "stop": reporter.is_asked_to_stop}
    had_to_move: tuple[int, ...] = ()
    if is_repair:
        repair = planner.repair_plan(facts.problem, facts.seats, **told)
        plan, had_to_move = repair.plan, repair.diff.had_to_move
    else:
        plan = planner.make_plan(facts.problem, start=seats_from(run.checkpoint), **told)
    _write_draft(run, facts, plan, had_to_move)


class _Reporter:
    """Writes down how far the planner is, once a second at most; each writing renews the lease. Asks as often whether it shall stop."""

    def __init__(self, run: PlanRun) -> None:
        self.run, self.is_stopped = run, run.stop_asked_at is not None
        self.told_at = self.kept_at = self.asked_at = 0.0

    def tell(self, progress: planner.Progress) -> None:
        now = time.monotonic()
        if now - self.told_at < SECOND:
            return
        self.told_at = now
        columns = {"step": progress.step, "share": min(1.0, progress.share), "seated": progress.seated, "idle_slots": progress.idle_slots}
        if now - self.kept_at >= BETWEEN_CHECKPOINTS:
            self.kept_at = now
            columns["checkpoint"] = checkpoint_of(progress.seats())
        self.note(**columns)

    def is_asked_to_stop(self) -> bool:
        now = time.monotonic()
        if not self.is_stopped and now - self.asked_at >= SECOND:
            self.asked_at = now
            self.note()
            self.is_stopped = _ours(self.run).filter(stop_asked_at__isnull=False).exists()
        return self.is_stopped

    def note(self, **columns: Any) -> None:
        """Write, and renew the lease. Raises LeaseLost. A database that is kept busy is asked again the next second."""
        try:
            if not _ours(self.run).update(taken_at=timezone.now(), **columns):
                raise LeaseLost
        except OperationalError:
            return


def checkpoint_of(seats: planner.Seats) -> dict[str, Any]:
    """Return seats as a run keeps them."""
    return {"seats": [[one, seat.slot, seat.place, seat.interpreter] for one, seat in seats.items()]}


def seats_from(checkpoint: dict[str, Any]) -> planner.Seats:
    """Return the seats that a run has kept; none where it has nothing yet."""
    return {one: planner.Seat(slot, place, interpreter) for one, slot, place, interpreter in checkpoint.get("seats", [])}


def _write_draft(run: PlanRun, facts: Facts, plan: planner.Plan, had_to_move: Iterable[int]) -> None:
    """Write the lines and the figures, and let the run be a draft: in one transaction, or nothing of it."""
    lines = list(lines_of(run, facts, plan))
    with transaction.atomic():
        columns = {"finished_at": timezone.now(), "share": 1.0, "seated": plan.figures.seated, "idle_slots": plan.figures.idle_slots}
        status = PLAN_MOVES.leads_to("finish", Status.RUNNING)
        if not _ours(run).update(
            status=status, checkpoint={}, taken_at=None, figures=figures_of(plan, lines, had_to_move), facts_digest=facts.digest, **columns
        ):
            raise LeaseLost
        PlannedSeat.objects.bulk_create(lines, batch_size=ROWS_AT_ONCE)
        log(run, "draft_plan", by=None, asked=plan.figures.asked, seated=plan.figures.seated, is_cut_short=plan.is_cut_short)


def figures_of(plan: planner.Plan, lines: Iterable[PlannedSeat], had_to_move: Iterable[int]) -> dict[str, Any]:
    """Return what a run keeps of how good its plan is."""
    return {
        "figures": asdict(plan.figures),
        "bounds": [{"aim": str(each.aim), "reached": each.reached, "bound": each.bound, "gap": each.gap} for each in plan.bounds],
        "seated_bound": plan.seated_bound,
        "asked": plan.figures.asked,
        "cpu_seconds": plan.cpu_seconds,
        "is_cut_short": plan.is_cut_short,
        "kinds": counts_of(lines),
        "had_to_move": len(list(had_to_move)),
    }


def lines_of(run: PlanRun, facts: Facts, plan: planner.Plan) -> Iterator[PlannedSeat]:
    """Yield a line for each meeting of the problem, and for each proposal that found a time."""
    why = {each.request: each for each in plan.unseated}
    for request in facts.problem.requests:
        after = plan.seats.get(request.id)
        if request.id < 0:
            if after is not None:
                yield _proposed(run, facts, request.id, after)
            continue
        line = PlannedSeat(run=run, meeting_id=request.id, score=request.score, **_columns(facts.seats.get(request.id), "before_"))
        _say_what_becomes(line, facts.seats.get(request.id), after, is_locked=request.locked is not None)
        if request.id in why:
            line.reason, line.data = str(why[request.id].reason), dict(why[request.id].data)
        yield line


def _say_what_becomes(line: PlannedSeat, before: planner.Seat | None, after: planner.Seat | None, *, is_locked: bool) -> None:
    """What is locked stays, even where a rule speaks against it; then the reason says so."""
    if after is None and is_locked:
        after = before
    line.kind = Kind.KEPT if before == after else Kind.MOVED
    if before is None:
        line.kind = Kind.NEW
    if after is None:
        line.kind = Kind.UNSEATED
    for name, value in _columns(after, "").items():
        setattr(line, name, value)


def _columns(seat: planner.Seat | None, prefix: str) -> dict[str, int | None]:
    if seat is None:
        return {f"{prefix}slot_id": None, f"{prefix}place_id": None, f"{prefix}interpreter_id": None}
    place = seat.place if seat.place != NO_TABLE else None
    return {f"{prefix}slot_id": seat.slot, f"{prefix}place_id": place, f"{prefix}interpreter_id": seat.interpreter}


def _proposed(run: PlanRun, facts: Facts, key: int, seat: planner.Seat) -> PlannedSeat:
    each = facts.proposals[key]
    data = {"offer": each.offer, "request": each.request, "wished_by_both": each.wished_by_both}
    pair = {"sender_id": each.sender, "receiver_id": each.receiver}
    return PlannedSeat(run=run, kind=Kind.PROPOSAL, score=each.score, data=data, **pair, **_columns(seat, ""))
