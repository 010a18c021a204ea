from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from expo.editions.models import Edition
from expo.editions.queries import current_edition
from matchmaking.meetings import rules
from matchmaking.meetings.models import MeetingSetup
from matchmaking.meetings.views.common import signed_in

Given = ParamSpec("Given")


@dataclass(frozen=True)
class Ground:
    """What each of these pages is about: the edition that is current, and how it meets."""

    edition: Edition
    setup: MeetingSetup


def organisers(
    view: Callable[Concatenate[HttpRequest, Ground, Given], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Given], HttpResponse]:
    """Let only those see the page who look after meetings: for everybody else it does not exist. Without a set-up the page says so."""

    @wraps(view)
    def page(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        if not rules.may_look_after(signed_in(request)):
            raise Http404
        edition = current_edition()
        setup = MeetingSetup.objects.filter(edition=edition).first() if edition is not None else None
        if edition is None or setup is None:
            return render(
                request,
                "meetings/organiser/nothing_yet.html",
                {"edition": edition, "tab": "", "may_set_up": rules.may_set_up(signed_in(request))},
            )
        setup.edition = edition
        return view(request, Ground(edition, setup), *args, **kwargs)

    return page
