"""The organiser's ground: rules, timetable, tables, interpreters."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.venue.models import Hall
from matchmaking.meetings import errors, rules
from matchmaking.meetings.models import MeetingSetup, Place, RoleRight, Slot
from matchmaking.participants.models import Registration

Role = Registration.Role
LUNCH = gettext_noop("Lunch")  # Kept in English and translated where it is shown: the organiser's language is not everybody's.
SETUP_FIELDS = (
    "slot_minutes", "opens_at", "closes_at", "approval", "scheduling", "open_requests", "most_moves", "free_slots_a_day", "minimum_meetings",
    "walking_minutes",
)  # fmt: skip


@transaction.atomic
def set_up_meetings(edition: Edition, *, by: User, **fields: Any) -> MeetingSetup:
    """Let the edition have meetings, or change their rules; `fields` are of SETUP_FIELDS, what is left out stays.

    At first exhibitors and buyers see and ask each other.

    Raises:
        NotAllowed: `by` may not. Invalid: by field.
    """
    if not rules.may_set_up(by):
        raise NotAllowed
    found = MeetingSetup.objects.select_for_update().filter(edition=edition).first()
    setup = found or MeetingSetup(edition=edition)
    wrong = {name: [_("This is not set here.")] for name in sorted(set(fields) - set(SETUP_FIELDS))}
    if wrong:
        raise Invalid(fields=wrong)
    for name, value in fields.items():
        setattr(setup, name, value)
    try:
        setup.full_clean(validate_unique=False)
    except ValidationError as fault:
        raise Invalid.of(fault, whole="slot_minutes") from fault
    setup.save()
    if found is None:
        RoleRight.objects.bulk_create(
            RoleRight(setup=setup, asking=asking, asked=asked)
            for asking, asked in ((Role.EXHIBITOR, Role.BUYER), (Role.BUYER, Role.EXHIBITOR))
        )
    log(setup, "set_up_meetings", by=by, **fields)
    return setup


@transaction.atomic
def add_slots(setup: MeetingSetup, *, by: User, times: Sequence[tuple[datetime, datetime, str, str]]) -> list[Slot]:
    """Add to the timetable: begin, end, kind and title of each. They may touch each other and what is there, and never overlap.

    Raises:
        NotAllowed: `by` may not. SlotsOverlap: nothing is added. Invalid: one ends before it begins.
    """
    if not rules.may_set_up(by):
        raise NotAllowed
    row = MeetingSetup.objects.select_for_update(of=("self",)).select_related("edition").get(pk=setup.pk)
    edition = row.edition
    zone = ZoneInfo(edition.time_zone)
    new = [
        Slot(edition=edition, starts_at=begin, ends_at=end, day=begin.astimezone(zone).date(), kind=kind, title=title)
        for begin, end, kind, title in times
    ]
    if any(slot.ends_at <= slot.starts_at for slot in new):
        raise Invalid(fields={"times": [_("A time ends after it begins.")]})
    _refuse_overlaps(edition, new)
    made = Slot.objects.bulk_create(new)
    log(row, "add_slots", by=by, count=len(made))
    return made


def _refuse_overlaps(edition: Edition, new: Iterable[Slot]) -> None:
    last: datetime | None = None
    for slot in sorted([*Slot.objects.standing().filter(edition=edition), *new], key=lambda one: one.starts_at):
        if last is not None and slot.starts_at < last:
            raise errors.SlotsOverlap
        last = slot.ends_at


def day_of_slots(
    edition: Edition, day: date, *, begins: time, minutes: int, breaks: Iterable[int], count: int
) -> list[tuple[datetime, datetime, str, str]]:
    """Return a day's timetable for `add_slots`: `count` slots of so many minutes one after the other; `breaks` are numbers of lunch breaks."""
    start = datetime.combine(day, begins, ZoneInfo(edition.time_zone))
    lunch = set(breaks)
    length = timedelta(minutes=minutes)
    return [
        (
            start + number * length,
            start + (number + 1) * length,
            Slot.Kind.BREAK if number in lunch else Slot.Kind.MEETING,
            LUNCH if number in lunch else "",
        )
        for number in range(count)
    ]


@transaction.atomic
def add_tables(hall: Hall, *, by: User, count: int) -> list[Place]:
    """Put so many more numbered tables into the hall's pool.

    Raises:
        NotAllowed: `by` may not. Invalid: fewer than 1 or more than 500 at once.
    """
    if not rules.may_set_up(by):
        raise NotAllowed
    if not 1 <= count <= MOST_TABLES:
        raise Invalid(fields={"count": [_("From 1 to 500 tables at once.")]})
    Hall.objects.select_for_update().get(pk=hall.pk)
    there = Place.objects.filter(edition=hall.edition_id, hall=hall, kind=Place.Kind.TABLE).count()
    made = Place.objects.bulk_create(
        Place(edition_id=hall.edition_id, hall=hall, kind=Place.Kind.TABLE, code=f"{hall.code}-T{number}")
        for number in range(there + 1, there + count + 1)
    )
    log(hall, "add_tables", by=by, count=count)
    return made


MOST_TABLES = 500


def tables_needed(meetings: int, slots: int) -> tuple[int, int]:
    """Return how many tables so many meetings need in so many slots: with 10, and with 20 percent to spare."""
    if slots < 1:
        return 0, 0
    return -(-meetings * 11 // (slots * 10)), -(-meetings * 12 // (slots * 10))
