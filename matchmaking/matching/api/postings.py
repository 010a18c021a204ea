"""Offers and requests over the API, with the filters of the market page, and what fits them."""

from typing import Any

import django_filters
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from expo.foundation.rows import ById, ReadOnlyRows, Row
from matchmaking.marketplace.api import OfferWrites, RequestWrites
from matchmaking.marketplace.models import Offer, PostingStatus, SourcingRequest
from matchmaking.matching import filters
from matchmaking.matching.api.matches import Matched, Verdicts
from matchmaking.matching.queries import FitCard, fits_for_offer, fits_for_request, matches_of_offer, matches_of_request
from matchmaking.matching.requirements import Outcome
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


class ReasonRow(Row):
    verdict = serializers.ChoiceField(choices=[outcome.value for outcome in Outcome])
    says = serializers.CharField(help_text="In the language of the request.")
    is_must = serializers.BooleanField(help_text="A must of the request, not a wish.")


class FitRow(Row):
    id = serializers.IntegerField(help_text="Of the offer or request that fits.")
    title = serializers.CharField()
    is_linked = serializers.BooleanField(help_text="It stands one step away on the chain.")
    reasons = ReasonRow(many=True)


class FitsRow(Row):
    is_worked_out = serializers.BooleanField(help_text="False while no matching run is in force, or none has read the posting yet.")
    total = serializers.IntegerField(help_text="How many are listed.")
    results = FitRow(many=True, help_text="The ten that fit best, best first.")


class Fitting(ReadOnlyRows):
    """What fits a posting, as on its page: nothing where it is not open."""

    fits_for: Any = None

    @extend_schema(responses=FitsRow)
    @action(detail=True, methods=["get"])
    def fits(self, request: Request, pk: str) -> Response:
        """Read what fits the posting, best first."""
        posting = get_object_or_404(self.get_queryset().for_page(), pk=pk)  # type: ignore[attr-defined] # postings have it
        found = type(self).fits_for(posting, request.user)
        rows = [fit_sent(fit) for fit in found.cards]
        return Response({"is_worked_out": found.is_worked_out, "total": found.total, "results": rows})


class OfferViewSet(Matched, Fitting, ById, OfferWrites):
    queryset = Offer.objects.all()
    filterset_class = OfferFilter
    fits_for = staticmethod(fits_for_offer)
    matches_of = staticmethod(matches_of_offer)


class RequestViewSet(Verdicts, Matched, Fitting, ById, RequestWrites):
    queryset = SourcingRequest.objects.all()
    filterset_class = RequestFilter
    fits_for = staticmethod(fits_for_request)
    matches_of = staticmethod(matches_of_request)


def fit_sent(fit: FitCard) -> dict[str, Any]:
    """Return what the page says of a posting that fits."""
    reasons = [{"verdict": verdict, "says": says, "is_must": is_must} for verdict, says, is_must in fit.reasons]
    return {"id": fit.card["id"], "title": fit.card["title"], "is_linked": fit.is_linked, "reasons": reasons}
