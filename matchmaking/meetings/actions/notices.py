"""Who is told what: the people of a side, each in their language, with an entry for their calendar where there is a time."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone, translation

from expo.accounts.models import User
from expo.foundation.models import OutboxMessage
from expo.foundation.outbox import Notice, post, tell_all, written
from matchmaking.marketplace.wording import listed
from matchmaking.meetings import calendars
from matchmaking.meetings.actions.ways import moments_of, way_to
from matchmaking.meetings.addresses import address_of
from matchmaking.meetings.models import Meeting, MeetingRequest, MoveProposal, Seat
from matchmaking.meetings.queries.free import colleagues_of
from matchmaking.participants.models import Registration

Entry = Callable[[Meeting, Collection[Seat], User], str]


def tell_people(
    people: Iterable[User], kind: str, request: MeetingRequest, own: Registration, other: Registration | None, **more: Any
) -> None:
    """Tell the people of `own` something about the request. `other` is the company they read of, None while it is hidden."""
    notices, now = [], timezone.now()
    for person in people:
        with translation.override(person.language):
            when = request.slot.words if request.slot is not None else ""
            context = {"request": request, "own": own, "other": other, "when": when, "address": address_of(request), **more}
        way = way_to(person, kind, request.edition, now, moments=moments_of(kind, request))
        notices.append(Notice(person, kind, context, way=way))
    tell_all(notices)


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
                **self.more,
            }
        due = moments_of(self.kind, self.more.get("proposal"), meeting.slot, self.more.get("before"))
        way = way_to(person, self.kind, meeting.edition, timezone.now(), moments=due)
        return Notice(person, self.kind, context, calendar=calendar, way=way)


def tell_seats(
    meeting: Meeting, seats: Collection[Seat], kind: str, *, entry: Entry | None = None, only: Collection[Seat] | None = None, **more: Any
) -> None:
    """Tell who comes to the meeting; for a company that sends nobody yet, all who stand for it. One insert.

    `only` are the seats to be told; the mail names the others all the same.
    """
    post(messages_to(meeting, list(seats if only is None else only), kind, entry=entry, all_seats=seats, **more))


def messages_to(
    meeting: Meeting, seats: Collection[Seat], kind: str, *, entry: Entry | None, all_seats: Collection[Seat], **more: Any
) -> list[OutboxMessage]:
    """Write, and do not send, what `tell_seats` would: to be done before the meeting takes what others may wait for."""
    news = _News(kind, meeting, all_seats, entry, more)
    nobody = [seat.registration.company_id for seat in seats if seat.person is None]
    colleagues = colleagues_of(nobody) if nobody else {}
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
