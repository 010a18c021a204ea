"""When a person last looked at their matches, so that what is new can be marked. Kept in the session, nowhere else."""

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

NAME = "matches_seen"
ONE_VISIT = timedelta(minutes=30)


def last_visit(request: HttpRequest) -> datetime | None:
    """Return when the visit before this one was, None where this is the first; and remember this one.

    Looks less than half an hour apart are one visit: what was new stays new while the pages are read. The session is written at most
    every five minutes.
    """
    known = getattr(request, "matches_seen_before", ...)
    if known is not ...:
        return known  # type: ignore[no-any-return] # set below
    now, kept = timezone.now(), request.session.get(NAME) or {}
    before, at = _moment(kept.get("before")), _moment(kept.get("at"))
    if at is None or now - at > ONE_VISIT:
        before = at
    if at is None or now - at > ONE_VISIT / 6:
        request.session[NAME] = {"before": before.isoformat() if before else "", "at": now.isoformat()}
    request.matches_seen_before = before  # type: ignore[attr-defined] # for the rest of this answer
    return before


def _moment(text: object) -> datetime | None:
    return parse_datetime(text) if isinstance(text, str) else None
