"""What became of what was signed, over the API: the numbers of its page, and for staff the rows behind each."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from expo.editions.models import Edition
from expo.foundation.rows import BySlug, ReadOnly, Row
from matchmaking.agreements import rules
from matchmaking.agreements.api.reports import PAGE, ROWS_A_PAGE, page_asked, refuse_beyond, refuse_unknown
from matchmaking.agreements.api.shapes import BothRow
from matchmaking.agreements.models import Agreement, Milestone
from matchmaking.agreements.queries.fulfilment import DEFINITIONS, TITLES, Goal, fulfilment, rows_behind
from matchmaking.agreements.queries.fulfilment_lines import STATES, Line
from matchmaking.agreements.queries.introductions import introduced
from matchmaking.agreements.views.fulfilment import rows_asked

NUMBERS = ("merged", "days", "counted", "asked", "answered", "reached", "disagree", "not_yet", "silent", "share")
NOT_TOLD = "Null where it is too small to be told."
KIND = OpenApiParameter("kind", OpenApiTypes.STR, required=True, enum=Agreement.Kind.values)
DAYS = OpenApiParameter(
    "days", OpenApiTypes.INT, enum=list(Milestone.DAYS), description="By which day after signing; 365 where it is left out."
)
CHAIN = OpenApiParameter("chain", OpenApiTypes.STR, description="Slug of a chain; all where it is left out.")
STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=list(STATES), description="All that were asked where it is left out.")


class FulfilmentLineRow(Row):
    """asked = answered + silent, and answered = reached + disagree + not_yet."""

    chain = serializers.SlugField(allow_null=True, help_text="Null for all chains together, and for the small ones that stand together.")
    merged = serializers.IntegerField(help_text="How many chains stand together here; 0 for an ordinary line.")
    days = serializers.IntegerField(help_text="What was said up to this day after signing.")
    counted = serializers.IntegerField(help_text="How many are on record.")
    asked = serializers.IntegerField(allow_null=True, help_text=f"Of which a party was asked. {NOT_TOLD}")
    answered = serializers.IntegerField(
        allow_null=True, help_text=f"Of which at least one party answered: what `share` is a share of. {NOT_TOLD}"
    )
    reached = serializers.IntegerField(allow_null=True, help_text=NOT_TOLD)
    disagree = serializers.IntegerField(allow_null=True, help_text="Null where it is too small to be told: then they are in `not_yet`.")
    not_yet = serializers.IntegerField(allow_null=True, help_text=NOT_TOLD)
    silent = serializers.IntegerField(allow_null=True, help_text=f"Asked, and nobody answered. {NOT_TOLD}")
    share = serializers.IntegerField(allow_null=True, help_text="`reached` of `answered` in whole percents, rounded half up.")


class FulfilmentGoalRow(Row):
    kind = serializers.ChoiceField(choices=Agreement.Kind.choices)
    title = BothRow()
    definition = BothRow()
    total = FulfilmentLineRow()
    by_chain = FulfilmentLineRow(many=True, help_text="They add up to the total. Empty where too few answered.")
    by_day = FulfilmentLineRow(many=True, help_text="Each holds what was said up to its day: they are not parts of a sum.")


@extend_schema_serializer(many=False)
class FulfilmentRow(Row):
    edition = serializers.SlugField()
    goals = FulfilmentGoalRow(many=True)
    introduced = serializers.IntegerField(help_text="How many agreements and intentions an introduction brought about.")


class FulfilmentAgreementRow(Row):
    agreement = serializers.IntegerField(help_text="Id of the agreement or intention.")
    state = serializers.ChoiceField(choices=[(state, state) for state in STATES])


@extend_schema_serializer(many=False)
class FulfilmentRowsRow(Row):
    total = serializers.IntegerField(help_text="The figure that they are behind.")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = FulfilmentAgreementRow(many=True)


class FulfilmentViewSet(BySlug, ReadOnly):
    """What share of intentions became agreements, and of agreements were delivered, as their parties say."""

    queryset = Edition.objects.all()
    serializer_class = FulfilmentRow
    pagination_class = None
    filter_backends = []

    @extend_schema(responses=FulfilmentRow, summary="Read what became of it")
    def retrieve(self, request: Request, **named: str) -> Response:
        """Read the numbers as their page tells them: others than the organiser are told no number of answers between one and four, nor what would tell them."""
        refuse_unknown(request, set())
        edition, visitor = self.edition(), request.user
        goals = [_goal_sent(goal) for goal in fulfilment(edition, visitor=visitor)]
        return Response({"edition": edition.slug, "goals": goals, "introduced": introduced(edition, visitor=visitor).total})

    @extend_schema(parameters=[KIND, DAYS, CHAIN, STATE, PAGE], responses=FulfilmentRowsRow, filters=False)
    @action(detail=True, methods=["get"])
    def rows(self, request: Request, **named: str) -> Response:
        """Read which agreements a number counts. For the organiser; to others there is no such address."""
        if not rules.may_trace(request.user):
            raise Http404
        refuse_unknown(request, {"kind", "days", "chain", "state", "page"})
        page, asked = page_asked(request), rows_asked(request.query_params)
        found = rows_behind(self.edition(), asked.pop("kind"), **asked)
        pages = refuse_beyond(page, len(found))
        start = (page - 1) * ROWS_A_PAGE
        results = [{"agreement": key, "state": state} for key, state in found[start : start + ROWS_A_PAGE]]
        return Response({"total": len(found), "page": page, "pages": pages, "results": results})

    def edition(self) -> Edition:
        return get_object_or_404(Edition, slug=self.kwargs["slug"])


def _goal_sent(goal: Goal) -> dict[str, Any]:
    return {
        "kind": goal.kind,
        "title": _both(TITLES[goal.kind]),
        "definition": _both(DEFINITIONS[goal.kind]),
        "total": _line_sent(goal.total),
        "by_chain": [_line_sent(line) for line in goal.by_chain],
        "by_day": [_line_sent(line) for line in goal.by_day],
    }


def _line_sent(line: Line) -> dict[str, Any]:
    return {"chain": line.chain.slug if line.chain else None} | {name: getattr(line, name) for name in NUMBERS}


def _both(words: str | Promise) -> dict[str, str]:
    said = {}
    for name, language in (("en", "en"), ("zh", "zh-hans")):
        with override(language):
            said[name] = str(words)
    return said
