"""Agreements on a company's desk: the list with what waits for its answer first, and what it has written down before."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from expo.foundation.models import Event
from expo.foundation.text import whole_number
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries.answers import unanswered, waiting_for_company
from matchmaking.agreements.queries.duplicates import ANOTHER_THAN, duplicates_of_row
from matchmaking.agreements.queries.outcome import amount_words
from matchmaking.meetings.models import Meeting, Seat
from matchmaking.participants.models import Company, Member, Visitor

S = Agreement.Status
SENT_TWICE = timedelta(minutes=2)
# The word in the address, what the tab is called, and which states are in it; "waiting" is worked out row by row.
TABS: tuple[tuple[str, str | Promise, tuple[str, ...]], ...] = (
    ("", pgettext_lazy("agreements", "All"), tuple(S.values)),
    ("waiting", gettext_lazy("Waiting for you"), ()),
    ("drafts", pgettext_lazy("agreements", "Drafts"), (S.DRAFT,)),
    ("sent", gettext_lazy("Sent to the parties"), (S.SUBMITTED,)),
    ("recorded", gettext_lazy("On record"), (S.RECORDED,)),
    ("confirmed", pgettext_lazy("agreement", "Confirmed"), (S.CONFIRMED, S.VERIFIED)),
    ("disputed", pgettext_lazy("agreements", "Disputed"), (S.DISPUTED,)),
    ("void", pgettext_lazy("agreements", "Void"), (S.VOID,)),
)
STATES = {word: states for word, _title, states in TABS}


def own_agreements(visitor: Visitor) -> Any:
    """Return what is on the visitor's desk, each with `waits`: 1 while one of their companies owes it an answer."""
    waiting = waiting_for_company(Member.objects.of(visitor)).filter(pk=OuterRef("pk")).order_by()
    waits = Case(When(Exists(waiting), then=Value(1)), default=Value(0), output_field=IntegerField())
    return Agreement.objects.on_desk_of(visitor).annotate(waits=waits)


def with_outside(rows: Any) -> Any:
    """Return the rows, each with `lacks_outside`: whether an outside party has not said yes to its present version."""
    outside = Party.objects.filter(agreement=OuterRef("pk"), company__isnull=True)
    return rows.annotate(lacks_outside=Exists(unanswered(outside)))


def found_by(rows: Any, words: str) -> Any:
    """Return the rows whose title, number or a party's name holds the words; all of them for none."""
    if not words:
        return rows
    named = Q(outside_name__icontains=words) | Q(company__name__icontains=words) | Q(company__name_zh__icontains=words)
    edition, _dash, digits = words.rpartition("-")
    numbered = Q(number=whole_number(digits) or 0) & (Q(edition__slug=edition) if edition else Q())
    return rows.filter(Q(title__icontains=words) | Q(pk__in=Party.objects.filter(named).order_by().values("agreement")) | numbered)


def in_tab(rows: Any, word: str) -> Any:
    """Return the rows of a tab, what waits for an answer first, then the newest."""
    found = rows.filter(waits=1) if word == "waiting" else rows.filter(status__in=STATES[word]) if word else rows
    return found.order_by("-waits", "-created_at", "-pk")


def tab_counts(rows: Any) -> dict[str, int]:
    """Return how many rows are in each tab. One query."""
    counted = rows.order_by().aggregate(
        waiting=Count("pk", filter=Q(waits=1)), **{f"in_{state}": Count("pk", filter=Q(status=state)) for state in S.values}
    )
    counts = {word: sum(counted[f"in_{state}"] for state in states) for word, _title, states in TABS}
    return counts | {"waiting": counted["waiting"]}


@dataclass(frozen=True)
class OwnLine:
    """An agreement in the list of somebody's desk: `others` are the parties that are not theirs."""

    agreement: Agreement
    others: list[str]
    amount: str
    waits: bool
    lacks_outside: bool


def own_lines(rows: Iterable[Any], mine: Collection[int]) -> list[OwnLine]:
    """Return the lines of a list whose rows are read `for_list` and `with_outside`. No query."""
    return [
        OwnLine(
            row,
            [party.name for party in row.parties.all() if party.company_id not in mine],
            amount_words(row),
            bool(row.waits),
            row.status in Agreement.COUNTED and row.lacks_outside,
        )
        for row in rows
    ]


def duplicates_of(agreement: Agreement, visitor: Visitor) -> list[Agreement]:
    """Return what looks like the agreement and is on the visitor's desk, too, but for what was said to be another one. Four queries."""
    lines = Event.objects.filter(thing=Agreement._meta.label, thing_id=str(agreement.pk), data__has_key=ANOTHER_THAN)
    others = {key for keys in lines.values_list(f"data__{ANOTHER_THAN}", flat=True) for key in keys}
    return [row for row in duplicates_of_row(agreement, known_to=visitor) if row.pk not in others]


def duplicates_among(found: Collection[Agreement], visitor: Visitor) -> list[Agreement]:
    """Return those that the visitor knows: what others agreed is not told by a hint. One query at most."""
    if not found:
        return []
    known = set(Agreement.objects.on_desk_of(visitor).filter(pk__in=[row.pk for row in found]).values_list("pk", flat=True))
    return [row for row in found if row.pk in known]


def just_written(given: Any, own: Company) -> Agreement | None:
    """Return the draft that the company wrote a moment ago with the same title, day and amount: the same sheet, sent twice. One query."""
    same = {"title": " ".join(given.title.split()), "signed_on": given.signed_on, "amount": given.amount, "edition": given.edition}
    rows = Agreement.objects.filter(**same, drafted_for=own, status=S.DRAFT, created_at__gt=timezone.now() - SENT_TWICE)
    found: Agreement | None = rows.order_by("pk").first()
    return found


def companies_met(own: Company, edition_id: int) -> QuerySet[Company]:
    """Return the companies that one's own met in the edition, by name: those that one agrees with most often."""
    met = Q(registrations__seats__meeting__in=own_meetings(own, edition_id))
    return Company.objects.filter(met).exclude(pk=own.pk).distinct().order_by("name")


def own_meetings(own: Company, edition_id: int) -> Any:
    """Return the keys of the company's meetings in the edition that were not called off, for use in a query."""
    seats = Seat.objects.filter(registration__company=own, meeting__edition=edition_id)
    return seats.exclude(meeting__status=Meeting.Status.CANCELLED).values("meeting")
