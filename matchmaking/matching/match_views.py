from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from expo.accounts.models import User
from expo.editions.queries import landmarks
from matchmaking.marketplace.cards import card_of, hides_buyer
from matchmaking.marketplace.models import Posting
from matchmaking.marketplace.posting_page import Standing, facts_shown
from matchmaking.matching import queries
from matchmaking.matching.filters import chosen_filters
from matchmaking.matching.sharpening import what_would_sharpen
from matchmaking.matching.visits import last_visit


@require_safe
def request_matches(request: HttpRequest, pk: int) -> HttpResponse:
    posting = get_object_or_404(queries.own_or_staff("request", request.user).for_page(), pk=pk)
    found = queries.matches_of_request(posting, request.user, chosen_filters(request.GET), since=last_visit(request))
    return _page(request, posting, found)


@require_safe
def offer_matches(request: HttpRequest, pk: int) -> HttpResponse:
    posting = get_object_or_404(queries.own_or_staff("offer", request.user).for_page(), pk=pk)
    found = queries.matches_of_offer(posting, request.user, chosen_filters(request.GET), since=last_visit(request))
    return _page(request, posting, found)


@require_safe
def own_matches(request: HttpRequest) -> HttpResponse:
    user, expo = cast("User", request.user), landmarks()
    edition, companies = expo.current, queries.companies_of(user)
    number = request.GET.get("page", "1")
    page = int(number) if number.isdecimal() and len(number) < 7 else 1  # noqa: PLR2004 - as many pages as nobody has
    found = queries.for_company(companies, user, edition, since=last_visit(request), page=page) if edition and companies else None
    context = {
        "companies": companies,
        "found": found,
        "since": last_visit(request),
        "current_edition": expo.current,
        "latest_results": expo.latest_results,
    }
    return render(request, "matching/own_matches.html", context)


def _page(request: HttpRequest, posting: Posting, found: Any) -> HttpResponse:
    standing = Standing(posting, request.user)
    context = {
        "posting": posting,
        "card": card_of(posting),
        "hides_buyer": hides_buyer(posting),
        "shown": facts_shown(posting),
        "standing": standing,
        "found": found,
        "filters": chosen_filters(request.GET),
        "shows_hidden": "hidden" in request.GET,
        "sharpen": what_would_sharpen(posting) if standing.is_owner else [],
        "address": request.get_full_path(),
        "address_hidden": _other_answer(request),
    }
    return render(request, "matching/matches.html", context)


def _other_answer(request: HttpRequest) -> str:
    """Return the address of this page, filters and all, that shows what was put aside, or hides it again."""
    address = request.GET.copy()
    if address.pop("hidden", None) is None:
        address["hidden"] = "1"
    return f"{request.path}?{address.urlencode()}" if address else request.path
