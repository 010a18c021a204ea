"""The filters of the marketplace, and the one that needs the engine. Page and API use these."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from matchmaking.marketplace import filters
from matchmaking.matching.queries import requests_without_offer


class OfferFilter(filters.OfferFilter):
    """Offers. `open` asks for requests, so it leaves none of them."""

    open = django_filters.BooleanFilter(label=_("Only requests without an offer"), method="without_offer")

    def without_offer(self, queryset: Any, _name: str, only: bool) -> Any:  # noqa: FBT001 - the library's signature
        return queryset.none() if only else queryset


class RequestFilter(filters.RequestFilter):
    """Requests. `open` leaves those that no open offer fits."""

    open = django_filters.BooleanFilter(label=_("Only requests without an offer"), method="without_offer")

    def without_offer(self, queryset: Any, _name: str, only: bool) -> Any:  # noqa: FBT001 - the library's signature
        return queryset.filter(pk__in=requests_without_offer()) if only else queryset
