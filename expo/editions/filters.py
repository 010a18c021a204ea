"""How the expo's own facts are filtered."""

import django_filters
from django.utils.translation import gettext_lazy as _

from expo.editions.models import (
    Chain,
    ChainArea,
    Disagreement,
    Edition,
    ExchangeRate,
    Metric,
    Publication,
    ReportedFigure,
    Segment,
    SegmentLink,
    Statistic,
)
from expo.foundation.lists import Filters


def edition_filter(field_name: str = "edition") -> django_filters.ModelChoiceFilter:
    """Return a filter by an edition's slug."""
    return django_filters.ModelChoiceFilter(
        field_name=field_name, queryset=Edition.objects.all(), to_field_name="slug", label=_("Edition"), empty_label=_("All editions")
    )


def chain_filter(field_name: str = "chain") -> django_filters.ModelChoiceFilter:
    """Return a filter by a chain's slug."""
    return django_filters.ModelChoiceFilter(
        field_name=field_name, queryset=Chain.objects.all(), to_field_name="slug", label=_("Chain"), empty_label=_("All chains")
    )


def metric_filter() -> django_filters.ModelChoiceFilter:
    """Return a filter by a metric's key."""
    return django_filters.ModelChoiceFilter(queryset=Metric.objects.all(), to_field_name="key", label=_("Metric"))


class EditionFilter(Filters):
    """Editions by status."""

    class Meta:
        model = Edition
        fields = ["status"]


class ChainFilter(Filters):
    """Chains by kind, or those of one edition."""

    edition = edition_filter("areas__edition")

    class Meta:
        model = Chain
        fields = ["kind"]


class ChainAreaFilter(Filters):
    """Areas by edition and chain."""

    edition = edition_filter()
    chain = chain_filter()

    class Meta:
        model = ChainArea
        fields: list[str] = []


class SegmentFilter(Filters):
    """Segments by chain and stage, or those of one edition."""

    edition = edition_filter("chain__areas__edition")
    chain = chain_filter()

    class Meta:
        model = Segment
        fields = ["stage"]


class SegmentLinkFilter(Filters):
    """Links by the chain of either end."""

    supplier_chain = chain_filter("supplier__chain")
    customer_chain = chain_filter("customer__chain")

    class Meta:
        model = SegmentLink
        fields: list[str] = []


class ReportedFigureFilter(Filters):
    """Reported figures by edition, metric and qualifier."""

    edition = edition_filter()
    metric = metric_filter()

    class Meta:
        model = ReportedFigure
        fields = ["qualifier"]


class DisagreementFilter(Filters):
    """Disagreements by edition and metric."""

    edition = edition_filter()
    metric = metric_filter()

    class Meta:
        model = Disagreement
        fields: list[str] = []


class PublicationFilter(Filters):
    """Publications by edition and kind."""

    edition = edition_filter()

    class Meta:
        model = Publication
        fields = ["kind"]


class ExchangeRateFilter(Filters):
    """Rates by edition and currency."""

    edition = edition_filter()

    class Meta:
        model = ExchangeRate
        fields = ["currency"]


class StatisticFilter(Filters):
    """Entered figures by edition and metric; for staff also by whether they hold."""

    edition = edition_filter()
    metric = metric_filter()
    standing = django_filters.BooleanFilter(
        field_name="ended_at", lookup_expr="isnull", label=_("Holds now"), help_text=_("Others than staff are told only of those.")
    )

    class Meta:
        model = Statistic
        fields: list[str] = []
