from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from expo.accounts.models import User
from expo.editions.models import Chain, Edition, Segment, Stage
from expo.foundation.dates import span
from expo.foundation.drawing.signs import MOST_DOTS
from expo.foundation.staff import acts_as_staff
from matchmaking.agreements.models import Agreement
from matchmaking.desk import queries
from matchmaking.desk.notices import unread_of
from matchmaking.desk.queries.chain import forum_of
from matchmaking.desk.queries.company import other_about
from matchmaking.desk.queries.expo import Expo
from matchmaking.desk.queries.line import market_address
from matchmaking.meetings.queries.day import days_of
from matchmaking.meetings.rules import may_look_after
from matchmaking.participants.models import Company
from matchmaking.participants.rules import may_manage, may_speak_for

MOST_GAPS = 5


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    expo = queries.the_expo()
    edition = expo.current or (expo.editions[0] if expo.editions else None)
    context = {"is_front": True, "edition": edition, **expo.layout()}
    if edition is not None:
        context |= _line_context(expo, edition, is_full=acts_as_staff(request.user))
        context |= {
            "days": queries.days_of(edition),
            "facts": _home_facts(edition, expo),
            "network": queries.network_of(edition, expo.chains(edition), context["segments"]),
            "agreements": Agreement.objects.filter(edition=edition).counted().count(),
            "past": queries.past_results(expo.held),
            "forums": queries.shown_forums(expo.editions),
        }
    return render(request, "desk/home.html", context)


@login_not_required
@require_safe
def chains(request: HttpRequest) -> HttpResponse:
    expo = queries.the_expo()
    edition = expo.current or (expo.editions[0] if expo.editions else None)
    context = {"edition": edition, **expo.layout()}
    if edition is not None:
        context |= _line_context(expo, edition, is_full=acts_as_staff(request.user))
        here = {chain.pk for chain in expo.chains(edition)}
        context["former"] = list({area.chain.pk: area.chain for area in expo.areas if area.chain_id not in here}.values())
    return render(request, "desk/chains.html", context)


@login_not_required
@require_safe
def chain(request: HttpRequest, slug: str) -> HttpResponse:
    expo = queries.the_expo()
    shown = next((area.chain for area in expo.areas if area.chain.slug == slug), None) or get_object_or_404(Chain, slug=slug)
    stage = request.GET.get("stage", "") if request.GET.get("stage") in Stage.values else ""
    context = {
        "chain": shown,
        "edition": expo.current,
        "stage": stage,
        **expo.layout(),
        **_chain_counts(shown, expo, is_full=acts_as_staff(request.user)),
    }
    tabs = _stage_tabs(shown, stage, context["stages"], context["exhibitors"].total)
    context |= {
        "lists": queries.chain_lists(shown, expo, request, stage=stage, number=next(tab["count"] for tab in tabs if tab["is_on"])),
        "tabs": tabs,
        "crossings": queries.crossings_of(shown, expo.current),
        "forum": forum_of(shown),
        "zones": [other for other in expo.chains(expo.current) if other.parent_id == shown.pk],
        "held_in": [edition for edition in expo.editions_of(shown) if edition in expo.held],
        "span": _years(expo),
        "market": market_address(shown),
        "has_line": any(one["stops"] for one in context["stages"]),
        "has_dots": any(stop["requests"] and stop["without_offer"] is not None for one in context["stages"] for stop in one["stops"]),
        "is_long": any(stop["requests"] > MOST_DOTS for one in context["stages"] for stop in one["stops"]),
    }
    return render(request, "desk/chain.html", context)


@login_not_required
@require_safe
def company(request: HttpRequest, slug: str) -> HttpResponse:
    expo = queries.the_expo()
    companies = Company.objects.visible_to(request.user)
    shown: Any = get_object_or_404(companies.prefetch_related("sources"), slug=slug)
    context = {
        "company": shown,
        "about_aside": other_about(shown),
        "years": expo.years,
        "page": queries.company_page(shown, request.user),
        "may_manage": request.user.is_authenticated and may_manage(request.user, shown),
        "stands_for_it": SimpleLazyObject(lambda: may_speak_for(request.user, shown)),
        "may_look_after": may_look_after(request.user),
        **expo.layout(),
    }
    return render(request, "desk/company.html", context)


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    expo, user = queries.the_expo(), cast("User", request.user)
    context = {
        "edition": expo.current,
        "own": queries.own_desk(user, expo.current),
        "days": days_of(user, expo.current) if expo.current is not None else None,
        "unread": unread_of(user),
        "queues": queries.organiser_queues(user, expo.current) if acts_as_staff(user) else [],
        "stops": [_("Draft"), _("Review"), _("Published"), _("Matched"), _("Agreed")],
        **expo.layout(),
    }
    return render(request, "desk/desk.html", context)


def _line_context(expo: Expo, edition: Edition, *, is_full: bool) -> dict[str, Any]:
    """Return tiles, zones and totals of the edition, in two queries while the counts are kept."""
    own = expo.chains(edition)
    segments = list(Segment.objects.filter(chain__in=own).order_by("chain", "order", "pk"))
    counts = queries.counts_of(edition)
    return {
        "segments": segments,
        "tiles": queries.tiles_of(own, segments, counts, is_full=is_full),
        "zones": [chain for chain in own if chain.is_zone],
        "offers": counts.offers.total,
        "requests": sum(requests for requests, _without in counts.gaps.values()),
        "has_demo": counts.has_demo,
    }


def _home_facts(edition: Edition, expo: Expo) -> list[tuple[str, str]]:
    unknown = _("Not announced yet")
    place = _(", ").join(str(part) for part in (edition.venue, edition.city) if part)
    return [
        (_("Dates"), span(edition.starts_on, edition.ends_on) if edition.starts_on else unknown),
        (_("Venue"), place or unknown),
        (_("Layout"), _layout(expo.chains(edition)) or unknown),
    ]


def _layout(own: list[Chain]) -> str:
    kinds = [chain.kind for chain in own]
    lines, services, zones = (kinds.count(kind) for kind in (Chain.Kind.CHAIN, Chain.Kind.SERVICES, Chain.Kind.ZONE))
    parts = [
        ngettext("%(n)s chain", "%(n)s chains", lines) % {"n": lines},
        ngettext("%(n)s services area", "%(n)s services areas", services) % {"n": services},
        ngettext("%(n)s special zone", "%(n)s special zones", zones) % {"n": zones},
    ]
    return _(", ").join(part for part, n in zip(parts, (lines, services, zones), strict=True) if n)


def _chain_counts(shown: Chain, expo: Expo, *, is_full: bool) -> dict[str, Any]:
    """Return the line of a chain with its counts, in two queries while the counts are kept."""
    edition = expo.current
    segments = list(shown.segments.order_by("order", "pk"))
    if edition is None or shown not in expo.chains(edition):
        nothing = queries.Tally({}, has_demo=False)
        return {
            "exhibitors": nothing,
            "offers": nothing,
            "stages": queries.stages_of(shown, segments, queries.Counts(nothing, nothing, {}, None), is_full=False),
            "is_former": True,
        }
    counts = queries.counts_of(edition, shown)
    stages = queries.stages_of(shown, segments, counts, is_full=is_full)
    open_stops = sorted(
        (stop for stage in stages for stop in stage["stops"] if stop["without_offer"]), key=lambda stop: -stop["without_offer"]
    )
    return {
        "exhibitors": counts.exhibitors,
        "offers": counts.offers,
        "stages": stages,
        "looked_at": counts.looked_at,
        "requests": counts.requests(segments),
        "without_offer": counts.without_offer(segments, is_full=is_full),
        "is_matched": counts.is_matched,
        "gaps": open_stops[:MOST_GAPS],
        "has_demo": counts.has_demo,
    }


def _stage_tabs(shown: Chain, stage: str, stages: list[dict[str, Any]], total: int) -> list[dict[str, Any]]:
    address = reverse("chain", args=[shown.slug])
    rest = [
        {
            "text": Stage(one["key"]).label,
            "address": f"{address}?stage={one['key']}#exhibitors",
            "count": one["exhibitors"],
            "is_on": stage == one["key"],
        }
        for one in stages
        if one["stops"] or stage == one["key"]
    ]
    return [{"text": _("All"), "address": f"{address}#exhibitors", "count": total, "is_on": not stage}, *rest]


def _years(expo: Expo) -> str:
    years = expo.years
    return "–".join(str(year) for year in dict.fromkeys([years[0], years[-1]])) if years else ""
