"""How postings are filtered, on the page and in the API alike. `matching.filters` adds what needs the engine."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.core.validators import RegexValidator
from django.db.models import DecimalField, Exists, ExpressionWrapper, OuterRef, Q, Subquery, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from expo.editions.models import ExchangeRate, Stage
from expo.foundation.countries import country_codes
from expo.foundation.lists import Filters
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.search.asked import read
from expo.foundation.search.finding import keys_with
from expo.foundation.units import UNIT_CHOICES, UNITS, in_base
from matchmaking.marketplace.models import Offer, OfferCertificate, RequestCertificate, SourcingRequest
from matchmaking.marketplace.normalise import certificate_key, same_base

Rows = Any
MOST_WEEKS = 520
MOST_VALUES = 50
HS_START = RegexValidator(r"^\d{2,6}$", _("Write 2 to 6 digits, for example 8507."))


class SlugsField(forms.MultipleChoiceField):
    """Several keys from the address. One that nothing has finds nothing; one that is no key at all is an error."""

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)
        wrong = [text for text in value if not text.replace("-", "").replace("_", "").isalnum()]
        if wrong or len(value) > MOST_VALUES:
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": wrong[:1] or len(value)}
            )


class SlugsFilter(django_filters.MultipleChoiceFilter):  # type: ignore[misc] # the library is untyped
    field_class = SlugsField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, distinct=False, **kwargs)  # Every filter here leaves each posting once.


class CountriesField(forms.MultipleChoiceField):
    """Codes of countries and regions. Not a list of choices with names: each form would copy all of them several times."""

    def valid_value(self, value: Any) -> bool:
        return value in country_codes()


class CountryField(forms.ChoiceField):
    """One code, as `CountriesField`."""

    def valid_value(self, value: Any) -> bool:
        return value in country_codes()


class CountriesFilter(django_filters.MultipleChoiceFilter):  # type: ignore[misc] # the library is untyped
    field_class = CountriesField


class CountryFilter(django_filters.CharFilter):  # type: ignore[misc] # as above
    field_class = CountryField


def not_ended() -> Q:
    """Say of an offer's certificate that it still holds today."""
    return Q(valid_until__isnull=True) | Q(valid_until__gte=timezone.localdate())


def in_yuan(amount: Decimal, currency: str) -> Any:
    """Return the amount in yuan at the current edition's rate, worked out in the query; without a stated rate nothing compares."""
    if currency == "CNY":
        return amount
    rate = ExchangeRate.objects.filter(edition__is_current=True, currency=currency).values("cny_per_unit")[:1]
    money = DecimalField(max_digits=24, decimal_places=8)
    return ExpressionWrapper(Value(amount, money) * Subquery(rate, output_field=money), output_field=money)


class PostingFilter(Filters):
    """What offers and requests are filtered by. Values of one name are alternatives, except certificates: all of them are wanted."""

    q = django_filters.CharFilter(
        label=_("Search"), method="search", max_length=200, help_text=_("Every word, in any text or name, in either language.")
    )
    chain = SlugsFilter(label=_("Chain"), field_name="segment__chain__slug", help_text=_("By slug."))
    segment = SlugsFilter(label=_("Segment"), field_name="segment__slug", help_text=_("By slug."))
    stage = django_filters.MultipleChoiceFilter(label=_("Stage"), field_name="segment__stage", choices=Stage.choices, distinct=False)
    country = CountriesFilter(
        label=_("Country/region"),
        method="from_countries",
        help_text=_("Where the company is at home. Requests whose buyer hides its name are left out."),
    )
    origin = CountryFilter(label=_("Origin"), method="of_origin", help_text=_("Offers from there, and requests that accept it."))
    hs = django_filters.CharFilter(
        label=_("HS code"),
        field_name="hs_code",
        lookup_expr="startswith",
        max_length=6,
        validators=[HS_START],
        help_text=_("The code, or how it begins."),
    )
    certificate = SlugsFilter(
        label=_("Certificate"),
        method="with_certificates",
        help_text=_("By key, the name without spaces and signs: iatf16949. Certificates that have ended do not count."),
    )
    price_min = django_filters.NumberFilter(
        label=_("Price from"),
        method="priced_from",
        min_value=0,
        max_digits=18,
        decimal_places=4,
        help_text=_("Price or budget, in `currency` for one `unit`."),
    )
    price_max = django_filters.NumberFilter(
        label=_("Price up to"), method="priced_to", min_value=0, max_digits=18, decimal_places=4, help_text=_("As `price_min`.")
    )
    currency = django_filters.ChoiceFilter(
        label=_("Currency"),
        method="unchanged",
        choices=CURRENCY_CHOICES,
        help_text=_("CNY if not given; converted at the edition's rates."),
    )
    unit = django_filters.ChoiceFilter(
        label=_("Unit"),
        method="unchanged",
        choices=UNIT_CHOICES,
        help_text=_("Compares with all units of its kind. Without it, amounts are read in base units of any kind."),
    )
    quantity = django_filters.NumberFilter(
        label=_("Quantity"),
        method="of_quantity",
        min_value=0,
        max_digits=18,
        decimal_places=3,
        help_text=_("Offers that accept such an order, and requests for at least as much."),
    )
    lead_min = django_filters.NumberFilter(
        label=_("Lead time from, weeks"),
        method="lead_from",
        min_value=0,
        max_value=MOST_WEEKS,
        help_text=_("Weeks. For requests: until the goods are needed."),
    )
    lead_max = django_filters.NumberFilter(
        label=_("Lead time up to, weeks"), method="lead_to", min_value=0, max_value=MOST_WEEKS, help_text=_("As `lead_min`.")
    )
    debut = django_filters.BooleanFilter(label=_("Debut"), method="debuts", help_text=_("Offers shown here for the first time."))

    certificate_rows: type[OfferCertificate] | type[RequestCertificate]
    certificate_owner: str
    searched_as: str
    price_unit_column: str

    def search(self, queryset: Rows, _name: str, text: str) -> Rows:
        """Keep what the search index finds: a buyer who hides its name is in it without that name."""
        if not text.strip():
            return queryset
        asked = read(text)
        return queryset.filter(pk__in=keys_with(asked, self.searched_as)) if asked else queryset.none()

    def from_countries(self, queryset: Rows, _name: str, codes: list[str]) -> Rows:
        return queryset.filter(registration__company__country__in=codes) if codes else queryset

    def of_origin(self, queryset: Rows, _name: str, code: str) -> Rows:
        raise NotImplementedError

    def with_certificates(self, queryset: Rows, _name: str, keys: list[str]) -> Rows:
        for key in keys:
            held = self.certificate_rows.objects.filter(self.still_holds(), certificate__key=certificate_key(key))
            queryset = queryset.filter(Exists(held.filter(**{self.certificate_owner: OuterRef("pk")})))
        return queryset

    def still_holds(self) -> Q:
        return Q()

    def priced_from(self, queryset: Rows, _name: str, amount: Decimal) -> Rows:
        return self._priced(queryset, "price_cny_base__gte", amount)

    def priced_to(self, queryset: Rows, _name: str, amount: Decimal) -> Rows:
        return self._priced(queryset, "price_cny_base__lte", amount)

    def _priced(self, queryset: Rows, condition: str, amount: Decimal) -> Rows:
        unit = self.form.cleaned_data.get("unit")
        if unit:
            queryset = queryset.filter(**{f"{self.price_unit_column}__in": same_base(unit)})
            amount = amount / UNITS[unit].factor
        return queryset.filter(**{condition: in_yuan(amount, self.form.cleaned_data.get("currency") or "CNY")})

    def of_quantity(self, queryset: Rows, _name: str, amount: Decimal) -> Rows:
        unit = self.form.cleaned_data.get("unit")
        if unit:
            return self.accepts(queryset.filter(unit__in=same_base(unit)), in_base(amount, unit)[0])
        return self.accepts(queryset, amount)

    def accepts(self, queryset: Rows, amount: Decimal) -> Rows:
        raise NotImplementedError

    def lead_from(self, queryset: Rows, _name: str, weeks: Decimal) -> Rows:
        return self.lead(queryset, "gte", int(weeks) * 7)

    def lead_to(self, queryset: Rows, _name: str, weeks: Decimal) -> Rows:
        return self.lead(queryset, "lte", int(weeks) * 7)

    def lead(self, queryset: Rows, comparison: str, days: int) -> Rows:
        raise NotImplementedError

    def debuts(self, queryset: Rows, _name: str, only: bool) -> Rows:  # noqa: FBT001 - the library's signature
        return queryset.none() if only else queryset

    def unchanged(self, queryset: Rows, _name: str, _value: str) -> Rows:
        """Stand by for the filters that read this value together with their own."""
        return queryset


class OfferFilter(PostingFilter):
    certificate_rows = OfferCertificate
    certificate_owner = "offer"
    searched_as = "offer"
    price_unit_column = "price_unit"

    class Meta:
        model = Offer
        fields: list[str] = []

    def of_origin(self, queryset: Rows, _name: str, code: str) -> Rows:
        return queryset.filter(origin=code)

    def still_holds(self) -> Q:
        return not_ended()

    def accepts(self, queryset: Rows, amount: Decimal) -> Rows:
        return queryset.filter(Q(quantity_base__isnull=True) | Q(quantity_base__lte=amount))

    def lead(self, queryset: Rows, comparison: str, days: int) -> Rows:
        return queryset.filter(**{f"lead_time_days__{comparison}": days})

    def debuts(self, queryset: Rows, _name: str, only: bool) -> Rows:  # noqa: FBT001 - the library's signature
        return queryset.filter(is_debut=True) if only else queryset


class RequestFilter(PostingFilter):
    """Requests. Where a buyer hides its name, neither a search nor a filter says anything about the company."""

    certificate_rows = RequestCertificate
    certificate_owner = "request"
    searched_as = "request"
    price_unit_column = "budget_unit"

    class Meta:
        model = SourcingRequest
        fields: list[str] = []

    def from_countries(self, queryset: Rows, name: str, codes: list[str]) -> Rows:
        return super().from_countries(queryset.named(), name, codes) if codes else queryset

    def of_origin(self, queryset: Rows, _name: str, code: str) -> Rows:
        return queryset.filter(Q(origins_accepted="") | Q(origins_accepted__has=code))

    def accepts(self, queryset: Rows, amount: Decimal) -> Rows:
        return queryset.filter(quantity_base__gte=amount)

    def lead(self, queryset: Rows, comparison: str, days: int) -> Rows:
        return queryset.filter(**{f"needed_by__{comparison}": timezone.localdate() + timedelta(days=days)})
