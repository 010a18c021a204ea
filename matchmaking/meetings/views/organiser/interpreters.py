from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from expo.accounts.models import User
from expo.foundation import staff
from matchmaking.meetings import actions
from matchmaking.meetings.calendars import interpreters_calendar
from matchmaking.meetings.ground_forms import AbsencesForm, InterpreterForm
from matchmaking.meetings.models import Interpreter
from matchmaking.meetings.queries.accounts import account_of
from matchmaking.meetings.queries.pool import Member, absences_of, meetings_with, pool_of
from matchmaking.meetings.queries.timetable import timetable_of
from matchmaking.meetings.views.common import signed_in
from matchmaking.meetings.views.organiser.common import Ground
from matchmaking.meetings.views.organiser.keepers import change_address, done, keepers, shown


@require_http_methods(["GET", "HEAD", "POST"])
@keepers
def meeting_interpreters(request: HttpRequest, ground: Ground) -> HttpResponse:
    me = signed_in(request)
    form = _form(request, me)
    if form.is_bound and form.is_valid():

        def act() -> str:
            actions.add_interpreter(ground.edition, by=me, **_values(form, me))
            return _("In the pool.")

        if answer := done(request, form, act, reverse("meeting_interpreters")):
            return answer
    return shown(request, ground, "interpreters", form=form, pool=pool_of(ground.edition), heading=_("Interpreters"), tab="interpreters")


def _form(request: HttpRequest, me: User, interpreter: Interpreter | None = None) -> InterpreterForm:
    data = request.POST if request.method == "POST" else None
    return InterpreterForm(data, interpreter, names_accounts=staff.may(me, "accounts.view_user"))


def _values(form: InterpreterForm, me: User) -> dict[str, Any]:
    """What the actions take. Raises Invalid: nobody signs in with the address."""
    given = dict(form.cleaned_data)
    return given | {"person": account_of(given.pop("email"), me)} if "email" in given else given


@require_http_methods(["GET", "HEAD", "POST"])
@keepers
def meeting_interpreter(request: HttpRequest, ground: Ground, pk: int) -> HttpResponse:
    me, one = signed_in(request), _interpreter(ground, pk)
    form = _form(request, me, one)
    if form.is_bound and form.is_valid():

        def act() -> str:
            actions.change_interpreter(one, by=me, **_values(form, me))
            return _("Saved.")

        if answer := done(request, form, act, reverse("meeting_interpreter", args=[pk])):
            return answer
    context = {
        "interpreter": one,
        "languages": Member(one, [], 0).languages,
        "meetings": meetings_with(one),
        "away": absences_of(one),
        "change": change_address("interpreter_away", interpreter=pk),
    }
    return shown(request, ground, "interpreter", form=form, heading=str(one), tab="interpreters", **context)


def _interpreter(ground: Ground, pk: int) -> Interpreter:
    return get_object_or_404(Interpreter.objects.filter(edition=ground.edition).select_related("person"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@keepers
def meeting_absences(request: HttpRequest, ground: Ground, pk: int) -> HttpResponse:
    one = _interpreter(ground, pk)
    form = AbsencesForm(request.POST if request.method == "POST" else None, ground.edition)
    if form.is_bound and form.is_valid():

        def act() -> str:
            count = actions.set_absences(one, by=signed_in(request), slots=list(form.cleaned_data["slots"]))
            return ngettext("%(count)s time changed.", "%(count)s times changed.", count) % {"count": count}

        if answer := done(request, form, act, reverse("meeting_interpreter", args=[pk])):
            return answer
    busy = {meeting.slot_id for meeting in meetings_with(one)}
    context = {"interpreter": one, "table": timetable_of(ground.edition), "away": absences_of(one), "busy": busy}
    context |= {"change": change_address("interpreter_away", interpreter=pk)}
    return shown(request, ground, "absences", form=form, heading=_("When not there"), tab="interpreters", **context)


@require_safe
@keepers
def meeting_interpreter_ics(_request: HttpRequest, ground: Ground, pk: int) -> HttpResponse:
    one = _interpreter(ground, pk)
    answer = HttpResponse(interpreters_calendar(meetings_with(one), str(one)), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="interpreter-{one.pk}.ics"'
    answer["Cache-Control"] = "private, no-store"
    return answer
