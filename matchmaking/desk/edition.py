"""An edition's page: facts, areas, pavilions, publications, forums, and how many exhibitors are named."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from expo.editions.models import Chain, Edition, Publication
from expo.editions.queries import Citations, headline_figures, sign_of
from expo.programme.models import Forum
from expo.venue.models import Pavilion
from matchmaking.participants.models import Registration

MOST_FORUMS = 8


@login_not_required
@require_safe
def edition(request: HttpRequest, slug: str) -> HttpResponse:
    shown = get_object_or_404(Edition.objects.prefetch_related("sources"), slug=slug)
    cites = Citations()
    forums = Forum.objects.for_list().filter(edition=shown)
    verified = Registration.objects.visible_to(request.user).exhibitors().verified().filter(edition=shown)
    exhibitors = verified.aggregate(named=Count("pk"), invented=Count("pk", filter=Q(company__is_demo=True)))
    published = list(Publication.objects.filter(edition=shown).prefetch_related("sources"))
    context = {
        "edition": shown,
        "cites": cites.of(shown.sources.all()),
        "figures": [_figure(figure, cites) for figure in headline_figures(shown)],
        "has_results": shown.has_results,
        "areas": shown.areas.select_related("chain__parent").order_by("order"),
        "pavilions": _cited(Pavilion.objects.filter(edition=shown).prefetch_related("sources"), cites),
        "publications": _cited((row for row in published if row.kind != Publication.Kind.DEAL), cites),
        "deals": _cited((row for row in published if row.kind == Publication.Kind.DEAL), cites),
        "forums": forums[:MOST_FORUMS],
        "forum_count": forums.count(),
        "exhibitor_count": exhibitors["named"],
        "has_demo": bool(exhibitors["invented"]),
        "sources": cites.sources,
        "chain_count": shown.areas.filter(chain__kind=Chain.Kind.CHAIN).count(),
    }
    return render(request, "desk/edition.html", context)


def _cited(rows: Iterable[Any], cites: Citations) -> list[tuple[Any, list[int]]]:
    return [(row, cites.of(row.sources.all())) for row in rows]


def _figure(figure: Any, cites: Citations) -> dict[str, Any]:
    metric = figure.metric
    return {
        "label": metric.name,
        "value": figure.value,
        "unit": sign_of(metric),
        "qualifier": figure.qualifier,
        "cites": cites.of(figure.sources.all()),
    }
