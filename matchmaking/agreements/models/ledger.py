from django.db import models
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Edition


class Ledger(models.Model):
    """The last number given in an edition. One row for each edition, locked while a number is given, so that there are no gaps."""

    edition = models.OneToOneField(Edition, on_delete=models.PROTECT, related_name="ledger", verbose_name=_("edition"))
    last_number = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("ledger")
        verbose_name_plural = _("ledgers")

    def __str__(self) -> str:
        return f"{self.edition.slug}: {self.last_number}"
