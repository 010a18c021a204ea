from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from expo.editions.models.editions import Edition
from expo.editions.models.sources import Source
from expo.foundation.bilingual import Bilingual, BilingualAside
from expo.foundation.money import CURRENCY_CHOICES


class Metric(models.Model):
    """One entry of the vocabulary of figures: what is counted, in which unit, by which definition."""

    key = models.SlugField(_("key"), max_length=60, unique=True)
    name_en = models.CharField(_("name (English)"), max_length=160)
    name_zh = models.CharField(_("name (Chinese)"), max_length=160)
    unit = models.CharField(_("unit"), max_length=60)
    unit_name_en = models.CharField(_("unit's words (English)"), max_length=120, blank=True)
    unit_name_zh = models.CharField(_("unit's words (Chinese)"), max_length=120, blank=True)
    definition_en = models.TextField(_("definition (English)"))
    definition_zh = models.TextField(_("definition (Chinese)"))
    group = models.CharField(_("group"), max_length=40, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    name, unit_name, definition = Bilingual("name"), Bilingual("unit_name"), Bilingual("definition")

    class Meta:
        verbose_name = _("metric")
        verbose_name_plural = _("metrics")
        ordering = ["order", "key"]

    def __str__(self) -> str:
        return str(self.name)


class ReportedFigure(models.Model):
    """A figure as somebody published it. Sources may disagree: both rows stay, one may be preferred, with the reason."""

    class Qualifier(models.TextChoices):
        EXACT = "exact", _("exactly")
        MORE_THAN = "more_than", _("more than")
        ABOUT = "about", _("about")
        NEARLY = "nearly", _("nearly")
        AT_LEAST = "at_least", _("at least")
        DERIVED = "derived", _("derived")

    key = models.SlugField(
        _("key"), max_length=100, blank=True, default="", help_text=_("Names the figure in the expo's files; empty for one entered here.")
    )
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="reported_figures", verbose_name=_("edition"))
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="reported_figures", verbose_name=_("metric"))
    qualifier = models.CharField(_("qualifier"), max_length=10, choices=Qualifier, default=Qualifier.EXACT)
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=2, validators=[MinValueValidator(Decimal(0))])
    as_of = models.CharField(_("as of"), max_length=10, blank=True, help_text=_("As precise as known: 2024, 2024-11 or 2024-11-30."))
    note_en = models.TextField(_("note (English)"), blank=True)
    note_zh = models.TextField(_("note (Chinese)"), blank=True)
    is_preferred = models.BooleanField(_("preferred"), default=False)
    preferred_reason_en = models.TextField(_("why preferred (English)"), blank=True)
    preferred_reason_zh = models.TextField(_("why preferred (Chinese)"), blank=True)
    sources = models.ManyToManyField(Source, verbose_name=_("sources"), related_name="figures")

    note, preferred_reason = Bilingual("note"), Bilingual("preferred_reason")

    class Meta:
        verbose_name = _("reported figure")
        verbose_name_plural = _("reported figures")
        ordering = ["edition", "metric__order", "-is_preferred", "-value", "id"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "metric", "qualifier", "value", "as_of", "note_en"], name="figure_once"),
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="figure_key_once"),
            models.UniqueConstraint(fields=["edition", "metric"], condition=Q(is_preferred=True), name="one_preferred_figure"),
            models.CheckConstraint(condition=Q(is_preferred=False) | ~Q(preferred_reason_en=""), name="preferred_figure_has_reason"),
            models.CheckConstraint(condition=Q(value__gte=0), name="figure_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.edition.slug} {self.metric.key}: {self.get_qualifier_display()} {self.value}"


class Disagreement(models.Model):
    """What published sources say differently about one thing, and how the project resolves it."""

    key = models.SlugField(_("key"), max_length=80, unique=True)
    edition = models.ForeignKey(
        Edition, on_delete=models.CASCADE, null=True, blank=True, related_name="disagreements", verbose_name=_("edition")
    )
    metric = models.ForeignKey(
        Metric, on_delete=models.SET_NULL, null=True, blank=True, related_name="disagreements", verbose_name=_("metric")
    )
    topic_en = models.CharField(_("topic (English)"), max_length=200)
    topic_zh = models.CharField(_("topic (Chinese)"), max_length=200, blank=True)
    said_en = models.TextField(_("what sources say (English)"))
    said_zh = models.TextField(_("what sources say (Chinese)"), blank=True)
    resolution_en = models.TextField(_("resolution (English)"))
    resolution_zh = models.TextField(_("resolution (Chinese)"), blank=True)

    topic, said, resolution = Bilingual("topic"), Bilingual("said"), Bilingual("resolution")

    class Meta:
        verbose_name = _("disagreement between sources")
        verbose_name_plural = _("disagreements between sources")
        ordering = ["edition", "key"]

    def __str__(self) -> str:
        return str(self.topic)


class Publication(models.Model):
    """A report, an index, an initiative or a reported deal that an edition brought out."""

    class Kind(models.TextChoices):
        REPORT = "report", _("report")
        INDEX = "index", _("index")
        INITIATIVE = "initiative", _("initiative")
        DEAL = "deal", _("reported cooperation")

    key = models.SlugField(_("key"), max_length=80, unique=True)
    edition = models.ForeignKey(
        Edition, on_delete=models.CASCADE, null=True, blank=True, related_name="publications", verbose_name=_("edition")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    title_en = models.CharField(_("title (English)"), max_length=240)
    title_zh = models.CharField(_("title (Chinese)"), max_length=240, blank=True)
    publisher_en = models.CharField(_("publisher (English)"), max_length=120, blank=True)
    publisher_zh = models.CharField(_("publisher (Chinese)"), max_length=120, blank=True)
    published_on = models.CharField(_("published on"), max_length=10, blank=True)
    summary_en = models.TextField(_("summary (English)"), blank=True)
    summary_zh = models.TextField(_("summary (Chinese)"), blank=True)
    industries_en = models.JSONField(_("industries mapped (English)"), default=list, blank=True)
    industries_zh = models.JSONField(_("industries mapped (Chinese)"), default=list, blank=True)
    sources = models.ManyToManyField(Source, verbose_name=_("sources"), related_name="publications")

    title, title_aside = Bilingual("title"), BilingualAside("title")
    publisher, summary, industries = Bilingual("publisher"), Bilingual("summary"), Bilingual("industries")

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        ordering = ["edition", "kind", "published_on", "key"]

    def __str__(self) -> str:
        return str(self.title)


class ExchangeRate(models.Model):
    """What one unit of a currency is worth in yuan, as the edition states it."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="exchange_rates", verbose_name=_("edition"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCY_CHOICES)
    cny_per_unit = models.DecimalField(
        _("CNY per unit"), max_digits=14, decimal_places=6, validators=[MinValueValidator(Decimal("0.000001"))]
    )
    as_of = models.DateField(_("as of"))
    source_note = models.CharField(_("source"), max_length=200, help_text=_("Who states this rate, or how it was derived."))

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ["edition", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "currency"], name="one_rate_per_currency"),
            models.CheckConstraint(condition=Q(cny_per_unit__gt=0), name="rate_is_positive"),
            models.CheckConstraint(condition=~Q(currency="CNY") | Q(cny_per_unit=1), name="yuan_is_one_yuan"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} = {self.cny_per_unit} CNY ({self.edition.slug})"
