"""A person's own page of what is held of them: what was shown to whom, their copy, and the end of their account."""

from collections.abc import Iterable
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.accounts.models import OwnCopy, User
from expo.foundation.errors import Refused
from matchmaking.desk.privacy import copies
from matchmaking.desk.privacy.datamap import DATA_MAP, OF_STAFF, Erasure, Kept
from matchmaking.desk.privacy.erasing import erase_person, solely_owned
from matchmaking.participants.actions import close_company, revoke_consent
from matchmaking.participants.models import Company, Consent, Member
from matchmaking.participants.rules import may_manage

MOST_SHOWN = 200


@require_safe
def your_data(request: HttpRequest) -> HttpResponse:
    me = _me(request)
    copy = OwnCopy.objects.filter(person=me).first()
    context = {
        "held": held_by_purpose(_of(me)),
        "shown": Consent.objects.filter(person=me).select_related("shown_to")[:MOST_SHOWN],
        "companies": Member.objects.filter(user=me, status=Member.Status.ACTIVE).select_related("company").order_by("company__name"),
        "copy": copy if copy and (copy.ready_at is None or copies.is_there(copy)) else None,
    }
    return render(request, "desk/your_data.html", context)


def held_by_purpose(data_map: Iterable[Kept]) -> list[dict[str, Any]]:
    """What is held, one line for each purpose and period: purpose, period, and what, each kind once."""
    lines: dict[tuple[str, str], list[str]] = {}
    for kept in data_map:
        kinds = lines.setdefault((str(kept.purpose), kept.period.words), [])
        if str(kept.what) not in kinds:
            kinds.append(str(kept.what))
    return [{"purpose": purpose, "period": period, "what": kinds} for (purpose, period), kinds in lines.items()]


def _of(user: User) -> list[Kept]:
    return [kept for kept in DATA_MAP if user.is_staff or kept.label not in OF_STAFF]


def _stays(kept: Kept) -> bool:
    return kept.erasure is not Erasure.DELETED and kept.label != "accounts.User"


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    me = _me(request)
    consent = get_object_or_404(Consent.objects.select_related("shown_to"), pk=pk, person=me)
    revoke_consent(consent, by=me)
    messages.success(request, _("%(company)s does not see it any more.") % {"company": consent.shown_to.title})
    return redirect("your_data")


@require_POST
@reauthentication_required  # type: ignore[untyped-decorator] # the library is untyped
def ask_for_copy(request: HttpRequest) -> HttpResponse:
    try:
        copies.ask_for_copy(by=_me(request))
    except Refused as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, _("Your copy is being made. It will be on this page in a moment."))
    return redirect("your_data")


@require_safe
@reauthentication_required  # type: ignore[untyped-decorator] # the library is untyped
def download_copy(request: HttpRequest, key: str) -> HttpResponseBase:
    copy = get_object_or_404(OwnCopy, name=key, person=_me(request))
    if not copies.is_there(copy):
        raise Http404
    response = FileResponse(copies.copy_path(copy).open("rb"), as_attachment=True, filename="your-data.zip", content_type="application/zip")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_http_methods(["GET", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator] # the library is untyped
def erase_account(request: HttpRequest) -> HttpResponse:
    me = _me(request)
    if request.method == "POST" and request.POST.get("sure"):
        try:
            erase_person(me, by=me)
        except Refused as refused:
            messages.error(request, str(refused.detail))
            return redirect("erase_account")
        logout(request)
        messages.success(request, _("Your account is deleted."))
        return redirect("home")
    stays = held_by_purpose(filter(_stays, _of(me)))
    context = {"alone": solely_owned(me), "stays": stays, "is_unsure": request.method == "POST"}
    return render(request, "desk/erase_account.html", context, status=400 if context["is_unsure"] else 200)


@require_http_methods(["GET", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator] # the library is untyped
def close(request: HttpRequest, slug: str) -> HttpResponse:
    me = _me(request)
    company = get_object_or_404(Company, slug=slug, members__user=me, members__status=Member.Status.ACTIVE, members__role=Member.Role.OWNER)
    if not may_manage(me, company):
        raise Http404
    if request.method == "GET":
        return render(request, "desk/close_company.html", {"company": company})
    close_company(company, by=me)
    messages.success(request, _("%(company)s is closed.") % {"company": company.title})
    return redirect("your_data")


def _me(request: HttpRequest) -> User:
    me: Any = request.user  # LoginRequiredMiddleware lets nobody else in.
    return User.objects.get(pk=me.pk)
