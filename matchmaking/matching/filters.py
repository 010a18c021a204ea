"""The filters of the marketplace, and the one of what the engine found. Page and API use these."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from matchmaking.marketplace import filters


class OfferFilter(filters.OfferFilter):
    """Offers. `open` asks for requests, so it leaves none of them."""

    open = django_filters.BooleanFilter(label=_("Only requests without an offer"), method="without_offer")

    def without_offer(self, queryset: Any, _name: str, only: bool) -> Any:  # noqa: FBT001 - the library's signature
        return queryset.none() if only else queryset


class RequestFilter(filters.RequestFilter):
    """Requests. `open` leaves those that no open offer fits, as last worked out."""

    open = django_filters.BooleanFilter(label=_("Only requests without an offer"), method="without_offer")

    def without_offer(self, queryset: Any, _name: str, only: bool) -> Any:  # noqa: FBT001 - the library's signature
        return queryset.filter(gap__isnull=False) if only else queryset
