import secrets
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.editions.models import Edition
from expo.foundation.staff import may
from matchmaking.meetings.models.requests import MeetingRequest


class Happening(models.TextChoices):
    """What a webhook can be told. A subset of the words of the log; docs/webhooks.md says which verb is told how."""

    REQUEST_SENT = "meeting_request.sent", _("a request was sent")
    REQUEST_ACCEPTED = "meeting_request.accepted", _("a request was accepted")
    REQUEST_DECLINED = "meeting_request.declined", _("a request was declined")
    REQUEST_COUNTERED = "meeting_request.countered", _("another time was proposed")
    REQUEST_WITHDRAWN = "meeting_request.withdrawn", _("a request was taken back")
    REQUEST_EXPIRED = "meeting_request.expired", _("a request ran out")
    AGREED = "meeting.agreed", _("a meeting was agreed and waits for its time")
    SCHEDULED = "meeting.scheduled", _("a meeting got its time")
    MOVED = "meeting.moved", _("a meeting moved: time, place or interpreter")
    LOST_ITS_TIME = "meeting.lost_its_time", _("a meeting lost its time and waits for another")
    CANCELLED = "meeting.cancelled", _("a meeting was cancelled")
    HANDED_OVER = "meeting.handed_over", _("somebody else comes")
    CHECKED_IN = "meeting.checked_in", _("a side checked in")
    HELD = "meeting.held", _("a meeting took place")
    NO_SHOW = "meeting.no_show", _("a meeting did not take place")
    DISPUTED = "meeting.disputed", _("the two sides disagree about a meeting")


TEST = "webhook.test"


def new_salt() -> str:
    """What a secret is made of besides the site's own key: worth nothing without that key."""
    return secrets.token_hex(16)


def only_happenings(kinds: object) -> None:
    """Refuse a list that is empty or names what there is not."""
    if not isinstance(kinds, list) or not kinds or any(kind not in Happening.values for kind in kinds):
        raise ValidationError(_("Choose at least one of the events."))


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, visitor: Any) -> "WebhookQuerySet":
        """All for staff who keep webhooks; nothing for others."""
        return self if visitor.is_authenticated and may(visitor, "meetings.view_webhook") else self.none()

    def live(self) -> "WebhookQuerySet":
        """Those that are switched on."""
        return self.filter(is_active=True)


class Webhook(models.Model):
    """An address of an integrator that is told of what happens in an edition's meetings, with a signature.

    The secret it is signed with is stored nowhere: it is made of the site's SECRET_KEY and `salt`. For a day after a change the one of
    `salt_before` signs too. `failing_since` is since when nothing arrived, `told_at` when its owner was told of that.
    """

    class Off(models.TextChoices):
        PAUSED = "paused", _("paused")
        FAILING = "failing", _("switched off: nothing arrived for three days")
        GONE = "gone", _("switched off: the other side said that it is gone for good")
        OWNER = "owner", _("switched off: who set it up may not any more")

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="webhooks", verbose_name=_("edition"))
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    url = models.CharField(_("address"), max_length=500)
    name = models.CharField(_("name"), max_length=80)
    events = models.JSONField(_("events"), default=list, validators=[only_happenings])
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("set up by")
    )
    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    salt_before = models.CharField(max_length=32, blank=True, editable=False)
    rotated_at = models.DateTimeField(_("secret changed at"), null=True, blank=True, editable=False)
    is_secret_taken = models.BooleanField(_("secret was shown"), default=False, editable=False)
    is_active = models.BooleanField(_("switched on"), default=True)
    disabled_at = models.DateTimeField(_("switched off at"), null=True, blank=True)
    reason = models.CharField(_("why it is off"), max_length=8, choices=Off, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)
    told_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects: ClassVar[Any] = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_active=True, reason="", disabled_at__isnull=True)
                | Q(is_active=False, reason__in=["paused", "failing", "gone", "owner"], disabled_at__isnull=False),
                name="webhook_off_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """On or off, for the table of moves."""
        return "on" if self.is_active else "off"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, visitor: Any) -> "DeliveryQuerySet":
        """As the webhooks they go to."""
        return self if visitor.is_authenticated and may(visitor, "meetings.view_webhook") else self.none()

    def open(self) -> "DeliveryQuerySet":
        """Those that still go out, or are tried again."""
        return self.filter(status__in=Delivery.OPEN)


class Delivery(models.Model):
    """One message to one webhook: written in the transaction of what it tells, sent after it, tried again until it arrives or is given up.

    `event` is the line of the log it tells of, none for a test; `key` is the same however often it is sent.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("arrived")
        FAILED = "failed", _("failed, will be tried again")
        GIVEN_UP = "given_up", _("given up")

    OPEN = ("waiting", "failed")

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.BigIntegerField(_("line of the log"), null=True, blank=True)
    request = models.ForeignKey(
        MeetingRequest, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("meeting request")
    )
    kind = models.CharField(_("event"), max_length=40)
    payload = models.JSONField(pgettext_lazy("webhook", "message"))
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.WAITING)
    next_attempt_at = models.DateTimeField(_("next attempt at"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_status = models.PositiveSmallIntegerField(_("last answer"), null=True, blank=True)
    last_error = models.CharField(_("last fault"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    duration_ms = models.PositiveIntegerField(_("milliseconds"), null=True, blank=True)

    objects: ClassVar[Any] = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery to a webhook")
        verbose_name_plural = _("deliveries to webhooks")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="webhook_is_told_once"),
            models.CheckConstraint(condition=Q(status__in=["waiting", "sent", "failed", "given_up"]), name="delivery_status_is_known"),
            models.CheckConstraint(condition=~Q(status="sent") | Q(sent_at__isnull=False), name="delivery_arrived_sometime"),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status__in=["waiting", "failed"]), name="deliveries_due"),
            models.Index(fields=["webhook", "request"], condition=Q(status__in=["waiting", "failed"]), name="deliveries_in_order"),
            models.Index(fields=["made_at"], name="deliveries_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
