"""Published supply links over the API: anyone reads them."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from expo.editions.api import SegmentShortRow
from expo.editions.models import Chain
from expo.foundation.lists import Filters
from expo.foundation.rows import ById, ReadOnlyRows, Row, Rows, Words
from matchmaking.participants.models import Company, SupplyLink

SIDES = ("supplier", "customer")
SLUG = "Slug of the company, or null where it is none that is shown here."
COUNTRY = "ISO 3166-1 alpha-2."


class SupplyLinkRow(Row):
    id = serializers.IntegerField()
    key = serializers.SlugField()
    supplier = serializers.SlugField(source="supplier.slug", allow_null=True, help_text=SLUG)
    supplier_name = serializers.CharField(help_text="The company's name, or the published one.")
    supplier_name_zh = serializers.CharField()
    supplier_country = serializers.CharField(help_text=COUNTRY)
    customer = serializers.SlugField(source="customer.slug", allow_null=True, help_text=SLUG)
    customer_name = serializers.CharField(help_text="The company's name, or the published one.")
    customer_name_zh = serializers.CharField()
    customer_country = serializers.CharField(help_text=COUNTRY)
    item_en = serializers.CharField(help_text="What is supplied.")
    item_zh = serializers.CharField()
    year = serializers.IntegerField(help_text="Of which the report speaks.")
    supplier_segment = SegmentShortRow(allow_null=True)
    customer_segment = SegmentShortRow(allow_null=True)
    sources = Words(source="sources.key")


class SupplyLinkColumns(SupplyLinkRow):
    """The same with the names that the companies bear here."""

    supplier_here = serializers.CharField(source="supplier.name")
    supplier_here_zh = serializers.CharField(source="supplier.name_zh")
    supplier_from = serializers.CharField(source="supplier.country")
    customer_here = serializers.CharField(source="customer.name")
    customer_here_zh = serializers.CharField(source="customer.name_zh")
    customer_from = serializers.CharField(source="customer.country")


class SupplyLinkFilter(Filters):
    """Links by year, by a company on either side, and by a chain that either side stands on."""

    company = django_filters.ModelChoiceFilter(
        label=_("Company"), field_name="supplier", queryset=Company.objects.all(), to_field_name="slug", method="of_company"
    )
    chain = django_filters.ModelChoiceFilter(
        label=_("Chain"), field_name="supplier_segment__chain", queryset=Chain.objects.all(), to_field_name="slug", method="of_chain"
    )

    class Meta:
        model = SupplyLink
        fields = ["year"]

    def of_company(self, rows: QuerySet[SupplyLink], _name: str, company: Company) -> QuerySet[SupplyLink]:
        return rows.filter(Q(supplier=company) | Q(customer=company))

    def of_chain(self, rows: QuerySet[SupplyLink], _name: str, chain: Chain) -> QuerySet[SupplyLink]:
        return rows.filter(Q(supplier_segment__chain=chain) | Q(customer_segment__chain=chain))


class SupplyLinkViewSet(ById, ReadOnlyRows):
    queryset = SupplyLink.objects.all()
    serializer_class = SupplyLinkRow
    columns_class = SupplyLinkColumns
    filterset_class = SupplyLinkFilter

    def shape(self, read: Rows) -> Rows:
        sent = super().shape(read)
        slugs = {row[side] for row in sent for side in SIDES}
        with_page = set(Company.objects.visible_to(self.request.user).filter(slug__in=slugs).values_list("slug", flat=True))
        return [_sent(row, with_page) for row in sent]


def _sent(row: dict[str, Any], with_page: set[str]) -> dict[str, Any]:
    """Let a company here stand by its own name, and by its address where it has a page that the visitor sees."""
    for side in SIDES:
        own = {column: row.pop(f"{side}_{column}") for column in ("here", "here_zh", "from")}
        if row[side]:
            row |= {f"{side}_name": own["here"], f"{side}_name_zh": own["here_zh"], f"{side}_country": own["from"]}
        row[side] = row[side] if row[side] in with_page else None
    return row
