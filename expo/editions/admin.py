"""The expo itself on the organiser's desk: editions, chains, segments, figures and where they were published."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from expo.editions.actions import make_current
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
    Source,
    Statistic,
)
from expo.editions.rules import may_make_current
from expo.foundation.admin import ReadOnlyAdmin, Searched


def public_page(name: str, *args: Any) -> str | None:
    """Return the address of a public page, None where this site leaves the page out."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None


def count_of(model: type[Model], field: str) -> Coalesce:
    """Count rows of `model` whose `field` is the row at hand: one subquery, so that several counts never multiply."""
    rows = model._default_manager.filter(**{field: OuterRef("pk")}).order_by().values(field)
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


class ChainAreaInline(admin.TabularInline[ChainArea, Edition]):
    model = ChainArea
    extra = 0
    fields = ["chain", "name_en", "name_zh", "area_sqm", "order"]


class ExchangeRateInline(admin.TabularInline[ExchangeRate, Edition]):
    """The rates that stand. They are stated on the organiser's page of rates, which says first which drafts get another amount in yuan."""

    model = ExchangeRate
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Edition)
class EditionAdmin(Searched[Edition]):
    list_display = ["__str__", "slug", "status", "starts_on", "ends_on", "is_current", "areas_counted", "figures_counted"]
    list_filter = ["status", "is_current"]
    search_fields = ["slug", "name_en", "name_zh", "short_name_en", "short_name_zh"]
    date_hierarchy = "starts_on"
    readonly_fields = ["is_current"]
    autocomplete_fields = ["sources"]
    inlines = [ChainAreaInline, ExchangeRateInline]
    actions = ["make_selected_current"]
    fieldsets = [
        (None, {"fields": ["slug", ("ordinal", "year"), "status", "is_current", "reviews_postings"]}),
        (_("Names"), {"fields": ["name_en", "name_zh", ("short_name_en", "short_name_zh"), "theme_en", "theme_zh"]}),
        (
            _("When and where"),
            {"fields": [("starts_on", "ends_on"), "time_zone", "venue_en", "venue_zh", ("city_en", "city_zh"), "area_sqm"]},
        ),
        (_("Host and guests"), {"fields": ["host_en", "host_zh", "guest_country"]}),
        (_("Report and sources"), {"fields": ["currency", "note_en", "note_zh", "sources"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        return super().get_queryset(request).annotate(areas_n=count_of(ChainArea, "edition"), figures_n=count_of(ReportedFigure, "edition"))

    @admin.display(description=_("chain areas"), ordering="areas_n")
    def areas_counted(self, edition: Any) -> int:
        return int(edition.areas_n)

    @admin.display(description=_("reported figures"), ordering="figures_n")
    def figures_counted(self, edition: Any) -> int:
        return int(edition.figures_n)

    def view_on_site(self, edition: Edition) -> str | None:
        return public_page("edition", edition.slug)

    def has_make_current_permission(self, request: HttpRequest) -> bool:
        return may_make_current(request.user)

    @admin.action(description=_("Make the selected edition the current one"), permissions=["make_current"])
    def make_selected_current(self, request: HttpRequest, queryset: QuerySet[Edition]) -> None:
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(request, _t("Choose exactly one edition."), messages.ERROR)
            return
        make_current(chosen[0], by=request.user)  # type: ignore[arg-type] # this site's people
        self.message_user(request, _t("%(edition)s is the current edition now.") % {"edition": chosen[0]}, messages.SUCCESS)


class SegmentInline(admin.TabularInline[Segment, Chain]):
    model = Segment
    extra = 0
    fields = ["stage", "slug", "name_en", "name_zh", "order"]
    show_change_link = True


@admin.register(Chain)
class ChainAdmin(Searched[Chain]):
    list_display = ["code", "name_en", "name_zh", "kind", "parent", "colour", "segments_counted", "order"]
    list_display_links = ["code", "name_en"]
    list_filter = ["kind", "areas__edition"]
    list_select_related = ["parent"]
    search_fields = ["code", "slug", "name_en", "name_zh", "short_name_en", "short_name_zh"]
    autocomplete_fields = ["parent", "sources"]
    inlines = [SegmentInline]
    fieldsets = [
        (None, {"fields": [("code", "slug"), ("kind", "parent"), ("colour", "order")]}),
        (_("Names"), {"fields": ["name_en", "name_zh", ("short_name_en", "short_name_zh")]}),
        (_("About"), {"fields": ["summary_en", "summary_zh", "sources"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Chain]:
        return super().get_queryset(request).annotate(segments_n=count_of(Segment, "chain"))

    @admin.display(description=_("segments"), ordering="segments_n")
    def segments_counted(self, chain: Any) -> int:
        return int(chain.segments_n)

    def view_on_site(self, chain: Chain) -> str | None:
        return public_page("chain", chain.slug)


@admin.register(ChainArea)
class ChainAreaAdmin(Searched[ChainArea]):
    list_display = ["chain", "edition", "name_en", "area_sqm", "order"]
    list_filter = ["edition", "chain"]
    list_select_related = ["chain", "edition"]
    search_fields = ["chain__code", "chain__name_en", "chain__name_zh", "name_en", "name_zh", "edition__slug"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChainArea]:
        return super().get_queryset(request).select_related("chain", "edition")


class SuppliesInline(admin.TabularInline[SegmentLink, Segment]):
    model = SegmentLink
    fk_name = "supplier"
    extra = 0
    autocomplete_fields = ["customer"]
    verbose_name_plural = _("supplies")


@admin.register(Segment)
class SegmentAdmin(Searched[Segment]):
    list_display = ["name_en", "name_zh", "chain", "stage", "customers_counted", "suppliers_counted", "order"]
    list_filter = ["chain", "stage"]
    list_select_related = ["chain"]
    search_fields = ["name_en", "name_zh", "slug", "chain__code", "chain__name_en", "chain__name_zh"]
    autocomplete_fields = ["sources"]
    inlines = [SuppliesInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        counts = {"customers_n": count_of(SegmentLink, "supplier"), "suppliers_n": count_of(SegmentLink, "customer")}
        return super().get_queryset(request).select_related("chain").annotate(**counts)

    @admin.display(description=_("customers"), ordering="customers_n")
    def customers_counted(self, segment: Any) -> int:
        return int(segment.customers_n)

    @admin.display(description=_("suppliers"), ordering="suppliers_n")
    def suppliers_counted(self, segment: Any) -> int:
        return int(segment.suppliers_n)

    def view_on_site(self, segment: Segment) -> str | None:
        return public_page("chain", segment.chain.slug)


@admin.register(SegmentLink)
class SegmentLinkAdmin(admin.ModelAdmin[SegmentLink]):
    list_display = ["supplier", "customer", "note_en"]
    list_filter = ["supplier__chain", "customer__chain"]
    list_select_related = ["supplier__chain", "customer__chain"]
    search_fields = ["supplier__name_en", "supplier__name_zh", "customer__name_en", "customer__name_zh", "note_en", "note_zh"]
    autocomplete_fields = ["supplier", "customer"]


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin[Source]):
    list_display = ["publisher", "title", "published_on", "reliability", "link_ok", "figures_counted"]
    list_display_links = ["publisher", "title"]
    list_filter = ["reliability", "link_ok"]
    search_fields = ["key", "publisher", "title"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        return super().get_queryset(request).annotate(figures_n=count_of(ReportedFigure.sources.through, "source"))

    @admin.display(description=_("reported figures"), ordering="figures_n")
    def figures_counted(self, source: Any) -> int:
        return int(source.figures_n)

    def view_on_site(self, source: Source) -> str | None:
        return source.link or None


@admin.register(Metric)
class MetricAdmin(admin.ModelAdmin[Metric]):
    list_display = ["name_en", "name_zh", "key", "unit", "group", "figures_counted", "order"]
    list_filter = ["group", "unit"]
    search_fields = ["key", "name_en", "name_zh"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Metric]:
        return super().get_queryset(request).annotate(figures_n=count_of(ReportedFigure, "metric"))

    @admin.display(description=_("reported figures"), ordering="figures_n")
    def figures_counted(self, metric: Any) -> int:
        return int(metric.figures_n)


class ReportedFigureForm(forms.ModelForm):  # type: ignore[type-arg] # generic only in the stubs
    class Meta:
        model = ReportedFigure
        fields = (
            "edition", "metric", "qualifier", "value", "as_of", "note_en", "note_zh", "sources", "is_preferred", "preferred_reason_en",
            "preferred_reason_zh",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not given.get("is_preferred"):
            return given
        if not given.get("preferred_reason_en"):
            self.add_error("preferred_reason_en", _("Say why this figure is preferred."))
        others = ReportedFigure.objects.filter(edition=given.get("edition"), metric=given.get("metric"), is_preferred=True)
        other = others.exclude(pk=self.instance.pk).first()
        if other is not None:
            text = _("Another figure is preferred already: %(figure)s. Unmark that one first.")
            self.add_error("is_preferred", ValidationError(text, params={"figure": other}))
        return given


@admin.register(ReportedFigure)
class ReportedFigureAdmin(admin.ModelAdmin[ReportedFigure]):
    form = ReportedFigureForm
    list_display = ["metric", "edition", "qualifier", "value", "as_of", "is_preferred", "sources_counted"]
    list_filter = ["edition", "metric__group", "qualifier", "is_preferred"]
    list_select_related = ["edition", "metric"]
    search_fields = ["metric__key", "metric__name_en", "metric__name_zh", "note_en", "note_zh", "sources__publisher", "sources__key"]
    autocomplete_fields = ["metric", "sources"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReportedFigure]:
        through = ReportedFigure.sources.through
        counted = count_of(through, "reportedfigure")
        return super().get_queryset(request).select_related("edition", "metric").annotate(sources_n=counted)

    @admin.display(description=_("sources"), ordering="sources_n")
    def sources_counted(self, figure: Any) -> int:
        return int(figure.sources_n)

    def view_on_site(self, figure: ReportedFigure) -> str | None:
        return public_page("results", figure.edition.slug)


@admin.register(Statistic)
class StatisticAdmin(ReadOnlyAdmin):
    """Entered and corrected on the organiser's page, by the verbs that keep what stood before."""

    list_display = ["metric", "edition", "day", "qualifier", "value", "measured_at", "entered_by", "entered_at", "ended_at"]
    list_filter = ["edition", ("ended_at", admin.EmptyFieldListFilter), "metric"]
    list_select_related = ["edition", "metric", "entered_by"]
    search_fields = ["metric__key", "metric__name_en", "metric__name_zh", "source_note", "reason"]
    date_hierarchy = "measured_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("edition", "metric", "replaces__edition", "replaces__metric")


@admin.register(Disagreement)
class DisagreementAdmin(admin.ModelAdmin[Disagreement]):
    list_display = ["topic_en", "edition", "metric"]
    list_filter = ["edition"]
    list_select_related = ["edition", "metric"]
    search_fields = ["key", "topic_en", "topic_zh", "said_en", "resolution_en"]
    autocomplete_fields = ["metric"]

    def view_on_site(self, disagreement: Disagreement) -> str | None:
        return public_page("results", disagreement.edition.slug) if disagreement.edition else None


@admin.register(Publication)
class PublicationAdmin(Searched[Publication]):
    list_display = ["title_en", "kind", "edition", "publisher_en", "published_on"]
    list_filter = ["kind", "edition"]
    list_select_related = ["edition"]
    search_fields = ["key", "title_en", "title_zh", "publisher_en", "publisher_zh"]
    autocomplete_fields = ["sources"]

    def view_on_site(self, publication: Publication) -> str | None:
        return public_page("edition", publication.edition.slug) if publication.edition else None
