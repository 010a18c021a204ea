"""Who is told what: the people of a side, each in their language, with an entry for their calendar where there is a time."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.dates import clock, long_day
from expo.foundation.models import OutboxMessage
from expo.foundation.outbox import Notice, post, tell_all, written
from matchmaking.marketplace.wording import listed, title_of
from matchmaking.meetings import calendars
from matchmaking.meetings.actions.ways import moments_of, way_to
from matchmaking.meetings.addresses import address_of
from matchmaking.meetings.models import AboutPosting, Meeting, MeetingRequest, MoveProposal, Seat
from matchmaking.meetings.queries.free import colleagues_of
from matchmaking.participants.models import Registration

Entry = Callable[[Meeting, Collection[Seat], User], str]


def tell_people(
    people: Iterable[User], kind: str, request: MeetingRequest, own: Registration, other: Registration | None, **more: Any
) -> None:
    """Tell the people of `own` something about the request. `other` is the company they read of, None while it is hidden."""
    notices, now, postings = [], timezone.now(), _postings_of(kind, request)
    for person in people:
        with translation.override(person.language):
            when = request.slot.words if request.slot is not None else ""
            about = listed(title_of(row.posting) for row in postings)
            known = {"request": request, "own": own, "other": other, "when": when, "about": about, "address": address_of(request)}
            context = {**known, "until": moment_words(request.expires_at, request.edition), **more}
        way = way_to(person, kind, request.edition, now, moments=moments_of(kind, request))
        notices.append(Notice(person, kind, context, way=way))
    tell_all(notices)


def _postings_of(kind: str, request: MeetingRequest) -> list[AboutPosting]:
    """Return what the request is about, where the mail says it: to who was asked. One query at most."""
    if kind != "meeting_asked":
        return []
    return list(request.about.select_related("offer", "sourcing_request").order_by("pk"))


def moment_words(moment: datetime, edition: Edition) -> str:
    """Return day and hour on the expo's own clocks, in the active language: "Mon 22 June 2026, 09:30"."""
    day = moment.astimezone(ZoneInfo(edition.time_zone)).date()
    return _("%(day)s, %(hour)s") % {"day": long_day(day), "hour": clock(moment, edition.time_zone)}


def tell_company(registration: Registration, kind: str, request: MeetingRequest, other: Registration | None, **more: Any) -> None:
    """Tell everybody who stands for the registration's company."""
    people = colleagues_of([registration.company_id])[registration.company_id]
    tell_people(people, kind, request, registration, other, **more)


@dataclass(frozen=True)
class _News:
    """What is told of a meeting. `entry` makes the entry of the person's calendar."""

    kind: str
    meeting: Meeting
    seats: Collection[Seat]
    entry: Entry | None
    more: dict[str, Any]

    def to(self, person: User, seat: Seat) -> Notice:
        """Return it as the person reads it whose seat, or whose company's, it is."""
        meeting = self.meeting
        with translation.override(person.language):
            calendar = self.entry(meeting, self.seats, person) if self.entry is not None and meeting.slot is not None else ""
            context = {
                "meeting": meeting,
                "own": seat.registration,
                "others": listed(one.registration.company.title for one in self.seats if one.pk != seat.pk),
                "when": meeting.slot.words if meeting.slot is not None else "",
                "where": calendars.location_of(meeting) if meeting.slot is not None else "",
                "address": address_of(meeting),
                "cancelled_by": self._cancelled_by(),
                **self.more,
            }
            if "proposal" in self.more:
                context["until"] = moment_words(self.more["proposal"].expires_at, meeting.edition)
        due = moments_of(self.kind, self.more.get("proposal"), meeting.slot, self.more.get("before"))
        way = way_to(person, self.kind, meeting.edition, timezone.now(), moments=due)
        return Notice(person, self.kind, context, calendar=calendar, way=way)

    def _cancelled_by(self) -> str:
        """The company that called the meeting off; '' where it was nobody of those who meet."""
        side = self.meeting.cancelled_side
        return next((one.registration.company.title for one in self.seats if side and one.side == side), "")


def tell_seats(
    meeting: Meeting, seats: Collection[Seat], kind: str, *, entry: Entry | None = None, only: Collection[Seat] | None = None, **more: Any
) -> None:
    """Tell who comes to the meeting; for a company that sends nobody yet, all who stand for it. One insert.

    `only` are the seats to be told; the mail names the others all the same.
    """
    post(messages_to(meeting, list(seats if only is None else only), kind, entry=entry, all_seats=seats, **more))


def messages_to(
    meeting: Meeting,
    seats: Collection[Seat],
    kind: str,
    *,
    entry: Entry | None,
    all_seats: Collection[Seat],
    known: Mapping[int, list[User]] | None = None,
    **more: Any,
) -> list[OutboxMessage]:
    """Write, and do not send, what `tell_seats` would: to be done before the meeting takes what others may wait for.

    `known` is who stands for the companies, by number, where it was read; else it is one query for those that send nobody yet.
    """
    news = _News(kind, meeting, all_seats, entry, more)
    nobody = [seat.registration.company_id for seat in seats if seat.person is None]
    colleagues = known if known is not None else colleagues_of(nobody) if nobody else {}
    return [
        written(news.to(person, seat))
        for seat in seats
        for person in ([seat.person] if seat.person is not None else colleagues[seat.registration.company_id])
        if person.is_active
    ]


def tell_person(
    person: User, meeting: Meeting, seats: Collection[Seat], seat: Seat, kind: str, *, entry: Entry | None = None, **more: Any
) -> None:
    """Tell one person about the meeting in which `seat` is, or was, theirs."""
    tell_all([_News(kind, meeting, seats, entry, more).to(person, seat)])


def tell_of_move(proposal: MoveProposal, seats: Collection[Seat], kind: str, sides: Collection[str]) -> None:
    """Tell the sides about a proposed change of time."""
    tell_seats(proposal.meeting, seats, kind, only=[seat for seat in seats if seat.side in sides], proposal=proposal)
