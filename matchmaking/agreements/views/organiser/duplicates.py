from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from expo.editions.models import Edition
from expo.foundation.errors import NotAllowed, Refused
from expo.foundation.text import whole_number
from matchmaking.agreements import actions, rules
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.duplicates import likely_pairs
from matchmaking.agreements.queries.outcome import amount_words
from matchmaking.agreements.states import MOVES
from matchmaking.agreements.views.common import signed_in
from matchmaking.agreements.views.organiser.common import edition_asked, organisers, shown

MOST_PAIRS = 50


@dataclass(frozen=True)
class Side:
    """One of two: its amount in words, and whether it can be merged into the other."""

    row: Agreement
    amount: str
    can_go: bool


@dataclass(frozen=True)
class Shown:
    """Two that look like one, and why."""

    first: Side
    second: Side
    reasons: tuple[str, ...]


@require_safe
@organisers
def organiser_duplicates(request: HttpRequest) -> HttpResponse:
    return _page(request, edition_asked(request))


@require_POST
@organisers
def organiser_duplicates_step(request: HttpRequest, verb: str) -> HttpResponse:
    me, edition = signed_in(request), edition_asked(request)
    if verb not in ("merge", "two"):
        raise Http404
    if not rules.may_merge(me):
        raise NotAllowed
    first, _colon, second = request.POST.get("pair", "").partition(":")
    one, other = _row(edition, first), _row(edition, second)
    reason = request.POST.get("reason", "")
    try:
        if verb == "two":
            actions.keep_apart(one, other, by=me, reason=reason)
            messages.success(request, _("They are two, and are not pointed out any more."))
        else:
            actions.merge(one, other, by=me, reason=reason)
            messages.success(request, _("%(one)s is void, and points to %(other)s.") % {"one": one.label, "other": other.label})
    except NotAllowed:
        raise
    except Refused as refusal:
        return _page(request, edition, refusal)
    return redirect(f"{reverse('organiser_duplicates')}?edition={edition.slug}")


def _row(edition: Edition, text: str) -> Agreement:
    row = Agreement.objects.filter(edition=edition, pk=whole_number(text) or 0).first()
    if row is None:
        raise Http404
    row.edition = edition
    return row


def _side(row: Agreement) -> Side:
    return Side(row, amount_words(row), "merge" in MOVES.verbs_from(row.status))


def _page(request: HttpRequest, edition: Edition, refusal: Refused | None = None) -> HttpResponse:
    pairs = likely_pairs(edition, most=MOST_PAIRS + 1)
    return shown(
        request,
        "duplicates",
        status=refusal.status if refusal else 200,
        edition=edition,
        heading=_("Duplicates"),
        tab="duplicates",
        editions=list(Edition.objects.held_first()),
        pairs=[Shown(_side(pair.first), _side(pair.second), pair.reasons) for pair in pairs[:MOST_PAIRS]],
        more=len(pairs) > MOST_PAIRS,
        may_merge=rules.may_merge(signed_in(request)),
        refusal=refusal,
    )
