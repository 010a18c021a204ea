"""The filters of the marketplace, and the one of what the engine found. Page and API use these."""

from typing import Any

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from matchmaking.marketplace import filters
from matchmaking.matching.queries import Filters
from matchmaking.matching.unfilled import is_unfilled

MOST_CHOSEN = 50


class OfferFilter(filters.OfferFilter):
    """Offers. `open` asks for requests, so it leaves none of them."""

    open = django_filters.BooleanFilter(label=_("Only requests without an offer"), method="without_offer")

    def without_offer(self, queryset: Any, _name: str, only: bool) -> Any:  # noqa: FBT001 - the library's signature
        return queryset.none() if only else queryset


class RequestFilter(filters.RequestFilter):
    """Requests. `open` leaves those that no open offer fits, as the run in force found; none while there is no run."""

    open = django_filters.BooleanFilter(label=_("Only requests without an offer"), method="without_offer")

    def without_offer(self, queryset: Any, _name: str, only: bool) -> Any:  # noqa: FBT001 - the library's signature
        return queryset.filter(is_unfilled()) if only else queryset


def chosen_filters(typed: QueryDict) -> Filters:
    """Read what a list of matches is narrowed to. What no match has leaves the list as it is known to be: empty, never an error."""
    chosen = {
        name: frozenset(value for value in typed.getlist(name)[:MOST_CHOSEN] if value) for name in ("country", "certificate", "segment")
    }
    return Filters(**chosen)
