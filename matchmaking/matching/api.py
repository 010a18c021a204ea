"""Offers and requests over the API, with the filters of the market page."""

from rest_framework.routers import SimpleRouter

from expo.foundation.rows import ById, ReadOnlyRows, Rows
from matchmaking.marketplace.api import OfferRow, RequestRow
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching.filters import OfferFilter, RequestFilter


class OfferViewSet(ById, ReadOnlyRows):
    queryset = Offer.objects.all()
    serializer_class = OfferRow
    filterset_class = OfferFilter


class RequestViewSet(ById, ReadOnlyRows):
    queryset = SourcingRequest.objects.all()
    serializer_class = RequestRow
    filterset_class = RequestFilter

    def shape(self, read: Rows) -> Rows:
        # Whoever looks: as on the page, a hidden buyer has no company.
        return [row if row["visibility"] == SourcingRequest.Visibility.PUBLIC else {**row, "company": None} for row in super().shape(read)]


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("offers", OfferViewSet, basename="api_offer")
    router.register("requests", RequestViewSet, basename="api_request")
