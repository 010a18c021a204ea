"""Supply chain maps over the API, the same as on the page."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from expo.editions.models import Chain, Edition, Stage
from expo.editions.queries import current_edition
from expo.foundation.rows import BySlug, ReadOnly, Row
from matchmaking.agreements.mapped import map_data
from matchmaking.agreements.queries.maps import chain_map, chain_maps

EDITION = OpenApiParameter("edition", OpenApiTypes.STR, description="Slug of an edition; the current one where it is left out.")

READS = "Public rows only: verified exhibitors, published links with their sources, agreements that are confirmed or verified. The same for everybody."


class MapTileRow(Row):
    chain = serializers.SlugField()
    edition = serializers.SlugField()
    companies = serializers.IntegerField(help_text="Verified exhibitors whose main segment is on the chain.")
    published = serializers.IntegerField(help_text="Published links that touch the chain.")
    agreed = serializers.IntegerField(help_text="Public agreements of the chain that all parties confirmed or the organiser verified.")


@extend_schema_serializer(many=False)
class MapListRow(Row):
    results = MapTileRow(many=True)


class MapSideRow(Row):
    company = serializers.SlugField(allow_null=True, help_text="Slug, or null where it has no page.")
    name = serializers.CharField()
    name_zh = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2.")
    is_demo = serializers.BooleanField(help_text="Invented; shown as such.")


class MapCompanyRow(MapSideRow):
    is_main = serializers.BooleanField(help_text="False: it stands elsewhere, and has a published offer here.")


class MapCountryRow(Row):
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2.")
    companies = serializers.IntegerField()


class MapPlaceRow(Row):
    chain = serializers.SlugField()
    segment = serializers.SlugField()


class MapSegmentRow(Row):
    slug = serializers.SlugField()
    stage = serializers.ChoiceField(choices=Stage.choices)
    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    companies = MapCompanyRow(many=True)
    countries = MapCountryRow(many=True, help_text="Most first; empty below five companies.")


class MapLaneRow(Row):
    start = MapPlaceRow(allow_null=True, help_text="Null: off every line.")
    end = MapPlaceRow(allow_null=True, help_text="Null: the customer exhibits nowhere.")
    is_built = serializers.BooleanField(help_text="The chains link the two segments.")
    published = serializers.IntegerField()
    agreed = serializers.IntegerField()


class MapSupplyRow(Row):
    supplier = MapSideRow()
    customer = MapSideRow()
    start = MapPlaceRow(allow_null=True)
    end = MapPlaceRow(allow_null=True)
    item_en = serializers.CharField(help_text="Of a published link.")
    item_zh = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)
    sources = serializers.ListField(child=serializers.CharField(), help_text="Keys of the sources of a published link.")
    number = serializers.CharField(help_text="Of an agreement; empty for a published link.")
    kind = serializers.CharField(help_text="agreement, intention, or empty.")
    is_demo = serializers.BooleanField()


class ChainMapRow(Row):
    edition = serializers.SlugField()
    chain = serializers.SlugField()
    code = serializers.CharField()
    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    segments = MapSegmentRow(many=True)
    lanes = MapLaneRow(many=True, help_text="From segment to segment, how much is known.")
    supplies = MapSupplyRow(many=True, help_text="Published links first, then agreements by number.")
    has_demo = serializers.BooleanField()


class ChainMapViewSet(BySlug, ReadOnly):
    """Who stands on each segment of a chain, and who supplies whom, as on its page."""

    queryset = Chain.objects.all()
    serializer_class = ChainMapRow
    pagination_class = None

    @extend_schema(parameters=[EDITION], responses=MapListRow, summary="List maps", description="The chains of an edition that have one.")
    def list(self, request: Request) -> Response:
        edition = _edition(request)
        tiles = chain_maps(edition)
        counts = [{"companies": tile.companies, "published": tile.published, "agreed": tile.agreed} for tile in tiles]
        return Response(
            {"results": [{"chain": tile.chain.slug, "edition": edition.slug, **told} for tile, told in zip(tiles, counts, strict=True)]}
        )

    @extend_schema(parameters=[EDITION], responses=ChainMapRow, summary="Read a map", description=READS)
    def retrieve(self, request: Request, **named: str) -> Response:
        edition = _edition(request)
        shown = chain_map(edition, get_object_or_404(Chain.objects.in_edition(edition), slug=named["slug"]))
        if not shown.stations:
            raise Http404
        return Response(map_data(shown))


def _edition(request: Any) -> Edition:
    wrong = {name: ["No such filter."] for name in sorted(set(request.query_params) - {"edition"})}
    slug = request.query_params.get("edition")
    found: Edition | None = current_edition() if slug is None else Edition.objects.filter(slug=slug).first()
    if slug is not None and found is None:
        wrong["edition"] = ["There is no such edition."]
    if wrong:
        raise ValidationError(wrong)
    if found is None:
        raise Http404
    return found
