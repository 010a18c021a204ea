"""Lists that people filter and leaf through: input that cannot be read is refused, never guessed at."""

import re
from datetime import date, datetime
from typing import Any

import django_filters
from django import forms
from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import FilterSet

from expo.foundation.errors import Invalid

LAST_ROW = 10_000
FIRST_YEAR, LAST_YEAR = 2000, 2200
A_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Filters(FilterSet):  # type: ignore[misc] # the library is untyped
    """The base of every FilterSet: one set of filters for a page and its API."""


def moment_of(text: str) -> datetime | None:
    """Read a moment with its zone, of the years 2000 to 2200; None when it is none."""
    try:
        found = parse_datetime(text.replace(" ", "+"))  # A "+" in an address is a blank.
    except (ValueError, OverflowError):
        return None
    return found if found is not None and found.tzinfo is not None and FIRST_YEAR <= found.year <= LAST_YEAR else None


class MomentField(forms.DateTimeField):
    default_error_messages = {"invalid": gettext_lazy("Give a moment with its zone, for example 2026-06-22T09:30:00Z.")}

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        found = moment_of(str(value))
        if found is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return found


class MomentFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc] # the library is untyped
    """A moment as the API writes it; the library would also read a day, or a moment of no zone."""

    field_class = MomentField


class DayField(forms.DateField):
    default_error_messages = {"invalid": gettext_lazy("Give a day as year-month-day, for example 2026-06-22.")}

    def to_python(self, value: Any) -> date | None:
        if value not in self.empty_values and not A_DAY.fullmatch(str(value)):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class DayFilter(django_filters.DateFilter):  # type: ignore[misc] # the library is untyped
    """A day as a date field sends it; the library would also read 22.06.26, and guess."""

    field_class = DayField


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
