"""Jobs of the top room. Each may run twice without harm."""

from django_tasks import task

from expo.accounts.models import OwnCopy
from matchmaking.desk.privacy import copies, retention


@task()
def pack_copy(pk: int) -> None:
    copy = OwnCopy.objects.select_related("person").filter(pk=pk, ready_at__isnull=True).first()
    if copy is not None:
        copies.pack(copy)


@task()
def keep_to_periods() -> int:
    """Let go what was kept long enough: once a day, however often it is called. What a worker left unpacked is packed."""
    for copy in copies.left_unpacked():
        copies.pack(copy)
    return retention.sweep_daily()
