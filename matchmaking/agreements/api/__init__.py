"""Agreements over the API, and what came of an edition. To strangers anonymous ones have neither title nor parties here either."""

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from expo.editions.models import Edition
from expo.foundation.rows import BySlug, ReadOnly
from matchmaking.agreements.api.fulfilment import FulfilmentViewSet
from matchmaking.agreements.api.maps import ChainMapViewSet
from matchmaking.agreements.api.milestones import MilestoneViewSet
from matchmaking.agreements.api.rates import StatedRateViewSet
from matchmaking.agreements.api.reports import ClosingReportViewSet, FrozenReportViewSet
from matchmaking.agreements.api.rows import OutcomeRow, outcome_sent
from matchmaking.agreements.api.writing import AgreementViewSet


class OutcomeViewSet(BySlug, ReadOnly):
    queryset = Edition.objects.all()
    serializer_class = OutcomeRow

    def retrieve(self, request: Any, **named: str) -> Response:
        edition = get_object_or_404(Edition, slug=named["slug"])
        return Response(outcome_sent(edition, visitor=request.user))


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("agreements", AgreementViewSet, basename="api_agreement")
    router.register("chain-maps", ChainMapViewSet, basename="api_chain_map")
    router.register("outcomes", OutcomeViewSet, basename="api_outcome")
    router.register("exchange-rates", StatedRateViewSet, basename="api_exchange_rate")
    router.register("closing-reports", ClosingReportViewSet, basename="api_closing_report")
    router.register("fulfilment", FulfilmentViewSet, basename="api_fulfilment")
    router.register("frozen-reports", FrozenReportViewSet, basename="api_frozen_report")
    router.register("milestones", MilestoneViewSet, basename="api_milestone")
