from datetime import date
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from matchmaking.meetings.codes import qr_code
from matchmaking.meetings.forms import ScheduleForm
from matchmaking.meetings.models import Place, Slot
from matchmaking.meetings.queries.schedules import INTERPRETERS, MOST_SHEETS, PARTICIPANTS, PLACES, Choice, Sheet, sheets_of, whose
from matchmaking.meetings.views.common import checked
from matchmaking.meetings.views.organiser.common import Ground, organisers

MASK = 2


@require_safe
@organisers
def meeting_schedules(request: HttpRequest, ground: Ground) -> HttpResponse:
    form = checked(_form(request, ground))
    choice = _choice(form)
    counts = [(kind, title, whose(kind, ground.edition, choice).count()) for kind, title in _titles().items()]
    context = {
        "edition": ground.edition,
        "heading": _("Printed schedules"),
        "tab": "schedules",
        "form": form,
        "query": request.GET.urlencode(),
        "kinds": [{"name": kind, "title": title, "count": count, "parts": _parts(count)} for kind, title, count in counts],
        "most": MOST_SHEETS,
    }
    return render(request, "meetings/organiser/schedules.html", context)


@require_safe
@organisers
def meeting_schedule(request: HttpRequest, ground: Ground, kind: str) -> HttpResponse:
    if kind not in _titles():
        raise Http404
    choice = _choice(checked(_form(request, ground)))
    pages = Paginator(whose(kind, ground.edition, choice), MOST_SHEETS)
    number = request.GET.get("page", "1")
    if not number.isdecimal() or not number.isascii() or not 1 <= int(number) <= pages.num_pages:
        raise Http404
    page = pages.page(int(number))
    sheets = sheets_of(kind, list(page.object_list), choice)
    context = {
        "edition": ground.edition,
        "title": _titles()[kind],
        "kind": kind,
        "page": page,
        "sheets": [(sheet, _code(sheet)) for sheet in sheets],
    }
    return render(request, "meetings/organiser/schedule.html", context)


def _titles() -> dict[str, str]:
    return {PARTICIPANTS: _("For participants"), PLACES: _("For booths and tables"), INTERPRETERS: _("For interpreters")}


def _form(request: HttpRequest, ground: Ground) -> ScheduleForm:
    halls = Place.objects.filter(edition=ground.edition, hall__isnull=False).order_by("hall__code").values_list("hall__code", flat=True)
    days = Slot.objects.for_meetings().filter(edition=ground.edition).order_by("day").values_list("day", flat=True)
    return ScheduleForm(request.GET, list(halls.distinct()), list(days.distinct()))


def _choice(form: ScheduleForm) -> Choice:
    given: dict[str, Any] = form.cleaned_data
    day = date.fromisoformat(given["day"]) if given["day"] else None
    return Choice(given["hall"], day, given["letter"], given["of"])


def _parts(count: int) -> range:
    return range(1, -(-count // MOST_SHEETS) + 1)


def _code(sheet: Sheet) -> Any:
    """The code of a place, that people check in with; nothing for who is no place."""
    return qr_code(settings.SITE_URL + reverse("check_in_at", args=[sheet.key]), mask=MASK) if sheet.key else None
