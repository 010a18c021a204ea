"""Offers, requests and certificates over the API: their rows and what is done with them. `matching` gives postings their addresses."""

from rest_framework.routers import SimpleRouter

from expo.foundation.rows import ByKey, ReadOnlyRows
from matchmaking.marketplace.api.postings import OfferWrites, RequestWrites
from matchmaking.marketplace.api.rows import CertificateRow, OfferRow, RequestRow
from matchmaking.marketplace.models import Certificate

__all__ = ["OfferRow", "OfferWrites", "RequestRow", "RequestWrites", "register"]


class CertificateViewSet(ByKey, ReadOnlyRows):
    queryset = Certificate.objects.all()
    serializer_class = CertificateRow
    lookup_value_regex = r"[^/.%\x00]{1,80}"  # a key is a name without blanks and signs, in any script


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("certificates", CertificateViewSet, basename="api_certificate")
