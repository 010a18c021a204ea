from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Edition


class FrozenReport(models.Model):
    """A closing report as it was at one moment: figures, wording, definitions and sources. Never changed, never deleted.

    `sha256` is of the content as canonical JSON; `ledger_head` is the newest seal of the log then, NUMBER:DIGEST.
    """

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="frozen_reports", verbose_name=_("edition"))
    number = models.PositiveIntegerField(_("number"), help_text=_("Counts from one in each edition, without gaps."))
    definitions_version = models.CharField(_("version of the definitions"), max_length=40)
    content = models.JSONField(_("content"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    ledger_head = models.CharField(_("head of the ledger"), max_length=120, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("frozen by"))
    frozen_at = models.DateTimeField(_("frozen at"), default=timezone.now)

    class Meta:
        verbose_name = _("frozen report")
        verbose_name_plural = _("frozen reports")
        ordering = ["edition", "-number"]
        constraints = [models.UniqueConstraint(fields=["edition", "number"], name="frozen_report_number_once_per_edition")]
        permissions = [("freeze_report", _("May freeze closing reports"))]

    def __str__(self) -> str:
        return f"{self.edition.slug}: {self.number}"
