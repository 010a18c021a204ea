from django.db import models
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Segment
from matchmaking.marketplace.models import SourcingRequest


class Gap(models.Model):
    """An open request that no open offer fits, as last worked out by `actions.work_out_gaps`; the row is gone when one does."""

    request = models.OneToOneField(SourcingRequest, on_delete=models.CASCADE, related_name="gap", verbose_name=_("request"))

    class Meta:
        verbose_name = _("gap")
        verbose_name_plural = _("gaps")

    def __str__(self) -> str:
        return str(self.request_id)


class SegmentLook(models.Model):
    """When the gaps of a segment were last worked out, and from what. Another number each time that they changed."""

    segment = models.OneToOneField(Segment, on_delete=models.CASCADE, related_name="+", verbose_name=_("segment"))
    read = models.CharField(_("what it was worked out from"), max_length=64, help_text=_("A digest; empty asks for another look."))
    worked_out_at = models.DateTimeField(_("worked out at"))

    class Meta:
        verbose_name = _("look at a segment")
        verbose_name_plural = _("looks at segments")

    def __str__(self) -> str:
        return str(self.segment_id)
