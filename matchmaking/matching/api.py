"""Offers and requests over the API, with the filters of the market page, and what fits them."""

import django_filters
from django.utils.translation import gettext_lazy as _
from rest_framework.routers import SimpleRouter

from expo.foundation.rows import ById
from matchmaking.marketplace.api import OfferWrites, RequestWrites
from matchmaking.marketplace.models import Offer, PostingStatus, SourcingRequest
from matchmaking.matching import filters
from matchmaking.participants.api import OwnFilters


class OwnPostings(OwnFilters):
    status = django_filters.MultipleChoiceFilter(
        label=_("Status"), choices=PostingStatus.choices, distinct=False, help_text=_("Of your own postings; others are published.")
    )
    company_path = "registration__company"


class OfferFilter(OwnPostings, filters.OfferFilter):
    class Meta:
        model = Offer
        fields: list[str] = []


class RequestFilter(OwnPostings, filters.RequestFilter):
    class Meta:
        model = SourcingRequest
        fields: list[str] = []


class OfferViewSet(ById, OfferWrites):
    queryset = Offer.objects.all()
    filterset_class = OfferFilter


class RequestViewSet(ById, RequestWrites):
    queryset = SourcingRequest.objects.all()
    filterset_class = RequestFilter


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("offers", OfferViewSet, basename="api_offer")
    router.register("requests", RequestViewSet, basename="api_request")
