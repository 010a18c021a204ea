"""Companies over the API: read by anyone, founded and changed by their people."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from expo.accounts.models import User
from expo.foundation.rows import BySlug, ReadOnly, Rows
from expo.foundation.writing import Body, Changes, Creates, Given, SignedIn, WritableRows, verb
from matchmaking.participants import actions, rules, tokens
from matchmaking.participants.api.own import OwnColumns, OwnFilters
from matchmaking.participants.api.rows import CompanyColumns, CompanyMatchRow, CompanyRow
from matchmaking.participants.models import LONGEST_REFERENCE, Company
from matchmaking.participants.queries import CompanyMatch, company_matches


class CompanyFilter(OwnFilters):
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


class CompanyBody(Body):
    name = serializers.CharField(max_length=160, help_text="As registered, in Latin letters where it has such a name.")
    country = serializers.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    website = serializers.CharField(
        max_length=300, required=False, allow_blank=True, help_text="Its domain shows that the company is yours."
    )
    name_zh = serializers.CharField(max_length=160, required=False, allow_blank=True)
    kind = serializers.ChoiceField(choices=Company.Kind.choices, required=False)
    about_en = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    about_zh = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    external_id = serializers.CharField(
        max_length=LONGEST_REFERENCE, required=False, allow_blank=True, help_text="Your own reference for it."
    )


class NewCompanyBody(CompanyBody):
    without_owner = serializers.BooleanField(required=False, help_text="For the organiser: nobody stands for it yet.")


class LogoBody(Body):
    logo = serializers.FileField(help_text="PNG, JPEG or WebP, up to 5 MB; kept as a picture of at most 800 pixels a side.")


class CompanyViewSet(OwnColumns, BySlug, Creates, Changes, WritableRows):
    queryset = Company.objects.all()
    serializer_class = CompanyRow
    columns_class = CompanyColumns
    filterset_class = CompanyFilter
    create_body, change_body = NewCompanyBody, CompanyBody
    may_change = staticmethod(rules.may_manage)
    own_fields = ("external_id",)

    def shape(self, read: Rows) -> Rows:
        return super().shape([{**row, "logo": self.logo_address(row["slug"]) if row["logo"] else ""} for row in read])

    def logo_address(self, slug: str) -> str:
        return str(self.request.build_absolute_uri(reverse("company_logo", args=[slug])))

    def make(self, given: Given, *, by: User) -> Company:
        """Found a company and own it. It is visible to nobody else until a registration of it is verified; ask `/company-matches/` first whether it is here."""
        if given.pop("without_owner", False):
            return actions.add_company(by=by, **given)
        return actions.found_company(by=by, **given)

    def change(self, row: Company, given: Given, *, by: User) -> Company:
        """Change what the company says of itself. Name, country and website stay once the organiser has them before them. For its owners and the organiser."""
        return actions.edit_company(row, by=by, **given)

    @verb(LogoBody, upload=True, may_row=rules.may_manage)
    def logo(self, row: Company, given: Given, *, by: User) -> Company:
        """Replace the logo. The picture is made anew, so that nothing hidden in it is kept."""
        return actions.set_logo(row, by=by, upload=given["logo"])

    @verb(may_row=rules.may_manage)
    def remove_logo(self, row: Company, given: Given, *, by: User) -> Company:
        """Take the logo away."""
        return actions.set_logo(row, by=by, upload=None)


class MatchQuestion(Body):
    name = serializers.CharField(max_length=160)
    country = serializers.CharField(max_length=2)
    website = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    name_zh = serializers.CharField(max_length=160, required=False, allow_blank=True, default="")


class CompanyMatchViewSet(ReadOnly):
    """Which companies a name may mean: asked before one is founded."""

    permission_classes = [SignedIn]
    serializer_class = CompanyMatchRow
    queryset = Company.objects.none()
    pagination_class = None
    filter_backends = []

    @extend_schema(parameters=[MatchQuestion])
    def list(self, request: Request) -> Response:
        question = MatchQuestion(data=request.query_params.dict())
        question.is_valid(raise_exception=True)
        found = company_matches(**question.validated_data, visitor=request.user)  # type: ignore[arg-type] # signed in
        return Response([self.sent(match) for match in found])

    def sent(self, match: CompanyMatch) -> dict[str, Any]:
        names = ("name", "country", "is_exact", "why", "slug", "website", "is_demo")
        token = tokens.match_token(match.pk, self.request.user.pk or 0)
        return {**{name: getattr(match, name) for name in names}, "membership": match.mine, "match": token}
