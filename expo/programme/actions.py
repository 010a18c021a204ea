"""Seats: reserved and given back. However many ask at once, no more are taken than there are."""

from django.db import transaction
from django.db.models import F

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked
from expo.programme.errors import ForumIsFull, ForumIsOver, NoSeatToGiveBack, SeatReservedAlready, SeatsNotReserved
from expo.programme.models import Forum, Seat
from expo.programme.rules import is_over, may_reserve_seat


@transaction.atomic
def reserve_seat(forum: Forum, *, by: User) -> Seat:
    """Give the person a seat in the forum.

    Raises:
        NotAllowed: not signed in.
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
    if not may_reserve_seat(by):
        raise NotAllowed
    given_back, _by_model = Seat.objects.filter(forum=forum, person=by).delete()
    if not given_back:
        raise NoSeatToGiveBack
    Forum.objects.filter(pk=forum.pk, seats_taken__gt=0).update(seats_taken=F("seats_taken") - 1)
    log(forum, "give_back_seat", by=by)
