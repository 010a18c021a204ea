"""This room over the API: postings with what fits and matches them, verdicts, matching runs, and what chains lack."""

from rest_framework.routers import SimpleRouter

from matchmaking.matching.api.postings import OfferViewSet, RequestViewSet
from matchmaking.matching.api.runs import MatchRunViewSet


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("offers", OfferViewSet, basename="api_offer")
    router.register("requests", RequestViewSet, basename="api_request")
    router.register("match-runs", MatchRunViewSet, basename="api_match_run")
