import json
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from expo.editions.models import Edition
from expo.foundation.bilingual import is_chinese
from expo.foundation.sheets.writing import CSV, XLSX
from matchmaking.agreements import press
from matchmaking.agreements.pictures import pictures_of
from matchmaking.agreements.queries.report import closing_report
from matchmaking.agreements.queries.report.keeping import written
from matchmaking.agreements.queries.report.shapes import Report

LANGUAGES = (("en", "en", "en"), ("zh", "zh-Hans", "zh-hans"))
SVG = "image/svg+xml; charset=utf-8"


def _for_everyone(edition: Edition) -> Report:
    """Return what everyone may read: a press kit is handed on, whoever takes it."""
    return closing_report(edition, visitor=AnonymousUser())


@login_not_required
@require_safe
def report_press(request: HttpRequest, slug: str) -> HttpResponse:
    edition = get_object_or_404(Edition, slug=slug)
    report = _for_everyone(edition)
    context = {
        "edition": edition,
        "report": report,
        "texts": [_text(edition, report, *language) for language in LANGUAGES],
        "forms": [("xlsx", _("Spreadsheet")), ("csv", "CSV"), ("json", "JSON")],
        "charts": pictures_of(report),
    }
    return render(request, "agreements/press.html", context)


def _text(edition: Edition, report: Report, language: str, tag: str, code: str) -> dict[str, Any]:
    """Return one of the two texts with the words around it in its own language."""
    with translation.override(code):
        return {
            "language": language,
            "tag": tag,
            "title": report.title.of(language),
            "where": press.where_and_when(report, language),
            "paragraphs": press.paragraphs(report, language),
            "closing": press.closing(report),
            "nothing": _("Nothing of this edition was logged on this site."),
            "demo": _("Demo"),
            "as_file": _("As plain text"),
            "address": reverse(f"report_press_{language}", args=[edition.slug]),
        }


@login_not_required
@require_safe
def report_press_text(_request: HttpRequest, slug: str, language: str) -> HttpResponse:
    edition = get_object_or_404(Edition, slug=slug)
    report = _for_everyone(edition)
    code = next(code for name, _tag, code in LANGUAGES if name == language)
    with translation.override(code):
        text = press.statement(report, language)
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Content-Language": code})


@login_not_required
@require_safe
def report_press_file(_request: HttpRequest, slug: str, form: str) -> HttpResponseBase:
    edition = get_object_or_404(Edition, slug=slug)
    report, name = _for_everyone(edition), f"closing-report-{edition.slug}.{form}"
    if form == "xlsx":
        return FileResponse(press.spreadsheet(report), as_attachment=True, filename=name, content_type=XLSX)
    if form == "csv":
        return _attached("".join(press.csv_of(report)), CSV, name)
    if form == "json":
        return _attached(json.dumps(written(report), ensure_ascii=False, indent=1), "application/json", name)
    raise Http404


@login_not_required
@require_safe
def report_chart(_request: HttpRequest, slug: str, key: str) -> HttpResponse:
    edition = get_object_or_404(Edition, slug=slug)
    report = _for_everyone(edition)
    picture = next((one for one in pictures_of(report) if one.key == key), None)
    if picture is None:
        raise Http404
    drawn = press.framed(picture, report, language="zh-Hans" if is_chinese() else "en")
    return HttpResponse(drawn, content_type=SVG)


def _attached(text: str, kind: str, name: str) -> HttpResponse:
    return HttpResponse(text, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
