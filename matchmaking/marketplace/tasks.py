"""Jobs of this room. Each may run twice without harm."""

from django.utils import timezone
from django_tasks import task

from matchmaking.marketplace.actions import expire_postings, remind_owners


@task()
def sweep_postings() -> int:
    """Close what ran out and remind of what is about to; once a day is enough."""
    today = timezone.localdate()
    return expire_postings(today) + remind_owners(today)
