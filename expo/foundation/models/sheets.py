import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def sheet_path(_sheet: "SheetImport", _filename: str) -> str:
    """Keep an uploaded spreadsheet under a random name; what it was called is not kept."""
    return f"sheets/{uuid.uuid4().hex}"


class SheetImport(models.Model):
    """A spreadsheet that somebody uploaded: checked, looked at, then stored as a whole or not at all. Kept for a day.

    `kind` is the name of one of `foundation.sheets.kinds`, `scope_id` the row that it is about there (a registration, an edition);
    `company_id` is the company that it speaks for, if any. Rooms above know what these numbers mean, and who may.
    """

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("waiting to be checked")
        CHECKING = "checking", _("being checked")
        READY = "ready", _("ready to be stored")
        REFUSED = "refused", _("refused")
        STORING = "storing", _("being stored")
        STORED = "stored", _("stored")
        FAILED = "failed", _("failed")
        DISCARDED = "discarded", _("discarded")

    RUNNING = ("uploaded", "checking", "storing")
    KEPT = timedelta(days=1)

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    who = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("uploaded by"))
    scope_id = models.PositiveBigIntegerField(_("about"))
    company_id = models.PositiveBigIntegerField(_("company"), null=True, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)
    file = models.FileField(_("file"), upload_to=sheet_path, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.UPLOADED)
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    same = models.PositiveIntegerField(_("unchanged"), default=0)
    bad = models.PositiveIntegerField(_("rows with faults"), default=0)
    faults = models.JSONField(_("faults"), default=list, blank=True)
    preview = models.JSONField(_("first rows"), default=dict, blank=True)
    digest = models.CharField(_("what was checked"), max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    moved_at = models.DateTimeField(_("last sign of life"), auto_now=True)
    stored_at = models.DateTimeField(_("stored at"), null=True, blank=True)

    class Meta:
        verbose_name = _("spreadsheet")
        verbose_name_plural = _("spreadsheets")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["uploaded", "checking", "ready", "refused", "storing", "stored", "failed", "discarded"]),
                name="sheet_status_is_known",
            ),
            models.UniqueConstraint(
                fields=["who"], condition=Q(status__in=["uploaded", "checking", "storing"]), name="one_running_sheet_per_person"
            ),
            models.UniqueConstraint(
                fields=["company_id"],
                condition=Q(status__in=["uploaded", "checking", "storing"], company_id__isnull=False),
                name="one_running_sheet_per_company",
            ),
        ]
        indexes = [models.Index(fields=["status", "moved_at"], name="sheets_at_work")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def is_running(self) -> bool:
        """Whether the worker is at it, or about to be."""
        return self.status in self.RUNNING

    @property
    def kept_until(self) -> datetime:
        """When it is swept, as long as nothing is done with it."""
        return self.moved_at + self.KEPT


def list_path(_export: "ListExport", _filename: str) -> str:
    """Keep the file of a list under a random name; no web server serves this folder, and backups leave it out."""
    return f"lists/{uuid.uuid4().hex}"


class ListExport(models.Model):
    """A long list that somebody asked for as a spreadsheet: written by the worker with what they may see then, kept for a day for them alone.

    `name` is one of `foundation.sheets.lists`, `filters` the query of the address that it was asked for with.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting to be written")
        WRITING = "writing", _("being written")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    RUNNING = ("waiting", "writing")
    KEPT = timedelta(days=1)

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    who = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("asked for by"))
    name = models.CharField(_("list"), max_length=40)
    form = models.CharField(_("format"), max_length=4, choices=[("xlsx", ".xlsx"), ("csv", ".csv")])
    filters = models.TextField(_("filters"), blank=True)
    language = models.CharField(_("language"), max_length=10)
    as_staff = models.BooleanField(_("asked for as staff"), default=False)
    digest = models.CharField(_("what was asked for"), max_length=64)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    file = models.FileField(_("file"), upload_to=list_path, blank=True)
    says = models.JSONField(_("why it failed"), default=dict, blank=True)
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    moved_at = models.DateTimeField(_("last sign of life"), auto_now=True)
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)

    class Meta:
        verbose_name = _("list as a spreadsheet")
        verbose_name_plural = _("lists as spreadsheets")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=["waiting", "writing", "ready", "failed"]), name="list_status_is_known"),
            models.UniqueConstraint(
                fields=["who", "digest"], condition=Q(status__in=["waiting", "writing"]), name="one_list_is_written_once"
            ),
        ]
        indexes = [models.Index(fields=["status", "moved_at"], name="lists_at_work")]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"

    @property
    def is_running(self) -> bool:
        """Whether the worker is at it, or about to be."""
        return self.status in self.RUNNING
