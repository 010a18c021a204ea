from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from expo.editions.models import Edition
from expo.editions.queries import current_edition
from expo.foundation.errors import IllegalMove, Refused
from matchmaking.participants import actions, queries, rules, tokens
from matchmaking.participants.errors import AlreadyRegistered, CompanyExists
from matchmaking.participants.forms import CompanyForm, JoinForm, ParticipationForm, show_refusal
from matchmaking.participants.models import Company, Registration
from matchmaking.participants.queries import CompanyMatch

Status = Registration.Status


@login_not_required
@require_GET
def register(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect(f"{reverse('account_signup')}?{urlencode({'next': request.get_full_path()})}")
    edition = current_edition()
    role = _role(request)
    is_open = edition is not None and edition.takes_registrations
    if role and is_open:
        return redirect(_company_step(role))
    rows = list(queries.registrations_of(request.user, edition)) if edition else []
    context = {"edition": edition, "is_open": is_open, "registrations": rows, "asks": queries.open_asks_of(request.user), "steps": _steps()}
    return render(request, "participants/register.html", context)


@require_http_methods(["GET", "POST"])
def register_company(request: HttpRequest) -> HttpResponse:
    edition, role = current_edition(), _role(request)
    if edition is None or not edition.takes_registrations or not role:
        return redirect("register")
    form = CompanyForm(request.POST or None)
    matches: list[CompanyMatch] = []
    if request.method == "POST" and form.is_valid():
        matches = _matches(request, form)
        if not matches or (request.POST.get("none_of_these") and not any(match.is_exact for match in matches)):
            made = _found_and_start(request, form, edition, role)
            if made is not None:
                return redirect("registration_participation", made.pk)
            matches = _matches(request, form) if form.is_valid() else []
    context = {"form": form, "join_form": JoinForm(), "matches": [(match, _join_token(request, match)) for match in matches]}
    return render(request, "participants/register_company.html", {**context, **_company_context(request, edition, role)})


@require_POST
def register_start(request: HttpRequest) -> HttpResponse:
    company = get_object_or_404(queries.companies_of(_user(request)), slug=request.POST.get("company", ""))
    edition = current_edition()
    if edition is None:
        raise Http404
    try:
        registration = actions.start_registration(company, edition, request.POST.get("role", ""), by=_user(request))
    except AlreadyRegistered as refused:
        return redirect("registration_review", refused.registration.pk)
    return redirect("registration_participation", registration.pk)


@require_POST
def register_join(request: HttpRequest) -> HttpResponse:
    company = get_object_or_404(Company, pk=_company_of_token(request))
    form = JoinForm(request.POST)
    job_title = form.cleaned_data["job_title"] if form.is_valid() else ""
    try:
        actions.ask_to_join(company, by=_user(request), job_title=job_title)
    except Refused as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(
            request, _("You have asked to join %(company)s. You are told as soon as it is answered.") % {"company": company.title}
        )
    return redirect("register")


@require_http_methods(["GET", "POST"])
def registration_participation(request: HttpRequest, pk: int) -> HttpResponse:
    registration = _own(request, pk)
    if registration.status in {Status.VERIFIED, Status.WITHDRAWN}:
        return redirect("registration_review", pk)
    form = ParticipationForm(request.POST or None, registration=registration)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_participation(registration, by=_user(request), **form.cleaned_data)
        except Refused as refused:
            show_refusal(form, refused)
        else:
            return redirect("registration_review", pk)
    context = {"registration": registration, "form": form, "steps": _steps()}
    return render(request, "participants/registration_participation.html", context)


@require_http_methods(["GET", "POST"])
def registration_review(request: HttpRequest, pk: int) -> HttpResponse:
    registration = _own(request, pk)
    if request.method == "POST":
        try:
            actions.submit_registration(registration, by=_user(request))
        except IllegalMove:
            pass  # Sent twice: the page shows that it is with the organiser already.
        except Refused as refused:
            messages.error(request, str(refused.detail))
        return redirect("registration_review", pk)
    if registration.status == Status.DRAFT and not registration.chains.all():
        return redirect("registration_participation", pk)
    context = {
        "registration": registration,
        "facts": _facts(registration),
        "is_sendable": registration.status in {Status.DRAFT, Status.REJECTED},
        "may_withdraw": registration.status != Status.WITHDRAWN and rules.may_withdraw(_user(request), registration),
        "lost_booth": _lost_booth(registration),
        "steps": _steps(),
        "at": 3 if registration.status in {Status.DRAFT, Status.REJECTED} else 4,
    }
    return render(request, "participants/registration_review.html", context)


@require_http_methods(["GET", "POST"])
def registration_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    registration = _own(request, pk)
    if request.method == "POST":
        actions.withdraw_registration(registration, by=_user(request))
        messages.success(request, _("The registration of %(company)s is withdrawn.") % {"company": registration.company.title})
        return redirect("register")
    return render(request, "participants/registration_withdraw.html", {"registration": registration})


def _user(request: HttpRequest) -> Any:
    return request.user  # Every view here but the first is behind the sign-in.


def _own(request: HttpRequest, pk: int) -> Registration:
    found: Registration = get_object_or_404(Registration.objects.of(_user(request)).for_card(), pk=pk)
    return found


def _role(request: HttpRequest) -> str:
    role = request.GET.get("role", "")
    return role if role in Registration.Role.values else ""


def _company_step(role: str) -> str:
    return f"{reverse('register_company')}?{urlencode({'role': role})}"


def _steps() -> list[str]:
    return [_("Role"), _("Company"), _("Participation"), pgettext("step", "Review"), _("Sent")]


def _company_context(request: HttpRequest, edition: Edition, role: str) -> dict[str, Any]:
    there = {row.company_id: row for row in queries.registrations_of(_user(request), edition) if row.role == role}
    companies = [(company, there.get(company.pk)) for company in queries.companies_of(_user(request))]
    return {
        "edition": edition,
        "role": Registration.Role(role),
        "companies": companies,
        "asks": queries.open_asks_of(_user(request)),
        "steps": _steps(),
    }


def _matches(request: HttpRequest, form: CompanyForm) -> list[CompanyMatch]:
    given = form.cleaned_data
    return queries.company_matches(given["name"], given["country"], given["website"], given["name_zh"], visitor=_user(request))


def _found_and_start(request: HttpRequest, form: CompanyForm, edition: Edition, role: str) -> Registration | None:
    try:
        company = actions.found_company(by=_user(request), **form.cleaned_data)
        return actions.start_registration(company, edition, role, by=_user(request))
    except CompanyExists:
        return None  # Somebody was quicker; the page now shows that company.
    except Refused as refused:
        show_refusal(form, refused)
        return None


def _join_token(request: HttpRequest, match: CompanyMatch) -> str:
    return tokens.match_token(match.pk, _user(request).pk)


def _company_of_token(request: HttpRequest) -> int:
    company = tokens.company_of_match(request.POST.get("company", ""), _user(request).pk)
    if company is None:
        raise Http404
    return company


def _lost_booth(registration: Registration) -> bool:
    """Say whether the exhibitor was sent back without a booth, and there are booths to choose from."""
    sent_back = registration.status == Status.REJECTED and registration.role == Registration.Role.EXHIBITOR
    return sent_back and registration.booth_id is None and queries.booths_for(registration).exists()


def _facts(registration: Registration) -> list[tuple[str, str]]:
    segment, booth = registration.main_segment, registration.booth
    facts = [
        (_("Edition"), str(registration.edition.short_name)),
        (_("Role"), capfirst(registration.get_role_display())),
        (_("Company"), registration.company.title),
        (_("Country/region"), str(registration.company.country.name)),
        (_("Website"), registration.company.website),
        (_("Chains of interest"), _(", ").join(str(chain.name) for chain in registration.chains.all())),
        (_("Main segment"), str(segment.name) if segment else ""),
        (_("Attendance"), capfirst(registration.get_attendance_display())),
        (_("Desks"), str(registration.parallel_meetings)),
        (_("Booth"), booth.code if booth else ""),
    ]
    return [(term, value) for term, value in facts if value]
