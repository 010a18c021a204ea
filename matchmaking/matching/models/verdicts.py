from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.participants.models import Member, Visitor


class VerdictQuerySet(models.QuerySet["Verdict"]):
    def standing(self) -> "VerdictQuerySet":
        """Those that were not taken back."""
        return self.filter(undone_at=None)

    def visible_to(self, visitor: Visitor) -> "VerdictQuerySet":
        """Those of one's own side; of the other side only its wish to meet."""
        if not visitor.is_authenticated:
            return self.none()
        own = Member.objects.of(visitor)
        buys, sells = Q(request__registration__company__in=own), Q(offer__registration__company__in=own)
        said = Q(says=Verdict.Says.INTERESTED)
        return self.filter((buys & (Q(side=Verdict.Side.BUYER) | said)) | (sells & (Q(side=Verdict.Side.SUPPLIER) | said)))


class Verdict(models.Model):
    """What one side says of a match: it would meet, or it would not and why. It can be taken back; the next run respects it."""

    class Side(models.TextChoices):
        BUYER = "buyer", _("buyer")
        SUPPLIER = "supplier", _("supplier")

    class Says(models.TextChoices):
        INTERESTED = "interested", _("would like to meet")
        NOT_FOR_US = "not_for_us", _("not for us")

    class Reason(models.TextChoices):
        OTHER_PRODUCT = "product", _("another product")
        PRICE = "price", _("price")
        TERMS = "terms", _("quantity, date or terms")
        KNOWN = "known", _("we know each other already")
        NOT_NOW = "not_now", _("not now")
        OTHER = "other", _("another reason")

    request = models.ForeignKey(SourcingRequest, on_delete=models.CASCADE, related_name="verdicts", verbose_name=_("request"))
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="verdicts", verbose_name=_("offer"))
    side = models.CharField(_("side"), max_length=8, choices=Side)
    says = models.CharField(_("verdict"), max_length=12, choices=Says)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True, help_text=_("For yourselves; the other side does not see it."))
    rank = models.PositiveSmallIntegerField(_("place when it was given"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), auto_now_add=True)
    undone_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    objects: ClassVar[Any] = VerdictQuerySet.as_manager()

    class Meta:
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["request", "offer", "side"], condition=Q(undone_at=None), name="one_verdict_per_side"),
            models.CheckConstraint(condition=Q(says="interested") | ~Q(reason=""), name="refusal_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} – {self.offer_id}: {self.says}"
