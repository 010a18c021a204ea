"""What staff did for participants: read from the log, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.fields.json import HasKey
from django.urls import reverse

from expo.editions.models import Edition
from expo.foundation.models import Event
from matchmaking.meetings.wording import STEPS
from matchmaking.participants.models import Registration

PAGES = {"meetings.Meeting": "meeting", "meetings.MeetingRequest": "meeting_request", "participants.Registration": "meeting_participant"}


class WrittenKey(HasKey):
    """Whether JSON has a key, with the key in the statement: SQLite uses an index of some rows only where it reads their condition there."""

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        sql, params = super().as_sqlite(compiler, connection)
        quoted = ("'" + str(path).replace("'", "''") + "'" for path in params)
        return sql % tuple(quoted), ()


@dataclass(frozen=True)
class Acted:
    """A step: when, who of the staff, for which registration (None once it is gone), what in words, and where to look."""

    at: datetime
    who: str
    own: Registration | None
    what: str
    address: str


def acted_for_others(edition: Edition) -> QuerySet[Event]:
    """Return the lines of the log in which staff acted for somebody at the edition, newest first."""
    rows = Event.objects.filter(WrittenKey(F("data"), "acting_for"), thing__in=PAGES, verb__in=STEPS, data__edition=edition.pk)
    return rows.select_related("actor").order_by("-pk")


def acted_lines(events: Iterable[Event]) -> list[Acted]:
    """Return the lines as a page says them. One query."""
    listed = list(events)
    own = Registration.objects.select_related("company").in_bulk([event.data["acting_for"] for event in listed])
    return [
        Acted(
            event.at,
            event.actor.full_name if event.actor is not None else "",
            own.get(event.data["acting_for"]),
            str(STEPS[event.verb]),
            reverse(PAGES[event.thing], args=[event.thing_id]),
        )
        for event in listed
    ]
