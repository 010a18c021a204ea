from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_countries.fields import Country
from django_filters import FilterSet

from expo.editions.models import Edition
from expo.foundation.bilingual import is_chinese
from expo.foundation.errors import NotAllowed, Refused
from expo.foundation.lists import filtered, page_of
from expo.foundation.money import spoken
from matchmaking.agreements import rules
from matchmaking.agreements.actions.verifying import MOST_AT_ONCE, Verified, verify_many
from matchmaking.agreements.filters import QueueFilter
from matchmaking.agreements.forms.organiser import VerifyManyForm, chosen
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.outcome import amount_words
from matchmaking.agreements.queries.queue import (
    LARGEST_FIRST,
    QUEUES,
    STATES,
    UNCONFIRMED,
    VERIFIABLE,
    answers_of,
    in_queue,
    newest_entry,
    tabs_of,
    totals_of,
    versions_seen,
)
from matchmaking.agreements.queries.whole import yuan_words
from matchmaking.agreements.views.common import signed_in
from matchmaking.agreements.views.organiser.common import edition_asked, organisers, shown

MOST_TICKED = 100
MOST_NAMED = 10
FIRST_SHOWN = 10


@dataclass(frozen=True)
class Line:
    """A row of the list: how many of its parties confirmed, how many there are, the amount in words."""

    row: Agreement
    said: int
    parties: int
    amount: str
    in_yuan: str


@dataclass(frozen=True)
class Asked:
    """What the address asks for: an edition's queue, and the filters with the rows that they leave in all queues."""

    edition: Edition
    word: str
    found: FilterSet

    @property
    def rows(self) -> Any:
        """The rows of the queue in its order."""
        return in_queue(self.found.qs, self.word, order=self.found.form.cleaned_data["order"])


def _asked(request: HttpRequest, queue: str = "all") -> Asked:
    edition, word = edition_asked(request), request.GET.get("queue", queue)
    if word not in STATES:
        raise Http404
    return Asked(edition, word, filtered(QueueFilter, request, Agreement.objects.filter(edition=edition)))


def _lines(rows: list[Agreement]) -> list[Line]:
    answers = answers_of(rows)
    return [Line(row, *answers[row.pk], amount_words(row), yuan_words(row)) for row in rows]


@require_safe
@organisers
def organiser_agreements(request: HttpRequest) -> HttpResponse:
    asked, me = _asked(request), signed_in(request)
    page, totals = page_of(asked.rows.for_list(), request), totals_of(asked.rows)
    given = asked.found.form.cleaned_data
    return shown(
        request,
        "agreements",
        edition=asked.edition,
        heading=_("Agreements"),
        tab="agreements",
        editions=list(Edition.objects.held_first()),
        queue=asked.word,
        tabs=tabs_of(asked.found.qs),
        totals=totals,
        total_cny=spoken(totals.amount_cny, "CNY"),
        page=page,
        lines=_lines(list(page)),
        filter=asked.found.form,
        is_filtered=any(value for name, value in given.items() if name != "order"),
        country=str(Country(given["country"]).name) if given["country"] else "",
        may_verify=asked.word in VERIFIABLE and rules.may_verify(me),
        needs_paper=asked.word == UNCONFIRMED,
        all_chosen=request.GET.get("choose") == "page",
        may_draft=rules.may_draft(me),
    )


@require_POST
@organisers
def organiser_verify_many(request: HttpRequest) -> HttpResponse:
    """Verify what was ticked: one that was changed or struck meanwhile is named and does not hold up the others."""
    me, edition = signed_in(request), edition_asked(request)
    versions = chosen(request.POST.getlist("chosen"), most=MOST_TICKED)
    done = verify_many(edition, versions, by=me, reason=request.POST.get("reason", ""))
    if not done.done and not done.left:
        messages.error(request, _("Nothing was chosen."))
    _say(request, done)
    return _back(request)


@require_http_methods(["GET", "HEAD", "POST"])
@organisers
def organiser_verify_found(request: HttpRequest) -> HttpResponse:
    """Verify all that the filters of the list leave, the first of them at least, after a look at what that is."""
    asked, me = _asked(request, "to-verify"), signed_in(request)
    if asked.word not in VERIFIABLE:
        raise Http404
    if not rules.may_verify(me):
        raise NotAllowed
    form = VerifyManyForm(
        request.POST if request.method == "POST" else None, needs_paper=asked.word == UNCONFIRMED, initial={"seen": newest_entry()}
    )
    if not form.is_bound or not form.is_valid():
        return _preview(request, asked, form)
    versions, changed = versions_seen(asked.rows, form.cleaned_data["seen"] or 0, most=MOST_AT_ONCE)
    _say(request, verify_many(asked.edition, versions, by=me, reason=form.cleaned_data["reason"]))
    if changed:
        words = ngettext(
            "%(n)s was changed after you looked, and is left as it is.",
            "%(n)s were changed after you looked, and are left as they are.",
            changed,
        )
        messages.warning(request, words % {"n": changed})
    return _back(request)


def _preview(request: HttpRequest, asked: Asked, form: VerifyManyForm) -> HttpResponse:
    listed: Any = asked.rows
    first = Agreement.objects.filter(pk__in=list(listed.values_list("pk", flat=True)[:MOST_AT_ONCE]))
    totals = totals_of(first)
    return shown(
        request,
        "verify",
        status=400 if form.is_bound else 200,
        edition=asked.edition,
        heading=_("Verify what is listed"),
        tab="agreements",
        queue=next(title for word, title, _states in QUEUES if word == asked.word),
        totals=totals,
        total_cny=spoken(totals.amount_cny, "CNY"),
        without_paper=first.filter(document="").count(),
        largest=_lines(list(in_queue(first.for_list(), asked.word, order=LARGEST_FIRST)[:FIRST_SHOWN])),
        more=listed.count() - totals.rows,
        form=form,
    )


def _say(request: HttpRequest, made: Verified) -> None:
    """Say how many were verified, and name those that were not with the reason."""
    done = len(made.done)
    if done:
        messages.success(request, ngettext("%(n)s agreement is verified.", "%(n)s agreements are verified.", done) % {"n": done})
    for row, refusal in made.left[:MOST_NAMED]:
        messages.error(request, _("%(label)s: %(words)s") % {"label": row.label, "words": _words(refusal)})
    if (more := len(made.left) - MOST_NAMED) > 0:
        messages.error(request, ngettext("%(n)s more was left as it is.", "%(n)s more were left as they are.", more) % {"n": more})


def _words(refusal: Refused) -> str:
    detail = str(refusal.detail)
    return ("" if is_chinese() else " ").join(
        [detail, *(text for texts in refusal.fields.values() for text in map(str, texts) if text != detail)]
    )


def _back(request: HttpRequest) -> HttpResponse:
    asked = request.GET.copy()
    asked.pop("choose", None)
    return redirect(f"{reverse('organiser_agreements')}?{asked.urlencode()}")
