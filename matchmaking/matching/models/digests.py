from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Digest(models.Model):
    """Which matches a person was told of by mail, and when; so that no match is told twice."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="match_digest", verbose_name=_("person"))
    looked_at = models.DateTimeField(_("last looked at"), null=True, blank=True, db_index=True)
    sent_at = models.DateTimeField(_("last mailed at"), null=True, blank=True)
    told = models.JSONField(_("pairs told"), default=list, help_text=_("Numbers of request and offer."))

    class Meta:
        verbose_name = _("digest of matches")
        verbose_name_plural = _("digests of matches")

    def __str__(self) -> str:
        return f"{self.person_id}"
