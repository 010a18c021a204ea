"""What the programme refuses."""

from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict


class SeatsNotReserved(Conflict):
    """The forum has no list of seats."""

    code = "seats_not_reserved"
    detail = _("Seats of this forum are not reserved; come as you are.")


class ForumIsOver(Conflict):
    """The forum has ended."""

    code = "forum_is_over"
    detail = _("This forum is over.")


class ForumIsFull(Conflict):
    """Every seat is taken."""

    code = "forum_is_full"
    detail = _("Every seat of this forum is taken.")


class SeatReservedAlready(Conflict):
    """The person has a seat there."""

    code = "seat_reserved_already"
    detail = _("You have a seat in this forum already.")


class NoSeatToGiveBack(Conflict):
    """The person has no seat there."""

    code = "no_seat_to_give_back"
    detail = _("You have no seat in this forum.")
