"""The API's manners: JSON out, one shape of error, cursor pages."""

import logging
from typing import Any

import orjson
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as InvalidFields
from django.db import DataError, IntegrityError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django_filters import BooleanFilter, ChoiceFilter, DateFilter, IsoDateTimeFilter, OrderingFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions, status
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from expo.foundation.errors import Conflict, Refused

logger = logging.getLogger(__name__)

LONGEST_NUMBER = 18
PAGING = {"cursor", "page_size"}


class OrjsonRenderer(BaseRenderer):
    """JSON; decimals as strings, so that no digit is lost."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS)


def is_number(text: Any) -> bool:
    """Say whether the text is a plain whole number that a database can hold."""
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER


class CursorPages(CursorPagination):
    """Newest first, 100 a page; `page_size` from 1 to 100."""

    page_size = 100
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering = "-id"

    def get_page_size(self, request: Request) -> int:
        asked = str(request.query_params.get(self.page_size_query_param, self.page_size))
        if not is_number(asked) or not 1 <= int(asked) <= self.max_page_size:
            raise exceptions.ValidationError({self.page_size_query_param: ["A number from 1 to 100."]})
        return int(asked)

    def decode_cursor(self, request: Request) -> Any:
        cursor = super().decode_cursor(request)
        # A cursor made up by hand must not reach the database as something else than an id.
        if cursor is not None and cursor.position is not None and not is_number(cursor.position):
            raise exceptions.NotFound(self.invalid_cursor_message)
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri", "description": "Address of the page, null where there is none."}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }


class StrictFilters(DjangoFilterBackend):  # type: ignore[misc] # the library is untyped
    """The page's FilterSet, without its sort (pages of the API follow the id); what it does not know is a 400."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        asked = {name: request.query_params.get(name) for name in request.query_params if name not in PAGING}
        if not asked:  # Building a form of all countries takes as long as reading a hundred rows.
            return queryset
        known = self.known_filters(view, queryset)
        wrong = {name: ["No such filter."] for name in sorted(asked) if name not in known}
        wrong |= {name: ["true or false."] for name, value in asked.items() if not is_clear(known.get(name), value)}
        wrong |= {name: ["Give a value, or leave it out."] for name, value in asked.items() if is_missing(known.get(name), value)}
        if wrong:
            raise exceptions.ValidationError(wrong)
        filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtered

    def known_filters(self, view: Any, queryset: QuerySet[Any]) -> dict[str, Any]:
        """Return the filters of the view's FilterSet by the parameter that each reads."""
        filterset = self.get_filterset_class(view, queryset)
        known: dict[str, Any] = {}
        for name, one in (filterset.base_filters if filterset else {}).items():
            if not isinstance(one, OrderingFilter):
                suffixes = getattr(one.field_class.widget, "suffixes", [""])
                known |= {f"{name}_{suffix}" if suffix else name: one for suffix in suffixes}
        return known


def is_clear(one: Any, value: Any) -> bool:
    """Say whether the value says yes or no where the filter asks for one of them; the library takes anything else for neither."""
    return not isinstance(one, BooleanFilter) or value in {"true", "false"}


def is_missing(one: Any, value: Any) -> bool:
    """Say whether a day, a moment or a choice was named but not given: answering with all rows would hide that from a program."""
    return value == "" and isinstance(one, DateFilter | IsoDateTimeFilter | ChoiceFilter)


class AnyoneMayRead(BasePermission):
    """Public reading; what a person may see is decided by `visible_to`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.method in SAFE_METHODS


PLAIN_ANSWERS: list[tuple[tuple[type[Exception], ...], str, str, int]] = [
    ((Http404,), "not_found", "Not found.", status.HTTP_404_NOT_FOUND),
    ((PermissionDenied,), "not_allowed", "You may not do this.", status.HTTP_403_FORBIDDEN),
    ((DataError, OverflowError, RecursionError), "invalid", "The input is out of range.", status.HTTP_400_BAD_REQUEST),
    ((RequestDataTooBig,), "too_large", "The body is too large.", status.HTTP_413_REQUEST_ENTITY_TOO_LARGE),
]


def answer_error(error: Exception, _context: Any) -> Response | None:
    """Answer every error as `{code, detail, fields}`; None lets an unexpected fault become a 500."""
    if isinstance(error, Refused):
        return _shaped(error.code, str(error.detail), error.fields, error.status, error.data)
    for kinds, code, detail, status_code in PLAIN_ANSWERS:
        if isinstance(error, kinds):
            return _shaped(code, detail, {}, status_code)
    if isinstance(error, IntegrityError):
        # Two at once, and the database kept its rule: which one, is for the log.
        logger.warning("refused by the database: %s", type(error.__cause__ or error).__name__)
        return answer_error(Conflict(), _context)
    if isinstance(error, InvalidFields | exceptions.ValidationError):
        return _shaped("invalid", "Some fields need another look.", sentences_of(error), status.HTTP_400_BAD_REQUEST)
    return _library_error(error) if isinstance(error, exceptions.APIException) else None


def _library_error(error: exceptions.APIException) -> Response:
    answer = _shaped(str(error.default_code), str(error.detail), {}, error.status_code)
    headers = {"Retry-After": getattr(error, "wait", None), "WWW-Authenticate": getattr(error, "auth_header", None)}
    for name, value in headers.items():
        if value:
            answer[name] = str(int(value) if name == "Retry-After" else value)
    return answer


def sentences_of(error: InvalidFields | exceptions.ValidationError) -> dict[str, list[str]]:
    """Return what a body's or a model's check found, by field; fields inside others as `certificates.0.name`."""
    if isinstance(error, exceptions.ValidationError):
        return by_path(error.detail)
    found = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    return {"" if name == NON_FIELD_ERRORS else name: said for name, said in found.items()}


def by_path(detail: Any, at: str = "") -> dict[str, list[str]]:
    """Turn nested errors into sentences by path."""
    if isinstance(detail, dict):
        inner = [(at if name == "non_field_errors" else f"{at}.{name}".lstrip("."), said) for name, said in detail.items()]
    elif isinstance(detail, list) and any(isinstance(one, dict | list) for one in detail):
        inner = [(f"{at}.{number}".lstrip("."), said) for number, said in enumerate(detail) if said]
    else:
        return {at: [str(one) for one in (detail if isinstance(detail, list) else [detail])]}
    found: dict[str, list[str]] = {}
    for path, said in inner:
        for name, sentences in by_path(said, path).items():
            found.setdefault(name, []).extend(sentences)
    return found


def _shaped(code: str, detail: str, fields: Any, status_code: int, data: Any = None) -> Response:
    return Response({"code": code, "detail": detail, "fields": fields, **({"data": data} if data else {})}, status=status_code)


@csrf_exempt
@login_not_required
def no_such_route(_request: HttpRequest) -> HttpResponse:
    """Answer an address under /api/ that does not exist in the API's own shape."""
    body = orjson.dumps({"code": "not_found", "detail": "Not found.", "fields": {}})
    return HttpResponse(body, status=status.HTTP_404_NOT_FOUND, content_type="application/json")
