"""Each request has a name, one line in the log and one place in the figures."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from expo.foundation import metrics

logger = logging.getLogger("expo.access")
NAME = re.compile(r"[0-9A-Za-z-]{8,64}")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# Parts of an address that name a thing. Others are keys, or words that somebody typed.
NAMES_OF_THINGS = ("pk", "slug", "offer", "object_id", "name", "key", "section", "verb", "answer")
THING = re.compile(r"[0-9]{1,18}|[0-9a-z-]{1,60}")


def note_each_request(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Name the request, bind the name to all that is logged meanwhile, and write its line when it is answered."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        structlog.contextvars.clear_contextvars()
        request.request_id = name_of(request)  # type: ignore[attr-defined] # read by the error pages
        structlog.contextvars.bind_contextvars(request=request.request_id)  # type: ignore[attr-defined] # as above
        started = time.perf_counter()
        response = get_response(request)
        if not request.path.startswith(settings.STATIC_URL):  # The proxy counts files.
            note(request, response, time.perf_counter() - started)
        return response

    return middleware


def name_of(request: HttpRequest) -> str:
    """Return the name that the trusted proxy gave the request, a new one otherwise: a stranger must not choose what stands in the log."""
    given = request.headers.get("X-Request-ID", "") if settings.REQUEST_ID_FROM_PROXY else ""
    return given if NAME.fullmatch(given) else uuid.uuid4().hex


def note(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    route, method = route_of(request), str(request.method) if request.method in METHODS else "OTHER"
    fields = {
        "method": method,
        "route": route,
        "thing": thing_of(request),
        "status": response.status_code,
        "bytes": len(response.content) if isinstance(response, HttpResponse) else None,
        "ms": round(seconds * 1000, 1),
        "actor": actor_of(request),
    }
    logger.info("request", extra={"fields": {name: value for name, value in fields.items() if value not in {None, ""}}})
    metrics.count(method, route, response.status_code, seconds)


def route_of(request: HttpRequest) -> str:
    """Return the pattern that the address matched, never the address: that may hold a key, or a name."""
    match = request.resolver_match
    return f"/{match.route}" if match else "none"


def thing_of(request: HttpRequest) -> str:
    """Return which thing it was about, where the address names one by number or slug."""
    match = request.resolver_match
    if not match or "accounts/" in match.route or "account/data/" in match.route:  # There a key is a secret.
        return ""
    found = [str(value) for name, value in match.kwargs.items() if name in NAMES_OF_THINGS]
    return " ".join(word for word in found if THING.fullmatch(word))


def actor_of(request: HttpRequest) -> int | None:
    """Return the number of the person, if something asked who it was; asking here would cost a query."""
    user: Any = request.__dict__.get("user")
    if isinstance(user, SimpleLazyObject):
        user = request.__dict__.get("_cached_user")
    return getattr(user, "pk", None)
