from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed, Refused
from matchmaking.meetings import rules
from matchmaking.meetings.views.common import signed_in
from matchmaking.meetings.views.organiser.common import Ground, organisers
from matchmaking.participants.forms import show_refusal

Given = ParamSpec("Given")
View = Callable[Concatenate[HttpRequest, Ground, Given], HttpResponse]


def keepers(view: View[Given]) -> Callable[Concatenate[HttpRequest, Given], HttpResponse]:
    """As `organisers`, for those who set the ground: for everybody else the page does not exist."""
    return _only_for(rules.may_set_up, view)


def webhook_keepers(view: View[Given]) -> Callable[Concatenate[HttpRequest, Given], HttpResponse]:
    """As `organisers`, for those who keep webhooks: for everybody else the page does not exist."""
    return _only_for(rules.may_keep_webhooks, view)


def _only_for(may: Callable[[User], bool], view: View[Given]) -> Callable[Concatenate[HttpRequest, Given], HttpResponse]:
    inner = organisers(view)

    @wraps(view)
    def page(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        if not may(signed_in(request)):
            raise Http404
        return inner(request, *args, **kwargs)

    return page


def change_address(kind: str, **words: Any) -> str:
    """Return where a change of what is in use is made, with those shown whom it hits; "" where there is no such page."""
    try:
        address = reverse("new_meeting_change", args=[kind])
    except NoReverseMatch:
        return ""
    return f"{address}?{'&'.join(f'{name}={value}' for name, value in words.items())}"


def done(request: HttpRequest, form: Form, act: Callable[[], str], address: str) -> HttpResponse | None:
    """Let a valid form act: say what it did and lead on, or put what was refused into the form. Raises NotAllowed."""
    try:
        said = act()
    except NotAllowed:
        raise
    except Refused as refused:
        show_refusal(form, refused)
        return None
    messages.success(request, said)
    return redirect(address)


def shown(request: HttpRequest, ground: Ground, name: str, *, form: Form | None = None, **context: Any) -> HttpResponse:
    """Show a page of the ground; a form that was sent and has errors makes it a 400."""
    wrong = form is not None and form.is_bound and request.method == "POST"
    found = {"edition": ground.edition, "setup": ground.setup, "form": form, **context}
    return render(request, f"meetings/organiser/{name}.html", found, status=400 if wrong else 200)
