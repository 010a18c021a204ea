from http import HTTPStatus
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from expo.accounts import actions, rules
from expo.accounts.errors import TooManyKeys
from expo.accounts.forms import KeyForm, NoticesForm, ProfileForm
from expo.accounts.gathering import STOP
from expo.accounts.models import ApiKey, User, Way


@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    me: Any = request.user  # LoginRequiredMiddleware lets nobody else in.
    user = User.objects.get(pk=me.pk)  # A fresh row: the form writes into it, and the masthead shows the name that is stored.
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        actions.edit_profile(user, by=user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("account")
    return render(request, "accounts/account.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def account_notices(request: HttpRequest) -> HttpResponse:
    me = User.objects.get(pk=cast("int", request.user.pk))
    form = NoticesForm(request.POST or None, me)
    if request.method == "POST" and form.is_valid():
        actions.choose_notices(me, by=me, **form.given)
        messages.success(request, _("Saved."))
        return redirect("account_notices")
    return render(request, "accounts/notices.html", {"form": form})


# A mail program sends the POST by itself (RFC 8058) and has no page with a token: the signed address is what proves it. Opening the
# address alone ends nothing, because scanners of mail open every link.
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_gathered_mail(request: HttpRequest, token: str) -> HttpResponse:
    person = STOP.person_of(token)
    if person is None:
        raise Http404
    if request.method == "POST":
        person = actions.stop_gathered_mail(person, by=person)
    gathers = any(getattr(person, name) == Way.GATHERED for name in actions.MAILS_OF)
    return render(request, "accounts/stop_gathered_mail.html", {"is_stopped": not gathers})


@require_http_methods(["GET", "POST"])
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator] # the library is untyped
def api_keys(request: HttpRequest) -> HttpResponse:
    me = User.objects.get(pk=cast("int", request.user.pk))
    form, secret, status = KeyForm(request.POST or None), "", HTTPStatus.OK
    if request.method == "POST" and form.is_valid():
        two_steps = rules.began_with_second_factor(request)
        try:
            _key, secret = actions.make_key(me, by=me, with_second_factor=two_steps, **form.cleaned_data)
        except TooManyKeys as refusal:
            form.add_error(None, str(refusal.detail))
            status = HTTPStatus.CONFLICT
        else:
            form = KeyForm()
    keys = list(ApiKey.objects.visible_to(me).select_related("user"))
    shown = {
        "form": form,
        "secret": secret,
        "live": [key for key in keys if key.state == "live"],
        "ended": [key for key in keys if key.state != "live"],
        "may_hold_keys": rules.may_hold_keys(me, by=me),
        "lacks_second_factor": me.is_staff and settings.STAFF_SECOND_FACTOR and not rules.began_with_second_factor(request),
    }
    # The secret is in this answer and nowhere else: not in the session, not behind a second address. No cache keeps it either.
    answer = render(request, "accounts/keys.html", shown, status=status)
    answer["Cache-Control"] = "no-store, private"
    return answer


@require_POST
def revoke_key(request: HttpRequest, pk: int) -> HttpResponse:
    me = User.objects.get(pk=cast("int", request.user.pk))
    actions.revoke_key(get_object_or_404(ApiKey.objects.visible_to(me), pk=pk), by=me)
    messages.success(request, _("The key is revoked: it opens nothing any more."))
    return redirect("api_keys")
