from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """Where a fact was read: who published it, and when. The address is a link only when it is marked safe."""

    class Reliability(models.TextChoices):
        HIGH = "high", _("high")
        MEDIUM = "medium", _("medium")
        LOW = "low", _("low")

    key = models.SlugField(_("key"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=300)
    publisher = models.CharField(_("publisher"), max_length=200)
    published_on = models.CharField(
        _("published on"),
        max_length=10,
        blank=True,
        help_text=_("As precise as known: 2024, 2024-11 or 2024-11-30."),
        validators=[RegexValidator(r"^\d{4}(-\d{2}(-\d{2})?)?$", _("Write 2024, 2024-11 or 2024-11-30."))],
    )
    address = models.URLField(_("address"), max_length=500, blank=True)
    link_ok = models.BooleanField(_("safe to link"), default=False)
    reliability = models.CharField(_("reliability"), max_length=10, choices=Reliability, default=Reliability.HIGH)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["published_on", "key"]

    def __str__(self) -> str:
        return f"{self.publisher}, {self.published_on}" if self.published_on else self.publisher

    @property
    def link(self) -> str:
        """The address if it may be linked, else ''."""
        return self.address if self.link_ok else ""
