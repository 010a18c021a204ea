import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.accounts.models import display_name
from expo.foundation.errors import Invalid, NotAllowed, Refused
from expo.foundation.lists import page_of
from matchmaking.meetings import rules
from matchmaking.meetings.actions.editing import apply_edit, undo_edit
from matchmaking.meetings.edit_forms import FORMS, ChangeForm
from matchmaking.meetings.models import Edit
from matchmaking.meetings.queries.edits.history import edit_lines, may_undo, told_kinds
from matchmaking.meetings.queries.edits.previews import Preview, preview
from matchmaking.meetings.queries.edits.shown import groups_of, rows_of, subject_words, subjects_of
from matchmaking.meetings.views.common import signed_in
from matchmaking.meetings.views.organiser.common import Ground, organisers

LONGEST = 2000


@require_safe
@organisers
def meeting_changes(request: HttpRequest, ground: Ground) -> HttpResponse:
    _refuse_others(request)
    page: Any = page_of(Edit.objects.filter(edition=ground.edition).select_related("done_by", "undone_by"), request)
    page.object_list = edit_lines(list(page.object_list))
    context = {"edition": ground.edition, "heading": _("Changes"), "tab": "changes", "page": page, "kinds": told_kinds()}
    return render(request, "meetings/organiser/changes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organisers
def new_meeting_change(request: HttpRequest, ground: Ground, change: str) -> HttpResponse:
    kind = change
    _refuse_others(request)
    if kind not in FORMS:
        raise Http404
    if request.method == "POST":
        return _do(request, ground, kind)
    form = FORMS[kind](request.GET or None, ground.edition)
    if not form.is_valid():
        return _form(request, ground, kind, form)
    try:
        shown = preview(ground.setup, kind, form.given)
    except Invalid as wrong:
        return _form(request, ground, kind, _with_errors(form, wrong))
    return _preview(request, ground, shown)


def _refuse_others(request: HttpRequest) -> None:
    if not rules.may_set_up(signed_in(request)):
        raise Http404


def _with_errors(form: ChangeForm, wrong: Invalid) -> ChangeForm:
    for name, texts in wrong.fields.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, text)
    return form


def _do(request: HttpRequest, ground: Ground, kind: str) -> HttpResponse:
    given, digest = _sent(request), request.POST.get("digest", "")[:64]
    try:
        edit = apply_edit(ground.setup, kind, given, digest=digest, by=signed_in(request))
    except NotAllowed:
        raise
    except Invalid as wrong:
        return _form(request, ground, kind, FORMS[kind](None, ground.edition), wrong)
    except Refused as refused:
        return _anew(request, ground, kind, given, refused)
    messages.success(request, _("Done. Everybody whose meeting changed is told in a minute; undo it before, and nobody is."))
    return redirect("meeting_change", edit.pk)


def _sent(request: HttpRequest) -> dict[str, Any]:
    try:
        given = json.loads(request.POST.get("parameters", "")[:LONGEST])
    except ValueError:
        given = None
    return given if isinstance(given, dict) else {}


def _anew(request: HttpRequest, ground: Ground, kind: str, given: dict[str, Any], refused: Refused) -> HttpResponse:
    try:
        shown = preview(ground.setup, kind, given)
    except Invalid as wrong:
        return _form(request, ground, kind, FORMS[kind](None, ground.edition), wrong, status=refused.status)
    return _preview(request, ground, shown, refused)


def _form(
    request: HttpRequest, ground: Ground, kind: str, form: ChangeForm, wrong: Invalid | None = None, *, status: int = 200
) -> HttpResponse:
    context = {
        "edition": ground.edition,
        "heading": told_kinds()[kind].title,
        "tab": "changes",
        "form": form,
        "kind": told_kinds()[kind],
        "refusal": wrong,
    }
    status = 400 if form.errors or (wrong is not None and status == HttpResponse.status_code) else status
    return render(request, "meetings/organiser/change_form.html", context, status=status)


def _preview(request: HttpRequest, ground: Ground, shown: Preview, refused: Refused | None = None) -> HttpResponse:
    named = ground.edition.interpreters.filter(pk=shown.parameters.get("interpreter") or 0)
    names = {one.pk: str(one) for one in named.select_related("person")}
    context = {
        "edition": ground.edition,
        "heading": told_kinds()[shown.kind].title,
        "tab": "changes",
        "kind": told_kinds()[shown.kind],
        "subject": subject_words(shown.kind, shown.parameters, shown.subject, names),
        "preview": shown,
        "counts": shown.counts,
        "groups": groups_of(shown, ground.edition),
        "parameters": json.dumps(shown.parameters),
        "refusal": refused,
    }
    return render(request, "meetings/organiser/change_preview.html", context, status=refused.status if refused is not None else 200)


@require_safe
@organisers
def meeting_change(request: HttpRequest, ground: Ground, pk: int) -> HttpResponse:
    _refuse_others(request)
    return _change(request, ground, _edit(ground, pk))


@require_POST
@organisers
def undo_meeting_change(request: HttpRequest, ground: Ground, pk: int) -> HttpResponse:
    _refuse_others(request)
    edit = _edit(ground, pk)
    try:
        done = undo_edit(edit, by=signed_in(request))
    except NotAllowed:
        raise
    except Refused as refused:
        return _change(request, ground, _edit(ground, pk), refused)
    n = len(done.undone["could_not"])
    stay = ngettext("Undone. %(n)s meeting could not go back.", "Undone. %(n)s meetings could not go back.", n) % {"n": n}
    messages.success(request, stay if n else _("Undone."))
    return redirect("meeting_change", pk)


def _edit(ground: Ground, pk: int) -> Edit:
    rows = Edit.objects.filter(edition=ground.edition).select_related("edition", "done_by", "undone_by")
    return get_object_or_404(rows, pk=pk)


def _change(request: HttpRequest, ground: Ground, edit: Edit, refused: Refused | None = None) -> HttpResponse:
    rows, more = rows_of(edit)
    context = {
        "edition": ground.edition,
        "heading": told_kinds()[edit.kind].title,
        "tab": "changes",
        "edit": edit,
        "done_by": display_name(edit.done_by) if edit.done_by is not None else "",
        "undone_by": display_name(edit.undone_by) if edit.undone_by is not None else "",
        "subject": subjects_of([edit])[edit.pk],
        "counts": edit.counts,
        "rows": rows,
        "more": more,
        "stayed": edit.undone.get("could_not", []),
        "may_undo": may_undo(edit),
        "refusal": refused,
    }
    return render(request, "meetings/organiser/change.html", context, status=refused.status if refused is not None else 200)
