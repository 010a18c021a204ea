"""The search over the API: the same answers as on the page."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from expo.editions.models import Chain, Stage
from expo.editions.queries import current_edition
from expo.foundation.models import SearchEntry
from expo.foundation.rest import is_number
from expo.foundation.rows import ReadOnly, Row
from expo.foundation.search.asked import MOST_SIGNS
from expo.foundation.search.finding import KINDS, MOST_COUNTED
from expo.foundation.search.showing import Hit
from expo.foundation.staff import acts_as_staff
from matchmaking.desk.queries.gaps import COMPANY, COUNTRY, SegmentGap, gap_map
from matchmaking.desk.queries.search import PAGE_SIZE, answer_of, suggestions_of

SEARCHES = "What has all the words, best first: whole titles, words in titles, words in texts; among equals published, current, newest."
SUGGESTS = "Up to eight titles that have the words, the last of which may just have begun."
LAST_PAGE = MOST_COUNTED // PAGE_SIZE
Q = OpenApiParameter(
    "q", OpenApiTypes.STR, required=True, description="Every word has to be there; English and Chinese. At most 200 signs."
)
KIND = OpenApiParameter("kind", OpenApiTypes.STR, enum=list(KINDS), description="Only this kind.")
PAGE = OpenApiParameter("page", OpenApiTypes.INT, description="From 1 to 50, 20 hits each.")


class HitRow(Row):
    kind = serializers.ChoiceField(choices=list(KINDS))
    id = serializers.IntegerField(help_text="Of the company, offer, request or forum; of a page, its number among the pages of its sort.")
    title = serializers.CharField()
    address = serializers.CharField(help_text="Of its page on this site.")
    snippet = serializers.CharField(help_text="The passage of its text with the words, '' where it has none.")
    score = serializers.IntegerField(
        min_value=1,
        max_value=5,
        help_text="5: whole title or code; 4: in the title; 3: begun in the title; 2: in the text; 1: begun there.",
    )
    is_demo = serializers.BooleanField()


class SuggestionRow(Row):
    kind = serializers.ChoiceField(choices=list(KINDS))
    title = serializers.CharField()
    address = serializers.CharField()
    is_demo = serializers.BooleanField()


class CountsRow(Row):
    company = serializers.IntegerField()
    offer = serializers.IntegerField()
    request = serializers.IntegerField()
    forum = serializers.IntegerField()
    page = serializers.IntegerField()


@extend_schema_serializer(many=False)
class AnswerRow(Row):
    counts = CountsRow(help_text="By kind, up to 1,000 each.")
    forgiven = serializers.CharField(help_text="The other spelling that was searched for, where what was asked for is not found; else ''.")
    results = HitRow(many=True)


class SuggestionsRow(Row):
    results = SuggestionRow(many=True)


class SearchViewSet(ReadOnly):
    """What a visitor finds, as on the search page."""

    queryset = SearchEntry.objects.none()
    serializer_class = AnswerRow
    pagination_class = None

    @extend_schema(parameters=[Q, KIND, PAGE], responses=AnswerRow, summary="Search", description=SEARCHES)
    def list(self, request: Request) -> Response:
        asked = asked_of(request, {"q", "kind", "page"})
        answer = answer_of(asked["q"], request.user, kind=asked["kind"], current=current_edition())
        first = (int(asked["page"] or 1) - 1) * PAGE_SIZE
        counts = {kind: answer.count_of(kind) for kind in KINDS}
        found = [hit_sent(hit) for hit in answer.hits(first)]
        return Response({"counts": counts, "forgiven": answer.forgiven, "results": found})

    @extend_schema(parameters=[Q], responses=SuggestionsRow, summary="Suggest titles", description=SUGGESTS)
    @action(detail=False, methods=["get"])
    def suggestions(self, request: Request) -> Response:
        hits = suggestions_of(asked_of(request, {"q"})["q"], request.user, current=current_edition())
        names = ("kind", "address", "is_demo")
        return Response({"results": [{**{name: getattr(hit, name) for name in names}, "title": hit.title_text} for hit in hits]})


class SegmentGapRow(Row):
    segment = serializers.CharField()
    name = serializers.CharField()
    stage = serializers.ChoiceField(choices=Stage.choices)
    requests = serializers.IntegerField(allow_null=True, help_text="Open requests. Null, here and below: fewer than five, or not known.")
    without_offer = serializers.IntegerField(allow_null=True, help_text="Of those, that no offer fits.")
    offers = serializers.IntegerField(allow_null=True)
    without_request = serializers.IntegerField(allow_null=True, help_text="Offers that fit no request; null also while no run has looked.")
    single_source = serializers.ChoiceField(
        choices=["", COMPANY, COUNTRY], help_text="All fitting offers are of one company or country/region."
    )
    source_name = serializers.CharField(help_text="Which one; a company's name for staff only.")


@extend_schema_serializer(many=False)
class ChainGapsRow(Row):
    chain = serializers.CharField()
    edition = serializers.CharField()
    results = SegmentGapRow(many=True, help_text="The segments in the order of the line.")


class ChainGapsViewSet(ReadOnly):
    """Where a chain is open, as on its page."""

    queryset = Chain.objects.all()
    serializer_class = ChainGapsRow
    lookup_field = "slug"

    @extend_schema(
        parameters=[OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="The chain.")],
        responses=ChainGapsRow,
        summary="Read where a chain is open",
        description="Requests without a fitting offer, offers without a request and single sources, by segment. Staff read every count.",
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        chain, edition = get_object_or_404(Chain, slug=slug), current_edition()
        if edition is None:
            raise Http404
        found = gap_map(chain, edition, is_full=acts_as_staff(request.user))
        return Response({"chain": chain.slug, "edition": edition.slug, "results": [gap_sent(row) for row in found.rows]})


def gap_sent(row: SegmentGap) -> dict[str, Any]:
    """Return what the API says of a segment."""
    counts = {name: getattr(row, name) for name in ("requests", "without_offer", "offers", "without_request")}
    return {
        "segment": row.segment.slug,
        "name": row.segment.name,
        "stage": row.segment.stage,
        **counts,
        "single_source": row.single,
        "source_name": row.source,
    }


def asked_of(request: Request, known: set[str]) -> dict[str, str]:
    """Return what the address asks for. Raises ValidationError by name for what cannot be read."""
    asked = {name: str(request.query_params.get(name, "")) for name in ("q", "kind", "page")}
    wrong = {name: ["No such filter."] for name in sorted(set(request.query_params) - known)}
    if "q" not in request.query_params or len(asked["q"]) > MOST_SIGNS:
        wrong["q"] = ["Up to 200 signs."]
    if "kind" in request.query_params and asked["kind"] not in KINDS:
        wrong["kind"] = [f"One of {', '.join(KINDS)}."]
    if asked["page"] and not (is_number(asked["page"]) and 1 <= int(asked["page"]) <= LAST_PAGE):
        wrong["page"] = ["A number from 1 to 50."]
    if wrong:
        raise ValidationError(wrong)
    return asked


def hit_sent(hit: Hit) -> dict[str, Any]:
    """Return what the API says of a hit."""
    return {
        "kind": hit.kind,
        "id": hit.key,
        "title": hit.title_text,
        "address": hit.address,
        "snippet": hit.passage_text,
        "score": hit.score,
        "is_demo": hit.is_demo,
    }


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("search", SearchViewSet, basename="api_search")
    router.register("gaps", ChainGapsViewSet, basename="api_chain_gaps")
