import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Edition
from expo.foundation.staff import may
from matchmaking.meetings.models.requests import MeetingRequest, Reason, Side
from matchmaking.meetings.models.setup import Interpreter, Place, Slot
from matchmaking.participants.models import Member, Registration, Visitor


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, visitor: Visitor) -> "MeetingQuerySet":
        """Those in which one of one's companies has a seat; all for staff who look after meetings."""
        if not visitor.is_authenticated:
            return self.none()
        if may(visitor, "meetings.view_meeting"):
            return self
        mine = Member.objects.filter(user_id=visitor.pk, status=Member.Status.ACTIVE).values("company")
        return self.filter(pk__in=Seat.objects.filter(registration__company__in=mine).values("meeting"))

    def live(self) -> "MeetingQuerySet":
        """Those that are still to come of something: agreed, with or without a time."""
        return self.filter(status__in=Meeting.LIVE)

    def for_card(self) -> "MeetingQuerySet":
        """With all that a list row reads. One query, and one for the seats."""
        return self.select_related("edition", "slot", "place__hall", "place__booth", "interpreter__person", "request").prefetch_related(
            models.Prefetch("seats", Seat.objects.select_related("registration__company", "registration__booth", "person").order_by("pk"))
        )


class Meeting(models.Model):
    """What came of an accepted request: who meets whom, when and where. One entry in everybody's calendar, whatever happens to it.

    A scheduled one without a place waits for a table since `queued_at`; an unscheduled one with `queued_at` waits for a time.
    """

    class Status(models.TextChoices):
        UNSCHEDULED = "unscheduled", _("without a time yet")
        PROPOSED = "proposed", _("in a draft plan")
        SCHEDULED = "scheduled", _("scheduled")
        HELD = "held", _("took place")
        NO_SHOW = "no_show", _("did not take place")
        DISPUTED = "disputed", _("the two sides disagree")
        CANCELLED = "cancelled", _("cancelled")

    LIVE = ("unscheduled", "proposed", "scheduled")

    request = models.OneToOneField(MeetingRequest, on_delete=models.PROTECT, related_name="meeting", verbose_name=_("meeting request"))
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="meetings", verbose_name=_("edition"))
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, null=True, blank=True, related_name="meetings", verbose_name=_("time slot"))
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, blank=True, related_name="meetings", verbose_name=_("place"))
    interpreter = models.ForeignKey(
        Interpreter, on_delete=models.SET_NULL, null=True, blank=True, related_name="meetings", verbose_name=_("interpreter")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.UNSCHEDULED)
    is_locked = models.BooleanField(_("locked"), default=False, help_text=_("The planner never moves it."))
    moves = models.PositiveSmallIntegerField(_("changes of time"), default=0)
    uid = models.UUIDField(_("calendar id"), default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(_("calendar sequence"), default=0, editable=False)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    cancelled_side = models.CharField(_("cancelled by"), max_length=8, choices=Side, blank=True)
    queued_at = models.DateTimeField(_("waiting since"), null=True, blank=True)
    outcome_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    objects: ClassVar[Any] = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["unscheduled", "proposed", "scheduled", "held", "no_show", "disputed", "cancelled"]),
                name="meeting_status_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["scheduled", "held", "no_show", "disputed"]) | Q(slot__isnull=False), name="meeting_has_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(status="scheduled") | Q(place__isnull=False) | Q(queued_at__isnull=False), name="meeting_has_a_place_or_waits"
            ),
            models.CheckConstraint(
                condition=~Q(status="unscheduled") | Q(slot__isnull=True, place__isnull=True), name="unscheduled_holds_nothing"
            ),
            models.CheckConstraint(condition=~Q(status="cancelled") | ~Q(reason=""), name="cancelling_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["edition", "status"], name="meetings_by_status"),
            models.Index(fields=["queued_at"], condition=Q(queued_at__isnull=False), name="meetings_waiting"),
        ]

    def __str__(self) -> str:
        return str(self.request)

    @property
    def is_live(self) -> bool:
        """Whether it is still to come of something."""
        return self.status in self.LIVE


class Seat(models.Model):
    """One registration's part in a meeting: at which of its desks, who comes, and what they say of it afterwards."""

    class Says(models.TextChoices):
        TOOK_PLACE = "took_place", _("took place")
        DID_NOT = "did_not", _("did not")
        PARTLY = "partly", _("partly")

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="seats", verbose_name=_("meeting"))
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="seats", verbose_name=_("registration"))
    side = models.CharField(_("side"), max_length=8, choices=Side)
    desk = models.PositiveSmallIntegerField(_("desk"), null=True, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="meeting_seats", verbose_name=_("person")
    )
    checked_in_at = models.DateTimeField(_("checked in at"), null=True, blank=True)
    says = models.CharField(_("what they say"), max_length=10, choices=Says, blank=True)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("said by")
    )
    said_at = models.DateTimeField(_("said at"), null=True, blank=True)
    rating = models.PositiveSmallIntegerField(
        _("rating"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text=_("Never shown to the other side."),
    )
    alarmed_hours = models.PositiveSmallIntegerField(
        null=True, blank=True, editable=False, help_text=_("How many hours before, the company was last told that nobody is assigned.")
    )
    reminded_hours = models.PositiveSmallIntegerField(
        null=True, blank=True, editable=False, help_text=_("How many hours before, the person was last reminded.")
    )

    class Meta:
        verbose_name = _("seat in a meeting")
        verbose_name_plural = _("seats in meetings")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "registration"], name="one_seat_per_registration"),
            models.CheckConstraint(condition=Q(side__in=["sender", "receiver"]), name="seat_has_a_side"),
            models.CheckConstraint(condition=Q(says__in=["", "took_place", "did_not", "partly"]), name="seat_says_what_is_known"),
            models.CheckConstraint(condition=Q(rating__isnull=True) | Q(rating__gte=1, rating__lte=5), name="rating_from_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id}: {self.registration_id}"


class MoveProposal(models.Model):
    """One side would like another time for a meeting. The old time is kept until the other side takes the new one."""

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting for an answer")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("taken back")
        EXPIRED = "expired", _("run out")

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="proposals", verbose_name=_("meeting"))
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="+", verbose_name=_("new time"))
    by_seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="proposals", verbose_name=_("proposed by"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    expires_at = models.DateTimeField(_("runs out at"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("proposed change of time")
        verbose_name_plural = _("proposed changes of time")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting"], condition=Q(status="pending"), name="one_open_move_per_meeting"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "accepted", "declined", "withdrawn", "expired"]), name="move_status_is_known"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(status="pending"), name="moves_running_out")]

    def __str__(self) -> str:
        return f"{self.meeting_id}: {self.slot_id}"


class Occupancy(models.Model):
    """One resource taken in one slot: a desk of a registration, a desk of a place, an interpreter, or a person.

    Plain unique constraints on each of the four are what makes a double booking impossible, on both databases and whatever the code
    above does. All rows of a meeting are written in one sorted insert and deleted when it lets go. Without a meeting it is time that a
    registration (at all its desks) or a person keeps for itself.
    """

    class Why(models.TextChoices):
        MEETING = "meeting", _("meeting")
        BLOCKED = "blocked", _("kept free")

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="taken", verbose_name=_("time slot"))
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, null=True, blank=True, related_name="taken", verbose_name=_("meeting"))
    registration = models.ForeignKey(
        Registration, on_delete=models.CASCADE, null=True, blank=True, related_name="taken", verbose_name=_("registration")
    )
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, blank=True, related_name="taken", verbose_name=_("place"))
    interpreter = models.ForeignKey(
        Interpreter, on_delete=models.CASCADE, null=True, blank=True, related_name="taken", verbose_name=_("interpreter")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    desk = models.PositiveSmallIntegerField(_("desk"), null=True, blank=True)
    why = models.CharField(_("why"), max_length=8, choices=Why, default=Why.MEETING)

    class Meta:
        verbose_name = _("taken time")
        verbose_name_plural = _("taken times")
        constraints = [
            models.UniqueConstraint(fields=["registration", "desk", "slot"], name="desk_no_double_booking"),
            models.UniqueConstraint(fields=["place", "desk", "slot"], name="place_no_double_booking"),
            models.UniqueConstraint(fields=["interpreter", "slot"], name="interpreter_no_double_booking"),
            models.UniqueConstraint(fields=["person", "slot"], name="person_no_double_booking"),
            models.CheckConstraint(
                condition=(
                    Q(registration__isnull=False, desk__isnull=False, place__isnull=True, interpreter__isnull=True, person__isnull=True)
                    | Q(registration__isnull=True, desk__isnull=False, place__isnull=False, interpreter__isnull=True, person__isnull=True)
                    | Q(registration__isnull=True, desk__isnull=True, place__isnull=True, interpreter__isnull=False, person__isnull=True)
                    | Q(registration__isnull=True, desk__isnull=True, place__isnull=True, interpreter__isnull=True, person__isnull=False)
                ),
                name="one_resource_is_taken",
            ),
            models.CheckConstraint(
                condition=Q(why="meeting", meeting__isnull=False)
                | Q(why="blocked", meeting__isnull=True, place__isnull=True, interpreter__isnull=True),
                name="taken_for_a_meeting_or_kept_free",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slot_id}: {self.registration_id or self.place_id or self.interpreter_id or self.person_id}"
