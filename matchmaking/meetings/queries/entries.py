"""What concerns a person's companies: meetings and open requests, as a page says them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import FilteredRelation, Prefetch, Q, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from expo.accounts.models import User
from expo.editions.models import Chain, Edition
from expo.foundation.dates import clock, day_and_month
from matchmaking.marketplace.models import Posting, SourcingRequest
from matchmaking.marketplace.wording import title_of
from matchmaking.meetings.models import AboutPosting, Meeting, MeetingRequest, MoveProposal, Place, Seat, Side, Slot
from matchmaking.meetings.queries.places import are_online, host_of
from matchmaking.participants.models import Registration
from matchmaking.participants.queries import registrations_of

State = Literal["agreed", "held", "asked", "done", "off"]
SUM_TIMES = " + "
ABOUT = AboutPosting.objects.select_related("offer__segment__chain", "sourcing_request__segment__chain").order_by("pk")
SEATS = Seat.objects.select_related("registration__company", "person").order_by("pk")
PARTY = ("company", "booth", "led_by__booth")


@dataclass(frozen=True)
class Entry:
    """A meeting, an open request or a proposed change of time, as one of its sides reads it. `slot` is None while there is no time.

    `minutes` is the way there on foot, where a page asked for it.
    `state`: agreed; held for the other side's answer; asked, waiting for one's own; done, it is over; off, called off or not agreed.
    """

    request: MeetingRequest
    own: Registration
    slot: Slot | None
    state: State
    now: datetime
    meeting: Meeting | None = None
    proposal: MoveProposal | None = None
    minutes: int | None = None

    @property
    def seat(self) -> Seat | None:
        """One's own company's seat."""
        seats = self.meeting.seats.all() if self.meeting is not None else ()
        return next((seat for seat in seats if seat.registration_id == self.own.pk), None)

    @property
    def person(self) -> User | None:
        """Who comes for one's own company."""
        return self.seat.person if self.seat is not None else None

    @property
    def who(self) -> str:
        """The other companies."""
        return name_of(self.request, self.own)

    @property
    def postings(self) -> list[Posting]:
        """What it is about."""
        return [row.posting for row in self.request.about.all()]

    @property
    def about(self) -> str:
        """What it is about, in a line: the first posting."""
        return title_of(self.postings[0]) if self.postings else ""

    @property
    def chain(self) -> Chain | None:
        """The chain of what it is about."""
        return self.postings[0].segment.chain if self.postings else None

    @property
    def place(self) -> str:
        """Where it is, or would be: the code of a booth or table; '' while that is open."""
        if self.meeting is not None and self.meeting.place is not None:
            return _("Online") if self.meeting.place.kind == Place.Kind.ONLINE else self.meeting.place.code
        return booth_of(self.request) if self.meeting is None else ""

    @property
    def address(self) -> str:
        """The address of its page."""
        if self.meeting is not None:
            return reverse("meeting", args=[self.meeting.pk])
        return reverse("meeting_request", args=[self.request.pk])

    @property
    def ends(self) -> datetime | None:
        """Until when somebody answers; None where nobody has to."""
        if self.proposal is not None:
            return self.proposal.expires_at
        return self.request.expires_at if self.meeting is None and self.request.is_pending else None

    @property
    def left(self) -> str:
        """How long is left for the answer, in words; '' where nobody has to answer."""
        return time_left(self.ends - self.now) if self.ends is not None else ""

    @property
    def wants_outcome(self) -> bool:
        """Whether it is over and one's own side has not said how it went."""
        over = self.meeting is not None and self.meeting.status == Meeting.Status.SCHEDULED and self.state == "done"
        return over and self.seat is not None and not self.seat.says

    @property
    def words(self) -> str:
        """Where it stands."""
        if self.proposal is not None:
            return _("They propose this time") if self.state == "asked" else _("You propose this time")
        if self.meeting is None:
            return self._words_of_request()
        return meeting_words(self.meeting, is_over=self.state == "done")

    def _words_of_request(self) -> str:
        if self.state == "asked":
            return pgettext("meeting", "Waiting for you")
        if self.state == "held":
            return _("You asked") if self.request.side_of(self.own) == Side.SENDER else _("You proposed a time")
        return str(self.request.get_status_display())


def meeting_words(meeting: Meeting, *, is_over: bool) -> str:
    """Return where a meeting stands, as a state in a word or two."""
    if meeting.status == Meeting.Status.SCHEDULED:
        return _("Over") if is_over else _("Agreed")
    words = {
        Meeting.Status.UNSCHEDULED: _("Agreed, waits for a time"),
        Meeting.Status.PROPOSED: _("Agreed, waits for a time"),
        Meeting.Status.HELD: _("Met"),
        Meeting.Status.NO_SHOW: _("Did not take place"),
        Meeting.Status.DISPUTED: _("The two sides disagree"),
        Meeting.Status.CANCELLED: _("Cancelled"),
    }
    return words[Meeting.Status(meeting.status)]


def time_left(left: timedelta) -> str:
    """Return how long is left: "48 min", "1 h 40 min", "2 days". Nothing is left below zero."""
    minutes = max(0, int(left.total_seconds()) // 60)
    hours, rest = divmod(minutes, 60)
    if hours >= 48:  # noqa: PLR2004 - two days
        return ngettext("%(count)s day", "%(count)s days", hours // 24) % {"count": hours // 24}
    if hours >= 6 or (hours and not rest):  # noqa: PLR2004 - minutes no longer matter
        return _("%(hours)s h") % {"hours": hours}
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}
    return _("%(minutes)s min") % {"minutes": minutes}


def time_words(slot: Slot, edition: Edition) -> str:
    """Return day and hour of a slot, as short as it stays clear: "Tue 23 June, 09:30"."""
    return _("%(day)s, %(hour)s") % {"day": day_and_month(slot.day), "hour": clock(slot.starts_at, edition.time_zone)}


def is_hidden(request: MeetingRequest) -> bool:
    """Whether the sender does not read yet who was asked. No query: the postings were read with it."""
    if request.status == MeetingRequest.Status.ACCEPTED:
        return False
    asked = [row.sourcing_request for row in request.about.all() if row.sourcing_request is not None]
    return any(one.registration_id == request.receiver_id and one.visibility != SourcingRequest.Visibility.PUBLIC for one in asked)


def name_of(request: MeetingRequest, own: Registration) -> str:
    """Return the other companies, as one's own side may read them."""
    others = [one for one in request.parties if one.pk != own.pk]
    hidden = request.side_of(own) == Side.SENDER and is_hidden(request)
    names = [_("Name hidden until the buyer accepts") if hidden and one.pk == request.receiver_id else one.company.title for one in others]
    return SUM_TIMES.join(names)


def in_role(registration: Registration) -> str:
    """Return the company with the role that it registered in, for people who stand for several."""
    return _("%(company)s, %(role)s") % {"company": registration.company.title, "role": registration.get_role_display()}


def booth_of(request: MeetingRequest) -> str:
    """Return at whose booth the two would meet; '' where it will be a table, or online."""
    if are_online(request.parties):
        return ""
    host = host_of([one for one in (request.receiver, request.sender, request.partner) if one is not None])
    return host.booth.code if host is not None and host.booth is not None else ""


def own_registrations(person: User, edition: Edition) -> list[Registration]:
    """Return for whom the person asks and answers at the edition. One query."""
    found = registrations_of(person, edition).filter(status=Registration.Status.VERIFIED).prefetch_related(None)
    return list(found.select_related(None).select_related("company", "edition", "booth__hall", "led_by"))


def requests_with_parties(rows: Any) -> Any:
    """Return meeting requests with all that an entry reads but the postings. One query, and one for partners where there are any."""
    read = [f"{part}__{more}" for part in ("sender", "receiver") for more in PARTY]
    return rows.select_related("slot", *read).prefetch_related(Prefetch("partner", Registration.objects.select_related(*PARTY)))


def meetings_with_parties(rows: Any, seats: Any = SEATS) -> list[Meeting]:
    """Return meetings with all that an entry reads but edition and postings: who meets is read with the seats. Two queries."""
    open_move = FilteredRelation("proposals", condition=Q(proposals__status=MoveProposal.Status.PENDING))
    rows = rows.annotate(open_move=open_move).select_related("slot", "place__hall", "place__booth", "request", "open_move__slot")
    found: list[Meeting] = list(rows.prefetch_related(Prefetch("seats", seats)))
    for meeting in found:
        request, at = meeting.request, {seat.registration_id: seat for seat in meeting.seats.all()}
        for part in ("sender", "receiver", "partner"):
            if (number := getattr(request, f"{part}_id")) in at:
                setattr(request, part, at[number].registration)
        for move in open_moves_of(meeting):
            move.by_seat = next(seat for seat in at.values() if seat.pk == move.by_seat_id)
    return found


def read_postings(requests: Iterable[MeetingRequest], about: Any = ABOUT) -> None:
    """Read what the requests are about, where that was not done. One query."""
    prefetch_related_objects(list(requests), Prefetch("about", about))


def entries_of(
    registrations: Collection[Registration],
    edition: Edition,
    *,
    now: datetime | None = None,
    with_ended: bool = False,
    only_waiting: bool = False,
) -> list[Entry]:
    """Return all that the registrations have to do with, those with a time in its order, the others after them. Four queries.

    What somebody sent and nobody got is there for who sent it alone. `with_ended` adds what was called off, or never agreed;
    `only_waiting` leaves out meetings of which nobody has to say anything.
    """
    mine, now = {one.pk: one for one in registrations}, now or timezone.now()
    got = Q(is_delivered=True) & (Q(receiver__in=mine) | Q(partner__in=mine))
    asked = MeetingRequest.objects.filter(Q(sender__in=mine) | got, edition=edition).exclude(status=MeetingRequest.Status.ACCEPTED)
    met = Meeting.objects.filter(pk__in=Seat.objects.filter(registration__in=mine).values("meeting"), edition=edition)
    if not with_ended:
        asked, met = asked.pending().filter(expires_at__gt=now), met.exclude(status=Meeting.Status.CANCELLED)
    if only_waiting:
        met = met.filter(_waits(mine, now))
    requests, meetings = list(requests_with_parties(asked)), meetings_with_parties(met)
    for one in [*requests, *meetings, *(meeting.request for meeting in meetings)]:
        one.edition = edition
    read_postings([*requests, *(meeting.request for meeting in meetings)])
    found = [entry for row in requests for entry in entries_of_request(row, mine, now)]
    found += [entry for row in meetings for entry in entries_of_meeting(row, mine, now)]
    return sorted(found, key=lambda entry: (entry.slot is None, entry.slot.starts_at if entry.slot else now, entry.request.pk))


def _waits(mine: Collection[int], now: datetime) -> Q:
    """The meetings for which another time is proposed, or which are over and of which one's own side has not said how they went."""
    moves = MoveProposal.objects.filter(status=MoveProposal.Status.PENDING, expires_at__gt=now).values("meeting")
    silent = Seat.objects.filter(registration__in=mine, says="").values("meeting")
    return Q(pk__in=moves) | Q(status=Meeting.Status.SCHEDULED, slot__ends_at__lte=now, pk__in=silent)


def entries_of_request(request: MeetingRequest, mine: dict[int, Registration], now: datetime) -> list[Entry]:
    """Return the request as the first of one's own registrations that has to do with it reads it."""
    parties = [one for one in request.parties if one.pk in mine]
    parties.sort(key=lambda one: one.pk != request.answering.pk)
    own = mine[parties[0].pk]
    if not request.is_pending or request.expires_at <= now:
        return [Entry(request, own, request.slot, "off", now)]
    answers = own.pk == request.answering.pk
    return [Entry(request, own, request.slot, "asked" if answers else "held", now)]


def entries_of_meeting(meeting: Meeting, mine: dict[int, Registration], now: datetime) -> list[Entry]:
    """Return the meeting, and the change of time that is proposed for it, as the first of one's own registrations reads it."""
    seat = next(seat for seat in meeting.seats.all() if seat.registration_id in mine)
    own = mine[seat.registration_id]
    slot = meeting.slot
    is_over = slot is not None and slot.ends_at <= now
    state: State = "agreed"
    if meeting.status == Meeting.Status.CANCELLED:
        state = "off"
    elif meeting.status in {Meeting.Status.HELD, Meeting.Status.NO_SHOW, Meeting.Status.DISPUTED} or is_over:
        state = "done"
    found = [Entry(meeting.request, own, slot if meeting.status != Meeting.Status.PROPOSED else None, state, now, meeting)]
    for move in open_moves_of(meeting):
        if move.expires_at > now:
            turn: State = "held" if move.by_seat.side == seat.side else "asked"
            found.append(Entry(meeting.request, own, move.slot, turn, now, meeting, move))
    return found


def open_moves_of(meeting: Meeting) -> Sequence[MoveProposal]:
    """Return the changes of time that wait for an answer, as they were read with the meeting."""
    move: MoveProposal | None = getattr(meeting, "open_move", None)
    return [move] if move is not None else []


def is_about_me(entry: Entry, person: User) -> bool:
    """Whether the person comes, or nobody is named yet: what is not a colleague's."""
    return entry.meeting is None or entry.person is None or entry.person.pk == person.pk


def waits_of(entries: Iterable[Entry]) -> list[Entry]:
    """Return what needs an answer: one's own first, what runs out soonest first in each; how a meeting went comes after requests."""
    waits = [entry for entry in entries if entry.state in {"asked", "held"} or entry.wants_outcome]
    last = timezone.now() + timedelta(days=365)
    return sorted(waits, key=lambda entry: (entry.state == "held", entry.ends or last, entry.request.pk))
