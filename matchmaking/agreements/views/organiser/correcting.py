from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from expo.foundation.errors import NotAllowed, Refused
from matchmaking.agreements import actions, rules
from matchmaking.agreements.actions import AgreementInput, as_written, latest_entry
from matchmaking.agreements.forms.organiser import CorrectForm
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries.outcome import amount_words
from matchmaking.agreements.states import MOVES
from matchmaking.agreements.views.common import signed_in
from matchmaking.agreements.views.organiser.common import organisers, shown
from matchmaking.agreements.views.organiser.whole import found
from matchmaking.participants.forms import show_refusal


@dataclass(frozen=True)
class Difference:
    """What one field says before and after a correction."""

    name: str
    before: str
    after: str


@require_http_methods(["GET", "HEAD", "POST"])
@organisers
def organiser_correct(request: HttpRequest, pk: int) -> HttpResponse:
    agreement, me = found(pk), signed_in(request)
    if not rules.may_correct(me):
        raise Http404
    if request.method != "POST":
        start = CorrectForm.start(agreement, agreement.parties_in_order())
        return _form(request, agreement, CorrectForm(agreement=agreement, initial={**start, "seen": latest_entry(agreement)}))
    form = CorrectForm(request.POST, agreement=agreement)
    if not form.is_valid() or request.POST.get("step") == "back":
        return _form(request, agreement, form)
    if request.POST.get("step") != "do":
        return _preview(request, agreement, form)
    return _do(request, agreement, form)


def _do(request: HttpRequest, agreement: Agreement, form: CorrectForm) -> HttpResponse:
    given, document = form.cleaned_data, request.FILES.get("document")
    try:
        actions.correct(
            agreement, by=signed_in(request), given=form.as_input(), reason=given["reason"], document=document, seen=given["seen"]
        )
    except NotAllowed:
        raise
    except Refused as refusal:
        if refusal.fields:
            show_refusal(form, refusal)
            return _form(request, agreement, form)
        return _form(request, found(agreement.pk), form, refusal)
    messages.success(request, _("Corrected; all parties are asked again."))
    return redirect("organiser_agreement", agreement.pk)


def _form(request: HttpRequest, agreement: Agreement, form: CorrectForm, refusal: Refused | None = None) -> HttpResponse:
    status = refusal.status if refusal else 400 if form.errors else 200
    can = "correct" in MOVES.verbs_from(agreement.status)
    return shown(request, "correct", status=status, **_head(agreement), form=form, can=can, refusal=refusal)


def _preview(request: HttpRequest, agreement: Agreement, form: CorrectForm) -> HttpResponse:
    found_differences = differences(as_written(agreement), form.as_input())
    return shown(
        request, "correct_preview", **_head(agreement), form=form, differences=found_differences, reason=form.cleaned_data["reason"]
    )


def _head(agreement: Agreement) -> dict[str, Any]:
    words = _("Correct %(label)s") % {"label": agreement.label}
    return {"edition": agreement.edition, "heading": words, "tab": "agreements", "row": agreement}


def differences(before: AgreementInput, after: AgreementInput) -> list[Difference]:
    """Return the fields that say something else after, in words."""
    old, new = _words(before), _words(after)
    return [Difference(name, text, new[name]) for name, text in old.items() if text != new[name]]


def _words(given: AgreementInput) -> dict[str, str]:
    roles = dict(Party.Role.choices)
    parties = [
        _("%(name)s (%(role)s)") % {"name": party.name, "role": roles[party.role]} if party.role else party.name for party in given.parties
    ]
    return {
        _("Title"): " ".join(given.title.split()),
        _("Kind"): str(Agreement.Kind(given.kind).label),
        _("Chain"): str(given.chain.name),
        _("Segment"): str(given.segment.name) if given.segment else "–",
        _("Signed on"): date_format(given.signed_on),
        _("Amount"): amount_words(given),
        _("Visibility"): str(Agreement.Visibility(given.visibility).label),
        _("Parties"): pgettext("parties", "; ").join(parties),
    }
