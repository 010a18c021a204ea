"""The figures of an edition's meetings, each defined once: what is counted, of which rows. Page, API and spreadsheet read them from here.

A figure's number and the list of its rows come from the same condition, so that they cannot differ.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.editions.models import Edition
from expo.foundation.models import Event
from matchmaking.meetings.models import Meeting, MeetingRequest, Place, Reason, Seat
from matchmaking.meetings.queries.board import waits_long

Words = str | Promise
Condition = Callable[[Edition, datetime], Q]
_M, _R = Meeting.Status, MeetingRequest.Status
FEWEST_RATINGS = 5
TOLD = "meeting.told_of_another_seat"  # Written with the mails: what was undone before them is not there.
HAS_TIME = Q(slot__isnull=False) & ~Q(status=_M.CANCELLED)
GROUPS: dict[str, Words] = {
    "requests": pgettext_lazy("meetings", "Requests"),
    "meetings": _("Meetings"),
    "cancelled": _("Why meetings were cancelled"),
    "places": _("Places and interpreters"),
    "ratings": _("Ratings"),
}


@dataclass(frozen=True)
class Figure:
    """A number of rows: its name in addresses, the words that head it, its definition, the model of the rows, and which of them count."""

    name: str
    group: str
    title: Words
    definition: Words
    model: Any
    which: Condition

    def rows(self, edition: Edition, at: datetime) -> QuerySet[Any]:
        """Return the rows that the figure counts."""
        return rows_of_edition(self.model, edition).filter(self.which(edition, at))


def rows_of_edition(model: Any, edition: Edition) -> QuerySet[Any]:
    """Return all rows of the edition that figures choose from. What the planner laid ready, and nobody has sent, is no request yet."""
    if model is Seat:
        return Seat.objects.filter(meeting__edition=edition)
    rows: QuerySet[Any] = model.objects.filter(edition=edition)
    return rows.exclude(is_proposal=True, is_delivered=False) if model is MeetingRequest else rows


def _always(condition: Q) -> Condition:
    return lambda _edition, _at: condition


def _seated_anew(_edition: Edition, _at: datetime) -> Q:
    log = Event.objects.filter(thing="meetings.Meeting", thing_id=Cast(OuterRef("pk"), CharField()))
    return Q(Exists(log.filter(verb=TOLD)))


def _to_come(at: datetime) -> Q:
    return Q(status=_M.SCHEDULED, slot__ends_at__gt=at)


def _unnamed() -> Q:
    return Q(Exists(Seat.objects.filter(meeting=OuterRef("pk"), person__isnull=True)))


def _request(name: str, title: Words, definition: Words, condition: Q) -> Figure:
    return Figure(name, "requests", title, definition, MeetingRequest, _always(condition))


def _meeting(name: str, title: Words, definition: Words, which: Q | Condition, group: str = "meetings") -> Figure:
    return Figure(name, group, title, definition, Meeting, _always(which) if isinstance(which, Q) else which)


REQUESTS = [
    _request("sent", _("sent"), _("Requests to meet that were sent, whatever became of them."), Q()),
    _request(
        "answered", _("answered"), _("Requests that the other side accepted or declined."), Q(status__in=[_R.ACCEPTED, _R.DECLINED])
    ),
    _request("accepted", _("accepted"), _("Requests that became a meeting, with or without a time."), Q(status=_R.ACCEPTED)),
    _request("declined", _("declined"), _("Requests that were declined, with a reason."), Q(status=_R.DECLINED)),
    _request("taken_back", _("taken back"), _("Requests that who asked took back before an answer."), Q(status=_R.CANCELLED)),
    _request("expired", _("ran out"), _("Requests that nobody answered in time."), Q(status=_R.EXPIRED)),
    _request("pending", _("wait for an answer"), _("Requests that were neither answered nor taken back, and have not run out."), Q(status=_R.PENDING)),
    Figure(
        "waiting_long", "requests", _("wait for long"),
        _("Requests that reached the other side and wait for an answer since a day; since 30 minutes while the expo runs."),
        MeetingRequest, waits_long,
    ),
]  # fmt: skip
MEETINGS = [
    _meeting("agreed", _("agreed"), _("Meetings that two sides agreed to, whatever became of them."), Q()),
    _meeting("with_time", _("with a time"), _("Meetings that have a time and were not called off."), HAS_TIME),
    _meeting("unscheduled", _("wait for a time"), _("Agreed meetings without a time yet."), Q(status__in=[_M.UNSCHEDULED, _M.PROPOSED])),
    _meeting("scheduled", _("scheduled"), _("Meetings with a time of which nobody has said yet how they went."), Q(status=_M.SCHEDULED)),
    _meeting("held", pgettext_lazy("meetings", "took place"), _("Meetings of which both sides said that they took place, at least partly; three days after it, one word stands for both, or that both had checked in."), Q(status=_M.HELD)),
    _meeting("no_show", _("did not take place"), _("Meetings of which both sides said that they did not take place; three days after it, one word stands for both."), Q(status=_M.NO_SHOW)),
    _meeting("disputed", _("disputed"), _("Meetings of which one side said that they took place, and the other that they did not."), Q(status=_M.DISPUTED)),
    _meeting("cancelled", _("cancelled"), _("Meetings that were called off before they began."), Q(status=_M.CANCELLED)),
    _meeting("without_person", _("nobody named"), _("Scheduled meetings that are not over, for which a side has not said who comes."), lambda _edition, at: _to_come(at) & _unnamed()),
    _meeting("re_seated", _("re-seated by the organiser"), _("Meetings that the organiser gave another time or place, or that lost theirs by a change of the organiser’s, and whose people were told."), _seated_anew),
]  # fmt: skip
CANCELLED = [
    _meeting(
        f"cancelled_{reason.value}", reason.label, _("Cancelled meetings with this reason, as who called them off chose it."),
        Q(status=_M.CANCELLED, reason=reason.value), "cancelled",
    )
    for reason in Reason
]  # fmt: skip
PLACES = [
    _meeting("at_tables", _("at tables"), _("Meetings with a time at one of the organiser’s tables, not called off."), HAS_TIME & Q(place__kind=Place.Kind.TABLE), "places"),
    _meeting("at_booths", _("at booths"), _("Meetings with a time at an exhibitor’s booth, not called off."), HAS_TIME & Q(place__kind=Place.Kind.BOOTH), "places"),
    _meeting("online", _("online"), _("Meetings with a time and without a place in the halls, because a side takes part online; not called off."), HAS_TIME & Q(place__kind=Place.Kind.ONLINE), "places"),
    _meeting("without_place", _("wait for a table"), _("Scheduled meetings that are not over and have no place yet."), lambda _edition, at: _to_come(at) & Q(place__isnull=True), "places"),
    _meeting("interpreted", _("with an interpreter"), _("Meetings with a time for which an interpreter is booked, not called off."), HAS_TIME & Q(interpreter__isnull=False), "places"),
    _meeting("without_interpreter", _("lack an interpreter"), _("Scheduled meetings that are not over, for which an interpreter is asked for and none is booked."), lambda _edition, at: _to_come(at) & Q(interpreter__isnull=True, request__needs_interpreter=True), "places"),
]  # fmt: skip
RATED = Figure(
    "rated", "ratings", _("ratings"), _("Ratings from 1 to 5 that one side gave a held meeting. The other side never reads them."), Seat,
    _always(Q(rating__isnull=False)),
)  # fmt: skip
FIGURES: dict[str, Figure] = {one.name: one for one in (*REQUESTS, *MEETINGS, *CANCELLED, *PLACES, RATED)}


def counted(
    figures: Iterable[Figure], edition: Edition, at: datetime, rows: Callable[[Any], QuerySet[Any]] | None = None
) -> dict[str, int]:
    """Return the numbers of the figures as of the moment, by name: one query for each model. `rows` narrows what is counted."""
    listed, found = list(figures), dict[str, int]()
    for model in dict.fromkeys(one.model for one in listed):
        chosen = rows(model) if rows is not None else rows_of_edition(model, edition)
        counts = {one.name: Count("pk", filter=one.which(edition, at) or None) for one in listed if one.model is model}
        found |= chosen.order_by().aggregate(**counts)
    return found
