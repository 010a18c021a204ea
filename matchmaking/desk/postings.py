"""All of one's own postings: found, handed in and withdrawn many at a time."""

import re
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from expo.accounts.models import User
from expo.foundation.errors import Refused
from expo.foundation.sheets.lists import asked_by
from matchmaking.desk.own_postings import MODELS, OwnPostings, own_rows
from matchmaking.marketplace import actions
from matchmaking.marketplace.models import Posting

KEY = re.compile(r"(offer|request)-([1-9][0-9]{0,17})")
ACTIONS = {"submit": actions.submit_postings, "withdraw": actions.withdraw_postings}


@require_safe
def own_postings(request: HttpRequest) -> HttpResponse:
    own = OwnPostings(request)
    context = {
        "own": own,
        "page": own.page(request.GET.get("page", "1")),
        "places": own.places(),
        "to_hand_in": own.to_hand_in(),
        "most": actions.MOST_AT_ONCE,
        "lists": _lists(request, own),
        "query": request.GET.urlencode(),
        "is_filtered": any(own.form.cleaned_data.get(name) for name in ("kind", "status", "chain", "segment", "q")),
    }
    return render(request, "desk/postings.html", context)


@require_POST
def step(request: HttpRequest, verb: str) -> HttpResponse:
    if verb not in ACTIONS:
        raise Http404
    query = QueryDict(request.POST.get("query", "")).urlencode()
    back = f"{reverse('own_postings')}?{query}" if query else reverse("own_postings")
    chosen = _found(request, query) if verb == "submit" and "all" in request.POST else _chosen(request)
    if verb == "withdraw" and chosen and "sure" not in request.POST:
        return render(request, "desk/postings_withdraw.html", {"postings": chosen, "query": query, "back": back})
    try:
        n = ACTIONS[verb](chosen, by=cast("User", request.user))
    except Refused as refused:
        messages.error(request, str(refused.detail))
    else:
        _say(request, verb, n)
    return redirect(back)


def _lists(request: HttpRequest, own: OwnPostings) -> list[tuple[str, str]]:
    """Return what can be taken with the present filters: (name of the list, query)."""
    query = request.GET.copy()
    query.pop("page", None)
    return [(f"my-{kind}s", query.urlencode()) for kind, n in own.counts.items() if n]


def _chosen(request: HttpRequest) -> list[Posting]:
    """Return the postings whose boxes are ticked, in that order; what is not one's own is not there."""
    keys = [found.groups() for text in request.POST.getlist("chosen") if (found := KEY.fullmatch(text))]
    there: dict[tuple[str, int], Any] = {}
    for kind in MODELS:
        numbers = {int(pk) for one, pk in keys if one == kind}
        there |= {(kind, one.pk): one for one in own_rows(cast("User", request.user), kind).filter(pk__in=numbers)} if numbers else {}
    wanted = list(dict.fromkeys((kind, int(pk)) for kind, pk in keys))
    if len(wanted) > actions.MOST_AT_ONCE or any(key not in there for key in wanted):
        raise Http404
    return [there[key] for key in wanted]


def _found(request: HttpRequest, query: str) -> list[Posting]:
    """Return all that the filters find and that can be handed in; one more than is possible where there are too many."""
    return OwnPostings(asked_by(cast("User", request.user), query)).all_to_hand_in(actions.MOST_AT_ONCE + 1)


def _say(request: HttpRequest, verb: str, n: int) -> None:
    if not n:
        messages.warning(request, _("Nothing was chosen."))
    elif verb == "submit":
        messages.success(request, ngettext("%(n)s posting is handed in.", "%(n)s postings are handed in.", n) % {"n": n})
    else:
        messages.success(request, ngettext("%(n)s posting is withdrawn.", "%(n)s postings are withdrawn.", n) % {"n": n})
