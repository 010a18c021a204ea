from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from matchmaking.marketplace.cards import card_of, hides_buyer
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest
from matchmaking.marketplace.posting_page import Standing, facts_shown
from matchmaking.matching.forgiving import market_of
from matchmaking.matching.queries import fits_for_offer, fits_for_request


@login_not_required
@require_safe
def market(request: HttpRequest) -> HttpResponse:
    shown, typed = market_of(request.GET)
    context = {
        "market": shown,
        "typed": typed,
        "current_edition": shown.edition,
        "latest_results": shown.landmarks.latest_results,
        "chain_bar": shown.chain_bar,
    }
    response = render(request, "matching/market.html", context)
    if request.htmx:  # type: ignore[attr-defined] # set by its middleware
        response["HX-Push-Url"] = f"{request.path}{shown.short_address}"
    return response


@login_not_required
@require_safe
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Offer.objects.visible_to(request.user).for_page(), pk=pk)
    fits = fits_for_offer(shown, visitor=request.user) if shown.is_open else None
    return _page(request, shown, fits)


@login_not_required
@require_safe
def sourcing_request(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(SourcingRequest.objects.visible_to(request.user).for_page(), pk=pk)
    fits = fits_for_request(shown, visitor=request.user) if shown.is_open else None
    return _page(request, shown, fits)


def _page(request: HttpRequest, posting: Posting, fits: Any) -> HttpResponse:
    standing = Standing(posting, request.user)
    context = {
        "posting": posting,
        "card": card_of(posting),
        "hides_buyer": hides_buyer(posting),
        "shown": facts_shown(posting),
        "standing": standing,
        "fits": fits,
    }
    return render(request, "matching/posting.html", context)
