from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.errors import Conflict, NotAllowed, Refused
from expo.foundation.lists import filtered, page_of
from expo.foundation.money import spoken
from matchmaking.agreements import rules
from matchmaking.agreements.actions import verify
from matchmaking.agreements.filters import QueueFilter
from matchmaking.agreements.forms.organiser import chosen
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.outcome import amount_words
from matchmaking.agreements.queries.queue import STATES, answers_of, in_queue, tabs_of, totals_of
from matchmaking.agreements.queries.whole import yuan_words
from matchmaking.agreements.views.common import signed_in
from matchmaking.agreements.views.organiser.common import edition_asked, organisers, shown

MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Line:
    """A row of the list: how many of its parties confirmed, how many there are, the amount in words."""

    row: Agreement
    said: int
    parties: int
    amount: str
    in_yuan: str


@require_safe
@organisers
def organiser_agreements(request: HttpRequest) -> HttpResponse:
    edition, word = edition_asked(request), request.GET.get("queue", "all")
    if word not in STATES:
        raise Http404
    found = filtered(QueueFilter, request, Agreement.objects.filter(edition=edition))
    rows: Any = in_queue(found.qs, word)
    page = page_of(rows.for_list(), request)
    totals, answers = totals_of(rows), answers_of(list(page))
    return shown(
        request,
        "agreements",
        edition=edition,
        heading=_("Agreements"),
        tab="agreements",
        editions=list(Edition.objects.held_first()),
        queue=word,
        tabs=tabs_of(found.qs),
        totals=totals,
        total_cny=spoken(totals.amount_cny, "CNY"),
        page=page,
        lines=[Line(row, *answers[row.pk], amount_words(row), yuan_words(row)) for row in page],
        filter=found.form,
        is_filtered=any(found.form.cleaned_data.values()),
        may_verify=word == "to-verify" and rules.may_verify(signed_in(request)),
        may_draft=rules.may_draft(signed_in(request)),
    )


@require_POST
@organisers
def organiser_verify_many(request: HttpRequest) -> HttpResponse:
    """Verify what was ticked, each by itself: one that was changed or struck meanwhile is named and does not hold up the others."""
    me, edition = signed_in(request), edition_asked(request)
    if not rules.may_verify(me):
        raise NotAllowed
    versions = chosen(request.POST.getlist("chosen"), most=MOST_AT_ONCE)
    rows = Agreement.objects.filter(edition=edition, pk__in=versions).select_related("edition").order_by("pk")
    left = [(row.label, words) for row in rows if (words := _refusal(row, versions[row.pk], me))]
    done = len(rows) - len(left)
    if done:
        messages.success(request, ngettext("%(n)s agreement is verified.", "%(n)s agreements are verified.", done) % {"n": done})
    for label, words in left:
        messages.error(request, _("%(label)s: %(words)s") % {"label": label, "words": words})
    if not rows:
        messages.error(request, _("Nothing was chosen."))
    return redirect(f"{reverse('organiser_agreements')}?{request.GET.urlencode()}")


def _refusal(row: Agreement, version: int, me: User) -> str:
    """Verify one, and return why that was not possible, or ""."""
    if row.version != version:
        return str(Conflict.detail)
    try:
        verify(row, by=me)
    except NotAllowed:
        raise
    except Refused as refusal:
        return " ".join(
            [str(refusal.detail), *(text for texts in refusal.fields.values() for text in texts if text != str(refusal.detail))]
        )
    return ""
