from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def live(self) -> "CalendarFeedQuerySet":
        """Those that were not revoked."""
        return self.filter(revoked_at__isnull=True)

    def visible_to(self, visitor: Any) -> "CalendarFeedQuerySet":
        """One's own."""
        return self.filter(person_id=visitor.pk) if visitor.is_authenticated else self.none()


class CalendarFeed(models.Model):
    """The secret address of a person's own calendar. What is kept is a digest; whoever holds the address reads the meetings until it is revoked."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feeds", verbose_name=_("person"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects: ClassVar[Any] = CalendarFeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["person"], condition=Q(revoked_at__isnull=True), name="one_live_feed_per_person")]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"
