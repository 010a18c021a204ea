"""Meetings, requests and figures of the current edition as spreadsheets, for staff. Who may not look after meetings has no such lists."""

from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.editions.models import Edition
from expo.editions.queries import current_edition
from expo.foundation.lists import filtered
from expo.foundation.sheets.columns import Column, Moment, Told
from expo.foundation.sheets.lists import Made
from matchmaking.meetings import rules
from matchmaking.meetings.filters import MeetingFilter, MeetingRequestFilter
from matchmaking.meetings.models import Meeting, MeetingRequest, Seat, Side
from matchmaking.meetings.queries.breakdowns import breakdown
from matchmaking.meetings.queries.statistics import BREAKDOWNS, FigureLine, figure_lines

AT_ONCE = 500
SEATS = Seat.objects.select_related("registration__company", "person").order_by("pk")


def meeting_list(request: HttpRequest) -> Made:
    """All meetings of the edition, or those that the address's filters leave, by time. Ratings and what each side said are not told."""
    edition = _edition_for(request)
    rows = filtered(MeetingFilter, request, Meeting.objects.filter(edition=edition)).qs
    full = rows.select_related("slot", "place__hall", "interpreter__person", "request").prefetch_related(Prefetch("seats", SEATS))
    return Made(_meeting_columns(edition.time_zone), full.order_by("slot__starts_at", "pk").iterator(chunk_size=AT_ONCE), rows.count)


def request_list(request: HttpRequest) -> Made:
    """All requests of the edition that somebody sent, oldest first. What was written in them is not told."""
    edition = _edition_for(request)
    found = MeetingRequest.objects.filter(edition=edition).exclude(is_proposal=True, is_delivered=False)
    rows = filtered(MeetingRequestFilter, request, found).qs
    full = rows.select_related("slot", "sender__company", "receiver__company", "partner__company")
    return Made(_request_columns(edition.time_zone), full.order_by("pk").iterator(chunk_size=AT_ONCE), rows.count)


def figure_list(request: HttpRequest) -> Made:
    """All figures as of now, each with its definition, then each of their parts."""
    edition, now = _edition_for(request), timezone.now()
    rows = [*figure_lines(edition, now), *_parts(edition, now)]
    columns: list[Column] = [
        Told("name", _("Name"), width=30),
        Told("title", _("Figure"), width=40),
        Told(
            "value",
            pgettext_lazy("figure", "Number"),
            get=lambda row: None if row.value is None else f"{row.value:g}" if row.unit else str(row.value),
        ),
        Told("unit", _("Unit")),
        Told("definition", _("Definition"), width=80),
        Moment("at", _("As of"), is_told=True, zone=edition.time_zone, get=lambda _row: now, width=18),
    ]
    return Made(columns, rows, lambda: len(rows))


def _edition_for(request: HttpRequest) -> Edition:
    """Return the current edition. Raises Http404 without one, and for who does not look after meetings."""
    edition = current_edition()
    if edition is None or not rules.may_look_after(request.user):
        raise Http404
    return edition


def _parts(edition: Edition, now: datetime) -> list[FigureLine]:
    lines = []
    for name, figures in BREAKDOWNS:
        found = breakdown(name, figures, edition, now)
        for part in found.parts:
            for figure, count in part.cells:
                definition = f"{figure.definition} {found.dimension.definition}"
                lines.append(FigureLine(f"{figure.name}:{name}:{part.value}", "", f"{figure.title}, {part.words}", definition, count))
    return lines


def _of_side(side: str, what: str) -> Any:
    """Return how a column reads the companies, or the people, of a side of a meeting."""

    def read(meeting: Meeting) -> str:
        seats = [seat for seat in meeting.seats.all() if seat.side == side]
        names = [seat.registration.company.name if what == "company" else seat.person and seat.person.full_name for seat in seats]
        return " + ".join(name for name in names if name)

    return read


def _meeting_columns(zone: str) -> list[Column]:
    return [
        Told("id", _("Number")),
        Told("status", _("Status"), get=lambda row: row.get_status_display(), width=20),
        Moment("starts_at", _("Begins"), is_told=True, zone=zone, get=lambda row: row.slot and row.slot.starts_at, width=18),
        Moment("ends_at", _("Ends"), is_told=True, zone=zone, get=lambda row: row.slot and row.slot.ends_at, width=18),
        Told("hall", _("Hall"), get=lambda row: row.place and row.place.hall and row.place.hall.code),
        Told("place", _("Place"), get=lambda row: row.place and row.place.code),
        Told("sender", _("Who asked"), get=_of_side(Side.SENDER, "company"), width=36),
        Told("sender_person", _("Who comes for them"), get=_of_side(Side.SENDER, "person"), width=24),
        Told("receiver", _("Who was asked"), get=_of_side(Side.RECEIVER, "company"), width=36),
        Told("receiver_person", _("Who comes for those asked"), get=_of_side(Side.RECEIVER, "person"), width=24),
        Told("interpreter", _("Interpreter"), get=lambda row: row.interpreter and str(row.interpreter), width=24),
        Told("reason", _("Reason"), get=lambda row: row.get_reason_display(), width=26),
        Told("note", _("Note"), width=30),
        Told("moves", _("Changes of time")),
        Told("demo", _("Demo"), get=lambda row: _("yes") if row.request.is_demo else ""),
    ]


def _request_columns(zone: str) -> list[Column]:
    return [
        Told("id", _("Number")),
        Told("status", _("Status"), get=lambda row: row.get_status_display(), width=20),
        Told("sender", _("Who asked"), get=lambda row: row.sender.company.name, width=36),
        Told("sender_role", _("Role"), get=lambda row: row.sender.get_role_display()),
        Told("receiver", _("Who was asked"), get=lambda row: row.receiver.company.name, width=36),
        Told("partner", _("With"), get=lambda row: row.partner and row.partner.company.name, width=26),
        Moment("created_at", pgettext_lazy("moment", "Sent"), is_told=True, zone=zone, width=18),
        Moment("answered_at", _("Answered"), is_told=True, zone=zone, width=18),
        Moment("expires_at", _("Runs out"), is_told=True, zone=zone, width=18),
        Moment("slot", _("Time on the table"), is_told=True, zone=zone, get=lambda row: row.slot and row.slot.starts_at, width=18),
        Told("reason", _("Reason"), get=lambda row: row.get_reason_display(), width=26),
        Told("demo", _("Demo"), get=lambda row: _("yes") if row.is_demo else ""),
    ]
