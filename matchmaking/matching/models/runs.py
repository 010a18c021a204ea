"""What the matcher found: a run over an edition, in shards that any worker may take, and its matches."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Edition, Segment
from matchmaking.marketplace.models import Offer, SourcingRequest


class MatchRunQuerySet(models.QuerySet["MatchRun"]):
    def in_force(self) -> "MatchRunQuerySet":
        """Those whose matches are shown: one of an edition at most."""
        return self.filter(status="in_force")


class MatchRun(models.Model):
    """One working out of all matches of an edition. The one in force is what pages show, until a finished one takes its place at once."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        IN_FORCE = "in_force", _("in force")
        REPLACED = "replaced", _("replaced")
        INTERRUPTED = "interrupted", _("interrupted")

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="match_runs", verbose_name=_("edition"))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.QUEUED)
    engine_version = models.CharField(_("engine version"), max_length=20)
    parameters = models.JSONField(_("parameters"), default=dict, help_text=_("Weights, length of lists, largest share of a company."))
    glossary_digest = models.CharField(_("digest of the terms"), max_length=64, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("asked by")
    )
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    followed_until = models.DateTimeField(
        _("followed until"), null=True, blank=True, help_text=_("What was written before is in the matches.")
    )
    note = models.CharField(_("note"), max_length=300, blank=True, help_text=_("Why it was interrupted."))
    figures = models.JSONField(_("figures"), default=dict, help_text=_("Counts, CPU seconds, peak memory, exposure, quality."))

    objects: ClassVar[Any] = MatchRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("matching run")
        verbose_name_plural = _("matching runs")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["edition"], condition=Q(status="in_force"), name="one_run_in_force_per_edition"),
            models.UniqueConstraint(fields=["edition"], condition=Q(status__in=["queued", "running"]), name="one_open_run_per_edition"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class Shard(models.Model):
    """The part of a run that one segment's requests make. Whoever takes it must be done before `taken_at` is too long ago."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        TAKEN = "taken", _("taken")
        DONE = "done", _("done")

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="shards", verbose_name=_("run"))
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", verbose_name=_("segment"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    figures = models.JSONField(_("figures"), default=dict)

    class Meta:
        verbose_name = _("shard")
        verbose_name_plural = _("shards")
        ordering = ["run", "segment"]
        constraints = [models.UniqueConstraint(fields=["run", "segment"], name="segment_once_in_a_run")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.segment_id}"


class Snapshot(models.Model):
    """A posting as the engine read it: with two of these and the run's parameters a match can be worked out again."""

    offer = models.ForeignKey(Offer, null=True, blank=True, on_delete=models.CASCADE, related_name="snapshots", verbose_name=_("offer"))
    request = models.ForeignKey(
        SourcingRequest, null=True, blank=True, on_delete=models.CASCADE, related_name="snapshots", verbose_name=_("request")
    )
    digest = models.CharField(max_length=32)
    facts = models.JSONField(_("facts"))
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    read_at = models.DateTimeField(_("last read at"), default=timezone.now, help_text=_("When the posting last said just this."))

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        constraints = [
            models.CheckConstraint(
                condition=Q(offer__isnull=True, request__isnull=False) | Q(offer__isnull=False, request__isnull=True),
                name="snapshot_of_one_posting",
            ),
            models.UniqueConstraint(fields=["offer", "digest"], condition=Q(offer__isnull=False), name="snapshot_once_per_offer"),
            models.UniqueConstraint(fields=["request", "digest"], condition=Q(request__isnull=False), name="snapshot_once_per_request"),
        ]

    def __str__(self) -> str:
        return self.digest


class Unlisted(models.Model):
    """Of a posting in a run: how many of the other side were looked at, and why those are not on its list that are not.

    Each is counted once, by what it fails on first: a value of `engine.facts.Field`; CLASH, another size or grade; OTHER, another thing;
    LOWER, it fits but others fit better; SPREAD, its place went to another company that fits nearly as well. Near misses are among them.
    """

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="unlisted", db_index=False, verbose_name=_("run"))
    request = models.ForeignKey(
        SourcingRequest, null=True, blank=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("request")
    )
    offer = models.ForeignKey(Offer, null=True, blank=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("offer"))
    looked_at = models.PositiveIntegerField(_("looked at"))
    reasons = models.JSONField(_("reasons"), default=dict)

    class Meta:
        verbose_name = _("postings not listed")
        verbose_name_plural = _("postings not listed")
        constraints = [
            models.CheckConstraint(
                condition=Q(offer__isnull=True, request__isnull=False) | Q(offer__isnull=False, request__isnull=True),
                name="unlisted_of_one_posting",
            ),
            models.UniqueConstraint(fields=["run", "request"], name="unlisted_once_per_request"),
            models.UniqueConstraint(fields=["run", "offer"], name="unlisted_once_per_offer"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.request_id or self.offer_id}"


class MatchQuerySet(models.QuerySet["Match"]):
    def in_force(self) -> "MatchQuerySet":
        """Of the run in force, both postings still open: what was withdrawn is gone at once.

        Asked of each row by itself: a list of a posting needs a handful, and must not read all that is open first.
        """
        offers = Offer.objects.published().filter(pk=models.OuterRef("offer"))
        requests = SourcingRequest.objects.published().filter(pk=models.OuterRef("request"))
        is_open = models.Exists(offers.order_by()) & models.Exists(requests.order_by())
        return self.filter(is_open, run__status=MatchRun.Status.IN_FORCE)


class Match(models.Model):
    """A request and an offer that belong together, or nearly. A rank is the place in the list of one side, from 1; None: not on it."""

    class WishedBy(models.IntegerChoices):
        NOBODY = 0, _("nobody")
        BUYER = 1, _("buyer")
        SUPPLIER = 2, _("supplier")
        BOTH = 3, _("both sides")

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="matches", verbose_name=_("run"))
    request = models.ForeignKey(SourcingRequest, on_delete=models.CASCADE, related_name="matches", verbose_name=_("request"))
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="matches", verbose_name=_("offer"))
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, help_text=_("0 to 100."))
    request_rank = models.PositiveSmallIntegerField(_("place for the request"), null=True, blank=True)
    offer_rank = models.PositiveSmallIntegerField(_("place for the offer"), null=True, blank=True)
    near_rank = models.PositiveSmallIntegerField(
        _("place among the near misses"), null=True, blank=True, help_text=_("It breaks a must: apart from the matches.")
    )
    wished_by = models.PositiveSmallIntegerField(
        _("would like to meet"), choices=WishedBy, default=WishedBy.NOBODY, db_default=0, help_text=_("Whose wish is in the score.")
    )
    request_snapshot = models.ForeignKey(Snapshot, on_delete=models.RESTRICT, related_name="+", verbose_name=_("the request as read"))
    offer_snapshot = models.ForeignKey(Snapshot, on_delete=models.RESTRICT, related_name="+", verbose_name=_("the offer as read"))

    objects: ClassVar[Any] = MatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        constraints = [
            models.UniqueConstraint(fields=["run", "request", "offer"], name="pair_once_in_a_run"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="score_is_0_to_100"),
            models.CheckConstraint(
                condition=Q(near_rank__isnull=True) | Q(request_rank__isnull=True, offer_rank__isnull=True),
                name="near_miss_stands_apart",
            ),
        ]
        indexes = [models.Index(fields=["run", "offer", "offer_rank"], name="matches_of_an_offer")]

    def __str__(self) -> str:
        return f"{self.request_id} – {self.offer_id}: {self.score}"
