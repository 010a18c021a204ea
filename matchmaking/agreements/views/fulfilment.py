from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from expo.editions.models import Chain, Edition
from expo.foundation.errors import Invalid
from expo.foundation.lists import page_of
from expo.foundation.sheets.columns import Column, Told
from expo.foundation.sheets.views import sheet_response
from matchmaking.agreements import rules
from matchmaking.agreements.models import Agreement, Milestone
from matchmaking.agreements.queries.fulfilment import STATE_WORDS, TITLES, fulfilment, rows_behind
from matchmaking.agreements.queries.fulfilment_lines import LAST
from matchmaking.agreements.queries.introductions import introduced
from matchmaking.agreements.results import agreement_lines

LINES_A_PAGE = 30


@login_not_required
@require_safe
def edition_fulfilment(request: HttpRequest, slug: str) -> HttpResponse:
    edition = get_object_or_404(Edition, slug=slug)
    goals = fulfilment(edition, visitor=request.user)
    has_demo = Agreement.objects.filter(edition=edition, is_demo=True).counted().exists()
    has_any = any(goal.total.counted for goal in goals)
    found = introduced(edition, visitor=request.user)
    context = {"edition": edition, "goals": goals, "has_demo": has_demo, "has_any": has_any, "introduced": found}
    return render(request, "agreements/fulfilment.html", context)


@login_not_required
@require_safe
def fulfilment_sheet(request: HttpRequest, slug: str, form: str) -> HttpResponseBase:
    edition = get_object_or_404(Edition, slug=slug)
    rows = []
    for goal in fulfilment(edition, visitor=request.user):
        rows += [{"goal": goal.title, "chain": line.name or _("Other chains"), "line": line} for line in goal.by_chain]
        rows += [{"goal": goal.title, "chain": _("All chains"), "line": line} for line in goal.by_day]
    return sheet_response(_columns(), rows, filename=f"fulfilment-{edition.slug}.{form}", title="fulfilment", form=form)


def _columns() -> list[Column]:
    numbers = {
        "counted": gettext_lazy("On record"),
        "asked": pgettext_lazy("agreements", "Asked"),
        "answered": pgettext_lazy("agreements", "Answered"),
        "reached": pgettext_lazy("agreements", "Reached"),
        "disagree": gettext_lazy("The sides disagree"),
        "not_yet": gettext_lazy("Not reached"),
        "share": gettext_lazy("Share of answered, in percent"),
    }
    return [
        Told("goal", pgettext_lazy("goal", "What"), get=lambda row: row["goal"], width=36),
        Told("chain", gettext_lazy("Chain"), get=lambda row: row["chain"], width=24),
        Told("days", gettext_lazy("Days after signing"), get=lambda row: row["line"].days, is_number=True),
        *(
            Told(name, words, get=lambda row, name=name: getattr(row["line"], name), is_number=True)  # type: ignore[misc] # mypy cannot tell the type of a default in a lambda
            for name, words in numbers.items()
        ),
    ]


class RowsForm(forms.Form):
    """Which rows behind a number of the page are meant."""

    kind = forms.ChoiceField(choices=Agreement.Kind.choices)
    days = forms.TypedChoiceField(choices=[(days, days) for days in Milestone.DAYS], coerce=int, required=False, empty_value=None)
    chain = forms.ModelChoiceField(Chain.objects.all(), to_field_name="slug", required=False)
    state = forms.ChoiceField(choices=STATE_WORDS.items(), required=False)


def rows_asked(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return which rows an address asks for, as `rows_behind` takes it. Raises Invalid."""
    form = RowsForm(query)
    if not form.is_valid():
        raise Invalid(
            _("The address asks for something this list does not know."),
            fields={name: list(map(str, texts)) for name, texts in form.errors.items()},
        )
    return {**form.cleaned_data, "days": form.cleaned_data["days"] or LAST}


@require_safe
def fulfilment_rows(request: HttpRequest, slug: str) -> HttpResponse:
    if not rules.may_trace(request.user):
        raise Http404
    edition = get_object_or_404(Edition, slug=slug)
    asked = rows_asked(request.GET)
    found = rows_behind(edition, **asked)
    page = page_of(found, request, size=LINES_A_PAGE)
    states = dict(page.object_list)
    listed = {row.pk: row for row in Agreement.objects.filter(pk__in=states).for_list()}
    lines = agreement_lines([listed[key] for key in states], visitor=request.user)
    context: dict[str, Any] = {
        "edition": edition,
        "page": page,
        "lines": [(line, STATE_WORDS[states[line.agreement.pk]]) for line in lines],
        "title": TITLES[asked["kind"]],
        "state": STATE_WORDS.get(asked["state"], ""),
        "days": asked["days"],
        "chain": asked["chain"],
    }
    return render(request, "agreements/fulfilment_rows.html", context)
