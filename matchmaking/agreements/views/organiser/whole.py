from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from expo.accounts.models import User
from expo.foundation.errors import Conflict, Invalid, NotAllowed, Refused
from expo.foundation.text import whole_number
from matchmaking.agreements import actions, rules
from matchmaking.agreements.actions import latest_entry
from matchmaking.agreements.actions.referring import refer_to
from matchmaking.agreements.filters import LONGEST_NUMBER
from matchmaking.agreements.forms.organiser import LinkForm, MergeForm, ReferenceForm, SettleForm, StepForm, StrikeForm, VerifyForm
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.duplicates import duplicates_of_row
from matchmaking.agreements.queries.versions import versions
from matchmaking.agreements.queries.whole import for_whole, whole
from matchmaking.agreements.states import MOVES
from matchmaking.agreements.views.common import signed_in
from matchmaking.agreements.views.organiser.common import organisers, shown
from matchmaking.participants.forms import show_refusal

# The form of each step; "link" and "reference" are made with more.
FORMS: dict[str, Callable[..., Form]] = {
    "verify": VerifyForm,
    "settle": SettleForm,
    "void": StrikeForm,
    "record": StepForm,
    "merge": MergeForm,
    "link": LinkForm,
    "reference": ReferenceForm,
}
# Who is offered a step, and from which verb of the table of states; "" from every state.
OFFERED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "verify": (rules.may_verify, "verify"),
    "settle": (rules.may_settle, "settle"),
    "record": (rules.may_record, "record"),
    "correct": (rules.may_correct, "correct"),
    "link": (rules.may_record, "make_link"),
    "merge": (rules.may_merge, "merge"),
    "void": (rules.may_void, "void"),
    "reference": (rules.may_edit, ""),
}


@require_safe
@organisers
def organiser_agreement(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, found(pk))


@require_POST
@organisers
def organiser_agreement_step(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    agreement, me = found(pk), signed_in(request)
    if verb not in FORMS:
        raise Http404
    if not OFFERED[verb][0](me):
        raise NotAllowed
    form = form_of(verb, agreement, request.POST)
    if not form.is_valid():
        return page(request, agreement, forms={verb: form}, status=400)
    try:
        return STEPS[verb](request, agreement, me, form.cleaned_data)
    except NotAllowed:
        raise
    except Invalid as refusal:
        show_refusal(form, refusal)
        return page(request, agreement, forms={verb: form}, status=refusal.status)
    except Refused as refusal:
        return page(request, found(pk), refusal=refusal)


def found(pk: int) -> Agreement:
    agreement = for_whole(pk)
    if agreement is None:
        raise Http404
    return agreement


def form_of(verb: str, agreement: Agreement, data: Any = None) -> Form:
    """Return the form of a step; what was typed comes as `data`."""
    more: dict[str, Any] = {"agreement": agreement} if verb == "link" else {}
    initial: dict[str, Any] = {"seen": latest_entry(agreement)} if data is None else {}
    if verb == "reference":
        initial = {"external_id": agreement.external_id}
    form = FORMS[verb](data, auto_id=f"id_{verb}_%s", initial=initial, **more)
    if verb == "verify" and agreement.status == Agreement.Status.RECORDED:
        form.fields["reason"].required = True
    return form


def page(
    request: HttpRequest,
    agreement: Agreement,
    *,
    forms: dict[str, Form] | None = None,
    refusal: Refused | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show everything about the agreement, with the steps that are possible now; a form that was sent takes the place of a new one."""
    me = signed_in(request)
    offered = [verb for verb, (may, move) in OFFERED.items() if may(me) and (not move or move in MOVES.verbs_from(agreement.status))]
    answer = shown(
        request,
        "agreement",
        status=refusal.status if refusal else status,
        edition=agreement.edition,
        heading=agreement.label,
        tab="agreements",
        row=agreement,
        whole=whole(agreement),
        versions=versions(agreement),
        near=[] if agreement.status == Agreement.Status.VOID else duplicates_of_row(agreement),
        offered=offered,
        forms={verb: form_of(verb, agreement) for verb in offered if verb in FORMS} | (forms or {}),
        wrong=list(forms or {}),
        refusal=refusal,
        secret=request.build_absolute_uri(reverse("agreement_by_link", args=[secret])) if secret else "",
        may_edit=agreement.is_draft and rules.may_edit(me),
    )
    if secret:  # It is in this answer and nowhere else; no cache keeps it either.
        answer["Cache-Control"] = "no-store, private"
    return answer


def other_named(agreement: Agreement, text: str) -> Agreement:
    """Return the agreement of the same edition that a number names. Raises Invalid."""
    slug, _dash, digits = text.strip().rpartition("-")
    number = whole_number(digits, digits=LONGEST_NUMBER)
    named = Agreement.objects.filter(edition=agreement.edition_id, number=number).first() if number is not None else None
    if named is None or slug not in ("", agreement.edition.slug):
        raise Invalid(fields={"into": [_("The edition has no agreement with this number.")]})
    return named


def _verify(request: HttpRequest, agreement: Agreement, me: User, given: dict[str, Any]) -> HttpResponse:
    actions.verify(agreement, by=me, **given)
    return _back(request, agreement, _("Verified."))


def _settle(request: HttpRequest, agreement: Agreement, me: User, given: dict[str, Any]) -> HttpResponse:
    actions.settle(agreement, by=me, **given)
    return _back(request, agreement, _("The dispute is settled; the agreement counts again."))


def _void(request: HttpRequest, agreement: Agreement, me: User, given: dict[str, Any]) -> HttpResponse:
    actions.void_agreement(agreement, by=me, **given)
    return _back(request, agreement, _("It is void and counts no more."))


def _record(request: HttpRequest, agreement: Agreement, me: User, given: dict[str, Any]) -> HttpResponse:
    recorded = actions.record_agreement(agreement, by=me, **given)
    return _back(request, agreement, _("Recorded as %(number)s.") % {"number": recorded.label})


def _merge(request: HttpRequest, agreement: Agreement, me: User, given: dict[str, Any]) -> HttpResponse:
    into = other_named(agreement, given.pop("into"))
    actions.merge(agreement, into, by=me, **given)
    return _back(request, agreement, _("It is void, and points to %(label)s.") % {"label": into.label})


def _link(request: HttpRequest, agreement: Agreement, me: User, given: dict[str, Any]) -> HttpResponse:
    if given["seen"] is not None and given["seen"] != latest_entry(agreement):
        raise Conflict
    made = actions.make_link(agreement, given["party"], by=me, email=given["email"])
    if given["email"]:
        return _back(request, agreement, _("The link is on its way to %(email)s.") % {"email": given["email"]})
    return page(request, found(agreement.pk), secret=made.secret)


def _reference(request: HttpRequest, agreement: Agreement, me: User, given: dict[str, Any]) -> HttpResponse:
    refer_to(agreement, by=me, external_id=given["external_id"])
    return _back(request, agreement, _("Saved."))


STEPS: dict[str, Callable[[HttpRequest, Agreement, User, dict[str, Any]], HttpResponse]] = {
    "verify": _verify,
    "settle": _settle,
    "void": _void,
    "record": _record,
    "merge": _merge,
    "link": _link,
    "reference": _reference,
}


def _back(request: HttpRequest, agreement: Agreement, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("organiser_agreement", agreement.pk)
