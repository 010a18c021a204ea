"""Jobs of this room. Each may run twice without harm."""

from django.utils import timezone
from django_tasks import task

from matchmaking.matching.actions import stale_segments, work_out_gaps


@task()
def work_out() -> int:
    return work_out_gaps()


@task()
def sweep_gaps() -> int:
    """Ask a worker to look again where something changed; the looking itself would keep the other sweeps waiting."""
    stale = len(stale_segments(now=timezone.now()))
    if stale:
        work_out.enqueue()
    return stale
