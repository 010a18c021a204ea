"""Pages that a secret address opens, for who has no account."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from expo.foundation import limits
from expo.foundation.errors import Words

View = Callable[..., HttpResponseBase]


def secret_page(view: View) -> View:
    """Let a page be opened by a secret address alone: nobody is signed in here, no copy is kept anywhere, and nobody comes too often."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        rate = limits.take(limits.caller_of(request), writes=request.method == "POST")
        answer = view(request, *args, **named) if rate.granted else render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
        if not rate.granted:
            answer["Retry-After"] = str(rate.reset)
        answer["Cache-Control"] = "private, no-store"
        answer["Referrer-Policy"] = "no-referrer"
        answer["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return shown


def over(request: HttpRequest, heading: Words, says: Words, *, status: int = HTTPStatus.OK, is_done: bool = False) -> HttpResponse:
    """Say that the address has done what it was for, or opens nothing; and nothing of what it once opened."""
    context = {"heading": heading, "says": says, "is_done": is_done, "user": AnonymousUser()}
    return render(request, "agreements/own/by_link_over.html", context, status=status)
