from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.foundation.errors import NotAllowed, Refused
from expo.foundation.staff import acts_as_staff
from matchmaking.participants import actions, queries, rules
from matchmaking.participants.forms import CompanyDetailsForm, LogoForm, show_refusal
from matchmaking.participants.models import Company, Member

ANSWERS = ("accept", "decline", "owner", "remove")


@require_http_methods(["GET", "POST"])
def company_edit(request: HttpRequest, slug: str) -> HttpResponse:
    company = _managed(request, slug)
    form = _details_form(request, company)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_company(company, by=_user(request), **form.cleaned_data)
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _("Saved."))
            sent_back = queries.sent_back_of(company)
            return redirect("registration_review", sent_back.pk) if sent_back else redirect("company_edit", slug)
    return _edit_page(request, company, form, LogoForm())


@require_POST
def company_set_logo(request: HttpRequest, slug: str) -> HttpResponse:
    company = _managed(request, slug)
    logo_form, is_removal = LogoForm(request.POST, request.FILES), "remove" in request.POST
    if is_removal or logo_form.is_valid():
        try:
            actions.set_logo(company, by=_user(request), upload=None if is_removal else logo_form.cleaned_data["logo"])
        except Refused as refused:
            show_refusal(logo_form, refused)
        else:
            messages.success(request, _("The logo is changed."))
            return redirect("company_edit", slug)
    return _edit_page(request, company, _details_form(request, company), logo_form)


@require_safe
def company_members(request: HttpRequest, slug: str) -> HttpResponse:
    company = _managed(request, slug)
    context = {"company": company, "members": queries.members_of(company), "me": request.user.pk}
    return render(request, "participants/company_members.html", context)


@require_POST
def member_answer(request: HttpRequest, slug: str, pk: int, answer: str) -> HttpResponse:
    company = _managed(request, slug)
    member = get_object_or_404(Member, company=company, pk=pk)
    if answer not in ANSWERS:
        raise Http404
    try:
        _answer(member, answer, by=_user(request))
    except Refused as refused:
        messages.error(request, str(refused.detail))
    still_manages = rules.may_manage(_user(request), company)
    return redirect("company_members", slug) if still_manages else redirect("register")


@login_not_required
@require_safe
def company_logo(request: HttpRequest, slug: str) -> HttpResponse:
    company = get_object_or_404(Company.objects.visible_to(request.user).exclude(logo=""), slug=slug)
    try:
        with company.logo.open("rb") as stored:
            response = HttpResponse(stored.read(), content_type="image/webp")
    except FileNotFoundError as error:
        raise Http404 from error
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "public, max-age=300"
    return response


def _user(request: HttpRequest) -> Any:
    return request.user  # Every view here but the logo is behind the sign-in.


def _managed(request: HttpRequest, slug: str) -> Company:
    """Return the company for somebody who manages it; to strangers it does not exist here."""
    company: Company = get_object_or_404(Company.objects.visible_to(request.user), slug=slug)
    if rules.may_manage(_user(request), company):
        return company
    if not rules.may_speak_for(_user(request), company):
        raise Http404
    raise NotAllowed(_("Only an owner of the company may do this."))


def _details_form(request: HttpRequest, company: Company) -> CompanyDetailsForm:
    names = ("name", "website", "name_zh", "kind", "about_en", "about_zh", "external_id")
    initial = {"country": company.country.code, **{name: getattr(company, name) for name in names}}
    is_fixed = not acts_as_staff(request.user) and rules.identity_is_checked(company)
    data = (
        request.POST if request.method == "POST" and request.resolver_match and request.resolver_match.url_name == "company_edit" else None
    )
    return CompanyDetailsForm(data, initial=initial, identity_is_fixed=is_fixed)


def _edit_page(request: HttpRequest, company: Company, form: CompanyDetailsForm, logo_form: LogoForm) -> HttpResponse:
    return render(request, "participants/company_edit.html", {"company": company, "form": form, "logo_form": logo_form})


def _answer(member: Member, answer: str, *, by: Any) -> None:
    if answer == "remove":
        actions.end_membership(member, by=by)
    elif answer == "owner":
        actions.make_owner(member, by=by)
    else:
        actions.answer_join(member, by=by, accept=answer == "accept")
