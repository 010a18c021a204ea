from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.agreements.models.agreement import Agreement, Party
from matchmaking.participants.models import Company


class Introduction(models.Model):
    """Who brought the parties together. Credited when every registered party but the introducer has said yes."""

    agreement = models.OneToOneField(Agreement, on_delete=models.CASCADE, related_name="introduction", verbose_name=_("agreement"))
    introducer = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="introductions", verbose_name=_("introduced by"))
    note = models.TextField(_("note"), max_length=1000, blank=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("claimed by")
    )
    claimed_at = models.DateTimeField(_("claimed at"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("introduction")
        verbose_name_plural = _("introductions")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.introducer}: {self.agreement}"


class IntroductionConsent(models.Model):
    """What a party says to the claim that somebody introduced it: the newest answer, one row for each party."""

    class Answer(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")

    introduction = models.ForeignKey(Introduction, on_delete=models.CASCADE, related_name="consents", verbose_name=_("introduction"))
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="introduction_consents", verbose_name=_("party"))
    answer = models.CharField(_("answer"), max_length=3, choices=Answer)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("consent to an introduction")
        verbose_name_plural = _("consents to introductions")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["introduction", "party"], name="one_consent_per_party"),
            models.CheckConstraint(condition=Q(answer__in=["yes", "no"]), name="consent_answer_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.party}: {self.answer}"
