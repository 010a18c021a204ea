from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from matchmaking.marketplace.cards import card_of, hides_buyer
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest
from matchmaking.marketplace.posting_page import Standing, facts_shown
from matchmaking.matching.forgiving import market_of
from matchmaking.matching.own_cards import mark_own
from matchmaking.matching.queries import best_of, fits_for_offer, fits_for_request
from matchmaking.matching.sharpening import what_would_sharpen

FITS_SHOWN = 5


@login_not_required
@require_safe
def market(request: HttpRequest) -> HttpResponse:
    shown, typed = market_of(request.GET)
    mark_own(shown.cards, request.user, shown.now.columns)
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
    return _page(request, shown, fits_for_offer)


@login_not_required
@require_safe
def sourcing_request(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(SourcingRequest.objects.visible_to(request.user).for_page(), pk=pk)
    return _page(request, shown, fits_for_request)


def _page(request: HttpRequest, posting: Posting, fits_for: Any) -> HttpResponse:
    standing = Standing(posting, request.user)
    # Its own people see scores and what both sides said; everybody else what stands on the list, without.
    matched = best_of(posting, request.user) if posting.is_open and standing.is_owner else None
    fits = fits_for(posting, request.user, FITS_SHOWN) if posting.is_open and matched is None else None
    context = {
        "posting": posting,
        "card": card_of(posting),
        "hides_buyer": hides_buyer(posting),
        "shown": facts_shown(posting),
        "standing": standing,
        "fits": fits,
        "matched": matched,
        "sharpen": what_would_sharpen(posting) if standing.is_owner else [],
    }
    return render(request, "matching/posting.html", context)
