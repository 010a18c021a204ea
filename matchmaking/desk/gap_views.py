from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from expo.editions.models import Chain, Stage
from expo.editions.queries import current_edition
from expo.foundation.sheets.columns import Column, Told
from expo.foundation.sheets.lists import Made
from expo.foundation.staff import acts_as_staff
from matchmaking.desk import queries
from matchmaking.desk.queries.gaps import GapMap, SegmentGap, by_stage, gap_map, open_in
from matchmaking.desk.queries.line import market_address
from matchmaking.marketplace.cards import cards_of

MOST_GAPS = 5


@login_not_required
@require_safe
def chain_gaps(request: HttpRequest, slug: str) -> HttpResponse:
    chain, edition = get_object_or_404(Chain, slug=slug), current_edition()
    if edition is None:
        raise Http404
    sees_all = acts_as_staff(request.user)
    found = gap_map(chain, edition, is_full=sees_all)
    chosen = request.GET.get("segment", "") if sees_all else ""
    context: dict[str, Any] = {
        "chain": chain,
        "edition": edition,
        "found": found,
        "stages": [(Stage(stage).label, stage, rows) for stage, rows in by_stage(found.rows, Stage.values)],
        "gaps": [_gap(chain, row) for row in found.open_first if row.requests is not None][:MOST_GAPS],
        "most": max([count for row in found.rows for count in (row.requests, row.offers) if count] or [0]),
        "figures": list(_figures(found)),
        "chosen": next((row for row in found.rows if chosen and row.segment.slug == chosen), None),
        **queries.the_expo().layout(),
    }
    if context["chosen"] is not None:
        context["requests"], context["offers"] = (cards_of(rows) for rows in open_in(context["chosen"].segment, edition))
    return render(request, "desk/gaps.html", context)


def _figures(found: GapMap) -> Iterator[tuple[int, int | None, str]]:
    """Yield what the head of the page counts: a number, of how many, and its words. What is not told is left out."""
    if found.without_offer is not None:
        yield found.without_offer, found.requests, str(_("requests without an offer"))
    unwanted = [row.without_request for row in found.rows]
    if found.is_full and None not in unwanted:
        yield sum(count or 0 for count in unwanted), sum(row.offers or 0 for row in found.rows), str(_("offers without a request"))
    single = sum(bool(row.single) for row in found.rows)
    if found.is_full and found.run is not None:  # To others not every single source is told, so no sum of them.
        yield single, len(found.rows), ngettext("segment with one source only", "segments with one source only", single)


def _gap(chain: Chain, row: SegmentGap) -> dict[str, Any]:
    address = market_address(chain, row.segment, "request")
    return {"name": row.segment.name, "address": address, "requests": row.requests, "without_offer": row.without_offer}


def gap_list(request: HttpRequest) -> Made:
    """Return the gap map of the chain that is filtered by, or of all, as a spreadsheet. Raises Http404 for who is not staff."""
    slug, edition = request.GET.get("chain", ""), current_edition()
    chains = Chain.objects.order_by("order", "pk")
    chosen = list(chains.filter(slug=slug) if slug else chains)
    if not chosen or edition is None or not request.user.has_perm("marketplace.view_sourcingrequest"):
        raise Http404
    rows = [row for chain in chosen for row in gap_map(chain, edition, is_full=True).rows]
    columns: list[Column] = [
        Told("chain", _("Chain"), get=lambda row: row.segment.chain.code),
        Told("stage", _("Stage"), get=lambda row: row.segment.get_stage_display()),
        Told("segment", _("Segment"), get=lambda row: row.segment.name, width=36),
        Told("requests", _("Open requests")),
        Told("without_offer", _("Requests without an offer")),
        Told("offers", _("Offers")),
        Told("without_request", _("Offers without a request")),
        Told("single", _("Only source"), get=lambda row: row.source, width=30),
    ]
    return Made(columns, rows, lambda: len(rows))
