from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from expo.editions.models import Edition
from expo.foundation.errors import Conflict, NotAllowed, Refused
from matchmaking.agreements import rules
from matchmaking.agreements.actions.rates import Stated, check_statement, seen_rate, state_rate
from matchmaking.agreements.forms.organiser import RateForm
from matchmaking.agreements.queries.rates import rate_effect, rate_history, rate_line, rate_lines
from matchmaking.agreements.views.common import signed_in
from matchmaking.agreements.views.organiser.common import edition_asked, organisers, shown
from matchmaking.participants.forms import show_refusal


@require_safe
@organisers
def organiser_rates(request: HttpRequest) -> HttpResponse:
    edition = edition_asked(request)
    return shown(
        request,
        "rates",
        **_head(edition, _("Exchange rates")),
        lines=rate_lines(edition),
        history=rate_history(edition),
        editions=list(Edition.objects.held_first()),
        form=RateForm(),
        may_state=rules.may_state_rates(signed_in(request)),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@organisers
def organiser_state_rate(request: HttpRequest) -> HttpResponse:
    if not rules.may_state_rates(signed_in(request)):
        raise Http404
    edition = edition_asked(request)
    form = RateForm(request.POST or ({} if request.method == "POST" else _asked(request)))
    if not form.is_valid() or not _holds(edition, form):
        return _form(request, edition, form)
    return _do(request, edition, form) if request.method == "POST" else _preview(request, edition, form)


def _asked(request: HttpRequest) -> Any:
    """Return what the address says of a rate, None where it says at most which currency is meant."""
    return request.GET if set(request.GET) & {"cny_per_unit", "as_of", "source_note"} else None


def _holds(edition: Edition, form: RateForm) -> bool:
    try:
        check_statement(edition, **form.given)
    except Refused as refused:
        show_refusal(form, refused)
    return not form.errors


def _do(request: HttpRequest, edition: Edition, form: RateForm) -> HttpResponse:
    try:
        done = state_rate(edition, by=signed_in(request), seen=request.POST.get("seen", "")[:60], **form.given)
    except NotAllowed:
        raise
    except Conflict as refused:
        return _preview(request, edition, form, refused)
    except Refused as refused:
        show_refusal(form, refused)
        return _form(request, edition, form)
    messages.success(request, _said(done))
    return redirect(f"{reverse('organiser_rates')}?edition={edition.slug}")


def _said(done: Stated) -> str:
    drafts = ngettext("%(n)s draft got another amount in yuan", "%(n)s drafts got another amount in yuan", done.drafts) % {"n": done.drafts}
    kept = ngettext("%(n)s agreement on record keeps its own", "%(n)s agreements on record keep their own", done.kept) % {"n": done.kept}
    return _("The rate is stated: %(drafts)s, %(kept)s.") % {"drafts": drafts, "kept": kept}


def _form(request: HttpRequest, edition: Edition, form: RateForm) -> HttpResponse:
    if not form.is_bound:
        code = request.GET.get("currency", "")
        line = rate_line(edition, code) if code in dict(form.fields["currency"].choices) and code else None  # type: ignore[attr-defined] # a choice field
        form.initial = {"currency": code, "cny_per_unit": "", "source_note": line.rate.source_note if line and line.rate else ""}
    status = 400 if form.is_bound else 200
    return shown(request, "rate_form", status=status, **_head(edition, _("State a rate")), form=form)


def _preview(request: HttpRequest, edition: Edition, form: RateForm, refusal: Refused | None = None) -> HttpResponse:
    effect = rate_effect(edition, form.given["currency"], form.given["cny_per_unit"])
    return shown(
        request,
        "rate_preview",
        status=refusal.status if refusal else 200,
        **_head(edition, _("State a rate")),
        form=form,
        given=form.given,
        effect=effect,
        seen=seen_rate(effect.line.rate),
        refusal=refusal,
    )


def _head(edition: Edition, heading: str) -> dict[str, Any]:
    return {"edition": edition, "heading": heading, "tab": "rates"}
