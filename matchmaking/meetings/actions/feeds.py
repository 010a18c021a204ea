"""The secret address of a person's own calendar: made, and revoked."""

import secrets

from django.db import transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked
from matchmaking.meetings.models import CalendarFeed
from matchmaking.meetings.queries.feeds import digest_of

SECRET_BYTES = 32


@transaction.atomic
def open_feed(person: User, *, by: User) -> tuple[CalendarFeed, str]:
    """Make the secret address of the person's calendar, and return it with its secret, which nothing can show again.

    An address made before opens nothing any more.

    Raises:
        NotAllowed: it is not `by`'s own calendar.
    """
    if person.pk != by.pk:
        raise NotAllowed
    person = User.objects.select_for_update().get(pk=person.pk)  # Two at once make one after the other: one address is live.
    CalendarFeed.objects.live().filter(person=person).update(revoked_at=timezone.now())
    secret = secrets.token_urlsafe(SECRET_BYTES)
    feed = CalendarFeed.objects.create(person=person, digest=digest_of(secret))
    log(feed, "open_calendar_feed", by=by)
    return feed, secret


@transaction.atomic
def revoke_feed(feed: CalendarFeed, *, by: User) -> CalendarFeed:
    """Let the address open nothing any more. Twice is once.

    Raises:
        NotAllowed: it is not `by`'s own calendar.
    """
    feed = locked(feed)
    if feed.person_id != by.pk:
        raise NotAllowed
    if feed.revoked_at is None:
        feed.revoked_at = timezone.now()
        feed.save(update_fields=["revoked_at"])
        log(feed, "revoke_calendar_feed", by=by)
    return feed
