"""Plans of a whole edition: asked for, worked out in the background, looked at, published or discarded."""

from datetime import datetime

from expo.accounts.models import User
from expo.editions.models import Edition
from matchmaking.meetings.actions.booking import ONLINE
from matchmaking.meetings.actions.reseating import Reseated
from matchmaking.meetings.models import Place, PlanRun
from matchmaking.participants.models import Registration


def order_plan(
    edition: Edition,
    *,
    by: User,
    kind: str = PlanRun.Kind.PLAN,
    seed: int = 1,
    seconds: int = PlanRun.SECONDS,
    with_proposals: bool = False,
) -> PlanRun:
    """Ask for a plan: of the meetings without a time, those with one keep it (`plan`); or of all, moving as few as it takes (`repair`).

    A worker makes a draft of it; nothing changes for anybody before that is published.

    Raises:
        NotAllowed: `by` may not set up meetings. NoSetup: the edition has none.
        PlanUnderWay: a plan of the edition is being made.
        Invalid: by field: kind, seed (0 to 2^31 - 1), seconds (1 to 600), with_proposals (not of a re-plan).
    """
    raise NotImplementedError


def stop_plan(run: PlanRun, *, by: User) -> PlanRun:
    """Ask the worker to stop: the best plan so far becomes the draft. One that has not begun is interrupted at once.

    Raises:
        NotAllowed: as `order_plan`. IllegalMove: it has ended.
    """
    raise NotImplementedError


def publish_plan(run: PlanRun, *, by: User) -> Reseated:
    """Put a draft into force, in one transaction: meetings are seated as it says, proposals laid ready; their people are told once.

    Meetings that were called off meanwhile are left out.

    Raises:
        NotAllowed: as `order_plan`. IllegalMove: it is no draft.
        GroundMoved: something that it goes by has changed: a meeting has another seat, a time or place is gone or taken. `data["meetings"]` names which, and
            nothing is written: plan again.
    """
    raise NotImplementedError


def discard_plan(run: PlanRun, *, by: User) -> PlanRun:
    """Put a draft away; nothing changes for anybody. Raises NotAllowed, IllegalMove (it is no draft)."""
    raise NotImplementedError


def work_on_plan(run_pk: int) -> bool:
    """Take the run and work out its draft, from its checkpoint where a worker was at it before. Says whether there was something to do.

    May run twice, and in as many processes as there are: one has the lease, renewed while it works.
    """
    raise NotImplementedError


def sweep_plans(now: datetime | None = None) -> int:
    """Ask a worker for runs that wait or were left behind, end those that three workers did not finish, and return how many are open. Every minute."""
    raise NotImplementedError


def prepare_places(edition: Edition) -> int:
    """Make the meeting places that are missing, of booths of exhibitors, and the one for those online; return how many. `order_plan` does; so must who plans without it."""
    hosts = Registration.objects.verified().filter(edition=edition, booth__isnull=False, booth__meeting_place__isnull=True)
    rows = [
        Place(
            edition=edition,
            kind=Place.Kind.BOOTH,
            booth=one.booth,
            hall_id=one.booth.hall_id,
            code=one.booth.code,
            capacity=one.parallel_meetings,
        )
        for one in hosts.select_related("booth")
        if one.booth is not None
    ]
    online = Place.objects.filter(edition=edition, kind=Place.Kind.ONLINE)
    if Registration.objects.verified().filter(edition=edition, attendance=Registration.Attendance.ONLINE).exists() and not online.exists():
        rows.append(Place(edition=edition, kind=Place.Kind.ONLINE, code=ONLINE, capacity=1000))
    return len(Place.objects.bulk_create(rows, ignore_conflicts=True))
