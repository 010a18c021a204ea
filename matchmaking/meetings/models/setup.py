from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from expo.accounts.models import display_name, known_languages
from expo.editions.models import Edition
from expo.foundation.dates import clock, long_day, short_day
from expo.venue.models import Booth, Hall
from matchmaking.participants.models import Registration

KEY_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"


def place_key() -> str:
    """What the QR code at a place says: not to be guessed from the place's number."""
    return get_random_string(12, KEY_SIGNS)


class MeetingSetup(models.Model):
    """How an edition meets: one row for each edition that has meetings at all. Its row is what changes of the slots lock."""

    class Approval(models.TextChoices):
        APPROVE = "approve", _("the other side answers")
        AUTO_ACCEPT = "auto_accept", _("requests are accepted at once")

    class Scheduling(models.TextChoices):
        PARTICIPANTS = "participants", _("the two choose the time")
        PLANNER = "planner", _("the organiser’s planner chooses the time")

    edition = models.OneToOneField(Edition, on_delete=models.CASCADE, related_name="meeting_setup", verbose_name=_("edition"))
    slot_minutes = models.PositiveSmallIntegerField(
        _("minutes of a meeting"), choices=[(15, "15"), (20, "20"), (30, "30")], default=30, help_text=_("30 where halls are far apart.")
    )
    opens_at = models.DateTimeField(_("booking opens"), null=True, blank=True, help_text=_("Empty: open already."))
    closes_at = models.DateTimeField(
        _("booking closes"), null=True, blank=True, help_text=_("Empty: never. What is booked stays, new requests are refused.")
    )
    approval = models.CharField(_("approval"), max_length=12, choices=Approval, default=Approval.APPROVE)
    scheduling = models.CharField(_("who chooses the time"), max_length=12, choices=Scheduling, default=Scheduling.PARTICIPANTS)
    open_requests = models.PositiveSmallIntegerField(
        _("most open requests"), default=20, help_text=_("Sent and not answered, for each registration. Any answer frees one.")
    )
    most_moves = models.PositiveSmallIntegerField(_("most changes of time"), default=3, help_text=_("For each meeting."))
    free_slots_a_day = models.PositiveSmallIntegerField(
        _("times kept free a day"), default=2, help_text=_("For each desk, so that people eat.")
    )
    minimum_meetings = models.PositiveSmallIntegerField(
        _("fewest meetings"), default=0, help_text=_("What the planner tries to give everybody who asked.")
    )
    walking_minutes = models.JSONField(
        _("walking minutes"),
        default=dict,
        blank=True,
        help_text=_("Between two halls, as {“A|B”: 6}; measured on the plan where it says nothing."),
    )
    # Kept by the verbs of webhooks, so that a verb asks nothing more where there is none.
    has_webhooks = models.BooleanField(default=False, editable=False)
    is_demo = models.BooleanField(_("demo"), default=False, help_text=_("Invented; always shown as such."))

    class Meta:
        verbose_name = _("set-up of meetings")
        verbose_name_plural = _("set-ups of meetings")
        constraints = [
            models.CheckConstraint(condition=Q(slot_minutes__in=[15, 20, 30]), name="slot_minutes_are_usual"),
            models.CheckConstraint(condition=Q(approval__in=["approve", "auto_accept"]), name="meeting_approval_is_known"),
            models.CheckConstraint(condition=Q(scheduling__in=["participants", "planner"]), name="meeting_scheduling_is_known"),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(closes_at__isnull=True) | Q(closes_at__gt=F("opens_at")),
                name="booking_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return str(self.edition)

    def clean(self) -> None:
        """Say in words what the constraint would only name."""
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            raise ValidationError({"closes_at": _("It ends after it begins.")})

    @property
    def opens_later(self) -> str:
        """When booking opens, on the expo's clocks and in the active language; "" where it has opened."""
        if self.opens_at is None or self.opens_at <= timezone.now():
            return ""
        zone = self.edition.time_zone
        words = {"day": long_day(self.opens_at.astimezone(ZoneInfo(zone)).date()), "hour": clock(self.opens_at, zone)}
        return str(_("%(day)s, %(hour)s") % words)


class RoleRight(models.Model):
    """A cell of the two matrices: whether one role sees the other, and whether it may ask it. Without a cell, only unlike roles may both."""

    setup = models.ForeignKey(MeetingSetup, on_delete=models.CASCADE, related_name="rights", verbose_name=_("set-up of meetings"))
    asking = models.CharField(_("who"), max_length=10, choices=Registration.Role)
    asked = models.CharField(_("whom"), max_length=10, choices=Registration.Role)
    may_see = models.BooleanField(_("may see"), default=True)
    may_ask = models.BooleanField(_("may ask"), default=True)

    class Meta:
        verbose_name = _("right of a role")
        verbose_name_plural = _("rights of roles")
        constraints = [
            models.UniqueConstraint(fields=["setup", "asking", "asked"], name="role_right_once"),
            models.CheckConstraint(condition=Q(may_ask=False) | Q(may_see=True), name="who_asks_sees"),
        ]

    def __str__(self) -> str:
        return f"{self.get_asking_display()} → {self.get_asked_display()}"


class SlotQuerySet(models.QuerySet["Slot"]):
    def standing(self) -> "SlotQuerySet":
        """Those that were not taken out of the timetable."""
        return self.filter(removed_at__isnull=True)

    def for_meetings(self) -> "SlotQuerySet":
        """Standing ones in which people meet, earliest first."""
        return self.standing().filter(kind=Slot.Kind.MEETING).order_by("starts_at")


class Slot(models.Model):
    """A stretch of an edition's timetable in which people meet, or all have a break. No two standing ones overlap."""

    class Kind(models.TextChoices):
        MEETING = "meeting", _("meeting")
        BREAK = "break", _("break")

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="slots", verbose_name=_("edition"))
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    day = models.DateField(_("day"), help_text=_("In the edition’s own time zone."))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.MEETING)
    title = models.CharField(_("title"), max_length=80, blank=True, help_text=_("Of a break, for example Lunch."))
    removed_at = models.DateTimeField(_("taken out at"), null=True, blank=True)

    objects: ClassVar[Any] = SlotQuerySet.as_manager()

    class Meta:
        verbose_name = _("time slot")
        verbose_name_plural = _("time slots")
        ordering = ["edition", "starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "starts_at"], condition=Q(removed_at__isnull=True), name="one_slot_at_a_time"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slot_has_length"),
            models.CheckConstraint(condition=Q(kind__in=["meeting", "break"]), name="slot_kind_is_known"),
        ]
        indexes = [models.Index(fields=["edition", "day"], name="slots_of_a_day")]

    def __str__(self) -> str:
        return f"{short_day(self.day)} {self.hours}"

    @property
    def hours(self) -> str:
        """From when to when, on the expo's clocks: "09:30–10:00"."""
        zone = self.edition.time_zone
        return f"{clock(self.starts_at, zone)}–{clock(self.ends_at, zone)}"

    @property
    def words(self) -> str:
        """Day and hours in the active language: "Mon 22 June 2026, 09:30–10:00"."""
        return str(_("%(day)s, %(hour)s") % {"day": long_day(self.day), "hour": self.hours})


class PlaceQuerySet(models.QuerySet["Place"]):
    def open(self) -> "PlaceQuerySet":
        """Those that were not closed."""
        return self.filter(closed_at__isnull=True)

    def tables(self) -> "PlaceQuerySet":
        """The pool's open tables."""
        return self.open().filter(kind=Place.Kind.TABLE)


class Place(models.Model):
    """Where people meet: an exhibitor's booth with its desks, a numbered table in a hall, or a line for those who attend online."""

    class Kind(models.TextChoices):
        BOOTH = "booth", _("booth")
        TABLE = "table", _("table")
        ONLINE = "online", _("online")

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="meeting_places", verbose_name=_("edition"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.TABLE)
    booth = models.OneToOneField(
        Booth, on_delete=models.PROTECT, null=True, blank=True, related_name="meeting_place", verbose_name=_("booth")
    )
    hall = models.ForeignKey(Hall, on_delete=models.PROTECT, null=True, blank=True, related_name="meeting_places", verbose_name=_("hall"))
    code = models.CharField(_("code"), max_length=20, help_text=_("As on the sign, for example N1-T12."))
    capacity = models.PositiveSmallIntegerField(
        _("meetings at once"), default=1, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    key = models.CharField(_("word of the QR code"), max_length=16, unique=True, default=place_key, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects: ClassVar[Any] = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting place")
        verbose_name_plural = _("meeting places")
        ordering = ["edition", "kind", "code"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "kind", "code"], name="place_code_once_per_edition"),
            models.CheckConstraint(condition=Q(kind__in=["booth", "table", "online"]), name="place_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind="booth", booth__isnull=False) | (~Q(kind="booth") & Q(booth__isnull=True)),
                name="place_at_a_booth_names_it",
            ),
            models.CheckConstraint(condition=Q(kind="online") | Q(hall__isnull=False), name="place_stands_in_a_hall"),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="place_has_room"),
        ]

    def __str__(self) -> str:
        return self.code


class Interpreter(models.Model):
    """Somebody of the organiser's pool who can sit in meetings: a resource of a slot, as a table is."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="interpreters", verbose_name=_("edition"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
        help_text=_("The account, where there is one."),
    )
    name = models.CharField(_("name"), max_length=80, blank=True, help_text=_("Of who has no account."))
    languages = models.JSONField(
        _("languages"), default=list, validators=[known_languages], help_text=_("Codes of two letters, as [“en”, “zh”].")
    )
    is_active = models.BooleanField(_("available"), default=True)

    class Meta:
        verbose_name = _("interpreter")
        verbose_name_plural = _("interpreters")
        ordering = ["edition", "id"]
        constraints = [
            # The name of an account's person stands with the account alone, and goes with it.
            models.CheckConstraint(condition=Q(person__isnull=True) | Q(name=""), name="interpreter_is_named_once"),
        ]

    def __str__(self) -> str:
        return display_name(self.person) if self.person is not None else self.name


class InterpreterAbsence(models.Model):
    """A time at which an interpreter of the pool is not there, and is given no meeting."""

    interpreter = models.ForeignKey(Interpreter, on_delete=models.CASCADE, related_name="absences", verbose_name=_("interpreter"))
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="absent_interpreters", verbose_name=_("time slot"))

    class Meta:
        verbose_name = _("absence of an interpreter")
        verbose_name_plural = _("absences of interpreters")
        ordering = ["interpreter", "slot"]
        constraints = [models.UniqueConstraint(fields=["interpreter", "slot"], name="interpreter_is_absent_once")]

    def __str__(self) -> str:
        return f"{self.interpreter_id}: {self.slot_id}"
