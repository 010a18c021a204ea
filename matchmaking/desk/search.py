"""The search page: one box, one list, a tab for each kind."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from expo.editions.queries import chain_bar, landmarks
from matchmaking.desk.queries.search import Answer, HitPages, answer_of, suggestions_of

KINDS = [
    ("", _("All")),
    ("company", _("Companies")),
    ("offer", _("Offers")),
    ("request", _("Requests")),
    ("forum", _("Forums")),
    ("page", pgettext_lazy("kind of result", "Pages")),
]


@login_not_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    marks = landmarks()
    answer = answer_of(request.GET.get("q", ""), request.user, kind=request.GET.get("kind", ""), current=marks.current)
    page = HitPages(answer).get_page(request.GET.get("page"))
    context = {
        "answer": answer,
        "page": page,
        "hits": list(page.object_list),
        "tabs": _tabs(answer),
        "current_edition": marks.current,
        "latest_results": marks.latest_results,
        "chain_bar": SimpleLazyObject(chain_bar),
    }
    return render(request, "desk/search.html", context)


@login_not_required
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")
    return render(request, "desk/_suggestions.html", {"hits": suggestions_of(text, request.user, current=landmarks().current)})


def _tabs(answer: Answer) -> list[dict[str, Any]]:
    """Return the kinds with how many hits each has; a kind without any is left out, except the one that is chosen."""
    return [
        {
            "text": words,
            "address": f"{reverse('search')}?{urlencode({'q': answer.typed, **({'kind': kind} if kind else {})})}",
            "count": answer.count_of(kind),
            "is_more": answer.is_more(kind),
            "is_on": kind == answer.kind,
        }
        for kind, words in KINDS
        if not kind or answer.count_of(kind) or kind == answer.kind
    ]
