from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from expo.accounts.models import User
from expo.foundation.errors import Refused
from matchmaking.agreements import actions, errors
from matchmaking.agreements.forms.desk import ByLinkForm
from matchmaking.agreements.models import Agreement, ConfirmationLink
from matchmaking.agreements.queries.by_link import page_by_link
from matchmaking.agreements.queries.links import link_by
from matchmaking.agreements.queries.own_page import facts_of
from matchmaking.agreements.views.common import signed_in
from matchmaking.agreements.views.documents import document_file
from matchmaking.agreements.views.secret import over, secret_page

HEADINGS: dict[type[Refused], Any] = {
    errors.LinkUnknown: _("This address opens nothing"),
    errors.LinkUsed: _("This link has been used"),
    errors.LinkExpired: _("This link has run out"),
    errors.LinkEnded: _("This link has ended"),
    errors.LinkOfOtherVersion: _("This link has ended"),
}
DONE = {
    "confirmed": (_("Confirmed"), _("Your answer is stored, and the other parties read it. The link opens nothing any more.")),
    "disputed": (_("Your answer is stored"), _("The other parties read what is not right. The link opens nothing any more.")),
}


# The address itself is what proves who comes: a page that hands no address on to others cannot hand on where a form comes from, either.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@secret_page
def agreement_by_link(request: HttpRequest, secret: str) -> HttpResponse:
    try:
        link = link_by(secret)
        if request.method != "POST":
            return _page(request, secret, link, ByLinkForm())
        form = ByLinkForm(request.POST)
        return _answered(request, secret, link, form)
    except (errors.LinkUnknown, errors.LinkRefused) as refused:
        return _opens_nothing(request, refused)


@login_not_required
@require_safe
@secret_page
def document_by_link(request: HttpRequest, secret: str) -> HttpResponseBase:
    try:
        return document_file(link_by(secret).agreement)
    except (errors.LinkUnknown, errors.LinkRefused) as refused:
        return _opens_nothing(request, refused)


def _answered(request: HttpRequest, secret: str, link: ConfirmationLink, form: ByLinkForm) -> HttpResponse:
    if not form.is_valid():
        return _page(request, secret, link, form, status=HTTPStatus.BAD_REQUEST)
    given = form.cleaned_data
    try:
        actions.use_link(secret, answer=given["answer"], name=given["person_name"], reason=given["reason"], by=_signed_in(request))
    except (errors.LinkUnknown, errors.LinkRefused):
        raise
    except Refused as refused:
        return _page(request, secret, link, form, refused=refused, status=refused.status)
    heading, says = DONE[given["answer"]]
    return over(request, heading, says, is_done=True)


def _page(
    request: HttpRequest,
    secret: str,
    link: ConfirmationLink,
    form: ByLinkForm,
    *,
    refused: Refused | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    agreement: Agreement = link.agreement
    context = {
        "page": page_by_link(link),
        "agreement": agreement,
        "facts": facts_of(agreement),
        "form": form,
        "document": reverse("agreement_document_by_link", args=[secret]) if agreement.document else "",
        "refusal": refused,
        "user": AnonymousUser(),
    }
    return render(request, "agreements/own/by_link.html", context, status=status)


def _signed_in(request: HttpRequest) -> User | None:
    return signed_in(request) if request.user.is_authenticated else None


def _opens_nothing(request: HttpRequest, refused: Refused) -> HttpResponse:
    """Say what became of the link, and nothing of what it once opened."""
    status = refused.status if isinstance(refused, (errors.LinkUnknown, errors.LinkForwarded)) else HTTPStatus.GONE
    return over(request, HEADINGS.get(type(refused), _("This link opens nothing")), refused.detail, status=status)
