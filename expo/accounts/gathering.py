"""Gathering: what need not reach a person at once goes in one mail, at most one in 12 hours. One click ends them."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from expo.accounts.models import User
from expo.accounts.stopping import StopLink
from expo.foundation.eventlog import log
from expo.foundation.models import OutboxMessage
from expo.foundation.outbox import GATHERED, GATHERING, tell

STOP = StopLink("stop_gathered_mail", salt="accounts.notices")
BETWEEN_MAILS = timedelta(hours=12)
MOST_PEOPLE, MOST_LINES = 200, 40


def gather_notices(now: datetime | None = None, *, is_near: bool = False) -> int:
    """Write the mail of everybody who is due, each in a transaction of its own, and return how many were written.

    `is_near` waits for no twelve hours: shortly before the expo nothing is held back. A killed worker has put a notice into a mail and
    noted that, or neither. May run twice, and beside itself.
    """
    now = now or timezone.now()
    return sum(gather(person, now, is_near=is_near) for person in people_due(now, is_near=is_near))


def people_due(now: datetime, *, is_near: bool = False) -> list[int]:
    """Return for whom something waits to be gathered and who had no such mail in the last 12 hours, at most 200 at once. One query."""
    waiting = OutboxMessage.objects.filter(way=GATHERED, sent_at__isnull=True, recipient__is_active=True)
    if not is_near:
        waiting = waiting.filter(~Exists(_mails_since(now - BETWEEN_MAILS).filter(recipient=OuterRef("recipient"))))
    return list(waiting.order_by("recipient").values_list("recipient", flat=True).distinct()[:MOST_PEOPLE])


@transaction.atomic
def gather(person: int, now: datetime, *, is_near: bool = False) -> bool:
    """Put what waits for one person into one mail, unless another worker has meanwhile; say whether there is one."""
    user = User.objects.select_for_update().filter(pk=person, is_active=True).first()
    if user is None or (not is_near and _mails_since(now - BETWEEN_MAILS).filter(recipient=user).exists()):
        return False
    rows = list(OutboxMessage.objects.filter(recipient=user, way=GATHERED, sent_at__isnull=True).order_by("pk"))
    if not rows:
        return False
    things = by_thing(rows)
    more = len(rows) - sum(len(subjects) for _link, subjects in things[:MOST_LINES])
    mail = tell(
        user, GATHERING, stop_address=STOP.address(user), things=things[:MOST_LINES], more=more, total=len(rows), first=rows[0].subject
    )
    OutboxMessage.objects.filter(pk__in=[row.pk for row in rows]).update(sent_at=now, gathered_in=mail)
    log(user, "gather_notices", by=None, notices=len(rows))
    return True


def _mails_since(moment: datetime) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(kind=GATHERING, written_at__gt=moment)


def by_thing(rows: list[OutboxMessage]) -> list[tuple[str, list[str]]]:
    """Return what is told of each thing, in the order in which it was first heard of: its path, and the lines. What leads nowhere stands alone."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.link or f"#{row.pk}", []).append(row.subject)
    return [("" if link.startswith("#") else link, subjects) for link, subjects in found.items()]
