"""What every request passes: unreadable input is refused, refusals become pages, personal pages stay private."""

import logging
import re
import uuid
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotAllowed, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import translate_url
from django.utils.cache import patch_cache_control, patch_vary_headers

from expo.foundation.bilingual import other_language
from expo.foundation.errors import Away, Busy, Refused
from expo.foundation.faults import is_away, is_busy
from expo.foundation.pages import page_above, page_of

logger = logging.getLogger(__name__)
Answer = Callable[[HttpRequest], HttpResponse]
LONGEST_ADDRESS = 8000
PAGE_METHODS = ["GET", "HEAD", "POST"]
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
UNREADABLE = re.compile("[\x00\ud800-\udfff]")
NOT_UTF_8 = "\N{REPLACEMENT CHARACTER}"
CHARSETS = {"", "utf-8", "utf8", "us-ascii"}
UNREADABLE_CALL = b'{"code":"invalid","detail":"The input holds characters that cannot be read.","fields":{}}'
RETRY_SECONDS = "60"
NOT_A_NUMBER = "expected a number but got"


def refuse_unreadable_input(get_response: Answer) -> Answer:
    """Answer 400 to NUL bytes, text that is not UTF-8 and endless addresses, before any of it reaches a database."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if _headers_are_unreadable(request) or _address_is_unreadable(request) or _form_is_unreadable(request):
            if request.path.startswith("/api/"):
                answer = HttpResponseBadRequest(UNREADABLE_CALL, content_type="application/json")
            else:
                answer = HttpResponseBadRequest("Bad request: the input holds characters that cannot be read.\n", content_type="text/plain")
            answer.headers["X-Content-Type-Options"] = "nosniff"  # This stands outside of what sets the headers of pages.
            return answer
        return get_response(request)

    return middleware


def _headers_are_unreadable(request: HttpRequest) -> bool:
    # Python knows encodings that are none of text ("zlib"): naming one breaks the parser. A quoted cookie may hold "\\000".
    charset = (request.content_params or {}).get("charset", "").strip("\"' ").lower()
    return charset not in CHARSETS or any(map(UNREADABLE.search, request.COOKIES.values()))


def _address_is_unreadable(request: HttpRequest) -> bool:
    query = request.META.get("QUERY_STRING", "")
    if len(query) + len(request.path) > LONGEST_ADDRESS or UNREADABLE.search(request.path):
        return True
    raw = unquote_to_bytes(query.replace("+", " "))
    try:
        return "\x00" in raw.decode("utf-8")
    except UnicodeDecodeError:
        return True


def _form_is_unreadable(request: HttpRequest) -> bool:
    if request.method not in {"POST", "PUT", "PATCH"} or not (request.content_type or "").startswith(FORM_TYPES):
        return False
    try:
        form = request.POST
    except (MultiPartParserError, TooManyFieldsSent, TooManyFilesSent):  # it cannot even be taken apart
        return True
    texts = [text for name, values in form.lists() for text in (name, *map(str, values))]
    texts += [str(getattr(file, "name", "")) for file in request.FILES.values()]
    return any(UNREADABLE.search(text) or NOT_UTF_8 in text for text in texts)


def more_security_headers(get_response: Answer) -> Answer:
    """Add the headers that Django does not set itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Embedder-Policy", "require-corp")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        return response

    return middleware


def methods_of_pages(get_response: Answer) -> Answer:
    """Answer 405 to what browsers never send: pages are read and forms are posted; the other methods are the API's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method not in PAGE_METHODS and not request.path_info.startswith("/api/"):
            return HttpResponseNotAllowed(PAGE_METHODS)
        return get_response(request)

    return middleware


def keep_personal_pages_private(get_response: Answer) -> Answer:
    """Keep what was made for somebody signed in out of shared caches."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated:
            patch_cache_control(response, private=True, no_store=True)
            patch_vary_headers(response, ["Cookie"])
        return response

    return middleware


class show_refusals:  # noqa: N801 - named like the other middleware; a class because Django looks for process_exception on it
    """Turn a refusal that a view let pass into a page with its status and its sentence, a value out of range into a 400.

    Who comes to read where only buttons are sent to (by reloading, or from signing in) gets the way back to the page with the button.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = getattr(request, "request_id", "") or uuid.uuid4().hex
        request.reference = name[:8]  # type: ignore[attr-defined] # read by the error pages; the log has the whole name
        answer = self.get_response(request)
        return _not_read(request, answer) if answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED else answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return render(request, "errors/refused.html", {"refusal": exception, "again": page_of(request)}, status=exception.status)
        if is_away(exception):
            return away(request)
        if is_busy(exception):
            logger.warning("the database did not come free in time")
            return _busy(request)
        if isinstance(exception, (DataError, OverflowError)) or _is_no_number(exception):
            # A number too large for any column gets past a form here and there; it is the request's fault, and stays in the log.
            logger.warning("out of range: %s", type(exception).__name__)
            return render(request, "400.html", status=HTTPStatus.BAD_REQUEST)
        return None


def _busy(request: HttpRequest) -> HttpResponse:
    busy = Busy()
    if request.path.startswith("/api/"):
        return _later(_as_json(busy))
    return _later(render(request, "errors/refused.html", {"refusal": busy, "again": page_of(request)}, status=busy.status))


def away(request: HttpRequest) -> HttpResponse:
    """Answer 503 while the database is away. The page stands alone: nothing of it is read from there."""
    gone, reference = Away(), getattr(request, "reference", "")
    logger.error("the database does not answer, reference %s", reference)
    if request.path.startswith("/api/"):
        return _later(_as_json(gone))
    return _later(HttpResponse(render_to_string("503.html", {"reference": reference}), status=gone.status))


def _not_read(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Say it in words to who reads pages; programs get the bare answer."""
    if request.method != "GET" or request.path_info.startswith("/api/") or "text/html" not in request.headers.get("Accept", ""):
        return answer
    above = page_above(request)
    words = {"above": above, "other_language_url": translate_url(above, other_language())}
    said = render(request, "errors/not_read.html", words, status=answer.status_code)
    said.headers["Allow"] = answer.headers.get("Allow", "POST")
    return said


def _as_json(refusal: Refused) -> HttpResponse:
    return JsonResponse({"code": refusal.code, "detail": str(refusal.detail), "fields": {}}, status=refusal.status)


def _later(answer: HttpResponse) -> HttpResponse:
    answer.headers["Retry-After"] = RETRY_SECONDS
    return answer


def _is_no_number(exception: Exception) -> bool:
    """Say whether text was looked up where numbers are: the admin's search boxes draw what came back without checking it."""
    return isinstance(exception, ValueError) and NOT_A_NUMBER in str(exception)
