"""Closing reports over the API: the same figures, words and rows as on the page; and those that were frozen."""

from decimal import Decimal
from typing import Any, cast

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from expo.accounts.models import User
from expo.editions.filters import edition_filter
from expo.editions.models import Edition
from expo.foundation.lists import Filters
from expo.foundation.rows import ById, BySlug, ReadOnly, Row, Rows
from expo.foundation.writing import Body, Creates, Given, Ref, WritableRows
from matchmaking.agreements import rules
from matchmaking.agreements.actions.report import LONGEST_NOTE, freeze_report
from matchmaking.agreements.api.shapes import BothRow, row_of_shape
from matchmaking.agreements.models import FrozenReport
from matchmaking.agreements.queries.report import breakdowns_of, closing_report, drill_down
from matchmaking.agreements.queries.report.frozen import is_intact, with_proof
from matchmaking.agreements.queries.report.keeping import exact, plain, written
from matchmaking.agreements.queries.report.shapes import Breakdowns, Drilled, Report

ROWS_A_PAGE = 100
MOST_PAGES = 10_000
METRIC = OpenApiParameter("metric", OpenApiTypes.STR, required=True, description="Key of a line of the report.")
PAGE = OpenApiParameter("page", OpenApiTypes.INT, description=f"From 1; {ROWS_A_PAGE} rows a page.")
READS = "As the caller may read it: whoever may trace every agreement sees all of it, everyone else small cells merged. Totals are the same for all."
ClosingReportRow, ReportBreakdownsRow = row_of_shape(Report), row_of_shape(Breakdowns)


class ReportColumnRow(Row):
    key = serializers.CharField()
    name = BothRow()
    kind = serializers.ChoiceField(choices=["text", "number", "money", "day", "moment"])


@extend_schema_serializer(many=False)
class ReportRowsRow(Row):
    edition = serializers.SlugField()
    metric = serializers.CharField()
    head = ReportColumnRow(many=True, help_text="The columns of a row.")
    total = serializers.IntegerField(help_text="How many rows the figure counts; for a share, its part.")
    shown = serializers.IntegerField(help_text="How many of them the caller may see.")
    hidden = serializers.IntegerField(help_text="How many more there are that are not shown.")
    whole = serializers.IntegerField(allow_null=True, help_text="Of a share: what it is a part of.")
    amount_cny = serializers.CharField(allow_null=True, help_text="Of an amount: the sum in yuan, of all rows.")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField(allow_null=True)), help_text="Each row by the keys of its columns."
    )


class ClosingReportViewSet(BySlug, ReadOnly):
    """The closing report of an edition, by the edition's slug."""

    queryset = Edition.objects.all()
    serializer_class = ClosingReportRow
    pagination_class = None
    filter_backends = []

    @extend_schema(responses=ClosingReportRow, description=READS)
    def retrieve(self, request: Request, **named: str) -> Response:
        refuse_unknown(request, set())
        return Response(written(closing_report(self.edition(), visitor=request.user)))

    @extend_schema(responses=ReportBreakdownsRow, description=READS)
    @action(detail=True, methods=["get"])
    def breakdowns(self, request: Request, **named: str) -> Response:
        """Read the breakdowns alone."""
        refuse_unknown(request, set())
        return Response(plain(breakdowns_of(self.edition(), visitor=request.user)))

    @extend_schema(parameters=[METRIC, PAGE], responses=ReportRowsRow, filters=False)
    @action(detail=True, methods=["get"])
    def rows(self, request: Request, **named: str) -> Response:
        """Read the very rows that a figure counts, as far as the caller may see them; the others are counted as `hidden`."""
        refuse_unknown(request, {"metric", "page"})
        page = page_asked(request)
        start = (page - 1) * ROWS_A_PAGE
        key = request.query_params.get("metric", "")
        edition = self.edition()
        found = drill_down(edition, key, visitor=request.user, start=start, stop=start + ROWS_A_PAGE) if key else None
        if found is None:
            raise ValidationError({"metric": ["There is no such metric." if key else "Name a metric."]})
        return Response(rows_sent(edition, found, page))

    def edition(self) -> Edition:
        return get_object_or_404(Edition, slug=self.kwargs["slug"])


def refuse_unknown(request: Request, known: set[str]) -> None:
    """Raise ValidationError for a parameter that there is not."""
    wrong = {name: ["No such filter."] for name in sorted(set(request.query_params) - known)}
    if wrong:
        raise ValidationError(wrong)


def page_asked(request: Request) -> int:
    """Return the number of the page that is asked for. Raises ValidationError."""
    text = request.query_params.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_PAGES)) and 1 <= int(text) <= MOST_PAGES):
        raise ValidationError({"page": [f"Give a whole number from 1 to {MOST_PAGES}."]})
    return int(text)


def refuse_beyond(page: int, rows: int) -> int:
    """Return how many pages so many rows are; one at least. Raises NotFound for a page beyond the last."""
    pages = max(1, -(-rows // ROWS_A_PAGE))
    if page > pages:
        raise NotFound("There is no such page: fewer rows stand here.")
    return pages


def rows_sent(edition: Edition, found: Drilled, page: int) -> Given:
    """Return a page of the rows under a figure, every value a text or null."""
    keys = [column.key for column in found.columns]
    return {
        "edition": edition.slug,
        "metric": found.key,
        "head": plain(found.columns),
        "total": found.total,
        "shown": found.shown,
        "hidden": found.hidden,
        "whole": found.whole,
        "amount_cny": None if found.amount is None else exact(found.amount),
        "page": page,
        "pages": refuse_beyond(page, found.shown),
        "results": [dict(zip(keys, map(_text, row.values), strict=True)) for row in found.rows],
    }


def _text(value: str | int | Decimal | None) -> str | None:
    return exact(value) if isinstance(value, Decimal) else None if value is None else str(value)


class FrozenReportRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    number = serializers.IntegerField(help_text="Counts from one in each edition, without gaps.")
    definitions_version = serializers.CharField()
    sha256 = serializers.CharField(help_text="Of the content as canonical JSON: keys in order, no spaces, UTF-8.")
    ledger_head = serializers.CharField(help_text="The newest seal of the log at that moment, NUMBER:DIGEST.")
    note = serializers.CharField()
    frozen_by = serializers.CharField(source="frozen_by.full_name", help_text="Empty for others than the organiser.")
    frozen_at = serializers.DateTimeField()


class FrozenReportWholeRow(FrozenReportRow):
    is_intact = serializers.BooleanField(help_text="The content still has the digest that was kept with it, and in the log.")
    content = ClosingReportRow(
        allow_null=True, help_text="The report as everyone could read it then; null where it is not what was frozen."
    )


class FreezeBody(Body):
    edition = Ref(Edition.objects.all(), by="slug")
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True)


class FrozenReportFilter(Filters):
    """Frozen reports of one edition."""

    edition = edition_filter()

    class Meta:
        model = FrozenReport
        fields: list[str] = []


class FrozenReportViewSet(ById, Creates, WritableRows):
    """Closing reports as they were kept: they never change."""

    http_method_names = ["get", "post", "head", "options"]
    queryset = FrozenReport.objects.all()
    serializer_class = FrozenReportRow
    filterset_class = FrozenReportFilter
    create_body = FreezeBody
    may_create = staticmethod(rules.may_freeze)

    @extend_schema(responses=FrozenReportWholeRow)
    def retrieve(self, request: Request, **named: str) -> Response:
        """Read a frozen report with its content, which is not computed again."""
        row = with_proof(FrozenReport.objects.filter(pk=named["pk"])).first()
        sent = self.row_now(row) if row else None
        if row is None or sent is None:
            raise Http404
        fits = is_intact(row)
        return Response({**sent, "is_intact": fits, "content": row.content if fits else None})

    def shape(self, read: Rows) -> Rows:
        sent = super().shape(read)
        return sent if rules.may_freeze(cast("Any", self.request.user)) else [{**row, "frozen_by": ""} for row in sent]

    def make(self, given: Given, *, by: User) -> FrozenReport:
        """Keep the closing report as everyone may read it now. Twice within a minute over the same content and with the same note it is the same one. For the organiser."""
        return freeze_report(given["edition"], by=by, note=given.get("note", ""))
