"""Conditional requests: what was read before is not sent again, and what changed since is not overwritten."""

import hashlib
from http import HTTPStatus
from typing import Any, cast

from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from expo.foundation.errors import Conflict


class Stale(Conflict):
    """The row is not as the request last saw it."""

    code = "changed_meanwhile"
    status = 412
    detail = _("This was changed meanwhile. Look again and repeat if it still makes sense.")


def etag_of(content: bytes) -> str:
    """Return the tag of an answer: the same bytes have the same tag, in every process and after every restart."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def refuse_stale(request: Request, etag: str) -> None:
    """Compare the row's tag with what If-Match asks for.

    Raises:
        Stale: none of them is the tag.
    """
    # A proxy that compresses weakens a tag on its way; it still names the same row.
    wanted = [tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-Match", ""))]
    if "*" not in wanted and etag not in wanted:
        raise Stale


def conditional(request: Any, response: Any) -> HttpResponse:
    """Give an answer to GET its ETag, or 304 without a body where the visitor has it already."""
    if request.method not in {"GET", "HEAD"} or response.status_code != HTTPStatus.OK or response.streaming:
        return response  # type: ignore[no-any-return] # DRF's answers are untyped
    if hasattr(response, "render"):
        response.render()
    response.headers.setdefault("ETag", etag_of(response.content))
    plain = getattr(request, "_request", request)
    answer = get_conditional_response(plain, etag=response.headers["ETag"], response=response)
    return cast("HttpResponse", answer)
