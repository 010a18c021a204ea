from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.errors import NotAllowed, Refused
from expo.foundation.text import whole_number
from matchmaking.agreements import actions, errors, rules
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.duplicates import likely_pairs
from matchmaking.agreements.queries.outcome import amount_words
from matchmaking.agreements.queries.queue import changed_after, newest_entry
from matchmaking.agreements.states import MOVES
from matchmaking.agreements.views.common import signed_in
from matchmaking.agreements.views.organiser.common import edition_asked, organisers, shown

MOST_PAIRS = 20
LONGEST_KEY = 19  # digits that fit the column


@dataclass(frozen=True)
class Side:
    """One of two: its amount in words, and whether it can be merged into the other."""

    row: Agreement
    amount: str
    can_go: bool


@dataclass(frozen=True)
class Shown:
    """Two that look like one, and why; what was refused of these two, and the reason that was typed."""

    first: Side
    second: Side
    reasons: tuple[str, ...]
    refusal: Refused | None = None
    typed: str = ""


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
    try:
        messages.success(request, _act(verb, one, other, me, request.POST))
    except NotAllowed:
        raise
    except Refused as refusal:
        return _page(request, edition, Said({one.pk, other.pk}, refusal, request.POST.get("reason", "")))
    return redirect(f"{reverse('organiser_duplicates')}?edition={edition.slug}")


@dataclass(frozen=True)
class Said:
    """What was refused of which two."""

    keys: set[int]
    refusal: Refused
    typed: str


def _act(verb: str, one: Agreement, other: Agreement, me: User, given: Mapping[str, str]) -> str:
    """Merge the two or keep them apart, and return what was done in words."""
    reason, seen = given.get("reason", ""), given.get("seen", "")
    if seen.isdecimal() and len(seen) < LONGEST_KEY and changed_after(int(seen), [one.pk, other.pk]):
        raise errors.ChangedMeanwhile(_("One of the two was changed meanwhile. Look at them again."))
    if verb == "two":
        actions.keep_apart(one, other, by=me, reason=reason)
        return _("They are two, and are not pointed out any more.")
    actions.merge(one, other, by=me, reason=reason)
    return _("%(one)s is void, and points to %(other)s.") % {"one": one.label, "other": other.label}


def _row(edition: Edition, text: str) -> Agreement:
    row = Agreement.objects.filter(edition=edition, pk=whole_number(text) or 0).first()
    if row is None:
        raise Http404
    row.edition = edition
    return row


def _side(row: Agreement) -> Side:
    return Side(row, amount_words(row), "merge" in MOVES.verbs_from(row.status))


def _page(request: HttpRequest, edition: Edition, said: Said | None = None) -> HttpResponse:
    found = likely_pairs(edition, most=MOST_PAIRS)
    pairs = [Shown(_side(pair.first), _side(pair.second), pair.reasons) for pair in found.surest]
    refusal = said.refusal if said else None
    if said:
        of_these = [{pair.first.row.pk, pair.second.row.pk} == said.keys for pair in pairs]
        pairs = [replace(pair, refusal=refusal, typed=said.typed) if ours else pair for pair, ours in zip(pairs, of_these, strict=True)]
    return shown(
        request,
        "duplicates",
        status=refusal.status if refusal else 200,
        edition=edition,
        heading=_("Duplicates"),
        tab="duplicates",
        editions=list(Edition.objects.held_first()),
        pairs=pairs,
        count=found.count,
        more=found.count - len(pairs),
        seen=newest_entry(),
        may_merge=rules.may_merge(signed_in(request)),
        refusal=refusal,
    )
