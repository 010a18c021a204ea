"""A draft plan as a spreadsheet: a row for each meeting, with the filters of the page."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.foundation.dates import clock
from expo.foundation.sheets.columns import Column, Told
from expo.foundation.sheets.lists import Made
from matchmaking.meetings.models import MeetingSetup, Place, PlannedSeat, Slot
from matchmaking.meetings.queries.drafts import FULL, DraftRow, rows_in_words

AT_ONCE = 500


def draft_sheet(seats: QuerySet[PlannedSeat], setup: MeetingSetup) -> Made:
    """Return the lines of a draft as a list to be written. Five queries at most for every five hundred rows."""
    return Made(_columns(setup.edition.time_zone), _rows(seats, setup), seats.count)


def _rows(seats: QuerySet[PlannedSeat], setup: MeetingSetup) -> Iterator[DraftRow]:
    rows = seats.select_related(*FULL).iterator(chunk_size=AT_ONCE)
    while some := list(islice(rows, AT_ONCE)):
        yield from rows_in_words(some, setup)


def _columns(zone: str) -> list[Column]:
    def when(slot: Slot | None, form: str) -> str:
        if slot is None:
            return ""
        return slot.day.isoformat() if form == "day" else clock(slot.starts_at, zone)

    def hall(place: Place | None) -> str:
        return place.hall.code if place is not None and place.hall is not None else ""

    def who(row: DraftRow, number: int) -> str:
        return row.sides[number].company.name if number < len(row.sides) else ""

    def seat(name: str, form: str = "") -> Any:
        return lambda row: when(getattr(row.seat, name), form) if form else getattr(row.seat, name)

    return [
        Told("change", pgettext_lazy("seat", "Change"), get=lambda row: row.change, width=24),
        Told("meeting", _("Meeting"), get=lambda row: row.seat.meeting_id),
        Told("asked_by", _("Who asked"), get=lambda row: who(row, 0), width=36),
        Told("asked", _("Who was asked"), get=lambda row: who(row, 1), width=36),
        Told("partner", _("Partner"), get=lambda row: who(row, 2), width=30),
        Told("day_before", _("Day before"), get=seat("before_slot", "day")),
        Told("time_before", _("Time before"), get=seat("before_slot", "time")),
        Told("place_before", _("Place before"), get=seat("before_place")),
        Told("day", _("Day"), get=seat("slot", "day")),
        Told("time", _("Time"), get=seat("slot", "time")),
        Told("hall", _("Hall"), get=lambda row: hall(row.seat.place)),
        Told("place", _("Place"), get=seat("place")),
        Told("interpreter", _("Interpreter"), get=seat("interpreter"), width=26),
        Told("reason", _("Why it has no time"), get=lambda row: row.reason, width=70),
        Told("demo", _("Demo"), get=lambda row: _("yes") if row.is_demo else ""),
    ]
