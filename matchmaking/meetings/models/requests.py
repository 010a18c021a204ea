from typing import Any, ClassVar, cast

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.editions.models import Edition
from expo.foundation.staff import may
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest
from matchmaking.meetings.models.setup import Slot
from matchmaking.participants.models import Company, Member, Registration, Visitor


class Side(models.TextChoices):
    """Who of the two: the one that asked first, or the one that was asked. A partner sits on its leader's side."""

    SENDER = "sender", _("who asked")
    RECEIVER = "receiver", _("who was asked")


class Reason(models.TextChoices):
    """Why somebody does not meet: declines or cancels."""

    NO_FIT = "no_fit", _("does not fit what we need")
    NO_TIME = "no_time", _("no time")
    OTHER_PARTNER = "other_partner", _("found another partner")
    NOT_COMING = "not_coming", _("not coming to the expo")
    PERSON_LEFT = "person_left", _("the person is not available")
    ORGANISER = "organiser", _("the organiser had to")
    OTHER = "other", _("another reason")


class MeetingRequestQuerySet(models.QuerySet["MeetingRequest"]):
    def visible_to(self, visitor: Visitor) -> "MeetingRequestQuerySet":
        """What one's companies sent, and what was delivered to them; all for staff who look after meetings."""
        if not visitor.is_authenticated:
            return self.none()
        if may(visitor, "meetings.view_meetingrequest"):
            return self
        mine = Member.objects.filter(user_id=visitor.pk, status=Member.Status.ACTIVE).values("company")
        got = Q(is_delivered=True) & (Q(receiver__company__in=mine) | Q(partner__company__in=mine))
        return self.filter(Q(sender__company__in=mine) | got)

    def pending(self) -> "MeetingRequestQuerySet":
        """Those that still wait for an answer of either side."""
        return self.filter(status=MeetingRequest.Status.PENDING)

    def for_card(self) -> "MeetingRequestQuerySet":
        """With all that a list row reads. One query, and one for the postings."""
        return self.select_related(
            "sender__company", "receiver__company", "partner__company", "slot", "edition", "sent_by"
        ).prefetch_related(
            models.Prefetch("about", AboutPosting.objects.select_related("offer__segment", "sourcing_request__segment").order_by("pk"))
        )


class MeetingRequest(models.Model):
    """One company asks another to meet. While it is pending it holds a time for nobody but the one who proposed it, and softly.

    `is_veiled` is true where the sender does not know whom it asks: about a posting that hid its buyer then. What else there is between the
    two companies must not show in what becomes of it, so that it stands beside all of that. `is_delivered` is false where one of the two has blocked the other: the sender sees no difference, the receiver sees nothing.
    `is_proposal` says that the planner put the two together and the organiser published it: laid ready in the sender's name, delivered to nobody, until the
    sender says yes.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting for an answer")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        CANCELLED = "cancelled", _("taken back")
        EXPIRED = "expired", _("run out")

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="meeting_requests", verbose_name=_("edition"))
    sender = models.ForeignKey(
        Registration, on_delete=models.PROTECT, related_name="requests_sent", verbose_name=pgettext_lazy("meeting", "from")
    )
    receiver = models.ForeignKey(
        Registration, on_delete=models.PROTECT, related_name="requests_received", verbose_name=pgettext_lazy("meeting", "to")
    )
    partner = models.ForeignKey(
        Registration,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="requests_joined",
        verbose_name=pgettext_lazy("meeting", "with"),
    )
    pair_low = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", editable=False)
    pair_high = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("sent by")
    )
    message = models.TextField(_("message"), max_length=2000, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("time on the table"))
    waits_for = models.CharField(_("waits for"), max_length=8, choices=Side, default=Side.RECEIVER)
    needs_interpreter = models.BooleanField(_("needs an interpreter"), default=False)
    is_delivered = models.BooleanField(default=True, editable=False)
    is_veiled = models.BooleanField(default=False, editable=False)
    is_proposal = models.BooleanField(_("proposed by the planner"), default=False, db_default=False, editable=False)
    proposal_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(_("runs out at"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    is_demo = models.BooleanField(_("demo"), default=False, help_text=_("Invented; always shown as such."))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    objects: ClassVar[Any] = MeetingRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting request")
        verbose_name_plural = _("meeting requests")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["pending", "accepted", "declined", "cancelled", "expired"]), name="meeting_request_status_is_known"
            ),
            models.CheckConstraint(condition=Q(waits_for__in=["sender", "receiver"]), name="meeting_request_waits_for_a_side"),
            models.CheckConstraint(condition=Q(pair_low__lt=F("pair_high")), name="request_is_between_two_companies"),
            models.CheckConstraint(condition=~Q(status="declined") | ~Q(reason=""), name="declining_has_a_reason"),
            models.UniqueConstraint(
                fields=["edition", "pair_low", "pair_high"],
                condition=Q(status="pending", is_delivered=True, is_veiled=False),
                name="one_open_request_per_pair",
            ),
            # What is not delivered must not stand in the way of what the other side asks; but asking twice is refused all the same.
            models.UniqueConstraint(
                fields=["edition", "sender", "receiver"], condition=Q(status="pending", is_veiled=False), name="one_open_request_per_sender"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(status="pending"), name="meeting_requests_running_out"),
            models.Index(fields=["sender"], condition=Q(is_proposal=True, proposal_told_at__isnull=True), name="proposals_to_be_told"),
            models.Index(fields=["receiver", "status"], name="meeting_requests_received"),
            models.Index(fields=["sender", "status"], name="meeting_requests_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.sender.company} → {self.receiver.company}"

    @property
    def is_pending(self) -> bool:
        return self.status == self.Status.PENDING

    @property
    def is_laid_ready(self) -> bool:
        """Whether it is a proposal that waits for the yes of who would ask: nobody else knows of it."""
        return self.is_proposal and self.is_pending and not self.is_delivered and self.waits_for == Side.SENDER

    @property
    def answering(self) -> Registration:
        """The registration whose turn it is."""
        return self.receiver if self.waits_for == Side.RECEIVER else self.sender

    @property
    def parties(self) -> list[Registration]:
        """The two, and the partner where there is one."""
        return [one for one in (self.sender, self.receiver, self.partner) if one is not None]

    def side_of(self, registration: Registration) -> Side:
        """Return on which side the registration sits; a partner sits on its leader's."""
        if registration.pk in {self.sender_id, self.receiver_id}:
            return Side.SENDER if registration.pk == self.sender_id else Side.RECEIVER
        return Side.SENDER if registration.led_by_id == self.sender_id else Side.RECEIVER


class AboutPosting(models.Model):
    """What a meeting request is about: an offer or a sourcing request. This is what makes the way to the agreement measurable."""

    request = models.ForeignKey(MeetingRequest, on_delete=models.CASCADE, related_name="about", verbose_name=_("meeting request"))
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, null=True, blank=True, related_name="asked_about", verbose_name=_("offer"))
    sourcing_request = models.ForeignKey(
        SourcingRequest, on_delete=models.CASCADE, null=True, blank=True, related_name="asked_about", verbose_name=_("request")
    )

    class Meta:
        verbose_name = _("posting of a meeting request")
        verbose_name_plural = _("postings of meeting requests")
        constraints = [
            models.CheckConstraint(
                condition=Q(offer__isnull=True, sourcing_request__isnull=False) | Q(offer__isnull=False, sourcing_request__isnull=True),
                name="about_one_posting",
            ),
            models.UniqueConstraint(fields=["request", "offer"], condition=Q(offer__isnull=False), name="about_an_offer_once"),
            models.UniqueConstraint(
                fields=["request", "sourcing_request"], condition=Q(sourcing_request__isnull=False), name="about_a_request_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.posting)

    @property
    def posting(self) -> Posting:
        return self.offer or cast(SourcingRequest, self.sourcing_request)  # One of the two, says the database.


class Message(models.Model):
    """A line of the conversation that belongs to a meeting request, in the words of one side."""

    request = models.ForeignKey(MeetingRequest, on_delete=models.CASCADE, related_name="messages", verbose_name=_("meeting request"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("written by")
    )
    side = models.CharField(_("side"), max_length=8, choices=Side)
    text = models.TextField(_("text"), max_length=2000)
    language = models.CharField(_("language"), max_length=10)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="message_says_something")]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.at:%Y-%m-%d %H:%M}"
