"""The figures of the current edition's meetings over the API, for staff: each with its definition."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from expo.editions.queries import current_edition
from expo.foundation.errors import NotAllowed
from expo.foundation.rows import ReadOnly, Row
from expo.foundation.writing import SignedIn
from matchmaking.meetings import rules
from matchmaking.meetings.queries.breakdowns import breakdown
from matchmaking.meetings.queries.statistics import BREAKDOWNS, figure_lines


class FigureRow(Row):
    name = serializers.CharField(help_text="Stable; the same in the page's addresses and the spreadsheet.")
    title = serializers.CharField()
    definition = serializers.CharField(help_text="What is counted, of which rows.")
    value = serializers.FloatField(allow_null=True, help_text="Null where it is not known, or too few stand behind it.")
    unit = serializers.CharField(help_text="Empty for a number of rows, else `%`, `hours` or `stars`.")


class FigurePartRow(Row):
    figure = serializers.CharField(help_text="Name of the figure.")
    dimension = serializers.CharField(help_text="`day`, `hall`, `chain`, `role` or `country`.")
    value = serializers.CharField(help_text="The part, as a day, a code or a word; `none` for rows in no part.")
    count = serializers.IntegerField()


@extend_schema_serializer(many=False)
class FiguresRow(Row):
    as_of = serializers.DateTimeField()
    results = FigureRow(many=True)
    parts = FigurePartRow(many=True)


class MeetingFiguresViewSet(ReadOnly):
    """GET /meeting-figures/"""

    permission_classes = [SignedIn]
    filter_backends = []
    pagination_class = None
    refuses_readers = True

    @extend_schema(responses=FiguresRow)
    def list(self, request: Request) -> Response:
        """Read all figures as of now: for staff who look after meetings."""
        if not rules.may_look_after(request.user):
            raise NotAllowed
        edition, now = current_edition(), timezone.now()
        if edition is None:
            return Response({"as_of": now, "results": [], "parts": []})
        names = ("name", "title", "definition", "value", "unit")
        parts = [
            {"figure": figure.name, "dimension": name, "value": part.value, "count": count}
            for name, figures in BREAKDOWNS
            for part in breakdown(name, figures, edition, now).parts
            for figure, count in part.cells
        ]
        return Response(
            {
                "as_of": now,
                "results": [{name: getattr(line, name) for name in names} for line in figure_lines(edition, now)],
                "parts": parts,
            }
        )
