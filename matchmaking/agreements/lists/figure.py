"""The rows under a figure of the closing report as a spreadsheet: what the person who asks may see of them."""

from functools import partial

from django.http import Http404, HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Edition
from expo.foundation.sheets.columns import YES, Column, Told, in_cell
from expo.foundation.sheets.lists import Made
from matchmaking.agreements.queries.report import columns_of, drill_down, every_row, measure_of
from matchmaking.agreements.queries.report.shapes import RowShown


def report_rows(request: HttpRequest) -> Made:
    """Return the rows of a figure. Raises Http404 for a figure or an edition that there is not, or that has no rows for the person."""
    edition = Edition.objects.filter(slug=request.GET.get("edition", "")).first()
    key = request.GET.get("figure", "")
    if edition is None or measure_of(key) is None or not columns_of(key):
        raise Http404
    drilled = drill_down(edition, key, visitor=request.user, stop=0)
    if drilled is None or not drilled.shown:
        raise Http404
    columns: list[Column] = [
        Told(
            column.key,
            str(column.name),
            get=partial(_at, at),
            is_number=column.kind in {"number", "money"},
            width=30 if column.kind == "text" else 16,
        )
        for at, column in enumerate(drilled.columns)
    ]
    columns.append(Told("demo", _("Demo"), get=_demo))
    return Made(columns, every_row(edition, key, visitor=request.user), lambda: drilled.shown)


def _at(place: int, row: RowShown) -> str:
    return in_cell(row.values[place])


def _demo(row: RowShown) -> str:
    return str(YES) if row.is_demo else ""


def called(filters: QueryDict) -> str:
    return f"{filters.get('edition', '')}-{filters.get('figure', '')}"
