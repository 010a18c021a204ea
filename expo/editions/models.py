from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from expo.accounts.models import known_time_zone
from expo.foundation.bilingual import Bilingual, BilingualAside
from expo.foundation.money import CURRENCY_CHOICES

CHAIN_CODE = RegexValidator(r"^[A-Z][A-Z0-9]{1,2}$", _("Two or three capital Latin letters, for example SV."))


class Source(models.Model):
    """Where a fact was read: who published it, and when. The address is a link only when it is marked safe."""

    class Reliability(models.TextChoices):
        HIGH = "high", _("high")
        MEDIUM = "medium", _("medium")
        LOW = "low", _("low")

    key = models.SlugField(_("key"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=300)
    publisher = models.CharField(_("publisher"), max_length=200)
    published_on = models.CharField(
        _("published on"),
        max_length=10,
        blank=True,
        help_text=_("As precise as known: 2024, 2024-11 or 2024-11-30."),
        validators=[RegexValidator(r"^\d{4}(-\d{2}(-\d{2})?)?$", _("Write 2024, 2024-11 or 2024-11-30."))],
    )
    address = models.URLField(_("address"), max_length=500, blank=True)
    link_ok = models.BooleanField(_("safe to link"), default=False)
    reliability = models.CharField(_("reliability"), max_length=10, choices=Reliability, default=Reliability.HIGH)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["published_on", "key"]

    def __str__(self) -> str:
        return f"{self.publisher}, {self.published_on}" if self.published_on else self.publisher

    @property
    def link(self) -> str:
        """The address if it may be linked, else ''."""
        return self.address if self.link_ok else ""


class EditionQuerySet(models.QuerySet["Edition"]):
    def held_first(self) -> "EditionQuerySet":
        """Newest edition first."""
        return self.order_by("-ordinal")


class Edition(models.Model):
    """One holding of the expo. Exactly one edition is current, and the database says so."""

    class Status(models.TextChoices):
        ANNOUNCED = "announced", _("announced")
        REGISTRATION = "registration", _("registration open")
        LIVE = "live", _("live")
        CLOSED = "closed", _("closed")

    slug = models.SlugField(_("address"), max_length=20, unique=True, help_text=_("Stands in the address, for example 2024."))
    ordinal = models.PositiveSmallIntegerField(_("ordinal"), unique=True, validators=[MinValueValidator(1)])
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=200)
    name_zh = models.CharField(_("name (Chinese)"), max_length=200, blank=True)
    short_name_en = models.CharField(_("short name (English)"), max_length=60)
    short_name_zh = models.CharField(_("short name (Chinese)"), max_length=60, blank=True)
    theme_en = models.CharField(_("theme (English)"), max_length=200, blank=True)
    theme_zh = models.CharField(_("theme (Chinese)"), max_length=200, blank=True)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    venue_en = models.CharField(_("venue (English)"), max_length=200, blank=True)
    venue_zh = models.CharField(_("venue (Chinese)"), max_length=200, blank=True)
    city_en = models.CharField(_("city (English)"), max_length=80, blank=True)
    city_zh = models.CharField(_("city (Chinese)"), max_length=80, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Shanghai", validators=[known_time_zone])
    host_en = models.CharField(_("host (English)"), max_length=200, blank=True)
    host_zh = models.CharField(_("host (Chinese)"), max_length=200, blank=True)
    note_en = models.TextField(_("note (English)"), blank=True)
    note_zh = models.TextField(_("note (Chinese)"), blank=True)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.ANNOUNCED)
    area_sqm = models.PositiveIntegerField(_("area in square metres"), null=True, blank=True, help_text=_("Empty when not published."))
    guest_country = CountryField(_("guest country/region"), blank=True)
    currency = models.CharField(_("currency of the report"), max_length=3, choices=CURRENCY_CHOICES, default="CNY")
    is_current = models.BooleanField(_("current edition"), default=False)
    reviews_postings = models.BooleanField(
        _("review postings"), default=True, help_text=_("Offers and requests are published only after the organiser has read them.")
    )
    sources = models.ManyToManyField(Source, verbose_name=_("sources"), blank=True, related_name="editions")

    name, name_aside = Bilingual("name"), BilingualAside("name")
    short_name = Bilingual("short_name")
    theme, theme_aside = Bilingual("theme"), BilingualAside("theme")
    venue, city, host, note = Bilingual("venue"), Bilingual("city"), Bilingual("host"), Bilingual("note")
    objects: ClassVar[Any] = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["-ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["is_current"], condition=Q(is_current=True), name="one_current_edition"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="edition_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True, ends_on__isnull=True) | Q(starts_on__isnull=False, ends_on__isnull=False),
                name="edition_has_both_dates_or_none",
            ),
            models.CheckConstraint(condition=Q(status__in=["announced", "registration", "live", "closed"]), name="edition_status_is_known"),
        ]

    def __str__(self) -> str:
        return str(self.short_name)

    @property
    def takes_registrations(self) -> bool:
        """Whether companies may register now."""
        return self.status in {self.Status.REGISTRATION, self.Status.LIVE}

    @property
    def has_results(self) -> bool:
        """Whether its results may be read: from its first day on."""
        return self.status in {self.Status.LIVE, self.Status.CLOSED}


class ChainQuerySet(models.QuerySet["Chain"]):
    def in_edition(self, edition: Edition) -> "ChainQuerySet":
        """Chains and zones that have an area in the edition, in the order of the expo."""
        return self.filter(areas__edition=edition).order_by("areas__order", "order")


class Chain(models.Model):
    """A supply chain, the services area, or a special zone (a branch of its parent chain)."""

    class Kind(models.TextChoices):
        CHAIN = "chain", _("chain")
        SERVICES = "services", _("services")
        ZONE = "zone", _("zone")

    class Colour(models.TextChoices):
        DT = "dt", _("blue")
        AM = "am", _("violet")
        GA = "ga", _("green")
        HL = "hl", _("magenta")
        SV = "sv", _("orange")
        CE = "ce", _("teal")
        R8 = "r8", _("brown")
        SS = "ss", _("graphite")

    slug = models.SlugField(_("address"), max_length=60, unique=True)
    code = models.CharField(_("code"), max_length=3, unique=True, validators=[CHAIN_CODE], help_text=_("Printed on booths and badges."))
    name_en = models.CharField(_("name (English)"), max_length=120)
    name_zh = models.CharField(_("name (Chinese)"), max_length=120, blank=True)
    short_name_en = models.CharField(_("short name (English)"), max_length=40)
    short_name_zh = models.CharField(_("short name (Chinese)"), max_length=40, blank=True)
    colour = models.CharField(_("colour"), max_length=4, choices=Colour)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.CHAIN)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="zones", verbose_name=_("parent chain")
    )
    summary_en = models.TextField(_("summary (English)"), blank=True)
    summary_zh = models.TextField(_("summary (Chinese)"), blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    sources = models.ManyToManyField(Source, verbose_name=_("sources"), blank=True, related_name="chains")

    name, name_aside = Bilingual("name"), BilingualAside("name")
    short_name, summary = Bilingual("short_name"), Bilingual("summary")
    objects: ClassVar[Any] = ChainQuerySet.as_manager()

    class Meta:
        verbose_name = _("chain")
        verbose_name_plural = _("chains")
        ordering = ["order", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="zone", parent__isnull=False) | (~Q(kind="zone") & Q(parent__isnull=True)), name="zone_has_parent_chain"
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="chain_is_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def is_zone(self) -> bool:
        return self.kind == self.Kind.ZONE


class ChainArea(models.Model):
    """A chain as one edition shows it."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="areas", verbose_name=_("edition"))
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="areas", verbose_name=_("chain"))
    name_en = models.CharField(
        _("name in this edition (English)"), max_length=120, blank=True, help_text=_("Only where it differs from the chain's name.")
    )
    name_zh = models.CharField(_("name in this edition (Chinese)"), max_length=120, blank=True)
    area_sqm = models.PositiveIntegerField(_("area in square metres"), null=True, blank=True, help_text=_("Empty when not published."))
    summary_en = models.TextField(_("summary (English)"), blank=True)
    summary_zh = models.TextField(_("summary (Chinese)"), blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    own_name, summary = Bilingual("name"), Bilingual("summary")

    class Meta:
        verbose_name = _("chain area")
        verbose_name_plural = _("chain areas")
        ordering = ["edition", "order"]
        constraints = [models.UniqueConstraint(fields=["edition", "chain"], name="chain_once_per_edition")]

    def __str__(self) -> str:
        return f"{self.chain.code} {self.edition.slug}"

    @property
    def name(self) -> str:
        """The chain's name as this edition used it."""
        return str(self.own_name or self.chain.name)


class Stage(models.TextChoices):
    """Where on its chain a segment lies."""

    UPSTREAM = "upstream", _("Upstream")
    MIDSTREAM = "midstream", _("Midstream")
    DOWNSTREAM = "downstream", _("Downstream")
    SERVICE = "service", _("Services")


class Segment(models.Model):
    """A station on a chain: what is made or done there."""

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="segments", verbose_name=_("chain"))
    stage = models.CharField(_("stage"), max_length=12, choices=Stage)
    slug = models.SlugField(_("key"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=160)
    name_zh = models.CharField(_("name (Chinese)"), max_length=160, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    basis_en = models.CharField(
        _("basis"), max_length=120, blank=True, help_text=_("Whether a source names the segment or it is a reading.")
    )
    customers = models.ManyToManyField(
        "self", through="SegmentLink", symmetrical=False, related_name="suppliers", verbose_name=_("customer segments")
    )
    sources = models.ManyToManyField(Source, verbose_name=_("sources"), blank=True, related_name="segments")

    name, name_aside = Bilingual("name"), BilingualAside("name")

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["chain__order", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "slug"], name="segment_key_once_per_chain"),
            models.CheckConstraint(
                condition=Q(stage__in=["upstream", "midstream", "downstream", "service"]), name="segment_stage_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain.code} {self.name}"


class SegmentLink(models.Model):
    """What the supplier segment makes, the customer segment uses. Directed; never a circle inside a chain."""

    supplier = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="links_out", verbose_name=_("supplier segment"))
    customer = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="links_in", verbose_name=_("customer segment"))
    note_en = models.CharField(_("note (English)"), max_length=200, blank=True)
    note_zh = models.CharField(_("note (Chinese)"), max_length=200, blank=True)

    note = Bilingual("note")

    class Meta:
        verbose_name = _("segment link")
        verbose_name_plural = _("segment links")
        constraints = [
            models.UniqueConstraint(fields=["supplier", "customer"], name="segment_link_once"),
            models.CheckConstraint(condition=~Q(supplier=F("customer")), name="segment_does_not_supply_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} → {self.customer}"

    def clean(self) -> None:
        """Refuse a link that closes a circle inside one chain."""
        if self.supplier_id and self.customer_id and self.supplier.chain_id == self.customer.chain_id:
            links = SegmentLink.objects.filter(supplier__chain=self.supplier.chain_id, customer__chain=self.supplier.chain_id)
            pairs = list(links.exclude(pk=self.pk).values_list("supplier_id", "customer_id"))
            if closes_circle([*pairs, (self.supplier_id, self.customer_id)]):
                raise ValidationError(_("This link would close a circle inside the chain."))


def closes_circle(pairs: list[tuple[int, int]]) -> bool:
    """Say whether the directed pairs contain a circle."""
    after: dict[int, set[int]] = {}
    waiting: dict[int, int] = {}
    for start, end in pairs:
        if end not in after.setdefault(start, set()):
            after[start].add(end)
            waiting[end] = waiting.get(end, 0) + 1
        after.setdefault(end, set())
    free = [node for node in after if not waiting.get(node)]
    seen = 0
    while free:
        seen += 1
        for node in after[free.pop()]:
            waiting[node] -= 1
            if not waiting[node]:
                free.append(node)
    return seen < len(after)


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
