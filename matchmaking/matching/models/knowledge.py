"""What the matcher knows of trade, and what an organiser may change of it: weights and terms."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Chain


class Weight(models.Model):
    """How many points a factor counts in the sum. A factor without a row has the engine's own number."""

    factor = models.CharField(_("factor"), max_length=20, unique=True)
    points = models.PositiveSmallIntegerField(_("points"), validators=[MaxValueValidator(100)], help_text=_("0 to 100; 0 leaves it out."))
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("weight")
        verbose_name_plural = _("weights")
        ordering = ["factor"]
        constraints = [models.CheckConstraint(condition=Q(points__lte=100), name="weight_is_at_most_100")]

    def __str__(self) -> str:
        return f"{self.factor}: {self.points}"


class Term(models.Model):
    """One thing of the trade with its names in both languages, so that a request finds an offer that calls it otherwise."""

    class Kind(models.TextChoices):
        GOOD = "good", _("good")
        MATERIAL = "material", _("material")
        EQUIPMENT = "equipment", _("equipment")
        SERVICE = "service", _("service")
        SOFTWARE = "software", _("software")
        PROPERTY = "property", _("property")
        PROCESS = "process", _("process")
        CERTIFICATE = "certificate", _("certificate")
        PLACE = "place", _("place")
        KIND = "kind", _("kind of trade")

    chain = models.ForeignKey(
        Chain,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="terms",
        verbose_name=_("chain"),
        help_text=_("Empty: everywhere."),
    )
    key = models.CharField(_("key"), max_length=120, help_text=_("The first English name; once in a chain."))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    broader = models.CharField(
        _("belongs to"),
        max_length=120,
        blank=True,
        help_text=_("A wider term, or for a property the family whose members exclude each other."),
    )
    english = models.TextField(
        _("English names"), max_length=1000, blank=True, help_text=_("With a bar between: lithium iron phosphate|LFP")
    )
    chinese = models.TextField(_("Chinese names"), max_length=1000, blank=True, help_text=_("With a bar between: 磷酸铁锂|铁锂"))
    is_active = models.BooleanField(_("in use"), default=True)
    is_own = models.BooleanField(_("changed here"), default=False, help_text=_("Loading the shipped terms leaves it as it is."))
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["chain", "key"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "key"], name="term_once_in_a_chain"),
            models.UniqueConstraint(fields=["key"], condition=Q(chain=None), name="term_once_everywhere"),
            models.CheckConstraint(condition=~Q(english="", chinese=""), name="term_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.key


class Vector(models.Model):
    """What a sentence model says of a text, both by their digests: worked out once, read by every run."""

    model = models.CharField(max_length=32)
    text = models.CharField(max_length=32)
    values = models.BinaryField(help_text=_("Numbers of two bytes each."))
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("vector of a text")
        verbose_name_plural = _("vectors of texts")
        constraints = [models.UniqueConstraint(fields=["model", "text"], name="text_once_per_model")]

    def __str__(self) -> str:
        return f"{self.model}/{self.text}"
