"""Lists that people filter and leaf through: input that cannot be read is refused, never guessed at."""

from typing import Any

from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from django_filters import FilterSet

from expo.foundation.errors import Invalid

LAST_ROW = 10_000


class Filters(FilterSet):  # type: ignore[misc] # the library is untyped
    """The base of every FilterSet: one set of filters for a page and its API."""


def filtered(filters: type[FilterSet], request: HttpRequest, rows: QuerySet[Any]) -> FilterSet:
    """Return the filters bound to the address, with the rows they leave in `.qs`. Unknown names are ignored: addresses get shared.

    Raises:
        Invalid: a value that the filter does not know.
    """
    chosen = filters(request.GET, queryset=rows, request=request)
    if not chosen.is_valid():
        raise Invalid(_("The address asks for something this list does not know."), fields=chosen.form.errors)
    return chosen


def page_of(rows: QuerySet[Any] | list[Any], request: HttpRequest, *, size: int = 30) -> Page[Any]:
    """Return the page that `?page=` asks for, the first without it.

    Raises:
        Http404: no such page, or one beyond the 10,000th row: who needs that filters instead.
    """
    try:
        page = Paginator(rows, size).page(request.GET.get("page", 1))
    except InvalidPage as error:
        raise Http404 from error
    if page.start_index() > LAST_ROW:
        raise Http404
    return page
