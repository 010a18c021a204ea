import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Chain, Edition, Source
from expo.foundation.bilingual import Bilingual, BilingualAside


class ForumQuerySet(models.QuerySet["Forum"]):
    def for_list(self) -> "ForumQuerySet":
        """Forums with all that a list row reads, in the order of the programme; undated ones last."""
        return self.select_related("edition", "chain").order_by(F("on").asc(nulls_last=True), F("starts_at").asc(nulls_last=True), "id")


class Forum(models.Model):
    """An event of the programme. Often only its day is on record, sometimes not even that."""

    class Kind(models.TextChoices):
        OPENING = "opening", _("opening")
        THEMATIC = "thematic", _("thematic forum")
        RELEASE = "release", _("release")
        MATCHMAKING = "matchmaking", _("matchmaking")
        SEMINAR = "seminar", _("seminar")
        CEREMONY = "ceremony", _("ceremony")
        PRESS = "press", _("press briefing")

    key = models.SlugField(_("key"), max_length=100, unique=True)
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="forums", verbose_name=_("edition"))
    title_en = models.CharField(_("title (English)"), max_length=240)
    title_zh = models.CharField(_("title (Chinese)"), max_length=240, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.THEMATIC)
    chain = models.ForeignKey(Chain, on_delete=models.SET_NULL, null=True, blank=True, related_name="forums", verbose_name=_("chain"))
    on = models.DateField(_("day"), null=True, blank=True, help_text=_("Empty when the day is not on record."))
    until = models.DateField(_("last day"), null=True, blank=True)
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    place_en = models.CharField(_("place (English)"), max_length=120, blank=True)
    place_zh = models.CharField(_("place (Chinese)"), max_length=120, blank=True)
    note_en = models.TextField(_("note (English)"), blank=True)
    note_zh = models.TextField(_("note (Chinese)"), blank=True)
    capacity = models.PositiveIntegerField(_("seats"), null=True, blank=True, help_text=_("Empty: seats are not reserved."))
    seats_taken = models.PositiveIntegerField(_("seats taken"), default=0, editable=False)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)
    sources = models.ManyToManyField(Source, verbose_name=_("sources"), blank=True, related_name="forums")

    title, title_aside = Bilingual("title"), BilingualAside("title")
    place, note = Bilingual("place"), Bilingual("note")
    objects: ClassVar[Any] = ForumQuerySet.as_manager()

    class Meta:
        verbose_name = _("forum")
        verbose_name_plural = _("forums")
        ordering = ["edition", F("on").asc(nulls_last=True), "id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="forum_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(until__gte=F("on")), name="forum_lasts_forwards"),
            models.CheckConstraint(condition=Q(capacity__isnull=True) | Q(seats_taken__lte=F("capacity")), name="forum_is_not_overbooked"),
        ]

    def __str__(self) -> str:
        return str(self.title)

    def clean(self) -> None:
        if self.starts_at and self.edition_id:
            self.on = self.starts_at.astimezone(ZoneInfo(self.edition.time_zone)).date()
        if self.ends_at and not self.starts_at:
            raise ValidationError({"ends_at": _("A forum that ends at an hour also starts at one.")})

    @property
    def days(self) -> tuple[datetime.date, datetime.date] | None:
        """First and last day, or None when the day is not on record."""
        return (self.on, self.until or self.on) if self.on else None


class Session(models.Model):
    """A part of a forum with its own title and hour."""

    forum = models.ForeignKey(Forum, on_delete=models.CASCADE, related_name="sessions", verbose_name=_("forum"))
    title_en = models.CharField(_("title (English)"), max_length=240)
    title_zh = models.CharField(_("title (Chinese)"), max_length=240, blank=True)
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    title = Bilingual("title")

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["forum", "order", "starts_at"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_it_starts")]

    def __str__(self) -> str:
        return str(self.title)


class Speaker(models.Model):
    """Who speaks in a session."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="speakers", verbose_name=_("session"))
    name_en = models.CharField(_("name (English)"), max_length=120)
    name_zh = models.CharField(_("name (Chinese)"), max_length=120, blank=True)
    role_en = models.CharField(_("role (English)"), max_length=200, blank=True)
    role_zh = models.CharField(_("role (Chinese)"), max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    name, role = Bilingual("name"), Bilingual("role")

    class Meta:
        verbose_name = _("speaker")
        verbose_name_plural = _("speakers")
        ordering = ["session", "order"]

    def __str__(self) -> str:
        return str(self.name)


class Seat(models.Model):
    """A person's reserved place in a forum."""

    forum = models.ForeignKey(Forum, on_delete=models.CASCADE, related_name="seats", verbose_name=_("forum"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seats", verbose_name=_("person"))
    reserved_at = models.DateTimeField(_("reserved at"), auto_now_add=True)

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ["forum", "reserved_at"]
        constraints = [models.UniqueConstraint(fields=["forum", "person"], name="one_seat_per_person")]

    def __str__(self) -> str:
        return f"{self.person}: {self.forum}"
