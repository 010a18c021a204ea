"""Halls, booths and pavilions over the API. Who stands at a booth is told by the exhibitors."""

from rest_framework import serializers
from rest_framework.routers import SimpleRouter

from expo.editions.models import Stage
from expo.foundation.rows import ById, ByKey, ReadOnlyRows, Row, Words
from expo.venue import filters
from expo.venue.models import Booth, Hall, Pavilion


def metres(help_text: str = "Metres.") -> serializers.DecimalField:
    """Return a length in metres."""
    return serializers.DecimalField(max_digits=7, decimal_places=2, help_text=help_text)


class HallRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    code = serializers.CharField()
    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    x = metres("Metres from the left edge of the site.")
    y = metres("Metres from the top edge of the site.")
    width = metres()
    depth = metres()
    is_demo = serializers.BooleanField(help_text="Drawn as an example; not the real hall.")


class BoothRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    hall = serializers.CharField(source="hall.code")
    code = serializers.CharField(help_text="As on the sign, for example SV 212.")
    chain = serializers.SlugField(source="area.chain.slug", allow_null=True)
    stage = serializers.ChoiceField(choices=Stage.choices, allow_blank=True)
    segment = serializers.SlugField(source="segment.slug", allow_null=True)
    x = metres("Metres from the left wall of the hall.")
    y = metres("Metres from the top wall of the hall.")
    width = metres()
    depth = metres()
    status = serializers.ChoiceField(choices=Booth.Status.choices)


class PavilionRow(Row):
    key = serializers.SlugField()
    edition = serializers.SlugField(source="edition.slug")
    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2, or empty.")
    kind = serializers.ChoiceField(choices=Pavilion.Kind.choices)
    status = serializers.ChoiceField(choices=Pavilion.Status.choices)
    is_guest_of_honour = serializers.BooleanField()
    detail_en = serializers.CharField()
    detail_zh = serializers.CharField()
    sources = Words(source="sources.key")


class HallViewSet(ById, ReadOnlyRows):
    queryset = Hall.objects.all()
    serializer_class = HallRow
    filterset_class = filters.HallFilter


class BoothViewSet(ById, ReadOnlyRows):
    queryset = Booth.objects.all()
    serializer_class = BoothRow
    filterset_class = filters.BoothFilter


class PavilionViewSet(ByKey, ReadOnlyRows):
    queryset = Pavilion.objects.all()
    serializer_class = PavilionRow
    filterset_class = filters.PavilionFilter


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("halls", HallViewSet, basename="api_hall")
    router.register("booths", BoothViewSet, basename="api_booth")
    router.register("pavilions", PavilionViewSet, basename="api_pavilion")
