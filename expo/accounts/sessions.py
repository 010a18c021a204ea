"""Sessions of staff: what they were begun with, and an end sooner than a visitor's, three hours after the last page, twelve after the first."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from expo.accounts import rules

logger = logging.getLogger(__name__)
SINCE, SEEN = "staff_since", "staff_seen"
NOTE_SECONDS = 5 * 60  # The moment is not written with every page: each write of a session waits for the database.


def end_staff_sessions(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Sign staff out when their time is over; the page they asked for then asks them to sign in again, and leads back to it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated and request.user.is_staff:
            if is_over(request, time.time()):
                logger.info("a staff session ended by time", extra={"fields": {"actor": request.user.pk}})
                logout(request)
                messages.info(request, _("You were signed out because your time was over. Sign in again to go on."))
            else:
                keep(request, time.time())
                note_second_factor(request)
        return get_response(request)

    return middleware


def note_second_factor(request: HttpRequest) -> None:
    """Note on the person whether this session was begun with two steps: without, they are a visitor like any other."""
    if settings.STAFF_SECOND_FACTOR and not isinstance(request.user, AnonymousUser):
        request.user.second_factor_given = rules.began_with_second_factor(request)


def is_over(request: HttpRequest, now: float) -> bool:
    since, seen = request.session.get(SINCE, now), request.session.get(SEEN, now)
    return bool(now - since > settings.STAFF_SESSION_SECONDS or now - seen > settings.STAFF_IDLE_SECONDS)


def keep(request: HttpRequest, now: float) -> None:
    """Note when the session began, and now and then that it is in use."""
    if SINCE not in request.session:
        request.session[SINCE] = now
    if now - request.session.get(SEEN, 0) > NOTE_SECONDS:
        request.session[SEEN] = now
