"""Companies and exhibitors over the API. No people: contact data leaves in no other way than by consent."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from rest_framework import serializers
from rest_framework.routers import SimpleRouter

from expo.editions.api import SegmentShortRow
from expo.foundation.lists import Filters
from expo.foundation.rows import ById, BySlug, ReadOnlyRows, Row, Rows, Words
from matchmaking.participants.filters import ExhibitorFilter
from matchmaking.participants.models import Company, Registration


class CompanyFilter(Filters):
    """Companies by a word in the name, country or region, and kind."""

    q = django_filters.CharFilter(label=_("Search"), method="search", max_length=100)
    country = django_filters.MultipleChoiceFilter(label=_("Country/region"), choices=list(countries))
    kind = django_filters.MultipleChoiceFilter(label=_("Kind"), choices=Company.Kind.choices)

    class Meta:
        model = Company
        fields: list[str] = []

    def search(self, rows: QuerySet[Company], _name: str, words: str) -> QuerySet[Company]:
        for word in words.split():
            rows = rows.filter(Q(name__icontains=word) | Q(name_zh__icontains=word))
        return rows


class AllExhibitorFilter(ExhibitorFilter):
    """As on the page, but without an edition it means all of them."""

    def filter_queryset(self, queryset: QuerySet[Registration]) -> Any:
        return super(ExhibitorFilter, self).filter_queryset(queryset)


class CompanyShortRow(Row):
    slug = serializers.SlugField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2.")
    kind = serializers.ChoiceField(choices=Company.Kind.choices)
    is_demo = serializers.BooleanField(help_text="Invented; shown as such.")


class CompanyRow(CompanyShortRow):
    website = serializers.CharField()
    about_en = serializers.CharField()
    about_zh = serializers.CharField()
    fortune_global_500 = serializers.BooleanField(allow_null=True, help_text="Null when unknown.")
    logo = serializers.CharField(help_text="Address of the picture, or empty.")
    sources = Words(source="sources.key")


class ExhibitorRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    company = CompanyShortRow()
    chains = Words(source="chains.slug")
    main_segment = SegmentShortRow(allow_null=True)
    booth = serializers.CharField(source="booth.code", allow_null=True)
    pavilion = serializers.SlugField(source="pavilion.key", allow_null=True)
    attendance = serializers.ChoiceField(choices=Registration.Attendance.choices)
    evidence = serializers.ChoiceField(choices=[choice for choice in Registration.Evidence.choices if choice[0]], allow_blank=True)
    shown_en = serializers.CharField()
    shown_zh = serializers.CharField()


class CompanyViewSet(BySlug, ReadOnlyRows):
    queryset = Company.objects.all()
    serializer_class = CompanyRow
    filterset_class = CompanyFilter

    def shape(self, read: Rows) -> Rows:
        addresses = {row["id"]: self.logo_address(row["slug"]) if row["logo"] else "" for row in read}
        return super().shape([{**row, "logo": addresses[row["id"]]} for row in read])

    def logo_address(self, slug: str) -> str:
        return str(self.request.build_absolute_uri(reverse("company_logo", args=[slug])))


class ExhibitorViewSet(ById, ReadOnlyRows):
    queryset = Registration.objects.all()
    serializer_class = ExhibitorRow
    filterset_class = AllExhibitorFilter

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        verified: QuerySet[Any] = rows.exhibitors().verified()
        return verified


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("companies", CompanyViewSet, basename="api_company")
    router.register("registrations", ExhibitorViewSet, basename="api_registration")
