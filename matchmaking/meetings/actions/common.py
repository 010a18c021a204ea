"""What the verbs of this room share: rows under their locks, who acts for whom."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation.errors import Conflict, Invalid, NotAllowed
from expo.foundation.text import one_line
from matchmaking.meetings import rules
from matchmaking.meetings.errors import BookingClosed, NoSetup, ReasonMissing
from matchmaking.meetings.models import Meeting, MeetingRequest, MeetingSetup, Reason, Seat, Side
from matchmaking.meetings.queries.free import colleagues_of
from matchmaking.participants.models import Block, Registration

LONGEST_NOTE = 500
LONGEST_MESSAGE = 2000


@dataclass
class Parties:
    """The registrations that meet, who stands for them, by company, and which of the companies have blocked another of them."""

    registrations: dict[int, Registration]
    people: dict[int, list[User]] = field(default_factory=dict)
    blockers: set[int] = field(default_factory=set)

    def people_of(self, registration: Registration) -> list[User]:
        return self.people.get(registration.company_id, [])

    def stands_for(self, person: User | None, registration: Registration) -> bool:
        return person is not None and any(one.pk == person.pk for one in self.people_of(registration))


def parties_of(numbers: Collection[int | None], *, lock: bool = False) -> Parties:
    """Read the registrations with all that booking asks of them. Two queries.

    With `lock`, in the order of their numbers, as everywhere. Nobody may hold such a lock and take time: `booking.keep_to_the_day` locks after
    the time is taken, so that two hundred who want one slot are refused at once and do not queue for the lock.
    """
    keys = [one for one in numbers if one is not None]
    block = Block.objects.filter(company=OuterRef("company"), blocked__registrations__in=keys)
    rows = Registration.objects.filter(pk__in=keys).annotate(blocks_another=Exists(block)).order_by("pk")
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related(
        "company", "edition", "booth__hall", "booth__meeting_place", "led_by__booth__hall", "led_by__booth__meeting_place"
    )
    found = {row.pk: row for row in rows}
    blockers = {row.company_id for row in found.values() if vars(row)["blocks_another"]}
    return Parties(found, colleagues_of([row.company_id for row in found.values()]), blockers)


def locked_request(request: MeetingRequest, version: int | None = None) -> MeetingRequest:
    """Read the request again under a lock, with its edition's rules.

    Raises:
        Conflict: it is not in the version that the person looked at.
        NoSetup: the edition has no meetings any more.
    """
    rows = MeetingRequest.objects.select_for_update(of=("self",)).select_related("edition__meeting_setup", "slot")
    row: MeetingRequest = rows.get(pk=request.pk)
    if version is not None and version != row.version:
        raise Conflict
    return row


def locked_meeting(meeting: Meeting, version: int | None = None) -> Meeting:
    """Read the meeting again under a lock, with its request, time, place and the edition's rules. Raises Conflict as `locked_request`."""
    rows = Meeting.objects.select_for_update(of=("self",))
    row: Meeting = rows.select_related("edition__meeting_setup", "slot", "place__hall", "place__booth", "request").get(pk=meeting.pk)
    if version is not None and version != row.version:
        raise Conflict
    return row


def setup_for(row: MeetingRequest | Meeting) -> MeetingSetup:
    """Return the rules of the row's edition. Raises NoSetup."""
    setup: MeetingSetup | None = getattr(row.edition, "meeting_setup", None)
    if setup is None:
        raise NoSetup
    setup.edition = row.edition
    return setup


def refuse_closed(setup: MeetingSetup, now: datetime) -> None:
    """Raise BookingClosed outside of the booking window; before it, the sentence says when it opens."""
    if rules.is_open(setup, now):
        return
    opens = setup.opens_later
    raise BookingClosed(_("Booking of meetings opens on %(moment)s, on the expo’s own clocks.") % {"moment": opens} if opens else None)


def changed(row: MeetingRequest, **columns: object) -> None:
    """Write the columns, if nobody has written since it was read. Raises Conflict."""
    written = MeetingRequest.objects.filter(pk=row.pk, version=row.version, status=MeetingRequest.Status.PENDING).update(
        **columns, version=F("version") + 1, changed_at=timezone.now()
    )
    if written != 1:
        raise Conflict
    _set(row, columns)


def changed_meeting(row: Meeting, **columns: object) -> None:
    """Write the meeting's columns, if nobody has written since it was read. Raises Conflict."""
    columns["changed_at"] = timezone.now()
    written = Meeting.objects.filter(pk=row.pk, version=row.version).update(**columns, version=F("version") + 1)
    if written != 1:
        raise Conflict
    _set(row, columns)


def _set(row: MeetingRequest | Meeting, columns: dict[str, object]) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    row.version += 1


def seats_of(meeting: Meeting) -> list[Seat]:
    """Return the meeting's seats with registration, company and person: who asked first, who was asked, the partner. One query."""
    return list(meeting.seats.select_related("registration__company", "person").order_by("pk"))


def own_seat(seats: Collection[Seat], by: User, acting_for: Registration | None = None) -> Seat:
    """Return the seat for which the person acts: that of their company, or the one that staff names.

    Raises:
        NotAllowed: the person stands for none of the companies, or not for the one named.
    """
    wanted = [seat for seat in seats if acting_for is None or seat.registration_id == acting_for.pk]
    mine = colleagues_of([seat.registration.company_id for seat in wanted])
    for seat in wanted:
        if any(one.pk == by.pk for one in mine[seat.registration.company_id]):
            return seat
    if not wanted or not rules.may_look_after(by):
        raise NotAllowed
    return wanted[0]


def other_side(side: str) -> Side:
    """Return the other of the two sides."""
    return Side.RECEIVER if side == Side.SENDER else Side.SENDER


def checked_reason(reason: str, note: str) -> tuple[str, str]:
    """Return reason and note as they are kept. Raises ReasonMissing, Invalid."""
    if reason not in Reason.values:
        raise ReasonMissing(fields={"reason": [ReasonMissing.detail]})
    note = one_line(note)
    if len(note) > LONGEST_NOTE:
        raise Invalid(fields={"note": [_too_long(LONGEST_NOTE)]})
    return reason, note


def checked_text(text: str, field_name: str) -> str:
    """Return a text that somebody wrote, without blanks around it. Raises Invalid where it is too long."""
    text = text.strip()
    if len(text) > LONGEST_MESSAGE:
        raise Invalid(fields={field_name: [_too_long(LONGEST_MESSAGE)]})
    return text


def _too_long(most: int) -> str:
    return _("At most %(most)s characters.") % {"most": most}
