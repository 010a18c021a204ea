from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from matchmaking.participants.models.companies import Company


class Consent(models.Model):
    """Which field of a person was shown to which company, why, and until when. Contact data leaves no other way."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consents", verbose_name=_("person"))
    shown_to = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="consents_received", verbose_name=_("shown to"))
    field = models.CharField(_("field"), max_length=30)
    purpose = models.CharField(_("purpose"), max_length=200)
    given_at = models.DateTimeField(_("given at"), auto_now_add=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.person}: {self.field} → {self.shown_to}"
