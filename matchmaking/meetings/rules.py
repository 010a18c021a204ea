"""Who may, and by when: yes or no, nothing written."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation import staff
from matchmaking.meetings.models import Meeting, MeetingRequest, MeetingSetup, RoleRight, Slot
from matchmaking.participants.models import Registration
from matchmaking.participants.rules import may_speak_for, stands_for_somebody

Person = User | AnonymousUser
EARLY, NEAR, DURING = timedelta(days=3), timedelta(hours=12), timedelta(minutes=60)
LAST_DAYS = timedelta(days=3)
LAST_DAY = timedelta(hours=24)
BEFORE_THE_SLOT = timedelta(minutes=30)
LAST_MINUTES = timedelta(minutes=60)
CHECK_IN_OPENS = timedelta(minutes=15)
MOST_POSTINGS = 5


def may_act_for(person: Person, registration: Registration) -> bool:
    """Whether the person may ask, answer and keep time for the registration: who stands for its company, or staff on its behalf."""
    return may_speak_for(person, registration.company) or may_look_after(person)


def may_look_after(person: Person) -> bool:
    """Whether the person may act in every meeting: staff with the permission. What they do is written down as theirs."""
    return staff.may(person, "meetings.change_meeting")


def may_meet_somebody(person: Person) -> bool:
    """Whether there is a company at all for which the person may ask, or keep time free. One query."""
    return may_look_after(person) or stands_for_somebody(person)


def may_answer(person: Person, request: MeetingRequest) -> bool:
    """Whether the person may act for the side whose turn it is."""
    return may_act_for(person, request.answering)


def may_withdraw(person: Person, request: MeetingRequest) -> bool:
    """Whether the person may act for who asked."""
    return may_act_for(person, request.sender)


def may_take_part(person: Person, row: MeetingRequest | Meeting) -> bool:
    """Whether the person may act for one of those who would meet, or do."""
    request = row.request if isinstance(row, Meeting) else row
    return any(may_act_for(person, one) for one in request.parties)


def may_set_up(person: Person) -> bool:
    """Whether the person may set the timetable, the places and the rules of meetings: staff with the permission."""
    return staff.may(person, "meetings.change_meetingsetup")


def may_keep_webhooks(person: Person) -> bool:
    """Whether the person may have another program told of all that happens in meetings: who sets them up, with a permission of its own."""
    return may_set_up(person) and staff.may(person, "meetings.change_webhook")


def takes_part(registration: Registration) -> bool:
    """Whether the registration may send and receive: only a verified one."""
    return registration.status == Registration.Status.VERIFIED


def may_see(rights: Iterable[RoleRight], one: Registration, other: Registration) -> bool:
    """Whether the one role sees the other at this edition. `rights` are the cells of its set-up; without one, unlike roles do."""
    cell = _cell(rights, one, other)
    return cell.may_see if cell is not None else one.role != other.role


def may_ask(rights: Iterable[RoleRight], one: Registration, other: Registration) -> bool:
    """Whether the one role may ask the other at this edition; see `may_see`."""
    cell = _cell(rights, one, other)
    return cell.may_ask if cell is not None else one.role != other.role


def _cell(rights: Iterable[RoleRight], one: Registration, other: Registration) -> RoleRight | None:
    return next((cell for cell in rights if (cell.asking, cell.asked) == (one.role, other.role)), None)


def is_open(setup: MeetingSetup, now: datetime) -> bool:
    """Whether new meetings may be asked for and agreed now."""
    if setup.edition.status == Edition.Status.CLOSED:
        return False
    return (setup.opens_at is None or setup.opens_at <= now) and (setup.closes_at is None or now < setup.closes_at)


def expires_at(edition: Edition, slot: Slot | None, now: datetime) -> datetime:
    """Return when a request that is sent, or countered, now runs out.

    Three days before the expo, twelve hours in its last three days, sixty minutes while it runs, and never later than thirty minutes
    before the time on the table.
    """
    runs_out = now + _period(edition, now)
    return runs_out if slot is None else min(runs_out, slot.starts_at - BEFORE_THE_SLOT)


def _period(edition: Edition, now: datetime) -> timedelta:
    if edition.starts_on is None:
        return EARLY
    begins = _midnight(edition.starts_on, edition)
    if now >= begins:
        return DURING
    return NEAR if now >= begins - LAST_DAYS else EARLY


def is_at_hand(edition: Edition, now: datetime) -> bool:
    """Whether the expo is on, or begins within 24 hours: from then on people are told at once."""
    if edition.starts_on is None:
        return False
    over = _midnight((edition.ends_on or edition.starts_on) + timedelta(days=1), edition)
    return _midnight(edition.starts_on, edition) - LAST_DAY <= now < over


def _midnight(day: date, edition: Edition) -> datetime:
    return datetime.combine(day, datetime.min.time(), ZoneInfo(edition.time_zone))


def is_bookable(slot: Slot, now: datetime) -> bool:
    """Whether there is still time to ask for this slot: it stands, people meet in it, and an answer can come before it."""
    return slot.kind == Slot.Kind.MEETING and slot.removed_at is None and now < slot.starts_at - BEFORE_THE_SLOT


def may_still_move(meeting: Meeting, now: datetime) -> bool:
    """Whether the meeting is not in its last sixty minutes."""
    return meeting.slot is not None and now < meeting.slot.starts_at - LAST_MINUTES


def is_over(meeting: Meeting, now: datetime) -> bool:
    """Whether the meeting has begun: from then on it is not cancelled, only said how it went."""
    return meeting.slot is not None and now >= meeting.slot.starts_at


def takes_check_in(meeting: Meeting, now: datetime) -> bool:
    """Whether people may check in now: from fifteen minutes before the meeting to its end."""
    return meeting.slot is not None and meeting.slot.starts_at - CHECK_IN_OPENS <= now < meeting.slot.ends_at


def blocks_between(companies: Iterable[int]) -> Q:
    """The blocks that any of the companies, by number, set against another of them."""
    numbers = list(companies)
    return Q(company__in=numbers, blocked__in=numbers)
