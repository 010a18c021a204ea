"""How halls, booths and pavilions are filtered."""

import django_filters
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from expo.editions.filters import chain_filter, edition_filter
from expo.foundation.lists import Filters
from expo.venue.models import Booth, Hall, Pavilion


def every_country() -> list[tuple[str, str]]:
    """Return all countries and regions; a function, so that the API's description does not list them."""
    return list(countries)


class HallFilter(Filters):
    """Halls by edition."""

    edition = edition_filter()

    class Meta:
        model = Hall
        fields: list[str] = []


class BoothFilter(Filters):
    """Booths by edition, hall, chain, stage and status."""

    edition = edition_filter()
    chain = chain_filter("area__chain")
    hall = django_filters.CharFilter(field_name="hall__code", max_length=10, label=_("Hall"))

    class Meta:
        model = Booth
        fields = ["stage", "status"]


class PavilionFilter(Filters):
    """Pavilions by edition, country or region, and kind."""

    edition = edition_filter()
    country = django_filters.ChoiceFilter(choices=every_country, label=_("Country/region"))

    class Meta:
        model = Pavilion
        fields = ["kind"]
