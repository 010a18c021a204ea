from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from expo.editions import rules
from expo.editions.actions import correct_statistic, end_statistic, enter_statistic
from expo.editions.errors import HoldsNoMore
from expo.editions.forms import CorrectionForm, EndForm, StatisticForm
from expo.editions.models import Edition, Metric, Statistic
from expo.editions.queries import Standing, standing_statistics, stands_instead, statistic_history
from expo.foundation.errors import NotAllowed, Refused
from matchmaking.agreements.views.common import signed_in
from matchmaking.agreements.views.organiser.common import edition_asked, organisers, shown
from matchmaking.participants.forms import show_refusal

ON_A_PAGE = 200


@dataclass(frozen=True)
class StandingLine:
    """A metric as the page shows it: what stands, and of which entries."""

    metric: Metric
    stands: Standing
    parts: list[str]


@require_http_methods(["GET", "HEAD", "POST"])
@organisers
def organiser_statistics(request: HttpRequest) -> HttpResponse:
    if not rules.may_see_statistics(signed_in(request)):
        raise Http404
    edition = edition_asked(request)
    form = StatisticForm(request.POST if request.method == "POST" else None, edition)
    if form.is_bound and form.is_valid():

        def act() -> str:
            said = form.cleaned_data
            given = {"given": form.given, "day": said["day"], "beside": said["beside_its_sum"]}
            row = enter_statistic(edition, said["metric"], by=signed_in(request), **given)
            return _("Entered: %(metric)s.") % {"metric": row.metric.name}

        if answer := _done(request, form, act, edition):
            return answer
    return shown(request, "statistics", status=400 if form.is_bound else 200, **_page(request, edition, form))


def _page(request: HttpRequest, edition: Edition, form: forms.Form) -> dict[str, Any]:
    stands, history = standing_statistics(edition), list(statistic_history(edition)[: ON_A_PAGE + 1])
    named = {one.key: one for one in Metric.objects.filter(key__in=stands)}
    lines = [StandingLine(one, stands[key], [str(named[part].name) for part in stands[key].parts]) for key, one in named.items()]
    me = signed_in(request)
    return {
        "edition": edition,
        "heading": _("Statistics"),
        "tab": "statistics",
        "editions": list(Edition.objects.held_first()),
        "form": form,
        "lines": lines,
        "history": history[:ON_A_PAGE],
        "more": len(history) > ON_A_PAGE,
        "may_enter": rules.may_enter_statistics(me),
        "may_correct": rules.may_correct_statistics(me),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@organisers
def organiser_statistic(request: HttpRequest, pk: int) -> HttpResponse:
    row = _entry(request, pk)
    form = CorrectionForm(request.POST if request.method == "POST" else None, row)

    def act() -> str:
        correct_statistic(row, by=signed_in(request), given=form.given, reason=form.cleaned_data["reason"])
        return _("Corrected. The old value stays on record.")

    return _acted(request, row, form, act) or _entry_page(request, row, form, EndForm(auto_id="end_%s"))


@require_POST
@organisers
def organiser_end_statistic(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = _entry(request, pk), EndForm(request.POST, auto_id="end_%s")

    def act() -> str:
        end_statistic(row, by=signed_in(request), reason=form.cleaned_data["reason"])
        return _("It holds no more. The value stays on record.")

    return _acted(request, row, form, act) or _entry_page(request, row, CorrectionForm(None, row), form)


def _entry(request: HttpRequest, pk: int) -> Statistic:
    if not rules.may_correct_statistics(signed_in(request)):
        raise Http404
    return get_object_or_404(Statistic.objects.select_related("edition", "metric", "entered_by"), pk=pk)


def _acted(request: HttpRequest, row: Statistic, form: forms.Form, act: Callable[[], str]) -> HttpResponse | None:
    """Do what a valid form asks for. Of a figure that somebody else changed meanwhile the page says what stands instead."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return _done(request, form, act, row.edition)
    except HoldsNoMore as refused:
        return _moved_on(request, _entry(request, row.pk), refused)


def _entry_page(request: HttpRequest, row: Statistic, form: forms.Form, ending: forms.Form) -> HttpResponse:
    if not row.is_standing:
        return _moved_on(request, row)
    status = 400 if form.is_bound or ending.is_bound else 200
    return shown(request, "statistic", status=status, **_head(row), form=form, ending=ending)


def _moved_on(request: HttpRequest, row: Statistic, refused: Refused | None = None) -> HttpResponse:
    """Show a figure that holds no more, why, and the one that does; what was typed is shown to whoever wanted to correct it."""
    return shown(
        request,
        "statistic_moved",
        status=refused.status if refused else 200,
        **_head(row),
        stands=stands_instead(row),
        refusal=refused,
        typed=request.POST if refused else None,
    )


def _head(row: Statistic) -> dict[str, Any]:
    return {"edition": row.edition, "heading": _("Correct a figure"), "tab": "statistics", "row": row}


def _done(request: HttpRequest, form: forms.Form, act: Callable[[], str], edition: Edition) -> HttpResponse | None:
    try:
        messages.success(request, act())
    except (NotAllowed, HoldsNoMore):
        raise
    except Refused as refused:
        show_refusal(form, refused)
        return None
    return redirect(f"{reverse('organiser_statistics')}?edition={edition.slug}")
