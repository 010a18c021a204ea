from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Edition
from expo.foundation.staff import may


class EditQuerySet(models.QuerySet["Edit"]):
    def visible_to(self, visitor: Any) -> "EditQuerySet":
        """All, for staff who may see them; none for anybody else."""
        return self if may(visitor, "meetings.view_edit") else self.none()


class Edit(models.Model):
    """One change of the ground while meetings are booked: what was changed, whom it hit, where they sit since, and whether it was undone.

    `parameters` name what was changed, `before` and `after` hold the ground and the seats of every meeting that was touched, by its number;
    `counts` what was shown and done; `undone` what came back and what could not, with a word for why.
    """

    class Kind(models.TextChoices):
        REMOVE_SLOT = "remove_slot", _("take out a time")
        MOVE_SLOT = "move_slot", _("move a time")
        MAKE_BREAK = "make_break", _("make a break of a time")
        CLOSE_HALL = "close_hall", _("close a hall")
        REOPEN_HALL = "reopen_hall", _("open a hall again")
        CLOSE_PLACE = "close_place", _("close a table or booth")
        REOPEN_PLACE = "reopen_place", _("open a table or booth again")
        CHANGE_CAPACITY = "change_capacity", _("change how many meet at a place")
        MOVE_EXHIBITOR = "move_exhibitor", _("move an exhibitor to another booth")
        INTERPRETER_AWAY = "interpreter_away", _("an interpreter is ill")
        INTERPRETER_BACK = "interpreter_back", _("an interpreter is back")
        CHANGE_RIGHT = "change_right", _("change who may see and ask whom")

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="meeting_edits", verbose_name=_("edition"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    subject = models.CharField(_("what was changed"), max_length=200)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    before = models.JSONField(_("before"), default=dict, blank=True)
    after = models.JSONField(_("after"), default=dict, blank=True)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    undone = models.JSONField(_("what came back"), default=dict, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("done by")
    )
    done_at = models.DateTimeField(_("done at"), auto_now_add=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    objects: ClassVar[Any] = EditQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of the meetings’ ground")
        verbose_name_plural = _("changes of the meetings’ ground")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "remove_slot", "move_slot", "make_break", "close_hall", "reopen_hall", "close_place", "reopen_place",
                        "change_capacity", "move_exhibitor", "interpreter_away", "interpreter_back", "change_right",
                    ]
                ),
                name="edit_kind_is_known",
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["edition", "-id"], name="edits_latest_first")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"
