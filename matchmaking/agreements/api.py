"""Agreements over the API, and what came of an edition. Anonymous ones have neither title nor parties here either."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from expo.editions.api import SegmentShortRow
from expo.editions.models import Edition
from expo.foundation.rows import WORKED_OUT, ById, BySlug, ReadOnly, ReadOnlyRows, Row, Rows, Values
from matchmaking.agreements import rules
from matchmaking.agreements.filters import AgreementFilter
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries import Cell, outcome
from matchmaking.participants.models import Company


class PartyRow(Row):
    company = serializers.SlugField(source="company.slug", allow_null=True, help_text="Null for a party outside, or one without a page.")
    name = serializers.CharField(source="company.name")
    name_zh = serializers.CharField(source="company.name_zh", allow_blank=True)
    country = serializers.CharField(source="company.country", help_text="ISO 3166-1 alpha-2.")


class PartyColumns(PartyRow):
    outside_name = serializers.CharField()
    outside_country = serializers.CharField(source="country")


class AgreementRow(Row):
    id = serializers.IntegerField()
    number = serializers.IntegerField(help_text="Given when recorded, without gaps in the edition.")
    edition = serializers.SlugField(source="edition.slug")
    title = serializers.CharField(help_text="Empty when anonymous.")
    kind = serializers.ChoiceField(choices=Agreement.Kind.choices)
    chain = serializers.SlugField(source="chain.slug")
    segment = SegmentShortRow(allow_null=True)
    signed_on = serializers.DateField()
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True, help_text="Null when not disclosed.")
    currency = serializers.CharField()
    is_undisclosed = serializers.BooleanField()
    amount_cny = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True, help_text="At the edition's stated rate.")
    is_anonymous = serializers.BooleanField(source=WORKED_OUT, help_text="Title and parties are kept back.")
    status = serializers.ChoiceField(choices=Agreement.Status.choices)
    is_demo = serializers.BooleanField(help_text="Invented; shown as such.")
    parties = PartyRow(many=True, source=WORKED_OUT)


class AgreementColumns(AgreementRow):
    """The same with what decides how much of it is sent."""

    visibility = serializers.CharField()
    parties = PartyColumns(many=True)


class CellRow(Row):
    name = serializers.CharField(help_text="Empty for what was too small to stand alone.")
    chain = serializers.SlugField(allow_null=True)
    total = serializers.IntegerField()
    agreements = serializers.IntegerField(allow_null=True, help_text="Null where it is too small to be told.")
    intentions = serializers.IntegerField(allow_null=True)
    merged = serializers.IntegerField(help_text="How many lines were too small to stand alone.")


class OutcomeRow(Row):
    edition = serializers.SlugField()
    agreements = serializers.IntegerField()
    intentions = serializers.IntegerField()
    total = serializers.IntegerField()
    undisclosed = serializers.IntegerField(help_text="How many disclose no amount.")
    amount_cny = serializers.DecimalField(max_digits=22, decimal_places=2)
    amount_usd = serializers.DecimalField(max_digits=22, decimal_places=2, allow_null=True)
    cny_per_usd = serializers.DecimalField(max_digits=14, decimal_places=6, allow_null=True)
    by_chain = CellRow(many=True)
    by_country = CellRow(many=True)
    has_demo = serializers.BooleanField(help_text="Invented rows are counted.")


class AgreementViewSet(ById, ReadOnlyRows):
    queryset = Agreement.objects.all()
    serializer_class = AgreementRow
    columns_class = AgreementColumns
    filterset_class = AgreementFilter

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        counted: QuerySet[Any] = rows.counted()
        return counted

    def shape(self, read: Rows) -> Rows:
        sent = super().shape(read)
        slugs = {party["company"] for row in sent for party in row["parties"] if party["company"]}
        with_page = set(Company.objects.visible_to(self.request.user).filter(slug__in=slugs).values_list("slug", flat=True))
        traced = rules.may_trace(self.request.user)
        return [agreement_sent(row, with_page, traced=traced) for row in sent]


class OutcomeViewSet(BySlug, ReadOnly):
    queryset = Edition.objects.all()
    serializer_class = OutcomeRow

    def retrieve(self, request: Any, **named: str) -> Response:
        edition = get_object_or_404(Edition, slug=named["slug"])
        return Response(outcome_sent(edition, visitor=request.user))


def agreement_sent(row: Values, with_page: set[str], *, traced: bool) -> Values:
    """Return the agreement as the visitor may read it; of an anonymous one neither title nor parties."""
    hidden = row.pop("visibility") != Agreement.Visibility.PUBLIC and not traced
    parties = [] if hidden else [party_sent(party, with_page) for party in row["parties"]]
    return {**row, "is_anonymous": hidden, "title": "" if hidden else row["title"], "parties": parties}


def party_sent(party: Values, with_page: set[str]) -> Values:
    """Return a registered company or an outside party in one shape."""
    if party["company"] is None:
        return {"company": None, "name": party["outside_name"], "name_zh": "", "country": party["outside_country"]}
    return {
        **{name: party[name] for name in ("name", "name_zh", "country")},
        "company": party["company"] if party["company"] in with_page else None,
    }


def outcome_sent(edition: Edition, *, visitor: rules.Person) -> Values:
    """Return what came of the edition, as `queries.outcome` lets the visitor know it. Seven queries."""
    found = outcome(edition, visitor=visitor)
    return {
        "edition": edition.slug,
        "agreements": found.agreements,
        "intentions": found.intentions,
        "total": found.total,
        "undisclosed": found.undisclosed,
        "amount_cny": f"{found.amount_cny:.2f}",
        "amount_usd": None if found.amount_usd is None else f"{found.amount_usd:.2f}",
        "cny_per_usd": found.usd_rate,
        "by_chain": [cell_sent(cell) for cell in found.by_chain],
        "by_country": [cell_sent(cell) for cell in found.by_country],
        "has_demo": found.has_demo,
    }


def cell_sent(cell: Cell) -> Values:
    """Return one line of a breakdown."""
    chain = cell.chain.slug if cell.chain else None
    counts = {"total": cell.total, "agreements": cell.agreements, "intentions": cell.intentions, "merged": cell.merged}
    return {"name": cell.name, "chain": chain, **counts}


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("agreements", AgreementViewSet, basename="api_agreement")
    router.register("outcomes", OutcomeViewSet, basename="api_outcome")
