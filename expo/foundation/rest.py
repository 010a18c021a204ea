"""The API's manners: JSON out, one shape of error, cursor pages."""

from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from expo.foundation.errors import Refused


class OrjsonRenderer(BaseRenderer):
    """JSON; decimals as strings, so that no digit is lost."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS)


class CursorPages(CursorPagination):
    """Newest first, 100 a page; `page_size` up to 100."""

    page_size = 100
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering = "-id"


class AnyoneMayRead(BasePermission):
    """Public reading; what a person may see is decided by `visible_to`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.method in SAFE_METHODS


def answer_error(error: Exception, _context: Any) -> Response | None:
    """Answer every error as `{code, detail, fields}`; None lets an unexpected fault become a 500."""
    if isinstance(error, Refused):
        return _shaped(error.code, str(error.detail), error.fields, error.status)
    if isinstance(error, Http404):
        return _shaped("not_found", "Not found.", {}, status.HTTP_404_NOT_FOUND)
    if isinstance(error, PermissionDenied):
        return _shaped("not_allowed", "You may not do this.", {}, status.HTTP_403_FORBIDDEN)
    if isinstance(error, (DataError, OverflowError, RecursionError)):
        return _shaped("invalid", "The input is out of range.", {}, status.HTTP_400_BAD_REQUEST)
    if isinstance(error, exceptions.ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"": error.detail}
        return _shaped("invalid", "Some fields need another look.", fields, error.status_code)
    if isinstance(error, exceptions.APIException):
        answer = _shaped(str(error.default_code), str(error.detail), {}, error.status_code)
        wait = getattr(error, "wait", None)
        if wait:
            answer["Retry-After"] = str(int(wait))
        return answer
    return None


def _shaped(code: str, detail: str, fields: Any, status_code: int) -> Response:
    return Response({"code": code, "detail": detail, "fields": fields}, status=status_code)
