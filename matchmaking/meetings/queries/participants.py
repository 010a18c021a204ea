"""A participant as staff look at it: its meetings and requests, and who was served worst."""

from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from expo.editions.models import Edition
from matchmaking.meetings import rules
from matchmaking.meetings.models import Meeting, MeetingRequest, MeetingSetup, Seat
from matchmaking.meetings.queries.entries import Entry, entries_of
from matchmaking.participants.models import Registration

WHOLE = ("company", "edition", "booth__hall", "led_by__booth__hall")
LONGEST_WORD = 80
MOST_FOUND = 20


def participant(number: int) -> Registration | None:
    """Return the verified registration of the current edition with this number, None for any other. One query."""
    rows = Registration.objects.verified().filter(pk=number, edition__is_current=True)
    found: Registration | None = rows.select_related(*WHOLE).first()
    return found


def participants(edition: Edition, words: str = "") -> Any:
    """Return the edition's verified registrations whose company's name holds the words.

    `asked` counts the requests that they sent, `seated` their meetings with a time that were not called off.
    """
    rows = named(Registration.objects.verified().filter(edition=edition).select_related("company", "booth"), words)
    asked = MeetingRequest.objects.filter(sender=OuterRef("pk"))
    seated = Seat.objects.filter(registration=OuterRef("pk"), meeting__slot__isnull=False).exclude(meeting__status=Meeting.Status.CANCELLED)
    return rows.annotate(asked=_count(asked, "sender"), seated=_count(seated, "registration"))


def entries_for(row: Registration) -> list[Entry]:
    """Return all meetings and requests of the registration, as it reads them. Four queries."""
    return entries_of([row], row.edition, now=timezone.now(), with_ended=True)


def companies_to_ask(row: Registration, words: str) -> list[Registration]:
    """Return up to twenty verified registrations whose company's name holds the words, that the registration's role may ask. Two queries."""
    setup = MeetingSetup.objects.filter(edition=row.edition_id).prefetch_related("rights").first()
    rights = list(setup.rights.all()) if setup is not None else []
    found = named(Registration.objects.verified().filter(edition=row.edition_id), words).exclude(company=row.company_id)
    rows = found.select_related("company", "booth").order_by("company__name", "role")[: MOST_FOUND * 2]
    return [one for one in rows if rules.may_see(rights, row, one) and rules.may_ask(rights, row, one)][:MOST_FOUND]


def named(rows: QuerySet[Registration], words: str) -> QuerySet[Registration]:
    """Return those of the rows whose company's name, in either language, holds each of the words."""
    for word in words[:LONGEST_WORD].split():
        rows = rows.filter(Q(company__name__icontains=word) | Q(company__name_zh__icontains=word))
    return rows


def _count(rows: QuerySet[MeetingRequest] | QuerySet[Seat], by: str) -> Coalesce:
    counted = rows.order_by().values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)
