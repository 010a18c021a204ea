from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from expo.editions.models import Edition
from expo.foundation.rest import is_number
from expo.foundation.sheets.views import take
from matchmaking.agreements import asking, errors, showing
from matchmaking.agreements.models import FrozenReport
from matchmaking.agreements.queries.report import drill_down, figure_of, report_among_editions
from matchmaking.agreements.queries.report.comparing import compared
from matchmaking.agreements.queries.report.frozen import Frozen, frozen_report, frozen_reports, opened, with_proof
from matchmaking.agreements.queries.report.keeping import canonical
from matchmaking.agreements.queries.report.shapes import Report

ROWS_A_PAGE = 50
LAST_PAGE = 200
MOST_KEPT = 10


@login_not_required
@require_safe
def results(request: HttpRequest, slug: str) -> HttpResponse:
    edition = get_object_or_404(Edition, slug=slug)
    found = report_among_editions(edition, visitor=request.user, most=showing.MOST_COMPARED)
    earlier = found.editions
    has_years = len(earlier) > 1
    context = {
        "edition": edition,
        **body(found.report),
        "has_list": found.report.logs_agreements,
        "earlier": earlier,
        "years": showing.sides(found.sides) if has_years else None,
        "compare": f"{reverse('report_compare')}?of={','.join(one.slug for one in earlier[-2:])}" if has_years else "",
        "frozen": frozen_reports(edition),
    }
    return render(request, "agreements/results.html", context)


def body(report: Report) -> dict[str, Any]:
    """Return the context of a report's body."""
    groups, unspoken = showing.groups_of(report)
    return {
        "report": report,
        "shown": showing.shown(report),
        "groups": groups,
        "unspoken": unspoken,
        "logs": any(line.is_logged for line in report.lines),
        "has_published": any(line.published for line in report.lines),
    }


@login_not_required
@require_safe
def report_figure(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    edition = get_object_or_404(Edition, slug=slug)
    found = figure_of(edition, key, visitor=request.user)
    if found is None:
        raise Http404
    line = found.line
    context = {
        "edition": edition,
        "line": line,
        "logged": showing.exact(line.logged, line.unit),
        "drilled": drill_down(edition, key, visitor=request.user, stop=0) if line.has_rows else None,
        "history": asking.history(key, line.unit),
        "entries": asking.entries(edition, key, request.user),
        "kept": [(one, *_kept_line(one, key)) for one in with_proof(edition.frozen_reports.order_by("-number"))[:MOST_KEPT]],
        "contradictions": found.contradictions,
        "sources": found.sources,
    }
    return render(request, "agreements/figure.html", context)


def _kept_line(kept: FrozenReport, key: str) -> tuple[str, int | None]:
    report = opened(kept)
    if report is None:
        return _("not what was frozen"), None
    line = report.line(key)
    return (showing.exact(line.logged, line.unit), line.version) if line else ("", None)


@login_not_required
@require_safe
def report_rows(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    edition = get_object_or_404(Edition, slug=slug)
    asked = request.GET.get("page", "1")
    number = int(asked) if is_number(asked) else 0
    if not 0 < number <= LAST_PAGE:
        raise Http404
    drilled = drill_down(edition, key, visitor=request.user, start=(number - 1) * ROWS_A_PAGE, stop=number * ROWS_A_PAGE)
    found = figure_of(edition, key, visitor=request.user)
    if drilled is None or found is None or not found.line.has_rows or (number > 1 and not drilled.rows):
        raise Http404
    line = found.line
    context = {
        "edition": edition,
        "line": line,
        "logged": showing.exact(line.logged, line.unit),
        "drilled": drilled,
        "rows": asking.rows(drilled, edition.time_zone),
        "page": Paginator(range(drilled.shown), ROWS_A_PAGE).get_page(number),
        "may_export": request.user.is_authenticated,
    }
    return render(request, "agreements/rows.html", context)


@require_safe
def report_rows_file(request: HttpRequest, slug: str, key: str, form: str) -> HttpResponseBase:
    return take(request, "report-rows", form, filters=f"edition={slug}&figure={key}")


@login_not_required
@require_safe
def report_compare(request: HttpRequest) -> HttpResponse:
    editions = list(Edition.objects.order_by("ordinal"))
    asked = request.GET.getlist("of")
    chosen, complaint = showing.chosen(editions, asked) if asked else (showing.last_of(editions), "")
    context = {
        "editions": editions,
        "chosen": chosen,
        "complaint": complaint,
        "groups": showing.sides(compared(chosen)) if len(chosen) > 1 else [],
        "width": 2 * len(chosen),
    }
    return render(request, "agreements/compare.html", context, status=400 if complaint else 200)


@login_not_required
@require_safe
def report_frozen(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    kept = _kept_or_404(slug, number)
    context = {"edition": kept.row.edition, "kept": kept.row, **(body(kept.report) if kept.report else {"report": None})}
    return render(request, "agreements/frozen.html", context, status=200 if kept.report else 409)


@login_not_required
@require_safe
def report_frozen_file(_request: HttpRequest, slug: str, number: int) -> HttpResponse:
    kept = _kept_or_404(slug, number)
    if kept.report is None:
        raise errors.NotWhatWasFrozen
    called = f'attachment; filename="closing-report-{slug}-{number}.json"'
    return HttpResponse(canonical(kept.row.content), content_type="application/json", headers={"Content-Disposition": called})


def _kept_or_404(slug: str, number: int) -> Frozen:
    kept = frozen_report(get_object_or_404(Edition, slug=slug), number)
    if kept is None:
        raise Http404
    return kept
