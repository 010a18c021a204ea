"""What this room refuses."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict, IllegalMove, Invalid

if TYPE_CHECKING:
    from matchmaking.meetings.models import Slot


class SlotTaken(Conflict):
    """Somebody was quicker, or one of those who would meet is not free then. `alternatives` are up to three times that are free for all."""

    code = "slot_taken"
    detail = _("This time has just been taken. Choose one of the free times, or propose another.")

    def __init__(self, alternatives: "Sequence[Slot]" = ()) -> None:
        self.alternatives = list(alternatives)
        super().__init__()
        self.data = {"alternatives": [_as_data(slot) for slot in self.alternatives]}


def _as_data(slot: "Slot") -> dict[str, object]:
    return {"id": slot.pk, "starts_at": slot.starts_at.isoformat(), "ends_at": slot.ends_at.isoformat()}


class NoInterpreter(SlotTaken):
    """No interpreter for the two is free then."""

    code = "no_interpreter"
    detail = _("No interpreter is free at this time. Choose one of the free times, or propose another.")


class NoSetup(Conflict):
    """The edition has no meetings."""

    code = "no_meetings"
    detail = _("There are no meetings at this edition.")


class BookingClosed(Conflict):
    """Outside of the booking window, or the edition is over."""

    code = "booking_closed"
    detail = _("Booking of meetings is not open now. What is booked stays.")


class TakesNoPart(Conflict):
    """One of the two is not verified for the edition."""

    code = "takes_no_part"
    detail = _("This company does not take part in the edition.")


class NobodyThere(Conflict):
    """Nobody stands for the company that is asked."""

    code = "nobody_there"
    detail = _("Nobody stands for this company here, so that it cannot be asked.")


class NotThisRole(Conflict):
    """The matrix of the edition does not let this role ask that one."""

    code = "not_this_role"
    detail = _("At this edition your role does not ask that one for meetings.")


class YouBlocked(Conflict):
    """Said to the company that set the block, and to no other."""

    code = "you_blocked"
    detail = _("Your company has blocked this one. Lift the block first.")


class AskedAlready(Conflict):
    """The two companies have an open request. Several people of one company are one question."""

    code = "asked_already"
    detail = _("Your companies have an open request already. Go on with that one.")


class MeetingAlready(Conflict):
    """The two companies have a meeting that is still to come."""

    code = "meeting_already"
    detail = _("Your companies have a meeting already. Propose another time there if you want one.")


class TooManyRequests(Conflict):
    """The registration has as many open requests as the edition allows."""

    code = "too_many_requests"
    detail = _("You have as many unanswered requests as the expo allows. Any answer frees one; you can also take one back.")


class Shielded(Conflict):
    """As many companies as the buyer wants have asked about the posting."""

    code = "shielded"
    detail = _("The buyer takes no more answers to this request.")


class DayIsFull(SlotTaken):
    """Every desk of one of the two has as many meetings on the day as leave it time to eat."""

    code = "day_is_full"
    detail = _("This day is full for one of you. Choose another day.")


class TooLate(Conflict):
    """The time is over, or too near."""

    code = "too_late"
    detail = _("It is too late for this.")


class TooEarly(Conflict):
    """The meeting has not been yet."""

    code = "too_early"
    detail = _("This is possible once the meeting has begun.")


class MovedTooOften(Conflict):
    """The meeting was moved as often as the edition allows."""

    code = "moved_too_often"
    detail = _("This meeting was moved as often as the expo allows.")


class MoveIsOpen(Conflict):
    """A proposed change of time waits for its answer."""

    code = "move_is_open"
    detail = _("Another time is proposed already and waits for an answer.")


class PersonIsBusy(Conflict):
    """The colleague has another meeting, or keeps the time free."""

    code = "person_is_busy"
    detail = _("This person is not free then.")


class TimeIsInUse(Conflict):
    """A time cannot be kept free while there is a meeting in it."""

    code = "time_is_in_use"
    detail = _("There is a meeting at one of these times. Move or cancel it first.")


class WrongPlace(Conflict):
    """The code belongs to another place than the meeting's."""

    code = "wrong_place"
    detail = _("This is not the place of the meeting.")


class RatedAlready(Conflict):
    """A meeting is rated once."""

    code = "rated_already"
    detail = _("You have rated this meeting already.")


class SlotsOverlap(Conflict):
    """Two standing slots of an edition would overlap."""

    code = "slots_overlap"
    detail = _("These times overlap others of the timetable.")


class SlotInUse(Conflict):
    """Somebody meets, or is asked, at a time that would be taken out or changed."""

    code = "slot_in_use"
    detail = _("Somebody meets or is asked at one of these times. Change it where they are shown and get other times.")


class InterpreterIsBooked(Conflict):
    """The interpreter sits in meetings that the change would leave without one."""

    code = "interpreter_is_booked"
    detail = _("This interpreter has meetings then. Change it where they are shown and get somebody else.")


class ReasonMissing(Invalid):
    """Declining and cancelling need a reason from the list."""

    code = "reason_missing"
    detail = _("Choose a reason.")


class PlanUnderWay(Conflict):
    """The edition has a plan that is asked for, or being worked out."""

    code = "plan_under_way"
    detail = _("A plan of this edition is being made. Wait for it, or stop it.")


class PublicationUnderWay(Conflict):
    """A worker is to put a plan of the edition into force, or is at it."""

    code = "publication_under_way"
    detail = _("A plan of this edition is being published. Wait until that is done.")


class PublishingFailed(Conflict):
    """Three workers did not put a plan into force."""

    code = "publishing_failed"
    detail = _("Publishing was begun three times and not finished. Nothing was changed.")


class PublisherMayNot(Conflict):
    """Who published a plan lost the right before a worker did it."""

    code = "publisher_may_not"
    detail = _("Who published it may not do so any more. Nothing was changed.")


class GroundMoved(Conflict):
    """What a plan or a change goes by is not as it was. `meetings` says for each of up to twenty meetings, by number, why: a word of WHYS."""

    code = "ground_moved"
    detail = _("Some of these meetings, times or places have changed meanwhile. Nothing was done; plan again.")
    MOST_NAMED = 20
    WHYS = (
        "changed",
        "begun",
        "slot_gone",
        "slot_taken",
        "day_is_full",
        "place_gone",
        "place_taken",
        "interpreter_gone",
        "interpreter_taken",
    )

    def __init__(self, meetings: Mapping[int, str] | None = None) -> None:
        self.meetings = dict(meetings or {})
        super().__init__()
        named = sorted(self.meetings.items())[: self.MOST_NAMED]
        self.data = {"meetings": [{"id": one, "why": why} for one, why in named], "count": len(self.meetings)}


class TooManyWebhooks(Conflict):
    """The edition has as many webhooks as there may be."""

    code = "too_many_webhooks"
    detail = _("An edition has at most 20 webhooks. Delete one that is not used any more.")


class SecretTaken(Conflict):
    """The secret of a webhook was shown already."""

    code = "secret_taken"
    detail = _("The secret was shown already. Whoever lost it has another one made.")


class PreviewIsOld(Conflict):
    """What the preview of a change showed is not what would happen now."""

    code = "preview_is_old"
    detail = _("Something has changed since this preview. Nothing was done; look at what would happen now.")


class CannotUndo(IllegalMove):
    """A change of the ground cannot be put back as it was."""

    code = "cannot_undo"
    detail = _("This cannot be undone any more: what it made is in use, or something else stands in its place. Make a new change instead.")


class RulesChanged(Conflict):
    """Somebody else has saved the rules since they were read; `now` has them as they are, `fields` what differs."""

    code = "rules_changed"
    detail = _("Somebody else has changed these rules since the page was opened. What differs is said below; saving again overwrites it.")

    def __init__(self, now: Mapping[str, Any], *, fields: Mapping[str, list[str]]) -> None:
        super().__init__(fields=fields)
        self.now = dict(now)


class MeetingsAtTheBooth(Conflict):
    """An exhibitor would leave its booth, and its meetings would stay there."""

    code = "meetings_at_the_booth"
    detail = _(
        "Meetings are booked at this booth. Move the exhibitor under “Changes” of the expo’s meetings: there they move along, and everybody is told."
    )
