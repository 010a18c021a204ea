"""What the page of a request, or of the meeting it became, shows to one of its sides."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from expo.accounts.models import LANGUAGE_NAMES, User
from matchmaking.marketplace.cards import cards_of
from matchmaking.meetings import rules
from matchmaking.meetings.models import Meeting, MeetingRequest, MeetingSetup, MoveProposal, Seat, Side, Slot
from matchmaking.meetings.queries.clashes import without_clashes
from matchmaking.meetings.queries.entries import (
    ABOUT,
    SEATS,
    Entry,
    entries_of_meeting,
    entries_of_request,
    is_hidden,
    meetings_with_parties,
    open_moves_of,
    read_postings,
    requests_with_parties,
)
from matchmaking.meetings.queries.free import alternatives_to, colleagues_of, free_slots, interpreters_for, setup_at, tongues_between
from matchmaking.meetings.queries.hiding import is_kept_back
from matchmaking.participants.models import Registration

CARD_PARTS = ("registration__company", "registration__booth")
ABOUT_WITH_CARDS = ABOUT.select_related(
    *(f"{kind}__{part}" for kind in ("offer", "sourcing_request") for part in (*CARD_PARTS, "segment__chain"))
)


@dataclass
class Page:
    """What one side reads of a request and its meeting. `own` is None for staff who stand for neither: they only look,
    until they say for which side they act (`acting_for`, which is `own` then).

    `has_interpreter`: whether one could be asked for who stands between the two, where nobody has yet.
    `free` are the times that are free for both companies, `suiting` those of them at which the person is not elsewhere.
    """

    request: MeetingRequest
    meeting: Meeting | None
    entry: Entry
    own: Registration | None
    setup: MeetingSetup | None
    now: datetime
    free: list[Slot] = field(default_factory=list)
    suiting: list[Slot] = field(default_factory=list)
    people: dict[int, list[User]] = field(default_factory=dict)
    move: MoveProposal | None = None
    queue_number: int = 0
    acting_for: Registration | None = None
    has_interpreter: bool = False

    @property
    def query(self) -> str:
        """What the addresses of the page's buttons end with, so that staff who act for a side go on doing so."""
        return f"?acting_for={self.acting_for.pk}" if self.acting_for is not None else ""

    @property
    def is_mine_to_answer(self) -> bool:
        """Whether one's own side answers the request now."""
        return self.own is not None and self.meeting is None and self.entry.state == "asked"

    @property
    def may_withdraw(self) -> bool:
        """Whether one's own side may take the request back."""
        return self.own is not None and self.request.is_pending and self.own.pk == self.request.sender_id

    @property
    def side(self) -> str:
        """One's own side; that of who asked for who only looks."""
        return self.request.side_of(self.own) if self.own is not None else Side.SENDER

    @property
    def on_the_table(self) -> Slot | None:
        """The time that one tap accepts: the one proposed, while it is free for both, else the first free one."""
        proposed = self.request.slot
        if proposed is not None and (self.is_free(proposed) or not self.free):
            return proposed
        return next(iter(self.suiting or self.free), None)

    def is_free(self, slot: Slot) -> bool:
        """Whether the slot is free for both."""
        return any(one.pk == slot.pk for one in self.free)

    @property
    def alternatives(self) -> list[Slot]:
        """Up to three other times, nearest to the one on the table."""
        return alternatives_to(self.on_the_table, self.suiting or self.free)

    @property
    def chooses_time(self) -> bool:
        """Whether the two choose the time; else the organiser's planner does."""
        return self.setup is None or self.setup.scheduling == MeetingSetup.Scheduling.PARTICIPANTS

    @property
    def languages(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What each side speaks, one's own first: whose, and its languages as (code, own name). Of a hidden buyer nothing yet."""
        parties = sorted(self.request.parties, key=lambda one: self.own is None or one.pk != self.own.pk)
        rows = []
        for one in parties:
            if self.side == Side.SENDER and is_kept_back(self.request, one):
                continue
            codes = sorted({code for person in self.people.get(one.company_id, []) for code in person.spoken})
            rows.append((self.name(one), [(code, LANGUAGE_NAMES.get(code, code)) for code in codes]))
        return rows

    @property
    def lacks_language(self) -> bool:
        """Whether nobody of the one side speaks a language of the other."""
        people = [self.people.get(one.company_id, []) for one in (self.request.sender, self.request.receiver)]
        return bool(tongues_between(*people))

    def name(self, registration: Registration) -> str:
        """Return a company's name as one's own side may read it."""
        hidden = registration.pk == self.request.receiver_id and self.side == Side.SENDER and is_hidden(self.request)
        return _("The buyer") if hidden else registration.company.title

    @property
    def seats(self) -> list[Seat]:
        return list(self.meeting.seats.all()) if self.meeting is not None else []

    @property
    def own_seat(self) -> Seat | None:
        return next((seat for seat in self.seats if self.own is not None and seat.registration_id == self.own.pk), None)

    @property
    def is_over(self) -> bool:
        """Whether the meeting has begun."""
        return self.meeting is not None and rules.is_over(self.meeting, self.now)

    @property
    def is_running(self) -> bool:
        """Whether the meeting has begun and not ended."""
        return self.is_over and self.entry.slot is not None and self.now < self.entry.slot.ends_at

    @property
    def may_say(self) -> bool:
        """Whether one's own side may say how it went."""
        return self.own_seat is not None and self.is_over and self.meeting is not None and self.meeting.status != Meeting.Status.CANCELLED

    @property
    def may_write_down(self) -> bool:
        """Whether one's own company may write down what was agreed there: the meeting was held, or has begun."""
        if self.own is None or self.acting_for is not None or self.meeting is None:
            return False
        return self.meeting.status == Meeting.Status.HELD or (self.meeting.status == Meeting.Status.SCHEDULED and self.is_over)

    @property
    def may_rate(self) -> bool:
        """Whether one's own side may still rate the meeting."""
        held = self.meeting is not None and self.meeting.status == Meeting.Status.HELD
        return held and self.own_seat is not None and self.own_seat.rating is None

    @property
    def may_cancel(self) -> bool:
        """Whether one's own side may call the meeting off."""
        return self.own is not None and self.meeting is not None and self.meeting.is_live and not self.is_over

    @property
    def moves_left(self) -> int:
        """How many changes of time the edition still allows."""
        return max(0, self.setup.most_moves - self.meeting.moves) if self.setup is not None and self.meeting is not None else 0

    @property
    def may_move(self) -> bool:
        """Whether one's own side may propose another time now."""
        meeting = self.meeting
        if self.own is None or meeting is None or meeting.status != Meeting.Status.SCHEDULED or self.move is not None:
            return False
        return bool(self.moves_left) and rules.may_still_move(meeting, self.now)

    @property
    def is_mine_to_move(self) -> bool:
        """Whether the other side proposes another time."""
        return self.own is not None and self.move is not None and self.move.by_seat.side != self.side

    @property
    def takes_check_in(self) -> bool:
        """Whether one's own side may say now that it is there."""
        meeting, seat = self.meeting, self.own_seat
        if meeting is None or seat is None or meeting.status != Meeting.Status.SCHEDULED or seat.checked_in_at:
            return False
        return rules.takes_check_in(meeting, self.now)

    @property
    def colleagues(self) -> list[User]:
        """Who else could come for one's own company."""
        people = self.people.get(self.own.company_id, []) if self.own is not None else []
        return [one for one in people if self.own_seat is None or one.pk != self.own_seat.person_id]

    @property
    def may_hand_over(self) -> bool:
        """Whether somebody else of one's own company may be named."""
        return bool(self.colleagues) and self.meeting is not None and self.meeting.is_live and not self.is_over

    @cached_property
    def cards(self) -> list[dict[str, Any]]:
        """What it is about, as cards; those of the other side first. One query."""
        postings = sorted(self.entry.postings, key=lambda one: self.own is not None and one.registration_id == self.own.pk)
        cards = cards_of(postings) if postings else []
        if not is_hidden(self.request):  # The two know each other by now, whatever the market says of the buyer.
            for card, posting in zip(cards, postings, strict=True):
                card["company"] = posting.registration.company.title
        return cards


def request_page(request: MeetingRequest, person: User, *, acting_for: Registration | None = None, now: datetime | None = None) -> Page:
    """Return the page of a request that is not a meeting yet, as the person reads it. At most eleven queries."""
    now = now or timezone.now()
    row = requests_with_parties(MeetingRequest.objects.filter(pk=request.pk)).select_related("edition__meeting_setup").get()
    read_postings([row], ABOUT_WITH_CARDS)
    people = colleagues_of([one.company_id for one in row.parties])
    mine = _mine(row, person, people, acting_for)
    reader = mine or {row.sender_id: row.sender}
    entry = entries_of_request(row, reader, now)[0]
    page = Page(row, None, entry, entry.own if mine else None, setup_at(row.edition), now, people=people, acting_for=acting_for)
    if page.is_mine_to_answer and not row.needs_interpreter and page.lacks_language:
        sides = (page.people[one.company_id] for one in (row.sender, row.receiver))
        page.has_interpreter = bool(interpreters_for(row.edition_id, tongues_between(*sides)))
    if page.own is not None and row.is_pending and page.chooses_time:
        known = [one for one in row.parties if page.side == Side.RECEIVER or not is_kept_back(row, one)]
        page.free = free_slots(*known, apart_from=row, languages=_tongues(row, page.people), now=now, setup=page.setup)
        page.suiting = without_clashes(page.free, person) if acting_for is None else page.free
    return page


def whole_meeting(rows: Any) -> Meeting | None:
    """Return the meeting among the rows with all that its page reads of it, None where there is none. Three queries."""
    rows = rows.select_related("edition__meeting_setup", "interpreter__person")
    found = meetings_with_parties(rows, SEATS.select_related("registration__booth__hall"))
    for one in found:
        one.request.edition = one.edition
        read_postings([one.request], ABOUT_WITH_CARDS)
    return found[0] if found else None


def meeting_page(row: Meeting, person: User, *, acting_for: Registration | None = None, now: datetime | None = None) -> Page:
    """Return the page of a meeting that `whole_meeting` has read, as the person reads it. At most five queries."""
    now, request = now or timezone.now(), row.request
    people = colleagues_of([one.company_id for one in request.parties])
    mine = _mine(request, person, people, acting_for)
    reader = mine or {request.sender_id: request.sender}
    entry = entries_of_meeting(row, reader, now)[0]
    page = Page(request, row, entry, entry.own if mine else None, setup_at(row.edition), now, people=people, acting_for=acting_for)
    page.move = next((one for one in open_moves_of(row) if one.expires_at > now), None)
    if page.may_move and page.chooses_time:
        page.free = free_slots(*request.parties, apart_from=request, languages=_tongues(request, page.people), now=now, setup=page.setup)
    page.queue_number = _queue_number(row)
    return page


def _mine(request: MeetingRequest, person: User, people: dict[int, list[User]], acting_for: Registration | None) -> dict[int, Registration]:
    """Return those of the parties for whom the person stands, or acts; what was not delivered is the sender's alone."""
    if acting_for is not None:
        return {one.pk: one for one in request.parties if one.pk == acting_for.pk}
    own = [one for one in request.parties if one.status == Registration.Status.VERIFIED and person in people[one.company_id]]
    return {one.pk: one for one in own if request.is_delivered or one.pk == request.sender_id}


def _tongues(request: MeetingRequest, people: dict[int, list[User]]) -> tuple[str, ...]:
    if not request.needs_interpreter:
        return ()
    return tongues_between(people[request.sender.company_id], people[request.receiver.company_id])


def _queue_number(meeting: Meeting) -> int:
    """Return how many wait for a table, or a time, before this meeting, and one; 0 where it does not wait. One query at most."""
    if meeting.queued_at is None:
        return 0
    same = Meeting.objects.filter(edition=meeting.edition_id, slot=meeting.slot_id, status=meeting.status, place__isnull=True)
    return same.filter(queued_at__lt=meeting.queued_at).count() + 1
