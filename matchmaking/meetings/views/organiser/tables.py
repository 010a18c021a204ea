from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from expo.foundation.lists import page_of
from expo.venue.models import Hall
from matchmaking.meetings import actions
from matchmaking.meetings.actions.tables import SPARE_PERCENT
from matchmaking.meetings.codes import qr_code
from matchmaking.meetings.ground_forms import ExpectedForm, PlacesForm, TablesForm
from matchmaking.meetings.models import Place
from matchmaking.meetings.queries.laying import Tables, tables_of
from matchmaking.meetings.views.common import checked, signed_in
from matchmaking.meetings.views.organiser.common import Ground
from matchmaking.meetings.views.organiser.keepers import change_address, done, keepers, shown

SIGNS_AT_ONCE = 120


@require_http_methods(["GET", "HEAD", "POST"])
@keepers
def meeting_tables(request: HttpRequest, ground: Ground) -> HttpResponse:
    form = TablesForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        halls = Hall.objects.filter(edition=ground.edition)

        def act() -> str:
            made = actions.add_tables(halls.get(pk=form.cleaned_data["hall"]), by=signed_in(request), count=form.cleaned_data["count"])
            return _("Added: %(first)s to %(last)s.") % {"first": made[0].code, "last": made[-1].code}

        if not halls.filter(pk=form.cleaned_data["hall"]).exists():
            form.add_error(None, _("There is no such hall here."))
        elif answer := done(request, form, act, reverse("meeting_tables")):
            return answer
    tables = tables_of(ground.edition)
    context = _sum(request, tables) | {"tables": tables, "closing": change_address("close_hall"), "part": "tables"}
    return shown(request, ground, "tables", form=form, heading=_("Tables and booths"), tab="setup", **context)


def _sum(request: HttpRequest, tables: Tables) -> dict[str, Any]:
    """How many tables are needed, by what is known or by what somebody expects."""
    asking = ExpectedForm(request.GET)
    typed = asking.cleaned_data["expected"] if asking.is_valid() else None
    expected = tables.known if typed is None else typed
    needed = actions.tables_needed(expected, tables.times)
    lacking = max(0, needed - tables.there)
    return {"asking": asking, "typed": typed, "expected": expected, "needed": needed, "spare": SPARE_PERCENT, "lacking": lacking}


@require_http_methods(["GET", "HEAD", "POST"])
@keepers
def meeting_places(request: HttpRequest, ground: Ground) -> HttpResponse:
    if request.method == "POST":
        count = actions.open_booths(ground.edition, by=signed_in(request))
        said = ngettext("%(count)s booth is a meeting place now.", "%(count)s booths are meeting places now.", count)
        messages.success(request, said % {"count": count})
        return redirect("meeting_places")
    rows, kind, hall = _asked_for(request, ground)
    page = page_of(rows.order_by("hall__code", "pk"), request)
    changes = {kind: change_address(kind, place="") for kind in ("change_capacity", "close_place", "reopen_place")}
    context: dict[str, Any] = {"page": page, "changes": changes, "kind": kind, "hall": hall, "tab": "setup", "part": "tables"}
    new = tables_of(ground.edition).new_booths if kind == Place.Kind.BOOTH else 0
    heading = _("Tables") if kind == Place.Kind.TABLE else _("Booths that are meeting places")
    return shown(request, ground, "places", heading=f"{heading} {hall}".strip(), new=new, **context)


def _asked_for(request: HttpRequest, ground: Ground) -> tuple[QuerySet[Place], str, str]:
    """The places of a kind, of one hall or all; booths where nothing is asked for, and only those that an exhibitor has. Raises Invalid."""
    asked = checked(PlacesForm(request.GET)).cleaned_data
    kind, hall = asked["kind"] or Place.Kind.BOOTH, asked["hall"]
    rows: QuerySet[Place] = Place.objects.filter(edition=ground.edition, kind=kind)
    rows = rows.select_related("hall", "booth__registration__company")
    rows = rows.filter(booth__registration__isnull=False) if kind == Place.Kind.BOOTH else rows
    return (rows.filter(hall__code=hall) if hall else rows), kind, hall


@require_safe
@keepers
def meeting_signs(request: HttpRequest, ground: Ground) -> HttpResponse:
    rows, kind, hall = _asked_for(request, ground)
    page = page_of(rows.filter(closed_at__isnull=True).order_by("hall__code", "pk"), request, size=SIGNS_AT_ONCE)
    page.object_list = [(place, qr_code(settings.SITE_URL + reverse("check_in_at", args=[place.key]))) for place in page.object_list]
    context: dict[str, Any] = {"page": page, "hall": hall, "kind": kind, "tab": "setup", "part": "tables"}
    return shown(request, ground, "signs", heading=pgettext("places", "Signs"), **context)
