from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from expo.editions.models import Chain, Edition
from expo.editions.queries import Citations
from expo.foundation.sheets.writing import CSV
from matchmaking.agreements import mapped
from matchmaking.agreements.queries.maps import ChainMap, chain_map, chain_maps

NUMBERS_OF_A_LANE = 3


@login_not_required
@require_safe
def supply_maps(request: HttpRequest, slug: str) -> HttpResponse:
    edition = get_object_or_404(Edition, slug=slug)
    return render(request, "agreements/maps.html", {"edition": edition, "tiles": chain_maps(edition)})


@login_not_required
@require_safe
def supply_map(request: HttpRequest, slug: str, chain: str) -> HttpResponse:
    shown = _asked(slug, chain)
    agreed, crossing = mapped.lanes_of(shown)
    citations = Citations()
    context = {
        "edition": shown.edition,
        "chain": shown.chain,
        "shown": shown,
        "title": mapped.title_of(shown),
        "summary": mapped.summary_of(shown),
        "picture": mapped.drawn_map(shown),
        "stations": [(station, mapped.countries_line(station)) for station in shown.stations],
        "published": [(supply, mapped.supply_words(supply), citations.of(supply.sources)) for supply in shown.published],
        "agreed": [_lane(lane) for lane in agreed],
        "crossing": crossing,
        "sources": citations.sources,
    }
    return render(request, "agreements/map.html", context)


@login_not_required
@require_safe
def supply_map_file(_request: HttpRequest, slug: str, chain: str, kind: str) -> HttpResponseBase:
    shown = _asked(slug, chain)
    answer: HttpResponseBase
    if kind == "json":
        answer = JsonResponse(mapped.map_data(shown), json_dumps_params={"ensure_ascii": False})
    elif kind == "csv":
        answer = StreamingHttpResponse(mapped.map_lines(shown), content_type=CSV)
    else:
        answer = HttpResponse(mapped.map_file(shown), content_type="image/svg+xml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="map-{shown.edition.slug}-{shown.chain.slug}.{kind}"'
    return answer


def _asked(slug: str, chain: str) -> ChainMap:
    edition = get_object_or_404(Edition, slug=slug)
    shown = chain_map(edition, get_object_or_404(Chain.objects.in_edition(edition), slug=chain))
    if not shown.stations:
        raise Http404
    return shown


def _lane(lane: Any) -> dict[str, Any]:
    told = lane.agreed[:NUMBERS_OF_A_LANE]
    return {"start": lane.start, "end": lane.end, "count": len(lane.agreed), "told": told, "more": len(lane.agreed) - len(told)}
