from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from expo.editions.models.editions import Edition
from expo.editions.models.sources import Source
from expo.foundation.bilingual import Bilingual, BilingualAside

CHAIN_CODE = RegexValidator(r"^[A-Z][A-Z0-9]{1,2}$", _("Two or three capital Latin letters, for example SV."))


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
