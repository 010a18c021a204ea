from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OutboxMessage(models.Model):
    """A notice to a person, written in the transaction it tells of and mailed afterwards: alone, or gathered into one mail with others.

    `way` is how it reaches them besides the list on their desk. A gathered one counts as sent with the mail that it was gathered in.
    Who has no account is written to at `to_address`. What `holds_secret` loses its text once it is sent: a copy would open what the mail opens.
    """

    class Way(models.TextChoices):
        AT_ONCE = "at_once", _("At once, each as a mail")
        GATHERED = "gathered", _("Every 12 hours, all in one mail")
        DESK = "desk", _("Only on the desk")

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("recipient")
    )
    to_address = models.EmailField(_("address of who has no account"), blank=True, default="")
    holds_secret = models.BooleanField(_("holds a secret address"), default=False)
    kind = models.CharField(_("kind"), max_length=60)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("body"))
    message_id = models.CharField(_("message id"), max_length=120, unique=True)
    stop_address = models.URLField(
        _("address to stop such mails"), max_length=300, blank=True, help_text=_("One click there, without signing in, ends them.")
    )
    calendar = models.TextField(_("calendar entry"), blank=True, default="", help_text=_("Goes with the mail, so that calendars follow."))
    way = models.CharField(_("way"), max_length=8, choices=Way, default=Way.AT_ONCE)
    gathered_in = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="gathered", verbose_name=_("gathered in")
    )
    link = models.CharField(_("where it leads"), max_length=300, blank=True, default="", help_text=_("A path of this site."))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    written_at = models.DateTimeField(_("written at"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), auto_now_add=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(way__in=["at_once", "gathered", "desk"]), name="notice_way_is_known"),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, to_address="") | (Q(recipient__isnull=True, way="at_once") & ~Q(to_address="")),
                name="notice_goes_to_a_person_or_an_address",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(sent_at__isnull=True, way="at_once"), name="outbox_to_send"),
            models.Index(fields=["recipient"], condition=Q(sent_at__isnull=True, way="gathered"), name="outbox_to_gather"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.subject}"
