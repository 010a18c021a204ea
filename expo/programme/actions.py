"""The verbs of this room: seats reserved and given back (however many ask at once, no more are taken than there are), forums written down."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation import staff
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked
from expo.programme.errors import ForumIsFull, ForumIsOver, NoSeatToGiveBack, SeatReservedAlready, SeatsNotReserved
from expo.programme.models import Forum, Seat
from expo.programme.rules import is_over, may_give_back_seat, may_reserve_seat


@transaction.atomic
def reserve_seat(forum: Forum, *, by: User) -> Seat:
    """Give the person a seat in the forum.

    Raises:
        NotAllowed: not signed in, or no address of the person is checked.
        SeatsNotReserved, ForumIsOver, SeatReservedAlready, ForumIsFull: as their names say.
    """
    forum = locked(forum)
    if not may_reserve_seat(by):
        raise NotAllowed
    if forum.capacity is None:
        raise SeatsNotReserved
    if is_over(forum):
        raise ForumIsOver
    if Seat.objects.filter(forum=forum, person=by).exists():
        raise SeatReservedAlready
    # An update, not save(): the calendar file's SEQUENCE must not rise when somebody takes a seat.
    if not Forum.objects.filter(pk=forum.pk, seats_taken__lt=F("capacity")).update(seats_taken=F("seats_taken") + 1):
        raise ForumIsFull
    seat = Seat.objects.create(forum=forum, person=by)
    log(forum, "reserve_seat", by=by)
    return seat


@transaction.atomic
def give_back_seat(forum: Forum, *, by: User) -> None:
    """Take the person's seat back, so that somebody else can have it.

    Raises:
        NotAllowed: not signed in.
        NoSeatToGiveBack: the person has none.
    """
    forum = locked(forum)
    if not may_give_back_seat(by):
        raise NotAllowed
    given_back, _by_model = Seat.objects.filter(forum=forum, person=by).delete()
    if not given_back:
        raise NoSeatToGiveBack
    Forum.objects.filter(pk=forum.pk, seats_taken__gt=0).update(seats_taken=F("seats_taken") - 1)
    log(forum, "give_back_seat", by=by)


FORUM_FIELDS = (
    "key", "title_en", "title_zh", "kind", "chain", "on", "until", "starts_at", "ends_at", "place_en", "place_zh", "note_en", "note_zh",
    "capacity",
)  # fmt: skip


@transaction.atomic
def save_forum(forum: Forum | None, *, by: User, edition: Edition, fields: Mapping[str, Any]) -> Forum:
    """Put a forum on the edition's programme, or change one; `fields` are of FORUM_FIELDS, what is left out stays.

    Raises:
        NotAllowed: `by` is not staff who may.
        Invalid: by field: a key that is taken, an end before its start, fewer seats than are taken.
    """
    is_new = forum is None
    if not staff.may(by, "programme.add_forum" if is_new else "programme.change_forum"):
        raise NotAllowed
    row = Forum(edition=edition) if forum is None else locked(forum)
    changed = sorted(name for name in fields if is_new or getattr(row, name) != fields[name])
    for name in changed:
        setattr(row, name, fields[name])
    try:
        row.full_clean()
    except ValidationError as fault:
        raise Invalid.of(fault, whole="key") from fault
    row.save()
    log(row, "add_forum" if is_new else "edit_forum", by=by, changed=changed)
    return row
