from django.db import models
from django.utils.translation import gettext_lazy as _

from matchmaking.marketplace.models import SourcingRequest


class GapChange(models.Model):
    """A request that may have got its first fitting offer in the run in force, or lost its last one: processes that keep counts hear of it.

    A new row each time, never changed; the sweep takes away those of yesterday.
    """

    request = models.ForeignKey(SourcingRequest, on_delete=models.CASCADE, related_name="+", verbose_name=_("request"))
    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("change of a gap")
        verbose_name_plural = _("changes of gaps")

    def __str__(self) -> str:
        return str(self.request_id)
