"""Printed schedules: for each participant, place or interpreter a page with their meetings, in parts that a printer takes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Length

from expo.editions.models import Edition
from matchmaking.meetings.models import Interpreter, Meeting, Place, Seat
from matchmaking.participants.models import Company, Registration

PARTICIPANTS, PLACES, INTERPRETERS = "participants", "places", "interpreters"
MOST_SHEETS = 200
_S = Meeting.Status
PRINTED = (_S.SCHEDULED, _S.HELD, _S.NO_SHOW, _S.DISPUTED)
SEATS = Seat.objects.select_related("registration__company", "person").order_by("pk")


@dataclass(frozen=True)
class Choice:
    """Whose schedules are printed: of a hall, a day, by the first letter of the company's name; each of them None or "" for all.

    `of` is one registration, place or interpreter, by number.
    """

    hall: str = ""
    day: date | None = None
    initial: str = ""
    of: int | None = None


@dataclass
class Sheet:
    """A page: whose it is, and their meetings in order of time, by day. `key` is the word of the place's QR code, '' for others."""

    pk: int
    title: str
    note: str
    code: str = ""
    key: str = ""
    meetings: list[Meeting] = field(default_factory=list)

    @property
    def days(self) -> list[tuple[date, list[Meeting]]]:
        found: dict[date, list[Meeting]] = defaultdict(list)
        for meeting in self.meetings:
            if meeting.slot is not None:
                found[meeting.slot.day].append(meeting)
        return sorted(found.items())


def whose(kind: str, edition: Edition, choice: Choice) -> QuerySet[Any]:
    """Return those who have a meeting with a time that the choice takes, in the order in which their pages are printed."""
    return {PARTICIPANTS: _participants, PLACES: _places, INTERPRETERS: _interpreters}[kind](edition, choice)


def sheets_of(kind: str, owners: Sequence[Any], choice: Choice) -> list[Sheet]:
    """Return the pages of these, in their order. Three queries, however many they are."""
    sheets = {one.pk: _sheet(kind, one) for one in owners}
    path = {PARTICIPANTS: "seats__registration", PLACES: "place", INTERPRETERS: "interpreter"}[kind]
    rows = _meetings(choice).filter(**{f"{path}__in": sheets}).distinct()
    rows = rows.select_related("slot", "place__hall", "interpreter__person", "request").prefetch_related(Prefetch("seats", SEATS))
    for meeting in rows.order_by("slot__starts_at", "pk"):
        for pk in _owners_of(kind, meeting):
            if pk in sheets:
                sheets[pk].meetings.append(meeting)
    return list(sheets.values())


def _owners_of(kind: str, meeting: Meeting) -> list[int | None]:
    if kind == PARTICIPANTS:
        return [seat.registration_id for seat in meeting.seats.all()]
    return [meeting.place_id if kind == PLACES else meeting.interpreter_id]


def _sheet(kind: str, owner: Any) -> Sheet:
    if kind == PARTICIPANTS:
        note = owner.get_role_display()
        return Sheet(owner.pk, owner.company.title, note, owner.booth.code if owner.booth is not None else "")
    if kind == PLACES:
        note = owner.hall.name if owner.hall is not None else ""
        return Sheet(owner.pk, owner.code, note, owner.code, owner.key)
    return Sheet(owner.pk, str(owner), ", ".join(owner.languages))


def _meetings(choice: Choice) -> QuerySet[Meeting]:
    """Meetings with a time, of any edition: their places and people are of one."""
    rows = Meeting.objects.filter(slot__isnull=False, status__in=PRINTED)
    return rows.filter(slot__day=choice.day) if choice.day is not None else rows


def _participants(edition: Edition, choice: Choice) -> QuerySet[Registration]:
    # The conditions one by one: as a list of meetings, it would be made anew for each registration.
    seats = Seat.objects.filter(registration=OuterRef("pk"), meeting__slot__isnull=False, meeting__status__in=PRINTED)
    if choice.day is not None:
        seats = seats.filter(meeting__slot__day=choice.day)
    if choice.hall:
        seats = seats.filter(meeting__place__hall__code=choice.hall)
    rows = Registration.objects.filter(Exists(seats), edition=edition).select_related("company", "booth")
    if choice.initial:
        rows = rows.filter(_begins(choice.initial))
    rows = rows.filter(pk=choice.of) if choice.of is not None else rows
    return rows.order_by("company__name", "role", "pk")


def _begins(initial: str) -> Q:
    """Names that begin with the letter; "#" stands for those that begin with no letter of the alphabet."""
    if initial == "#":
        return ~Q(company__in=Company.objects.filter(name__iregex=r"^[a-z]"))
    return Q(company__name__istartswith=initial)


def _places(edition: Edition, choice: Choice) -> QuerySet[Place]:
    used = _meetings(choice).filter(place=OuterRef("pk"))
    rows = Place.objects.filter(Exists(used), edition=edition).exclude(kind=Place.Kind.ONLINE).select_related("hall")
    rows = rows.filter(hall__code=choice.hall) if choice.hall else rows
    rows = rows.filter(pk=choice.of) if choice.of is not None else rows
    return rows.order_by("hall__code", "kind", Length("code"), "code", "pk")


def _interpreters(edition: Edition, choice: Choice) -> QuerySet[Interpreter]:
    booked = _meetings(choice).filter(interpreter=OuterRef("pk"))
    rows = Interpreter.objects.filter(Exists(booked), edition=edition).select_related("person")
    return (rows.filter(pk=choice.of) if choice.of is not None else rows).order_by("pk")
