from django.db import models
from django.utils.translation import gettext_lazy as _


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
