from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


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
