from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from expo.editions.models import Edition
from expo.editions.rules import may_see_statistics
from expo.foundation.errors import NotAllowed, Refused
from matchmaking.agreements import rules, showing
from matchmaking.agreements.actions.report import freeze_report
from matchmaking.agreements.forms.organiser import FreezeForm
from matchmaking.agreements.queries.report import closing_report
from matchmaking.agreements.queries.report.frozen import with_proof
from matchmaking.agreements.queries.report.readiness import changed_since, main_lines, missing
from matchmaking.agreements.views.common import signed_in
from matchmaking.agreements.views.organiser.common import edition_asked, organisers, shown
from matchmaking.participants.forms import show_refusal

MOST_FROZEN = 10


@require_http_methods(["GET", "HEAD", "POST"])
@organisers
def organiser_report(request: HttpRequest) -> HttpResponse:
    edition, me = edition_asked(request), signed_in(request)
    if request.method != "POST":
        return _page(request, edition, FreezeForm())
    if not rules.may_freeze(me):
        raise NotAllowed
    form = FreezeForm(request.POST)
    if form.is_valid():
        try:
            kept = freeze_report(edition, by=me, note=form.cleaned_data["note"])
        except NotAllowed:
            raise
        except Refused as refusal:
            show_refusal(form, refusal)
            return _page(request, edition, form, status=refusal.status)
        messages.success(request, _("Report %(number)s is frozen.") % {"number": kept.number})
        return redirect(f"{reverse('organiser_report')}?edition={edition.slug}")
    return _page(request, edition, form, status=400)


def _page(request: HttpRequest, edition: Edition, form: FreezeForm, *, status: int = 200) -> HttpResponse:
    """Show the report as it would be frozen now: as everyone reads it, whoever looks."""
    me, report = signed_in(request), closing_report(edition, visitor=AnonymousUser())
    rows = list(with_proof(edition.frozen_reports.select_related("frozen_by").order_by("-number"))[: MOST_FROZEN + 1])
    context: dict[str, Any] = {
        "edition": edition,
        "heading": _("Closing report"),
        "tab": "report",
        "editions": list(Edition.objects.held_first()),
        "report": report,
        "lines": [(line, showing.exact(line.logged, line.unit)) for line in main_lines(report)],
        "missing": missing(edition, report),
        "frozen": [(one, showing.moved(one.moved)) for one in changed_since(rows[:MOST_FROZEN], report)],
        "more": len(rows) > MOST_FROZEN,
        "form": form,
        "may_freeze": rules.may_freeze(me),
        "may_see_statistics": may_see_statistics(me),
    }
    return shown(request, "report", status=status, **context)
