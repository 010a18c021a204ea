from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ModelChoiceFilter, ModelMultipleChoiceFilter, MultipleChoiceFilter

from expo.editions.models import Chain, Edition, Stage
from expo.editions.queries import current_edition
from expo.foundation.countries import country_codes
from expo.foundation.lists import Filters
from matchmaking.participants.models import Company, Registration


class Codes(MultipleChoiceFilter.field_class):  # type: ignore[misc] # the library is untyped
    """Several codes; the empty one of an untouched select means none. Not a list of choices: each form would copy all countries."""

    def valid_value(self, value: Any) -> bool:
        return value in country_codes()

    def to_python(self, value: Any) -> list[str]:
        return [code for code in super().to_python(value) if code]


class CodesFilter(MultipleChoiceFilter):  # type: ignore[misc] # the library is untyped
    field_class = Codes


class ExhibitorFilter(Filters):
    """Exhibitors of one edition: the current one where the address names none. Values of one name are alternatives."""

    q = CharFilter(label=_("Search"), method="search", max_length=100)
    chain = ModelMultipleChoiceFilter(label=_("Chain"), field_name="chains__slug", to_field_name="slug", queryset=Chain.objects.all())
    stage = MultipleChoiceFilter(label=_("Stage"), field_name="main_segment__stage", choices=Stage.choices)
    country = CodesFilter(label=_("Country/region"), field_name="company__country")
    kind = MultipleChoiceFilter(label=_("Kind"), field_name="company__kind", choices=Company.Kind.choices)
    edition = ModelChoiceFilter(label=_("Edition"), to_field_name="slug", queryset=Edition.objects.all())

    class Meta:
        model = Registration
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Registration]) -> Any:
        if self.form.cleaned_data["edition"] is None:
            queryset = queryset.filter(edition__is_current=True)
        return super().filter_queryset(queryset)

    @property
    def edition_shown(self) -> Edition | None:
        """The edition whose exhibitors these are; None only on an empty site. One query where the address names none."""
        found: Edition | None = self.form.cleaned_data["edition"] or current_edition()
        return found

    def search(self, queryset: QuerySet[Registration], _name: str, words: str) -> QuerySet[Registration]:
        """Keep the rows that hold every word, in the company's names or in what it showed."""
        for word in words.split():
            names = Q(company__name__icontains=word) | Q(company__name_zh__icontains=word)
            queryset = queryset.filter(names | Q(shown_en__icontains=word) | Q(shown_zh__icontains=word))
        return queryset
