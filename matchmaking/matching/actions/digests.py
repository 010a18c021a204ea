"""Telling people of new matches by mail: at most once in 12 hours, nothing twice, nothing where there is nothing new."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.accounts.stopping import StopLink
from expo.foundation.eventlog import log
from expo.foundation.outbox import tell
from matchmaking.matching.models import Digest
from matchmaking.matching.queries.fresh import fresh_matches, people_to_look_for

STOP = StopLink("stop_match_mail", salt="matching.digest")
BETWEEN_MAILS, BETWEEN_LOOKS = timedelta(hours=12), timedelta(hours=1)
MOST_PEOPLE, MOST_MATCHES, MOST_TOLD = 200, 10, 20_000


def people_due(now: datetime | None = None) -> list[int]:
    """Return whom to look for, at most 200 at once. One query."""
    now = now or timezone.now()
    return people_to_look_for(sent_before=now - BETWEEN_MAILS, looked_before=now - BETWEEN_LOOKS, most=MOST_PEOPLE)


def send_digests() -> int:
    """Mail those who are due what is new to them, each in a transaction of its own, and return how many got one.

    A killed worker has told a person all of it and noted that, or nothing. May run twice, and beside itself.
    """
    return sum(send_digest(person) for person in people_due())


@transaction.atomic
def send_digest(person: int) -> bool:
    """Mail one person the best ten of the matches that are new, unless another worker has meanwhile; say whether a mail was written.

    What is new beyond the ten is counted in the mail and not told again.
    """
    # Who switches it off waits for this, or this for them.
    user = User.objects.select_for_update().filter(pk=person, is_active=True, wants_match_mail=True).first()
    now = timezone.now()
    if user is None:
        return False
    digest, _is_new = Digest.objects.get_or_create(person=user)
    if (digest.sent_at and digest.sent_at > now - BETWEEN_MAILS) or (digest.looked_at and digest.looked_at > now - BETWEEN_LOOKS):
        return False
    found = fresh_matches(user, told={(request, offer) for request, offer in digest.told})
    digest.looked_at = now
    digest.told = sorted([*found.told, *found.pairs])[-MOST_TOLD:]
    if found.pairs:
        digest.sent_at = now
        more = max(len(found.pairs) - MOST_MATCHES, 0)
        tell(user, "match_digest", stop_address=STOP.address(user), rows=found.shown(MOST_MATCHES), more=more, total=len(found.pairs))
        log(digest, "send_digest", by=None, matches=len(found.pairs))
    digest.save()
    return bool(found.pairs)
