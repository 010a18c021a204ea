from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from matchmaking.marketplace.models import Offer, SourcingRequest


class Reading(models.Model):
    """What the engine read in the texts of a posting, packed, so that they are read once. One for each posting, of what it said last.

    `digest` is of the texts, `read_with` of the terms and the engine: where either is another, the texts are read anew.
    """

    offer = models.OneToOneField(Offer, null=True, on_delete=models.CASCADE, related_name="reading", verbose_name=_("offer"))
    request = models.OneToOneField(SourcingRequest, null=True, on_delete=models.CASCADE, related_name="reading", verbose_name=_("request"))
    digest = models.CharField(max_length=32)
    read_with = models.CharField(max_length=32, db_index=True)
    packed = models.BinaryField()

    objects: ClassVar[models.Manager["Reading"]] = models.Manager()

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        constraints = [
            models.CheckConstraint(
                condition=Q(offer__isnull=True, request__isnull=False) | Q(offer__isnull=False, request__isnull=True),
                name="reading_of_one_posting",
            ),
        ]

    def __str__(self) -> str:
        return self.digest
