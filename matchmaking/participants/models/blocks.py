from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from expo.foundation.staff import may
from matchmaking.participants.models.companies import Company, Member, Visitor


class BlockQuerySet(models.QuerySet["Block"]):
    def visible_to(self, visitor: Visitor) -> "BlockQuerySet":
        """Those that the visitor's own companies have set, for their owners; all for staff who may look at them."""
        if not visitor.is_authenticated:
            return self.none()
        if may(visitor, "participants.view_block"):
            return self
        return self.filter(company__in=Member.objects.owned_by(visitor))


class Block(models.Model):
    """A company never meets another. Known to the one who set it, and to nobody else."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="blocks", verbose_name=_("company"))
    blocked = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="blocked_by", verbose_name=_("blocked company"))
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("set by"))
    set_at = models.DateTimeField(_("set at"), auto_now_add=True)

    objects: ClassVar[Any] = BlockQuerySet.as_manager()

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        constraints = [
            models.UniqueConstraint(fields=["company", "blocked"], name="block_once"),
            models.CheckConstraint(condition=~Q(company=F("blocked")), name="company_does_not_block_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.company} ⊘ {self.blocked}"
