from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from expo.accounts import actions
from expo.accounts.forms import ProfileForm
from expo.accounts.models import User


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
