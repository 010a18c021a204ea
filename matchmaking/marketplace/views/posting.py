from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from expo.foundation.errors import Refused
from matchmaking.marketplace import actions
from matchmaking.marketplace.cards import card_of
from matchmaking.marketplace.forms import CertificateFormSet, OfferForm, RequestForm, held_certificates
from matchmaking.marketplace.forms.certificates import initial_certificates
from matchmaking.marketplace.forms.postings import initial_values
from matchmaking.marketplace.models import Offer, Posting, PostingStatus, SourcingRequest
from matchmaking.marketplace.posting_page import FOR_GOOD, OWNER_VERBS
from matchmaking.marketplace.queries import registrations_to_post_for
from matchmaking.marketplace.rules import may_edit
from matchmaking.marketplace.states import EDITABLE
from matchmaking.participants.forms import show_refusal
from matchmaking.participants.models import Registration
from matchmaking.participants.queries import segments_of

MODELS: Mapping[str, Any] = {"offer": Offer, "request": SourcingRequest}
ACTIONS: Mapping[str, Callable[..., Posting]] = {
    "submit": actions.submit_posting,
    "pause": actions.pause_posting,
    "resume": actions.resume_posting,
    "renew": actions.renew_posting,
    "fulfil": actions.fulfil_posting,
    "withdraw": actions.withdraw_posting,
}
DONE = {
    PostingStatus.DRAFT: gettext_lazy("Saved as a draft."),
    PostingStatus.SUBMITTED: gettext_lazy("Handed in. The organiser reads it, and you are told."),
    PostingStatus.CHANGES_REQUESTED: gettext_lazy("Saved. Hand it in again when it is ready."),
    PostingStatus.PUBLISHED: gettext_lazy("Saved. It is on the market."),
    PostingStatus.PAUSED: gettext_lazy("Saved. It is paused."),
    PostingStatus.FULFILLED: gettext_lazy("Closed as fulfilled."),
    PostingStatus.WITHDRAWN: gettext_lazy("Withdrawn."),
    PostingStatus.EXPIRED: gettext_lazy("Saved."),
}


@login_not_required
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    return render(request, "marketplace/choose.html")


@require_http_methods(["GET", "HEAD", "POST"])
def post(request: HttpRequest, kind: str) -> HttpResponse:
    registrations = registrations_to_post_for(_user(request), kind)
    if not registrations:
        own = Registration.objects.of(_user(request)).select_related("company", "edition").order_by("-id")
        return render(request, "marketplace/not_yet.html", {"kind": kind, "registrations": own})
    return _form_page(request, kind, None, registrations)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    posting = _own(request, kind, pk)
    if posting.status not in EDITABLE:
        return redirect(posting)
    return _form_page(request, kind, posting, [posting.registration])


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, kind: str, pk: int, verb: str) -> HttpResponse:
    if verb not in ACTIONS:
        raise Http404
    posting = _own(request, kind, pk)
    if request.method != "POST":
        if verb not in FOR_GOOD:
            return HttpResponseNotAllowed(["POST"])
        return render(request, "marketplace/confirm.html", {"posting": posting, "verb": verb, "words": OWNER_VERBS[verb]})
    try:
        posting = ACTIONS[verb](posting, by=_user(request))
    except Refused as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, DONE[PostingStatus(posting.status)])
    return redirect(posting)


def _user(request: HttpRequest) -> Any:
    return request.user  # Every view that asks is behind the sign-in.


def _own(request: HttpRequest, kind: str, pk: int) -> Any:
    """Return the posting for who stands for its company; for others it has no such page."""
    posting = get_object_or_404(MODELS[kind].objects.visible_to(request.user).for_page(), pk=pk)
    if not may_edit(_user(request), posting):
        raise Http404
    return posting


class _Input:
    """The form of a posting and, for offers, the rows of its certificates."""

    def __init__(self, request: HttpRequest, kind: str, posting: Any, registrations: list[Registration]) -> None:
        form_class: Any = OfferForm if kind == "offer" else RequestForm
        self.kind, self.posting, self.registrations = kind, posting, registrations
        choices = {
            "registrations": Registration.objects.filter(pk__in=[one.pk for one in registrations]).select_related("company", "edition"),
            "segments": segments_of(registrations[0].edition),
        }
        first = initial_values(posting, form_class.names, get_language() or "en")
        rows, held = initial_certificates(posting if kind == "offer" else None)
        self.rows: Any = None
        self.asks_for_more = "more" in request.POST
        if request.method == "POST" and not self.asks_for_more:
            self.form = form_class(request.POST, initial=first, **choices)
            self.rows = CertificateFormSet(request.POST, request.FILES, prefix="certificates") if kind == "offer" else None
        else:
            typed = form_class(request.POST, **choices) if self.asks_for_more else None
            self.form = form_class(initial=_typed(typed) if typed else first, **choices)
            if kind == "offer":
                self.rows = CertificateFormSet(initial=_typed_rows(request) if self.asks_for_more else rows, prefix="certificates")

        if self.rows is not None:
            self.rows.mark(held)

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), self.rows is None or self.rows.is_valid()])

    def save(self, by: Any) -> Any:
        registration = self.form.cleaned_data.get("registration") or self.registrations[0]
        if self.kind == "offer":
            held = held_certificates(self.rows)
            return actions.save_offer(self.posting, by=by, registration=registration, fields=self.form.values, certificates=held)
        names = self.form.certificate_names
        return actions.save_request(self.posting, by=by, registration=registration, fields=self.form.values, certificates=names)


def _typed(form: Any) -> dict[str, Any]:
    """Return what was typed, unchecked: who asks for more rows has not finished."""
    return {name: form[name].data for name in form.fields}


def _typed_rows(request: HttpRequest) -> list[dict[str, Any]]:
    rows = CertificateFormSet(request.POST, prefix="certificates")
    typed = [{name: form[name].data for name in ("name", "valid_until")} for form in rows.forms] if rows.management_form.is_valid() else []
    return [row for row in typed if any(row.values())]


def _form_page(request: HttpRequest, kind: str, posting: Any, registrations: list[Registration]) -> HttpResponse:
    given = _Input(request, kind, posting, registrations)
    if request.method == "POST" and not given.asks_for_more and given.is_valid():
        answer = _save(request, given)
        if answer is not None:
            return answer
    context = {
        "kind": kind,
        "posting": posting,
        "form": given.form,
        "rows": given.rows,
        "registration": registrations[0],
        "reviewed": registrations[0].edition.reviews_postings,
        "may_submit": posting is None or posting.status in {PostingStatus.DRAFT, PostingStatus.CHANGES_REQUESTED},
        "card": card_of(posting) if posting is not None else None,
    }
    return render(request, "marketplace/form.html", context)


def _save(request: HttpRequest, given: _Input) -> HttpResponseRedirect | None:
    try:
        posting = given.save(_user(request))
        if "submit" in request.POST:
            posting = actions.submit_posting(posting, by=_user(request))
    except Refused as refused:
        show_refusal(given.form, refused)
        return None
    messages.success(request, DONE[PostingStatus(posting.status)])
    return redirect(posting)
