from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from expo.accounts.models import User
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching.actions import verdicts
from matchmaking.matching.models import Verdict
from matchmaking.matching.queries.verdicts import verdict_shown


@require_POST
def give_verdict(request: HttpRequest, pk: int, offer: int) -> HttpResponse:
    asked, offered = _pair(request, pk, offer)
    side, says = request.POST.get("side", ""), request.POST.get("says", "")
    reason, note = request.POST.get("reason", ""), request.POST.get("note", "")
    by = cast("User", request.user)
    given = verdicts.give_verdict(asked, offered, side=side, says=says, reason=reason, note=note, by=by)
    wants = given.says == Verdict.Says.INTERESTED
    return _answer(request, asked, offered, side, _("Noted: you would like to meet.") if wants else _("Noted: this is not for you."))


@require_POST
def undo_verdict(request: HttpRequest, pk: int, offer: int) -> HttpResponse:
    asked, offered = _pair(request, pk, offer)
    side = request.POST.get("side", "")
    verdicts.undo_verdict(asked, offered, side=side, by=cast("User", request.user))
    return _answer(request, asked, offered, side, _("Taken back."))


def _pair(request: HttpRequest, pk: int, offer: int) -> tuple[SourcingRequest, Offer]:
    asked = get_object_or_404(SourcingRequest.objects.visible_to(request.user), pk=pk)
    return asked, get_object_or_404(Offer.objects.visible_to(request.user), pk=offer)


def _answer(request: HttpRequest, asked: SourcingRequest, offered: Offer, side: str, said: str) -> HttpResponse:
    back = request.POST.get("next", "")
    is_local = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    back = back if is_local else (asked if side == Verdict.Side.BUYER else offered).get_absolute_url()
    if request.htmx:  # type: ignore[attr-defined] # set by its middleware
        shown = verdict_shown(asked.pk, offered.pk, side)
        return render(request, "matching/_verdict.html", {**shown, "next": back})
    messages.success(request, said)
    return redirect(back)
