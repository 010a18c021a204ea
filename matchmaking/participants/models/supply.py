from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from expo.editions.models import Segment, Source
from expo.foundation.bilingual import Bilingual, is_chinese
from matchmaking.participants.models.companies import Company


class SupplyLink(models.Model):
    """Who supplies whom with what, as a report published it. A side that is no company here stands by its published name and country."""

    key = models.SlugField(_("key"), max_length=80, unique=True)
    supplier = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, blank=True, related_name="supplies", verbose_name=_("supplier")
    )
    supplier_name = models.CharField(_("supplier's name"), max_length=160, blank=True, help_text=_("Where it is no company here."))
    supplier_name_zh = models.CharField(_("supplier's name (Chinese)"), max_length=160, blank=True)
    supplier_country = CountryField(_("supplier's country/region"), blank=True)
    customer = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, blank=True, related_name="supplied_by", verbose_name=_("customer")
    )
    customer_name = models.CharField(_("customer's name"), max_length=160, blank=True, help_text=_("Where it is no company here."))
    customer_name_zh = models.CharField(_("customer's name (Chinese)"), max_length=160, blank=True)
    customer_country = CountryField(_("customer's country/region"), blank=True)
    item_en = models.CharField(_("what is supplied (English)"), max_length=160)
    item_zh = models.CharField(_("what is supplied (Chinese)"), max_length=160, blank=True)
    year = models.PositiveSmallIntegerField(_("year"), help_text=_("Of which the report speaks."))
    supplier_segment = models.ForeignKey(
        Segment, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("supplier's segment")
    )
    customer_segment = models.ForeignKey(
        Segment, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("customer's segment")
    )
    sources = models.ManyToManyField(Source, verbose_name=_("sources"), related_name="supply_links")

    item = Bilingual("item")

    class Meta:
        verbose_name = _("supply link")
        verbose_name_plural = _("supply links")
        ordering = ["year", "key"]
        constraints = [
            models.CheckConstraint(
                condition=Q(supplier__isnull=False) | (~Q(supplier_name="") & ~Q(supplier_country="")), name="supply_link_says_who_supplies"
            ),
            models.CheckConstraint(
                condition=Q(customer__isnull=False) | (~Q(customer_name="") & ~Q(customer_country="")),
                name="supply_link_says_who_is_supplied",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_title} → {self.customer_title}: {self.item}"

    def clean(self) -> None:
        """Refuse a side that is neither a company here nor a name with its country."""
        for side in ("supplier", "customer"):
            if not getattr(self, f"{side}_id") and not (getattr(self, f"{side}_name") and getattr(self, f"{side}_country")):
                raise ValidationError({side: _("Choose a company, or write the published name and its country or region.")})

    @property
    def supplier_title(self) -> str:
        """The supplier's name in the page's language."""
        return self._title(self.supplier, self.supplier_name, self.supplier_name_zh)

    @property
    def customer_title(self) -> str:
        """The customer's name in the page's language."""
        return self._title(self.customer, self.customer_name, self.customer_name_zh)

    def _title(self, company: Company | None, name: str, name_zh: str) -> str:
        return company.title if company else (name_zh or name) if is_chinese() else name
