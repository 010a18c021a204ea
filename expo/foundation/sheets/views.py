import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.foundation.errors import Refused
from expo.foundation.models import ListExport, SheetImport
from expo.foundation.sheets import actions, exporting
from expo.foundation.sheets.columns import Column
from expo.foundation.sheets.forms import UploadForm
from expo.foundation.sheets.inert import inert
from expo.foundation.sheets.kinds import Scope, Sheet, kind_named, kinds
from expo.foundation.sheets.lists import OF_KIND, asked_by, listing_named, title_of
from expo.foundation.sheets.writing import CSV, MARK, XLSX, csv_lines, must_fit, template_file, xlsx_file

if TYPE_CHECKING:
    from expo.accounts.models import User

ACTIONS = {"confirm": actions.confirm_sheet, "discard": actions.discard_sheet}
SHOWN_FAULTS = 100
REFRESH_SECONDS = 3


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, kind: str, scope: int) -> HttpResponse:
    kind_of, about = _about(request, kind, scope)
    if not kind_of.takes_imports:
        raise Http404
    form, running = UploadForm(request.POST or None, request.FILES or None, sheet=kind_of), None
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.upload_sheet(kind_of, form.cleaned_data["file"], by=about.by, scope_id=scope, options=form.options)
        except Refused as refused:
            form.add_error("file", str(refused.detail))
            running = actions.running_of(about) if isinstance(refused, actions.AlreadyRunning) else None
        else:
            return redirect("sheet_import", row.key)
    own = SheetImport.objects.filter(who=about.by, kind=kind, scope_id=scope).exclude(status=SheetImport.Status.DISCARDED)[:5]
    context = {
        "kind": kind_of,
        "about": kind_of.about(about),
        "home": kind_of.home(about),
        "scope": scope,
        "form": form,
        "imports": own,
        "running": running,
        "columns": kind_of.columns(about),
    }
    return render(request, "sheets/sheet.html", context, status=200 if not form.errors else 400)


@require_safe
def template(request: HttpRequest, kind: str, scope: int, form: str) -> HttpResponseBase:
    kind_of, about = _about(request, kind, scope)
    columns = [column for column in kind_of.columns(about) if not column.is_told]
    if form == "csv":
        return _sent("".join(csv_lines(columns, [])), f"{kind}-template.csv")
    file = template_file(columns, title=str(kind_of.title))
    return FileResponse(file, as_attachment=True, filename=f"{kind}-template.xlsx", content_type=XLSX)


@require_safe
def export(request: HttpRequest, kind: str, scope: int, form: str) -> HttpResponseBase:
    _about(request, kind, scope)
    return take(request, OF_KIND, form, filters=f"kind={kind}&scope={scope}")


def take(request: HttpRequest, name: str, form: str, *, filters: str) -> HttpResponseBase:
    """Answer with the list as a spreadsheet; a long one is left to the worker, and the answer is the page that waits for it."""
    listing, by = listing_named(name), cast("User", request.user)
    if not listing.may(request):
        raise Http404
    made = listing.make(asked_by(by, filters))
    count = made.count()
    must_fit(count)
    actions.note_export(by=by, name=name, filters=filters)
    if count > exporting.MOST_AT_ONCE:
        return redirect("list_export", exporting.ask_for_list(by=by, name=name, form=form, filters=filters).key)
    filename = exporting.filename_of(name, filters, form)
    return sheet_response(made.columns, made.rows, filename=filename, title=title_of(name, filters), form=form)


@require_safe
def list_export(request: HttpRequest, key: str) -> HttpResponse:
    row = _own_list(request, key)
    context = {
        "row": row,
        "title": title_of(row.name, row.filters),
        "is_there": exporting.is_there(row),
        "until": (row.ready_at or row.asked_at) + ListExport.KEPT,
        "says": row.says.get("zh-hans" if (get_language() or "").startswith("zh") else "en", ""),
        "seconds": REFRESH_SECONDS,
    }
    return render(request, "sheets/list.html", context)


@require_safe
def list_file(request: HttpRequest, key: str) -> HttpResponseBase:
    row = _own_list(request, key)
    if not exporting.is_there(row):
        raise Http404
    filename, kind = exporting.filename_of(row.name, row.filters, row.form), XLSX if row.form == "xlsx" else CSV
    response = FileResponse(row.file.open("rb"), as_attachment=True, filename=filename, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _own_list(request: HttpRequest, key: str) -> ListExport:
    """Return the person's own; somebody else's is not there, nor is one of a list that they may no longer take."""
    by = cast("User", request.user)
    row = get_object_or_404(ListExport, key=key, who=by)
    listing = listing_named(row.name)
    if not listing.may(request):
        raise Http404
    listing.make(asked_by(by, row.filters))
    return row


@require_safe
def sheet_import(request: HttpRequest, key: str) -> HttpResponse:
    row = _own(request, key)
    kind_of, about = _about(request, row.kind, row.scope_id, row.options)
    columns = {column.key: column for column in kind_of.columns(about)}
    context = {
        "kind": kind_of,
        "about": kind_of.about(about),
        "row": row,
        "home": kind_of.home(about),
        "faults": _faults(row, columns)[:SHOWN_FAULTS],
        "headings": [columns[name].label for name in row.preview.get("keys", []) if name in columns],
        "rows": row.preview.get("rows", []),
        "to_store": row.new + row.changed,
    }
    answer = render(request, "sheets/import.html", context)
    if row.is_running:
        answer["Refresh"] = str(REFRESH_SECONDS)
    return answer


@require_POST
def move(request: HttpRequest, key: str, verb: str) -> HttpResponse:
    row = _own(request, key)
    if verb not in ACTIONS:
        raise Http404
    try:
        row = ACTIONS[verb](row, by=cast("User", request.user))
    except Refused as refused:
        messages.error(request, str(refused.detail))
        return redirect("sheet_import", row.key)
    return redirect("sheet", row.kind, row.scope_id) if verb == "discard" else redirect("sheet_import", row.key)


@require_safe
def faults(request: HttpRequest, key: str) -> HttpResponseBase:
    row = _own(request, key)
    kind_of, about = _about(request, row.kind, row.scope_id, row.options)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_("Row"), _("Column"), _("Heading"), _("Value"), _("What is wrong")])
    for fault in _faults(row, {column.key: column for column in kind_of.columns(about)}):
        writer.writerow([fault["row"] or "", fault["column"], *map(inert, (str(fault["heading"]), fault["value"], fault["sentence"]))])
    return _sent(MARK + out.getvalue(), "faults.csv")


def sheet_response(columns: list[Column], rows: Any, *, filename: str, title: str, form: str) -> HttpResponseBase:
    """Send rows as a spreadsheet: "csv" line by line, "xlsx" as a file."""
    if form == "xlsx":
        return FileResponse(xlsx_file(columns, rows, title=title), as_attachment=True, filename=filename, content_type=XLSX)
    answer = StreamingHttpResponse(_in_language(csv_lines(columns, rows)), content_type=CSV)
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer


def _in_language(lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines in the language of the request, whenever they are asked for."""
    language = get_language() or "en"
    while True:
        with translation.override(language):
            line = next(lines, None)
        if line is None:
            return
        yield line


def _sent(text: str, filename: str) -> HttpResponse:
    return HttpResponse(text, content_type=CSV, headers={"Content-Disposition": f'attachment; filename="{filename}"'})


def _about(request: HttpRequest, kind: str, scope_id: int, options: Any = None) -> tuple[Sheet, Scope]:
    """Return the kind and what it is about; whoever may not has no such page."""
    kind_of = kind_named(kind)
    if kind_of.is_desk and not admin.site.has_permission(request):
        raise Http404
    scope = kind_of.scope(cast("User", request.user), scope_id, options or {})
    if scope is None:
        raise Http404
    return kind_of, scope


def _own(request: HttpRequest, key: str) -> SheetImport:
    row = get_object_or_404(SheetImport.objects.exclude(status=SheetImport.Status.DISCARDED), key=key, who=cast("User", request.user))
    if row.kind not in kinds() or (kinds()[row.kind].is_desk and not admin.site.has_permission(request)):
        raise Http404
    return row


def _faults(row: SheetImport, columns: dict[str, Column]) -> list[dict[str, Any]]:
    """Return the faults with their sentence and heading in the language of the page."""
    language = "zh-hans" if (get_language() or "").startswith("zh") else "en"
    keys = row.preview.get("keys", [])
    named = {place: columns[key].label for place, key in zip(row.preview.get("places", []), keys, strict=False) if key in columns}
    return [{**fault, "sentence": fault["says"][language], "heading": named.get(fault["at"], "")} for fault in row.faults]
