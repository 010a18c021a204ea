from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from expo.editions.queries import current_edition
from expo.foundation.errors import NotAllowed, Refused
from expo.foundation.lists import page_of
from matchmaking.agreements import actions
from matchmaking.agreements.forms.desk import ClaimForm
from matchmaking.agreements.queries.introductions import claim_lines, claims_of
from matchmaking.agreements.views.common import signed_in
from matchmaking.participants.forms import show_refusal
from matchmaking.participants.models import Member
from matchmaking.participants.queries import companies_of


@require_http_methods(["GET", "HEAD", "POST"])
def own_introductions(request: HttpRequest) -> HttpResponse:
    me = signed_in(request)
    if not companies_of(me).exists():
        raise Http404
    form = ClaimForm(request.POST if request.method == "POST" else None, visitor=me, companies=companies_of(me))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.claim_introduction(given["number"], given["company"], by=me, note=given["note"])
        except NotAllowed:
            raise
        except Refused as refused:
            show_refusal(form, refused)
            return _page(request, form, status=refused.status)
        messages.success(request, _("Noted. The parties are asked."))
        return redirect("own_introductions")
    return _page(request, form, status=HTTPStatus.BAD_REQUEST if form.is_bound else HTTPStatus.OK)


def _page(request: HttpRequest, form: ClaimForm, *, status: int) -> HttpResponse:
    me, edition = signed_in(request), current_edition()
    page = page_of(claims_of(me), request)
    page.object_list = claim_lines(page.object_list, set(Member.objects.of(me).values_list("company", flat=True)))
    context = {
        "page": page,
        "form": form,
        "public": reverse("agreements", args=[edition.slug]) if edition is not None else "",
    }
    return render(request, "agreements/own/introductions.html", context, status=status)


@require_POST
def end_own_introduction(request: HttpRequest, pk: int) -> HttpResponse:
    me = signed_in(request)
    try:
        actions.end_introduction(get_object_or_404(claims_of(me), pk=pk), by=me)
        messages.success(request, _("Taken back: nobody gets the credit."))
    except NotAllowed:
        raise
    except Refused as refused:
        messages.error(request, str(refused.detail))
    return redirect("own_introductions")
