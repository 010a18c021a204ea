from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One line of the log: who did what to which row, when, and with which values. Written once, never changed."""

    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("actor")
    )
    verb = models.CharField(_("verb"), max_length=60)
    thing = models.CharField(_("kind of thing"), max_length=60)
    thing_id = models.CharField(_("thing"), max_length=40)
    data = models.JSONField(_("data"), default=dict, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-id"]
        indexes = [models.Index(fields=["thing", "thing_id"], name="event_of_thing")]

    def __str__(self) -> str:
        return f"{self.verb} {self.thing} {self.thing_id}"


class OutboxMessage(models.Model):
    """A notice to a person, written in the transaction it tells of and mailed afterwards."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("recipient"))
    kind = models.CharField(_("kind"), max_length=60)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("body"))
    message_id = models.CharField(_("message id"), max_length=120, unique=True)
    written_at = models.DateTimeField(_("written at"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), auto_now_add=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-id"]
        indexes = [models.Index(fields=["next_attempt_at"], condition=Q(sent_at__isnull=True), name="outbox_waiting")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.subject}"


class LoadedRow(models.Model):
    """What the expo's files last said of a row, so that loading them again changes only what changed in them."""

    kind = models.CharField(_("kind of thing"), max_length=60)
    key = models.CharField(_("key"), max_length=500)
    said = models.JSONField(_("what the file said"), default=dict)

    class Meta:
        verbose_name = _("loaded row")
        verbose_name_plural = _("loaded rows")
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="loaded_row_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Tombstone(models.Model):
    """That somebody was erased, told by a digest which says nothing without the row it belongs to: a restored backup erases them again."""

    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")

    def __str__(self) -> str:
        return self.digest[:12]


class KeptAnswer(models.Model):
    """The answer to a write that carried an `Idempotency-Key`, kept for 48 hours. Status 0 while the write is under way."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person"))
    key = models.CharField(_("key"), max_length=255)
    fingerprint = models.CharField(_("digest of the request"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"))
    body = models.TextField(_("body"), blank=True)
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="answered_once")]

    def __str__(self) -> str:
        return self.key


class RequestCount(models.Model):
    """How many requests of one caller were granted in the present minute and day. One row a caller, written by `foundation.limits` alone."""

    caller = models.CharField(_("caller"), max_length=80, primary_key=True)
    minute = models.PositiveBigIntegerField(_("minute"), help_text=_("Minutes since 1970."))
    in_minute = models.PositiveIntegerField(_("in the minute"))
    day = models.PositiveIntegerField(_("day"), db_index=True, help_text=_("Days since 1970."))
    in_day = models.PositiveIntegerField(_("in the day"))

    class Meta:
        verbose_name = _("count of requests")
        verbose_name_plural = _("counts of requests")

    def __str__(self) -> str:
        return self.caller
