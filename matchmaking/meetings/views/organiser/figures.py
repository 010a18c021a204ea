from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from expo.foundation.lists import page_of
from matchmaking.meetings.forms import FigureForm
from matchmaking.meetings.models import Meeting, MeetingRequest, Seat
from matchmaking.meetings.queries.breakdowns import rows_in, words_of
from matchmaking.meetings.queries.figures import FIGURES, GROUPS
from matchmaking.meetings.queries.statistics import statistics_of
from matchmaking.meetings.views.common import checked
from matchmaking.meetings.views.organiser.common import Ground, organisers

SIDES = ("sender__company", "receiver__company")
ROWS: dict[Any, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    MeetingRequest: ("request", ("slot", *SIDES), ("-created_at", "-pk")),
    Meeting: ("meeting", ("slot", "place", *(f"request__{side}" for side in SIDES)), ("slot__starts_at", "pk")),
    Seat: ("seat", ("meeting__slot", "registration__company", *(f"meeting__request__{side}" for side in SIDES)), ("meeting__slot__starts_at", "pk")),
}  # fmt: skip


@require_safe
@organisers
def meeting_figures(request: HttpRequest, ground: Ground) -> HttpResponse:
    context = {
        "edition": ground.edition,
        "heading": _("Figures"),
        "tab": "figures",
        "found": statistics_of(ground.edition, timezone.now()),
    }
    return render(request, "meetings/organiser/figures.html", context)


@require_safe
@organisers
def meeting_figure(request: HttpRequest, ground: Ground, name: str) -> HttpResponse:
    figure, form = FIGURES.get(name), checked(FigureForm(request.GET))
    if figure is None:
        raise Http404
    kind, read, order = ROWS[figure.model]
    now = timezone.now()
    rows = rows_in(figure, ground.edition, now, form.chosen).select_related(*read).order_by(*order)
    context = {
        "edition": ground.edition,
        "heading": f"{GROUPS[figure.group]}: {figure.title}",
        "tab": "figures",
        "figure": figure,
        "kind": kind,
        "at": now,
        "parts": [words_of(one, value) for one, value in form.chosen.items()],
        "page": page_of(rows, request),
    }
    return render(request, "meetings/organiser/figure.html", context)
