"""Who may do what in the programme. Nothing is written here."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from expo.accounts.models import User
from expo.programme.models import Forum

LONGEST = timedelta(hours=12)


def may_reserve_seat(person: User | AnonymousUser) -> bool:
    """Anyone who is signed in and whose address is checked: otherwise one person could take all seats under many names. One query."""
    return may_give_back_seat(person) and EmailAddress.objects.filter(user_id=person.pk, verified=True).exists()


def may_give_back_seat(person: User | AnonymousUser) -> bool:
    """Anyone who is signed in."""
    return bool(person.is_authenticated and person.is_active)


def is_over(forum: Forum, *, now: datetime | None = None) -> bool:
    """Say whether the forum has ended: its last hour, or where only the day is known its last day, lies behind."""
    now = now or timezone.now()
    ends = forum.ends_at or (forum.starts_at + LONGEST if forum.starts_at else None)
    if ends:
        return ends < now
    days = forum.days
    return days is not None and days[1] < timezone.localdate(now)
