"""The expo's own facts over the API: editions, chains, segments, figures and their sources."""

from dataclasses import replace
from decimal import Decimal

from rest_framework import serializers
from rest_framework.routers import SimpleRouter

from expo.accounts.models import User
from expo.editions import actions, filters, measured, rules
from expo.editions.models import (
    Chain,
    ChainArea,
    Disagreement,
    Edition,
    Metric,
    Publication,
    ReportedFigure,
    Segment,
    SegmentLink,
    Source,
    Stage,
    Statistic,
)
from expo.foundation.rows import ById, ByKey, BySlug, ReadOnlyRows, Row, Rows, Words
from expo.foundation.writing import Body, Creates, Given, Ref, WritableRows, verb


class SourceRow(Row):
    key = serializers.SlugField()
    title = serializers.CharField()
    publisher = serializers.CharField()
    published_on = serializers.CharField(help_text="As precise as known: 2024, 2024-11 or 2024-11-30; empty when unknown.")
    address = serializers.CharField(help_text="Empty unless the address is safe to open.")
    reliability = serializers.ChoiceField(choices=Source.Reliability.choices)


class SourceColumns(SourceRow):
    link_ok = serializers.BooleanField()


class ChainShortRow(Row):
    slug = serializers.SlugField()
    code = serializers.CharField()
    name_en = serializers.CharField()
    name_zh = serializers.CharField()


class SegmentShortRow(Row):
    id = serializers.IntegerField()
    slug = serializers.SlugField()
    stage = serializers.ChoiceField(choices=Stage.choices)
    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    chain = serializers.SlugField(source="chain.slug")


class EditionRow(Row):
    slug = serializers.SlugField()
    ordinal = serializers.IntegerField()
    year = serializers.IntegerField(allow_null=True)
    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    short_name_en = serializers.CharField()
    short_name_zh = serializers.CharField()
    theme_en = serializers.CharField()
    theme_zh = serializers.CharField()
    starts_on = serializers.DateField(allow_null=True, help_text="Null while not announced.")
    ends_on = serializers.DateField(allow_null=True)
    venue_en = serializers.CharField()
    venue_zh = serializers.CharField()
    city_en = serializers.CharField()
    city_zh = serializers.CharField()
    time_zone = serializers.CharField()
    host_en = serializers.CharField()
    host_zh = serializers.CharField()
    note_en = serializers.CharField()
    note_zh = serializers.CharField()
    status = serializers.ChoiceField(choices=Edition.Status.choices)
    is_current = serializers.BooleanField()
    area_sqm = serializers.IntegerField(allow_null=True, help_text="Null when not published.")
    guest_country = serializers.CharField(help_text="ISO 3166-1 alpha-2, or empty.")
    currency = serializers.CharField()
    sources = Words(source="sources.key")


class ChainRow(Row):
    slug = serializers.SlugField()
    code = serializers.CharField(help_text="Printed on booths and badges.")
    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    short_name_en = serializers.CharField()
    short_name_zh = serializers.CharField()
    kind = serializers.ChoiceField(choices=Chain.Kind.choices)
    colour = serializers.ChoiceField(choices=Chain.Colour.choices)
    parent = serializers.SlugField(source="parent.slug", allow_null=True)  # type: ignore[assignment] # a field, popped by the metaclass
    summary_en = serializers.CharField()
    summary_zh = serializers.CharField()
    order = serializers.IntegerField()
    editions = Words(source="areas.edition.slug")
    sources = Words(source="sources.key")


class ChainAreaRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    chain = serializers.SlugField(source="chain.slug")
    name_en = serializers.CharField(help_text="Empty where the edition used the chain's own name.")
    name_zh = serializers.CharField()
    area_sqm = serializers.IntegerField(allow_null=True)
    summary_en = serializers.CharField()
    summary_zh = serializers.CharField()
    order = serializers.IntegerField()


class SegmentRow(Row):
    id = serializers.IntegerField()
    slug = serializers.SlugField()
    chain = ChainShortRow()
    stage = serializers.ChoiceField(choices=Stage.choices)
    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    basis_en = serializers.CharField(help_text="Whether a source names the segment or it is a reading.")
    order = serializers.IntegerField()
    sources = Words(source="sources.key")


class SegmentLinkRow(Row):
    id = serializers.IntegerField()
    supplier = SegmentShortRow(help_text="What it makes, the customer uses.")
    customer = SegmentShortRow()
    note_en = serializers.CharField()
    note_zh = serializers.CharField()


class MetricRow(Row):
    key = serializers.SlugField()
    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    unit = serializers.CharField()
    unit_name_en = serializers.CharField()
    unit_name_zh = serializers.CharField()
    definition_en = serializers.CharField()
    definition_zh = serializers.CharField()
    group = serializers.CharField()
    order = serializers.IntegerField()


class ReportedFigureRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    metric = serializers.SlugField(source="metric.key")
    unit = serializers.CharField(source="metric.unit")
    qualifier = serializers.ChoiceField(choices=ReportedFigure.Qualifier.choices)
    value = serializers.DecimalField(max_digits=20, decimal_places=2)
    as_of = serializers.CharField()
    note_en = serializers.CharField()
    note_zh = serializers.CharField()
    is_preferred = serializers.BooleanField()
    preferred_reason_en = serializers.CharField()
    preferred_reason_zh = serializers.CharField()
    sources = Words(source="sources.key")


class DisagreementRow(Row):
    key = serializers.SlugField()
    edition = serializers.SlugField(source="edition.slug", allow_null=True)
    metric = serializers.SlugField(source="metric.key", allow_null=True)
    topic_en = serializers.CharField()
    topic_zh = serializers.CharField()
    said_en = serializers.CharField()
    said_zh = serializers.CharField()
    resolution_en = serializers.CharField()
    resolution_zh = serializers.CharField()


class PublicationRow(Row):
    key = serializers.SlugField()
    edition = serializers.SlugField(source="edition.slug", allow_null=True)
    kind = serializers.ChoiceField(choices=Publication.Kind.choices)
    title_en = serializers.CharField()
    title_zh = serializers.CharField()
    publisher_en = serializers.CharField()
    publisher_zh = serializers.CharField()
    published_on = serializers.CharField()
    summary_en = serializers.CharField()
    summary_zh = serializers.CharField()
    industries_en = serializers.ListField(child=serializers.CharField())
    industries_zh = serializers.ListField(child=serializers.CharField())
    sources = Words(source="sources.key")


class ExchangeRateRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    currency = serializers.CharField()
    cny_per_unit = serializers.DecimalField(max_digits=14, decimal_places=6)
    as_of = serializers.DateField()
    source_note = serializers.CharField()


class StatisticRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    metric = serializers.SlugField(source="metric.key")
    unit = serializers.CharField(source="metric.unit")
    day = serializers.DateField(allow_null=True, help_text="Null for the edition as a whole. Days of one metric are added up.")
    qualifier = serializers.ChoiceField(choices=Statistic.Qualifier.choices)
    value = serializers.DecimalField(max_digits=20, decimal_places=2)
    source_note = serializers.CharField(help_text="Who measured it, and how.")
    measured_at = serializers.DateTimeField()
    entered_at = serializers.DateTimeField()
    replaces = serializers.IntegerField(source="replaces_id", allow_null=True, help_text="The entry that this one corrects.")
    ended_at = serializers.DateTimeField(allow_null=True, help_text="Null while it holds.")
    reason = serializers.CharField(help_text="Why it was corrected or ended.")
    is_demo = serializers.BooleanField(help_text="Invented; shown as such.")


class MeasuredBody(Body):
    value = serializers.DecimalField(max_digits=20, decimal_places=2, min_value=Decimal(0))
    qualifier = serializers.ChoiceField(choices=measured.QUALIFIERS, required=False, help_text="Exact without it.")
    source_note = serializers.CharField(max_length=200, help_text="Who measured it, and how.")
    measured_at = serializers.DateTimeField(help_text="When it was measured; not in the future.")


class StatisticBody(MeasuredBody):
    edition = Ref(Edition.objects.all(), by="slug")
    metric = Ref(Metric.objects.all(), by="key", help_text=f"One of: {', '.join(measured.ENTERED)}.")
    day = serializers.DateField(required=False, allow_null=True, help_text=f"Of {', '.join(measured.BY_DAY)}: the day that was counted.")
    beside_its_sum = serializers.BooleanField(
        required=False, help_text="True where audience in all was counted by itself, beside on site and online."
    )


class CorrectionBody(Body):
    value = serializers.DecimalField(max_digits=20, decimal_places=2, min_value=Decimal(0), required=False)
    qualifier = serializers.ChoiceField(choices=measured.QUALIFIERS, required=False)
    source_note = serializers.CharField(max_length=200, required=False)
    measured_at = serializers.DateTimeField(required=False)
    reason = serializers.CharField(max_length=500, help_text="Why; it stays with the old value.")


class EndBody(Body):
    reason = serializers.CharField(max_length=500, help_text="Why; it stays with the value.")


class SourceViewSet(ByKey, ReadOnlyRows):
    queryset = Source.objects.all()
    serializer_class = SourceRow
    columns_class = SourceColumns

    def shape(self, read: Rows) -> Rows:
        sent = super().shape(read)
        return [row if row.pop("link_ok") else {**row, "address": ""} for row in sent]


class EditionViewSet(BySlug, WritableRows):
    queryset = Edition.objects.all()
    serializer_class = EditionRow
    filterset_class = filters.EditionFilter

    @verb(may=rules.may_make_current)
    def make_current(self, row: Edition, given: Given, *, by: User) -> Edition:
        """Make this the edition that the site is about; the one before is it no more. For the organiser."""
        return actions.make_current(row, by=by)


class ChainViewSet(BySlug, ReadOnlyRows):
    queryset = Chain.objects.all()
    serializer_class = ChainRow
    filterset_class = filters.ChainFilter


class ChainAreaViewSet(ById, ReadOnlyRows):
    queryset = ChainArea.objects.all()
    serializer_class = ChainAreaRow
    filterset_class = filters.ChainAreaFilter


class SegmentViewSet(ById, ReadOnlyRows):
    queryset = Segment.objects.all()
    serializer_class = SegmentRow
    filterset_class = filters.SegmentFilter


class SegmentLinkViewSet(ById, ReadOnlyRows):
    queryset = SegmentLink.objects.all()
    serializer_class = SegmentLinkRow
    filterset_class = filters.SegmentLinkFilter


class MetricViewSet(ByKey, ReadOnlyRows):
    queryset = Metric.objects.all()
    serializer_class = MetricRow


class ReportedFigureViewSet(ById, ReadOnlyRows):
    queryset = ReportedFigure.objects.all()
    serializer_class = ReportedFigureRow
    filterset_class = filters.ReportedFigureFilter


class DisagreementViewSet(ByKey, ReadOnlyRows):
    queryset = Disagreement.objects.all()
    serializer_class = DisagreementRow
    filterset_class = filters.DisagreementFilter


class PublicationViewSet(ByKey, ReadOnlyRows):
    queryset = Publication.objects.all()
    serializer_class = PublicationRow
    filterset_class = filters.PublicationFilter


class StatisticViewSet(ById, Creates, WritableRows):
    """What staff entered because no row counts it. What holds now is for everybody, from an edition's first day on; staff see the old values too."""

    queryset = Statistic.objects.all()
    serializer_class = StatisticRow
    filterset_class = filters.StatisticFilter
    create_body = StatisticBody
    may_create = staticmethod(rules.may_enter_statistics)

    def make(self, given: Given, *, by: User) -> Statistic:
        """Enter a figure that the system cannot count. For the organiser."""
        edition, metric, day = given.pop("edition"), given.pop("metric"), given.pop("day", None)
        beside = given.pop("beside_its_sum", False)
        return actions.enter_statistic(edition, metric, by=by, given=actions.Measured(**given), day=day, beside=beside)

    @verb(CorrectionBody, may=rules.may_correct_statistics, status=201)
    def correct(self, row: Statistic, given: Given, *, by: User) -> Statistic:
        """Put a new entry in the place of one that holds; what is not sent stays as it was. Answers with the new one. For the organiser."""
        reason = given.pop("reason")
        return actions.correct_statistic(row, by=by, given=replace(actions.as_measured(row), **given), reason=reason)

    @verb(EndBody, may=rules.may_correct_statistics)
    def end(self, row: Statistic, given: Given, *, by: User) -> Statistic:
        """Let a figure hold no more; it stays on record with the reason. For the organiser."""
        return actions.end_statistic(row, by=by, reason=given["reason"])


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("editions", EditionViewSet, basename="api_edition")
    router.register("chains", ChainViewSet, basename="api_chain")
    router.register("chain-areas", ChainAreaViewSet, basename="api_chain_area")
    router.register("segments", SegmentViewSet, basename="api_segment")
    router.register("segment-links", SegmentLinkViewSet, basename="api_segment_link")
    router.register("sources", SourceViewSet, basename="api_source")
    router.register("metrics", MetricViewSet, basename="api_metric")
    router.register("reported-figures", ReportedFigureViewSet, basename="api_reported_figure")
    router.register("disagreements", DisagreementViewSet, basename="api_disagreement")
    router.register("publications", PublicationViewSet, basename="api_publication")
    router.register("statistics", StatisticViewSet, basename="api_statistic")
