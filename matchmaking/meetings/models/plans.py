"""Plans of a whole edition: runs of the planner, what a draft would change, and what people are still to be told."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Edition
from expo.foundation.staff import may
from matchmaking.meetings.models.meetings import Meeting
from matchmaking.meetings.models.setup import Interpreter, Place, Slot
from matchmaking.participants.models import Registration, Visitor


class PlanRunQuerySet(models.QuerySet["PlanRun"]):
    def visible_to(self, visitor: Visitor) -> "PlanRunQuerySet":
        """All for staff who look after plans, none for others."""
        return self.filter() if visitor.is_authenticated and may(visitor, "meetings.view_planrun") else self.none()

    def open(self) -> "PlanRunQuerySet":
        """Those that are asked for or being worked out."""
        return self.filter(status__in=PlanRun.OPEN)

    def being_published(self) -> "PlanRunQuerySet":
        """Those that somebody has published and a worker is still to put into force."""
        return self.filter(status=PlanRun.Status.PUBLISHING)


class PlanRun(models.Model):
    """One plan of an edition's meetings: asked for, worked out by a worker, looked at as a draft, then published or discarded.

    Until it is published nothing changes for anybody. `taken_at` is renewed while a worker is at it; who finds it old takes the run up again
    from the `checkpoint`, the best plan so far: {"seats": [[meeting, slot, place, interpreter], ...]}.

    A large draft is `publishing` from `publish_asked_at`, asked by `published_by`, until a worker has put it into force: then it is published; or it
    was kept back, and is a draft again. `kept_back` says why: {"code": of the refusal, "meetings": [{"id", "why"}, ...], "count"}.

    `figures`: {"figures": {...}, "bounds": [{"aim", "reached", "bound", "gap"}, ...], "seated_bound", "asked", "cpu_seconds", "is_cut_short",
    "kinds": {kind: rows}, "had_to_move"}.
    """

    class Kind(models.TextChoices):
        PLAN = "plan", _("plan")
        REPAIR = "repair", _("re-plan")

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DRAFT = "draft", _("draft")
        PUBLISHING = "publishing", _("being published")
        PUBLISHED = "published", _("published")
        DISCARDED = "discarded", _("discarded")
        INTERRUPTED = "interrupted", _("interrupted")

    OPEN = ("queued", "running")
    SECONDS = 60

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="plan_runs", verbose_name=_("edition"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.PLAN)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.QUEUED)
    seed = models.PositiveIntegerField(_("seed"), default=1, help_text=_("The same facts and seed give the same plan."))
    seconds = models.PositiveSmallIntegerField(
        _("CPU seconds"), default=SECONDS, validators=[MinValueValidator(1), MaxValueValidator(600)], help_text=_("At most.")
    )
    with_proposals = models.BooleanField(_("with proposals"), default=False, help_text=_("Of mutual matches, up to the fewest meetings."))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("asked by")
    )
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    publish_asked_at = models.DateTimeField(_("asked to publish at"), null=True, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("published by")
    )
    step = models.CharField(_("step"), max_length=40, blank=True, help_text=_("The planner’s own word."))
    share = models.FloatField(_("share done"), default=0, help_text=_("0 to 1."))
    seated = models.PositiveIntegerField(_("seated so far"), default=0)
    idle_slots = models.PositiveIntegerField(_("idle slots so far"), default=0)
    stop_asked_at = models.DateTimeField(_("asked to stop at"), null=True, blank=True)
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    checkpoint = models.JSONField(_("best plan so far"), default=dict, blank=True, editable=False)
    figures = models.JSONField(_("figures"), default=dict, blank=True)
    kept_back = models.JSONField(_("why it was not published"), null=True, blank=True)
    facts_digest = models.CharField(_("digest of the facts"), max_length=64, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True, help_text=_("Why it was interrupted."))

    objects: ClassVar[Any] = PlanRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run of the planner")
        verbose_name_plural = _("runs of the planner")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["plan", "repair"]), name="plan_kind_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running", "draft", "publishing", "published", "discarded", "interrupted"]),
                name="plan_status_is_known",
            ),
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=1), name="plan_share_is_0_to_1"),
            models.UniqueConstraint(fields=["edition"], condition=Q(status__in=["queued", "running"]), name="one_open_plan_per_edition"),
            models.UniqueConstraint(fields=["edition"], condition=Q(status="publishing"), name="one_plan_being_published_per_edition"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it is asked for or being worked out."""
        return self.status in self.OPEN

    @property
    def is_under_way(self) -> bool:
        """Whether a worker is at it or is to be: working it out, or putting it into force."""
        return self.is_open or self.status == self.Status.PUBLISHING


class PlannedSeat(models.Model):
    """One line of a draft: a meeting and its time, place and interpreter before and after; or a proposal of two who match.

    `reason` and `data` say why an unseated one has no time: a word of `planner.Reason` and the numbers that its sentence needs. A kept one may have a
    reason, too: what it has breaks a rule, and it stays where it is, because it is locked, or because people have agreed on it. `data` of a
    proposal: {"offer", "request", "wished_by"}.
    """

    class Kind(models.TextChoices):
        KEPT = "kept", _("kept")
        MOVED = "moved", _("moved")
        NEW = "new", _("new")
        UNSEATED = "unseated", _("without a time")
        PROPOSAL = "proposal", _("proposal")

    run = models.ForeignKey(PlanRun, on_delete=models.CASCADE, related_name="planned", verbose_name=_("run of the planner"))
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, null=True, blank=True, related_name="planned", verbose_name=_("meeting"))
    sender = models.ForeignKey(
        Registration, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("who would ask")
    )
    receiver = models.ForeignKey(
        Registration, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("who would be asked")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    slot = models.ForeignKey(Slot, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("time slot"))
    place = models.ForeignKey(Place, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("place"))
    interpreter = models.ForeignKey(
        Interpreter, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("interpreter")
    )
    before_slot = models.ForeignKey(
        Slot, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("time slot before")
    )
    before_place = models.ForeignKey(
        Place, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("place before")
    )
    before_interpreter = models.ForeignKey(
        Interpreter, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("interpreter before")
    )
    reason = models.CharField(_("reason"), max_length=24, blank=True)
    data = models.JSONField(_("data"), default=dict, blank=True)
    score = models.FloatField(_("score"), default=0, help_text=_("0 to 100."))

    class Meta:
        verbose_name = _("line of a plan")
        verbose_name_plural = _("lines of plans")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["kept", "moved", "new", "unseated", "proposal"]), name="planned_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind="proposal", meeting__isnull=True, sender__isnull=False, receiver__isnull=False)
                | (~Q(kind="proposal") & Q(meeting__isnull=False)),
                name="planned_for_a_meeting_or_proposed",
            ),
            models.UniqueConstraint(fields=["run", "meeting"], condition=Q(meeting__isnull=False), name="meeting_once_in_a_plan"),
        ]
        indexes = [models.Index(fields=["run", "kind"], name="planned_by_kind")]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.meeting_id or 'proposal'}"


class NewsQuerySet(models.QuerySet["News"]):
    def visible_to(self, visitor: Visitor) -> "NewsQuerySet":
        """All for staff who look after meetings, none for others."""
        return self.filter() if visitor.is_authenticated and may(visitor, "meetings.view_news") else self.none()


class News(models.Model):
    """A meeting was given another seat, and its people are not told yet. The row goes when they are, or when all is as it was.

    `before` is the seat they know of: {"slot", "place", "interpreter"}, each a number or null. A second change keeps the first one's.
    """

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="news", verbose_name=_("meeting"))
    before = models.JSONField(_("before"), default=dict)
    why = models.CharField(_("why"), max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("done by")
    )
    created_at = models.DateTimeField(_("changed at"), db_index=True)

    objects: ClassVar[Any] = NewsQuerySet.as_manager()

    class Meta:
        verbose_name = _("news of a meeting")
        verbose_name_plural = _("news of meetings")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.meeting_id}"
