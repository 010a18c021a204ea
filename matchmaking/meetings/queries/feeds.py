"""Whose calendar a secret address opens."""

import hashlib

from expo.accounts.models import User
from matchmaking.meetings.models import CalendarFeed

LONGEST_SECRET = 100


def digest_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def reader_of(secret: str) -> User | None:
    """Return whose calendar the secret opens now; None for a wrong or revoked one, or an account that is switched off. One query."""
    if len(secret) > LONGEST_SECRET:
        return None
    rows = CalendarFeed.objects.live().filter(digest=digest_of(secret), person__is_active=True).select_related("person")
    feed: CalendarFeed | None = rows.first()
    return feed.person if feed is not None else None


def live_feed_of(person: User) -> CalendarFeed | None:
    """Return the person's live address; None where there is none. One query."""
    found: CalendarFeed | None = CalendarFeed.objects.live().filter(person=person).first()
    return found
