import secrets
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
