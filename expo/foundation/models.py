import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from expo.foundation.digests import at_moment, timeless

SALT_BYTES = 8


class LineDigest(models.CharField[str, str]):
    """The digest of a line, made whenever a new line is written: after its moment, which is set just before."""

    def pre_save(self, model_instance: Any, add: bool) -> str:  # noqa: FBT001 - Django's signature
        if add and not model_instance.digest:
            model_instance.digest = at_moment(timeless(model_instance), model_instance.at)
        return str(model_instance.digest)


class LineSalt(models.CharField[str, str]):
    """What keeps the digest of an emptied line from being guessed at; made with the line, gone with its text."""

    def pre_save(self, model_instance: Any, add: bool) -> str:  # noqa: FBT001 - as above
        if add and not model_instance.salt and not model_instance.digest:
            model_instance.salt = secrets.token_hex(SALT_BYTES)
        return str(model_instance.salt)


class Event(models.Model):
    """One line of the log: who did what to which row, when, and with which values. Written once, never changed.

    The database itself refuses changes, see `foundation.guards`; what it lets pass is what `foundation.eventlog` does. `digest` and `seal`
    show that nobody changed it behind the database's back, see `foundation.sealing`.
    """

    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("actor")
    )
    verb = models.CharField(_("verb"), max_length=60)
    thing = models.CharField(_("kind of thing"), max_length=60)
    thing_id = models.CharField(_("thing"), max_length=40)
    data = models.JSONField(_("data"), default=dict, blank=True)
    salt = LineSalt(max_length=16, blank=True, default="", editable=False)
    digest = LineDigest(_("digest"), max_length=64, blank=True, default="", editable=False)
    seal = models.ForeignKey(
        "foundation.Seal",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        db_index=False,  # What is sealed is read in the order of the lines; the index below finds what is not.
        related_name="events",
        verbose_name=_("seal"),
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(seal__isnull=True), name="event_to_seal"),
            models.Index(fields=["thing", "thing_id"], name="event_of_thing"),
            models.Index(fields=["thing", "id"], condition=models.Q(data__has_key="acting_for"), name="event_done_for_others"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.thing} {self.thing_id}"


class Seal(models.Model):
    """A block of lines of the log, chained to the one before it: whoever changes a line, or a block, breaks the chain from there on.

    `listing` names each line by its number and half its digest; `digest` is of the number, of the digest of the block before, of the moment and
    of the listing. A pruned block lost lines whose time of keeping was over. Written by `foundation.sealing` alone.
    """

    number = models.PositiveBigIntegerField(_("number"), unique=True)
    previous = models.CharField(_("digest of the one before"), max_length=64, unique=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    lines = models.PositiveIntegerField(_("lines"))
    listing = models.BinaryField()
    is_lasting = models.BooleanField(_("lasting"), default=False)
    is_pruned = models.BooleanField(_("pruned"), default=False)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


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


class LoadedRow(models.Model):
    """What the expo's files last said of a row, so that loading them again changes only what changed in them."""

    kind = models.CharField(_("kind of thing"), max_length=60)
    key = models.CharField(_("key"), max_length=500)
    said = models.JSONField(_("what the file said"), default=dict)

    class Meta:
        verbose_name = _("loaded row")
        verbose_name_plural = _("loaded rows")
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="loaded_row_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Tombstone(models.Model):
    """That somebody was erased, told by a digest which says nothing without the row it belongs to: a restored backup erases them again."""

    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")

    def __str__(self) -> str:
        return self.digest[:12]


class KeptAnswer(models.Model):
    """The answer to a write that carried an `Idempotency-Key`, kept for 48 hours. Status 0 while the write is under way."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person"))
    key = models.CharField(_("key"), max_length=255)
    fingerprint = models.CharField(_("digest of the request"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"))
    body = models.TextField(_("body"), blank=True)
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="answered_once")]

    def __str__(self) -> str:
        return self.key


class RequestCount(models.Model):
    """How many requests of one caller were granted in the present minute and day. One row a caller, written by `foundation.limits` alone."""

    caller = models.CharField(_("caller"), max_length=80, primary_key=True)
    minute = models.PositiveBigIntegerField(_("minute"), help_text=_("Minutes since 1970."))
    in_minute = models.PositiveIntegerField(_("in the minute"))
    day = models.PositiveIntegerField(_("day"), db_index=True, help_text=_("Days since 1970."))
    in_day = models.PositiveIntegerField(_("in the day"))

    class Meta:
        verbose_name = _("count of requests")
        verbose_name_plural = _("counts of requests")

    def __str__(self) -> str:
        return self.caller


class SearchEntry(models.Model):
    """One thing that a search may find: its tokens, what its rank goes by, and what a list of results shows of it.

    Written by `foundation.search` alone. The tokens are searched through an index of the database's own, which follows this table by itself:
    an FTS5 table with triggers on SQLite, a generated tsvector column on PostgreSQL. Whoever reads it asks the described rows'
    `visible_to` whether they may.
    """

    label = models.CharField(max_length=24)
    object_id = models.BigIntegerField()
    kind = models.CharField(_("kind"), max_length=10)
    edition_id = models.BigIntegerField(null=True)
    is_open = models.BooleanField(default=True)
    at = models.DateTimeField(null=True)
    whole_en = models.CharField(max_length=200, blank=True)
    whole_zh = models.CharField(max_length=200, blank=True)
    codes = models.CharField(max_length=400, blank=True)
    digest = models.CharField(max_length=32)
    title = models.TextField(blank=True)
    names = models.TextField(blank=True)
    words = models.TextField(blank=True)
    shown = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        constraints = [models.UniqueConstraint(fields=["label", "object_id"], name="searched_once")]

    def __str__(self) -> str:
        return f"{self.label} {self.object_id}"


class SearchWord(models.Model):
    """A word of some title or name, kept so that a typing error finds it. Being here says nothing: only what has visible hits is offered."""

    word = models.CharField(max_length=24, primary_key=True)

    class Meta:
        verbose_name = _("search word")
        verbose_name_plural = _("search words")

    def __str__(self) -> str:
        return self.word


class SearchSlip(models.Model):
    """A word with one letter left out, and the word: two spellings that share a slip are a typing error apart."""

    slip = models.CharField(max_length=24, db_index=True)
    word = models.ForeignKey(SearchWord, on_delete=models.CASCADE, related_name="slips")

    class Meta:
        verbose_name = _("search slip")
        verbose_name_plural = _("search slips")
        constraints = [models.UniqueConstraint(fields=["word", "slip"], name="slip_once")]

    def __str__(self) -> str:
        return f"{self.slip}: {self.word_id}"


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
