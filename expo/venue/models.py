from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from expo.editions.models import ChainArea, Edition, Segment, Source, Stage
from expo.foundation.bilingual import Bilingual, BilingualAside


class Hall(models.Model):
    """A hall on an edition's floor plan: a rectangle in metres, booths inside it in its own coordinates."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="halls", verbose_name=_("edition"))
    code = models.CharField(_("code"), max_length=10)
    name_en = models.CharField(_("name (English)"), max_length=80)
    name_zh = models.CharField(_("name (Chinese)"), max_length=80, blank=True)
    x = models.DecimalField(_("left edge on the site, metres"), max_digits=7, decimal_places=2, default=0)
    y = models.DecimalField(_("top edge on the site, metres"), max_digits=7, decimal_places=2, default=0)
    width = models.DecimalField(_("width, metres"), max_digits=7, decimal_places=2, validators=[MinValueValidator(1)])
    depth = models.DecimalField(_("depth, metres"), max_digits=7, decimal_places=2, validators=[MinValueValidator(1)])
    is_demo = models.BooleanField(_("demo"), default=False, help_text=_("Drawn as an example; not the real hall."))

    name = Bilingual("name")

    class Meta:
        verbose_name = _("hall")
        verbose_name_plural = _("halls")
        ordering = ["edition", "code"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "code"], name="hall_code_once_per_edition"),
            models.CheckConstraint(condition=Q(width__gt=0, depth__gt=0), name="hall_has_room"),
        ]

    def __str__(self) -> str:
        return str(self.name)


class BoothQuerySet(models.QuerySet["Booth"]):
    def free(self) -> "BoothQuerySet":
        """Booths that an exhibitor may book."""
        return self.filter(status=Booth.Status.FREE)


class Booth(models.Model):
    """A place in a hall: an address ("SV 212") and a rectangle. No two booths of a hall overlap."""

    class Status(models.TextChoices):
        FREE = "free", _("free")
        RESERVED = "reserved", _("reserved")
        ASSIGNED = "assigned", _("assigned")

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="booths", verbose_name=_("edition"))
    hall = models.ForeignKey(Hall, on_delete=models.CASCADE, related_name="booths", verbose_name=_("hall"))
    code = models.CharField(_("code"), max_length=12, help_text=_("As on the sign, for example SV 212."))
    area = models.ForeignKey(
        ChainArea, on_delete=models.SET_NULL, null=True, blank=True, related_name="booths", verbose_name=_("chain area")
    )
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, blank=True)
    segment = models.ForeignKey(Segment, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("segment"))
    x = models.DecimalField(_("left edge, metres"), max_digits=7, decimal_places=2)
    y = models.DecimalField(_("top edge, metres"), max_digits=7, decimal_places=2)
    width = models.DecimalField(_("width, metres"), max_digits=7, decimal_places=2)
    depth = models.DecimalField(_("depth, metres"), max_digits=7, decimal_places=2)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.FREE)

    objects: ClassVar[Any] = BoothQuerySet.as_manager()

    class Meta:
        verbose_name = _("booth")
        verbose_name_plural = _("booths")
        ordering = ["edition", "code"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "code"], name="booth_code_once_per_edition"),
            models.CheckConstraint(condition=Q(width__gt=0, depth__gt=0), name="booth_has_room"),
            models.CheckConstraint(condition=Q(x__gte=0, y__gte=0), name="booth_starts_inside_its_hall"),
            models.CheckConstraint(condition=Q(status__in=["free", "reserved", "assigned"]), name="booth_status_is_known"),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        """Refuse a booth outside its hall, over another booth, or with a hall of another edition."""
        if Hall.objects.filter(pk=self.hall_id).exclude(edition=self.edition_id).exists():
            raise ValidationError({"hall": _("The hall belongs to another edition.")})
        if None in (self.x, self.y, self.width, self.depth):
            return  # The form says so beside the field; without all four there is no ground to measure.
        beyond = Hall.objects.filter(Q(width__lt=self.x + self.width) | Q(depth__lt=self.y + self.depth), pk=self.hall_id)
        if beyond.exists():
            raise ValidationError(_("Booth %(code)s reaches beyond the walls of its hall."), params={"code": self.code})
        other = self.overlapping().first()
        if other is not None:
            raise ValidationError(
                _("Booth %(code)s overlaps booth %(other)s."), params={"code": self.code, "other": other.code}, code="booth_overlap"
            )

    def overlapping(self) -> models.QuerySet["Booth"]:
        """Return the booths of the hall that share ground with this one; touching edges do not count."""
        others = Booth.objects.filter(hall=self.hall_id).exclude(pk=self.pk)
        across = Q(x__lt=self.x + self.width) & Q(right__gt=self.x)
        along = Q(y__lt=self.y + self.depth) & Q(bottom__gt=self.y)
        found: models.QuerySet[Booth] = others.annotate(right=F("x") + F("width"), bottom=F("y") + F("depth")).filter(across & along)
        return found


class Pavilion(models.Model):
    """A country, region or chamber that exhibits as one."""

    class Kind(models.TextChoices):
        NATIONAL = "national", _("national pavilion")
        REGIONAL = "regional", _("regional pavilion")
        ORGANISATION = "organisation", _("international organisation")
        CHAMBER = "chamber", _("chamber of commerce")
        EXHIBITS = "exhibits", _("produce on show")

    class Status(models.TextChoices):
        HELD = "held", _("held")
        ANNOUNCED = "announced", _("announced")

    key = models.SlugField(_("key"), max_length=80, unique=True)
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="pavilions", verbose_name=_("edition"))
    name_en = models.CharField(_("name (English)"), max_length=160)
    name_zh = models.CharField(_("name (Chinese)"), max_length=160, blank=True)
    country = CountryField(_("country/region"), blank=True)
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    is_guest_of_honour = models.BooleanField(_("guest of honour"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.HELD)
    detail_en = models.TextField(_("detail (English)"), blank=True)
    detail_zh = models.TextField(_("detail (Chinese)"), blank=True)
    sources = models.ManyToManyField(Source, verbose_name=_("sources"), related_name="pavilions")

    name, name_aside, detail = Bilingual("name"), BilingualAside("name"), Bilingual("detail")

    class Meta:
        verbose_name = _("pavilion")
        verbose_name_plural = _("pavilions")
        ordering = ["edition", "-is_guest_of_honour", "kind", "name_en"]

    def __str__(self) -> str:
        return str(self.name)
