"""At the meeting and after it: who is there, how it went, what it was worth."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation.errors import Invalid
from expo.foundation.eventlog import log
from matchmaking.meetings import errors, rules
from matchmaking.meetings.actions.acting import acts_for_others, log_for
from matchmaking.meetings.actions.common import changed_meeting, locked_meeting, own_seat, seats_of
from matchmaking.meetings.models import Meeting, Place, Seat, Side
from matchmaking.meetings.states import MEETING_MOVES, refuse_unless
from matchmaking.participants.models import Registration

MOST_STARS = 5
VERBS = {Meeting.Status.HELD: "hold", Meeting.Status.NO_SHOW: "miss", Meeting.Status.DISPUTED: "dispute"}
EVENTS = {Meeting.Status.HELD: "meeting.held", Meeting.Status.NO_SHOW: "meeting.no_show", Meeting.Status.DISPUTED: "meeting.disputed"}


@transaction.atomic
def check_in(meeting: Meeting, *, by: User, code: str = "", acting_for: Registration | None = None) -> Seat:
    """Say that one's side is there: with the word of the place's QR code, from fifteen minutes before the meeting to its end. Twice is once.

    A meeting online has no code, and staff who act for somebody need none. Where nobody was named, it is this person who came.

    Raises:
        NotAllowed: `by` stands for none of those who meet.
        IllegalMove: the meeting is not scheduled. TooEarly, TooLate: outside of that time.
        WrongPlace: the code is of another place, or the meeting waits for its table still.
    """
    meeting = locked_meeting(meeting)
    seat = own_seat(seats_of(meeting), by, acting_for)
    refuse_unless("check_in", meeting.status)
    now = timezone.now()
    if not rules.takes_check_in(meeting, now):
        raise errors.TooLate if rules.is_over(meeting, now) else errors.TooEarly
    place = meeting.place
    if place is None or not (place.kind == Place.Kind.ONLINE or _is_right(code, place) or acts_for_others(by, seat.registration)):
        raise errors.WrongPlace
    if seat.checked_in_at is None:
        seat.checked_in_at = now
        seat.save(update_fields=["checked_in_at"])
        log_for(meeting, "meeting.checked_in", by=by, own=seat.registration, seat=seat.pk)
    return seat


def _is_right(code: str, place: Place) -> bool:
    return constant_time_compare(place.key, code.strip().lower())


@transaction.atomic
def say_outcome(meeting: Meeting, *, by: User, says: str, acting_for: Registration | None = None) -> Meeting:
    """Say how the meeting went, once it has begun: took place, did not, partly. What was said can be said anew.

    Once both sides have spoken the meeting is held, or was not; where they disagree it is disputed, and neither is punished.

    Raises:
        NotAllowed: `by` stands for none of those who meet.
        IllegalMove: the meeting was never scheduled, or was called off. TooEarly: it has not begun.
        Invalid: an unknown word.
    """
    meeting = locked_meeting(meeting)
    seats = seats_of(meeting)
    seat = own_seat(seats, by, acting_for)
    refuse_unless("say", meeting.status)
    if not rules.is_over(meeting, timezone.now()):
        raise errors.TooEarly
    if says not in Seat.Says.values:
        raise Invalid(fields={"says": [_("Choose one of the three.")]})
    seat.says, seat.said_by, seat.said_at = says, by, timezone.now()
    seat.save(update_fields=["says", "said_by", "said_at"])
    log_for(meeting, "meeting.outcome_said", by=by, own=seat.registration, seat=seat.pk, says=says)
    outcome = outcome_of(seats)
    if outcome is not None:
        settle(meeting, outcome, by=by)
    return meeting


def outcome_of(seats: Collection[Seat], *, alone: bool = False) -> str | None:
    """Return what came of the meeting by what the sides say; None while one has not spoken. `alone` lets one word stand for both."""
    words = [word for word in (word_of(seats, side) for side in Side) if word]
    if len(words) < len(Side) and not (alone and words):
        return None
    took_place = {word != Seat.Says.DID_NOT for word in words}
    if len(took_place) > 1:
        return Meeting.Status.DISPUTED
    return Meeting.Status.HELD if took_place.pop() else Meeting.Status.NO_SHOW


def word_of(seats: Collection[Seat], side: str) -> str:
    """Return the side's latest word, '' where it has said nothing."""
    said = [seat for seat in seats if seat.side == side and seat.says and seat.said_at is not None]
    return max(said, key=lambda seat: (seat.said_at is not None and seat.said_at, seat.pk)).says if said else ""


def settle(meeting: Meeting, outcome: str, *, by: User | None) -> None:
    """Write down what came of the meeting. The caller holds the lock. The same again changes nothing."""
    if meeting.status == outcome:
        return
    state = Meeting.Status(outcome)
    changed_meeting(meeting, status=MEETING_MOVES.leads_to(VERBS[state], meeting.status))
    log(meeting, EVENTS[state], by=by)


@transaction.atomic
def rate(meeting: Meeting, *, by: User, stars: int, acting_for: Registration | None = None) -> Seat:
    """Say what the meeting was worth, 1 to 5, once, and only after it was held. The other side never reads it.

    Raises:
        NotAllowed: `by` stands for none of those who meet.
        IllegalMove: the meeting was not held. RatedAlready. Invalid: not 1 to 5.
    """
    meeting = locked_meeting(meeting)
    seat = own_seat(seats_of(meeting), by, acting_for)
    refuse_unless("rate", meeting.status)
    if seat.rating is not None:
        raise errors.RatedAlready
    if not 1 <= stars <= MOST_STARS:
        raise Invalid(fields={"stars": [_("Choose from 1 to 5.")]})
    seat.rating = stars
    seat.save(update_fields=["rating"])
    log_for(meeting, "meeting.rated", by=by, own=seat.registration, seat=seat.pk)
    return seat
