from typing import Any, ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from expo.accounts.models import known_time_zone
from expo.editions.models.sources import Source
from expo.foundation.bilingual import Bilingual, BilingualAside
from expo.foundation.money import CURRENCY_CHOICES


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
