from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from matchmaking.agreements.models.agreement import Agreement, Party


class Milestone(models.Model):
    """What a party says became of an agreement so many days after it was signed. Asked by a one-click link, of which only the digest is kept."""

    class Stage(models.TextChoices):
        CONTACTED = "contacted", _("in contact")
        MET = "met", _("met again")
        SAMPLE = "sample", _("sample or quotation")
        NEGOTIATING = "negotiating", _("negotiating")
        INTENTION_SIGNED = "intention_signed", _("intention signed")
        AGREEMENT_SIGNED = "agreement_signed", _("agreement signed")
        DELIVERING = "delivering", _("delivering")
        CLOSED = "closed", pgettext_lazy("milestone", "closed")

    DAYS = (1, 30, 90, 180, 365)

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="milestones", verbose_name=_("agreement"))
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="milestones", verbose_name=_("party"))
    days = models.PositiveSmallIntegerField(_("days after signing"))
    due_on = models.DateField(_("due on"))
    digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    link_made_at = models.DateTimeField(_("link made at"), null=True, blank=True)
    asked_at = models.DateTimeField(pgettext_lazy("milestone", "asked at"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    stage = models.CharField(pgettext_lazy("milestone", "stage"), max_length=16, choices=Stage, blank=True, default="")
    closed_reason = models.CharField(_("why closed"), max_length=500, blank=True, default="")
    note = models.TextField(_("note"), max_length=1000, blank=True, default="")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    way = models.CharField(pgettext_lazy("answer", "way"), max_length=5, blank=True, default="")

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["agreement", "days", "id"]
        constraints = [
            models.UniqueConstraint(fields=["party", "days"], name="milestone_once_per_party"),
            models.UniqueConstraint(fields=["digest"], condition=~Q(digest=""), name="milestone_link_is_unique"),
            models.CheckConstraint(condition=Q(days__in=[1, 30, 90, 180, 365]), name="milestone_days_are_known"),
            models.CheckConstraint(
                condition=Q(
                    stage__in=[
                        "",
                        "contacted",
                        "met",
                        "sample",
                        "negotiating",
                        "intention_signed",
                        "agreement_signed",
                        "delivering",
                        "closed",
                    ]
                ),
                name="milestone_stage_is_known",
            ),
            models.CheckConstraint(condition=Q(way__in=["", "desk", "link", "staff"]), name="milestone_way_is_known"),
            models.CheckConstraint(condition=Q(stage="") | Q(answered_at__isnull=False), name="milestone_stage_was_answered"),
            models.CheckConstraint(condition=~Q(stage="closed") | ~Q(closed_reason=""), name="closing_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(answered_at__isnull=True), name="milestones_to_ask"),
            models.Index(fields=["agreement", "days"], name="milestones_of_an_agreement"),
        ]

    def __str__(self) -> str:
        return f"{self.party}: {self.days}"
