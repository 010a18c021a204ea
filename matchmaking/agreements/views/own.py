from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.editions.queries import current_edition
from expo.foundation.errors import NotAllowed, Refused
from expo.foundation.lists import page_of
from expo.foundation.text import one_line, whole_number
from matchmaking.agreements import actions, rules
from matchmaking.agreements.errors import LikelyDuplicate
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.history import history_of
from matchmaking.agreements.queries.milestones import asked_of
from matchmaking.agreements.queries.own import (
    TABS,
    companies_met,
    duplicates_among,
    duplicates_of,
    found_by,
    in_tab,
    just_written,
    own_agreements,
    own_lines,
    tab_counts,
    with_outside,
)
from matchmaking.agreements.queries.own_page import facts_of, own_page, stops, track_note
from matchmaking.agreements.queries.versions import versions
from matchmaking.agreements.states import MOVES
from matchmaking.agreements.views.common import signed_in
from matchmaking.agreements.views.documents import document_file
from matchmaking.agreements.views.sheet import Sheet, Start, start_blank, start_from_draft, start_from_meeting
from matchmaking.agreements.views.steps import STEPS, Step
from matchmaking.meetings.models import Meeting
from matchmaking.participants.forms import show_refusal
from matchmaking.participants.models import Company, Member
from matchmaking.participants.queries import companies_of

MOST_MET = 60
LONGEST_WORDS = 80
MOST_WITHOUT_SEARCH = 10


@require_safe
def own_list(request: HttpRequest) -> HttpResponse:
    me, word = signed_in(request), request.GET.get("show", "")
    if word not in {word for word, _title, _states in TABS}:
        raise Http404
    words = one_line(request.GET.get("q", ""))[:LONGEST_WORDS]
    rows = found_by(own_agreements(me), words)
    counts = tab_counts(rows)
    page = page_of(with_outside(in_tab(rows, word)).for_list(), request)
    page.object_list = own_lines(page.object_list, set(Member.objects.of(me).values_list("company", flat=True)))
    address = reverse("own_agreements")
    context = {
        "page": page,
        "total": counts[""],
        "tabs": [
            {"text": title, "address": address + _query(show=one, q=words), "count": counts[one], "is_on": one == word}
            for one, title, _states in TABS
            if counts[one] or one == word
        ],
        "is_narrowed": bool(word or words),
        "words": words,
        "word": word,
        "is_long": bool(words) or counts[""] > MOST_WITHOUT_SEARCH,
        "may_draft": companies_of(me).exists() and current_edition() is not None,
        "lists": _query(show=word, q=words),
    }
    return render(request, "agreements/own/agreements.html", context)


def _query(**named: str) -> str:
    kept = {name: value for name, value in named.items() if value}
    return f"?{urlencode(kept)}" if kept else ""


@require_http_methods(["GET", "HEAD", "POST"])
def new_own_agreement(request: HttpRequest) -> HttpResponse:
    start, companies = _start(request)
    sheet = Sheet(request, start)
    if not sheet.is_sent or not sheet.is_valid():
        return _sheet_page(request, sheet, companies=companies, status=_status(sheet))
    try:
        made = _written(request, sheet)
    except LikelyDuplicate as refused:
        made_twice = just_written(sheet.given, start.own)
        if made_twice is not None:  # A double click: what the first one wrote is what was meant.
            return redirect("own_agreement", made_twice.pk)
        return _sheet_page(request, sheet, companies=companies, refused=refused, status=refused.status)
    except NotAllowed:
        raise
    except Refused as refused:
        show_refusal(sheet.form, refused)
        return _sheet_page(request, sheet, companies=companies, status=refused.status)
    messages.success(request, _("Kept as a draft. Look at it once more, then send it."))
    return redirect("own_agreement", made.pk)


def _written(request: HttpRequest, sheet: Sheet) -> Agreement:
    start, more = sheet.start, {"document": sheet.document, "is_another": "another" in request.POST}
    if start.meeting is not None:
        return actions.draft_from_meeting(start.meeting, by=signed_in(request), given=sheet.given, company=start.own, **more)
    return actions.draft_for(start.own, by=signed_in(request), given=sheet.given, **more)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_own_agreement(request: HttpRequest, pk: int) -> HttpResponse:
    agreement = _on_desk(request, pk)
    own = agreement.drafted_for
    if own is None or not rules.wrote(signed_in(request), agreement):
        raise Http404
    if "edit" not in MOVES.verbs_from(agreement.status):
        return redirect("own_agreement", pk)
    sheet = Sheet(request, start_from_draft(agreement, own))
    if sheet.is_sent and sheet.is_valid():
        try:
            actions.edit_draft(agreement, by=signed_in(request), given=sheet.given, document=sheet.document, seen=sheet.seen)
        except NotAllowed:
            raise
        except Refused as refused:
            show_refusal(sheet.form, refused)
            return _sheet_page(request, sheet, agreement=agreement, status=refused.status)
        messages.success(request, _("Saved."))
        return redirect("own_agreement", pk)
    return _sheet_page(request, sheet, agreement=agreement, status=_status(sheet))


@require_safe
def own_agreement(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _on_desk(request, pk))


@require_POST
def own_agreement_step(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    if verb not in STEPS:
        raise Http404
    step = Step(_on_desk(request, pk), signed_in(request), request.POST)
    try:
        said = STEPS[verb](step)
    except NotAllowed:
        raise
    except Refused as refused:
        return _page(request, _on_desk(request, pk), refused)
    messages.success(request, said)
    return redirect("own_agreements") if verb == "discard" else redirect("own_agreement", pk)


@require_safe
def own_agreement_document(request: HttpRequest, pk: int) -> HttpResponseBase:
    return document_file(_on_desk(request, pk))


def _on_desk(request: HttpRequest, pk: int) -> Agreement:
    rows = Agreement.objects.on_desk_of(request.user).select_related("edition", "chain", "segment", "drafted_for", "merged_into")
    agreement: Agreement = get_object_or_404(rows, pk=pk)
    return agreement


def _page(request: HttpRequest, agreement: Agreement, refused: Refused | None = None) -> HttpResponse:
    me, typed = signed_in(request), request.POST if refused is not None else {}
    page = own_page(agreement, me)
    context = {
        "page": page,
        "agreement": agreement,
        "stops": stops(),
        "track_note": track_note(page),
        "facts": facts_of(agreement),
        "duplicates": duplicates_of(agreement, me) if "submit" in page.may else [],
        "versions": versions(agreement) if agreement.version > 1 else [],
        "milestones": asked_of(agreement, me),
        "history": history_of(agreement, [line.party for line in page.lines]),
        "seen": actions.latest_entry(agreement),
        "refusal": refused,
        "typed": typed,
        "outside": [(line, typed.get(f"email-{line.party.pk}", "")) for line in page.lines if line.is_outside],
    }
    return render(request, "agreements/own/agreement.html", context, status=refused.status if refused is not None else HTTPStatus.OK)


def _start(request: HttpRequest) -> tuple[Start, list[Company]]:
    """Return the sheet to begin with, and for which other companies one could be begun. Raises Http404 for who may not."""
    wanted, me = request.GET.get("meeting", ""), signed_in(request)
    if wanted:
        row = get_object_or_404(Meeting.objects.visible_to(me), pk=_number(wanted))
        return start_from_meeting(row, me), []
    edition, companies = current_edition(), list(companies_of(me))
    chosen = _number(request.GET.get("company", "")) if "company" in request.GET else None
    own = next((company for company in companies if chosen in {None, company.pk}), None)
    if edition is None or own is None:
        raise Http404
    return start_blank(own, edition), [company for company in companies if company != own]


def _number(text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise Http404
    return number


def _status(sheet: Sheet) -> int:
    return HTTPStatus.BAD_REQUEST if sheet.is_sent else HTTPStatus.OK


def _sheet_page(
    request: HttpRequest,
    sheet: Sheet,
    *,
    agreement: Agreement | None = None,
    companies: Any = (),
    refused: LikelyDuplicate | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    start = sheet.start
    if agreement is not None:
        back = reverse("own_agreement", args=[agreement.pk])
    else:
        back = reverse("meeting", args=[start.meeting.pk]) if start.meeting is not None else reverse("own_agreements")
    context = {
        "form": sheet.form,
        "rows": sheet.rows,
        "own": start.own,
        "companies": companies,
        "edition": start.edition,
        "meeting": start.meeting,
        "about": start.about,
        "already": start.already if not sheet.is_sent else [],
        "duplicates": duplicates_among(refused.found, signed_in(request)) if refused is not None else [],
        "is_another": "another" in request.POST,
        "agreement": agreement,
        "met": [company.title for company in companies_met(start.own, start.edition.pk)[:MOST_MET]],
        "back": back,
    }
    return render(request, "agreements/own/form.html", context, status=status)
