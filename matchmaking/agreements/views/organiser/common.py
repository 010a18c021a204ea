from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from expo.editions.models import Edition
from expo.editions.queries import current_edition
from matchmaking.agreements import rules
from matchmaking.agreements.views.common import signed_in

Given = ParamSpec("Given")


def organisers(view: Callable[Concatenate[HttpRequest, Given], HttpResponse]) -> Callable[Concatenate[HttpRequest, Given], HttpResponse]:
    """Let only those see the page who may read the whole ledger: for everybody else it does not exist."""

    @wraps(view)
    def page(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        if not rules.may_trace(signed_in(request)):
            raise Http404
        return view(request, *args, **kwargs)

    return page


def edition_asked(request: HttpRequest) -> Edition:
    """Return the edition that `?edition=` names, the current one without it. Raises Http404: none."""
    slug = request.GET.get("edition", "")
    if slug:
        return get_object_or_404(Edition, slug=slug)
    edition = current_edition()
    if edition is None:
        raise Http404
    return edition


def shown(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """Show a page of the organiser's ledger."""
    return render(request, f"agreements/organiser/{name}.html", context, status=status)
