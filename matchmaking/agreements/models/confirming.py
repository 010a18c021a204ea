from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from matchmaking.agreements.models.agreement import Agreement, Party


class Confirmation(models.Model):
    """What a party said of one version of an agreement. Rows are only added: the newest of a party for the present version counts.

    `party_name` is the name at the time; `party` is None once a correction took the party out. `name` is what somebody typed who came by link.
    """

    class Answer(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        DISPUTED = "disputed", _("disputed")

    class Way(models.TextChoices):
        DESK = "desk", _("on the desk")
        LINK = "link", _("by link")
        STAFF = "staff", _("by the organiser")

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="confirmations", verbose_name=_("agreement"))
    party = models.ForeignKey(Party, on_delete=models.SET_NULL, null=True, related_name="confirmations", verbose_name=_("party"))
    party_name = models.CharField(_("party’s name"), max_length=160)
    version = models.PositiveIntegerField(_("version"))
    answer = models.CharField(_("answer"), max_length=10, choices=Answer)
    reason = models.TextField(_("reason"), max_length=1000, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    name = models.CharField(_("name given"), max_length=120, blank=True)
    way = models.CharField(pgettext_lazy("answer", "way"), max_length=5, choices=Way)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(answer__in=["confirmed", "disputed"]), name="confirmation_answer_is_known"),
            models.CheckConstraint(condition=Q(way__in=["desk", "link", "staff"]), name="confirmation_way_is_known"),
            models.CheckConstraint(condition=~Q(answer="disputed") | ~Q(reason=""), name="disputing_has_a_reason"),
        ]
        indexes = [models.Index(fields=["agreement", "version"], name="confirmations_of_a_version")]

    def __str__(self) -> str:
        return f"{self.party_name}: {self.get_answer_display()}"


class ConfirmationLink(models.Model):
    """A way to answer without an account: one party, one version, once, until it expires. Only the secret's digest is kept.

    `ended_at` is set where a correction, the end of the agreement or a newer link for the party put it out of use. The address that it went to is
    kept for as long as it works.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="links", verbose_name=_("agreement"))
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="links", verbose_name=_("party"))
    version = models.PositiveIntegerField(_("version"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    email = models.EmailField(_("e-mail"), blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    expires_at = models.DateTimeField(pgettext_lazy("link", "runs out at"))
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("confirmation link")
        verbose_name_plural = _("confirmation links")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["party"], condition=Q(used_at__isnull=True, ended_at__isnull=True), name="one_open_link_per_party"
            )
        ]

    def __str__(self) -> str:
        return f"{self.party}: {self.made_at:%Y-%m-%d %H:%M}"
