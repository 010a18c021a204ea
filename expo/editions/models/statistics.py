from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from expo.editions.models.editions import Edition
from expo.editions.models.figures import Metric, ReportedFigure
from expo.foundation.staff import may

SHOWN = (Edition.Status.LIVE, Edition.Status.CLOSED)


class StatisticQuerySet(models.QuerySet["Statistic"]):
    def standing(self) -> "StatisticQuerySet":
        """Those that hold now: neither corrected nor ended."""
        return self.filter(ended_at__isnull=True)

    def visible_to(self, visitor: Any) -> "StatisticQuerySet":
        """What holds now, of editions whose results may be read; for staff who keep figures all of it, the old values too."""
        return self if may(visitor, "editions.view_statistic") else self.standing().filter(edition__status__in=SHOWN)


class Statistic(models.Model):
    """A figure that staff entered because no row of the system counts it: the gates' audience, the stream's, the area.

    A correction is a new row that names the one it replaces; the old one stays with its end and the reason. Of a metric counted by
    day there is one standing row for each day, of any other one in all.
    """

    Qualifier = ReportedFigure.Qualifier

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="statistics", verbose_name=_("edition"))
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="statistics", verbose_name=_("metric"))
    day = models.DateField(_("day"), null=True, blank=True, help_text=_("Empty for the edition as a whole."))
    qualifier = models.CharField(_("qualifier"), max_length=10, choices=ReportedFigure.Qualifier, default=ReportedFigure.Qualifier.EXACT)
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=2, validators=[MinValueValidator(Decimal(0))])
    source_note = models.CharField(_("source"), max_length=200, help_text=_("Who measured it, and how."))
    measured_at = models.DateTimeField(_("measured at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by")
    )
    entered_at = models.DateTimeField(_("entered at"))
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    reason = models.TextField(_("why it ended"), blank=True, max_length=500)
    is_demo = models.BooleanField(_("demo"), default=False, editable=False, help_text=_("Invented; always shown as such."))

    objects: ClassVar[Any] = StatisticQuerySet.as_manager()

    class Meta:
        verbose_name = _("statistic")
        verbose_name_plural = _("statistics")
        ordering = ["edition", "metric__order", "day", "-entered_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "metric", "day"], condition=Q(ended_at=None, day__isnull=False), name="one_standing_statistic_a_day"
            ),
            models.UniqueConstraint(fields=["edition", "metric"], condition=Q(ended_at=None, day=None), name="one_standing_statistic"),
            models.UniqueConstraint(fields=["replaces"], name="statistic_replaced_once"),
            models.CheckConstraint(condition=Q(value__gte=0), name="statistic_is_not_negative"),
            models.CheckConstraint(condition=~Q(source_note=""), name="statistic_has_source"),
            models.CheckConstraint(
                condition=Q(ended_at=None, reason="") | (Q(ended_at__isnull=False) & ~Q(reason="")), name="ended_statistic_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition.slug} {self.metric.key}: {self.get_qualifier_display()} {self.value}"

    @property
    def is_standing(self) -> bool:
        """Whether it holds now."""
        return self.ended_at is None
