"""What a program sends to ask, answer and change. What is left out stays open."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from expo.foundation.writing import Body, Ref
from matchmaking.meetings.actions.attending import MOST_STARS
from matchmaking.meetings.actions.common import LONGEST_MESSAGE, LONGEST_NOTE
from matchmaking.meetings.models import Reason, Seat, Slot
from matchmaking.meetings.rules import MOST_POSTINGS, may_look_after
from matchmaking.participants.models import Member, Registration

# What the organiser does is not for participants to say.
REASONS = [one for one in Reason.choices if one[0] != Reason.ORGANISER]
MOST_SLOTS = 500
LONGEST_CODE = 16


class OwnRegistration(Ref):
    """A registration for which the person may act. Another one is answered like one that does not exist."""

    def get_queryset(self) -> QuerySet[Any]:
        rows, person = super().get_queryset(), self.context["request"].user
        return rows if may_look_after(person) else rows.filter(company__in=Member.objects.of(person))


def slot_field(*, required: bool = True, words: str) -> Ref:
    """Return a field that names a time of the timetable."""
    return Ref(Slot.objects.for_meetings().select_related("edition"), required=required, help_text=words)


def numbers(most: int, *, words: str, least: int = 0) -> serializers.ListField:
    """Return a field for a list of ids."""
    return serializers.ListField(
        child=serializers.IntegerField(min_value=1), min_length=least, max_length=most, required=bool(least), help_text=words
    )


class AskBody(Body):
    sender = OwnRegistration(Registration.objects.select_related("company"), help_text="Id of your registration.")
    receiver = Ref(
        Registration.objects.all(), required=False, help_text="Id of the registration that is asked; not needed with a posting of theirs."
    )
    offers = numbers(MOST_POSTINGS, words="Ids of offers that it is about, of either side.")
    requests = numbers(MOST_POSTINGS, words="Ids of requests that it is about, of either side.")
    message = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_MESSAGE)
    slot = slot_field(required=False, words="Id of a time to propose; without one, the other side chooses.")
    partner = Ref(Registration.objects.all(), required=False, help_text="Id of a registration of the delegation of one of the two.")
    needs_interpreter = serializers.BooleanField(required=False)


class TimeBody(Body):
    slot = slot_field(words="Id of a time of the edition.")


class AcceptBody(Body):
    slot = slot_field(required=False, words="Id of another time than the one on the table; without any, the first that is free for all.")
    needs_interpreter = serializers.BooleanField(required=False, help_text="Ask for one of the organiser's, where nobody has yet.")


class WhyNotBody(Body):
    reason = serializers.ChoiceField(choices=REASONS)
    note = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_NOTE)


class ActingBody(Body):
    acting_for = Ref(Registration.objects.all(), required=False, help_text="Id of the registration for which you act; staff name it.")


class MeetingMessageBody(ActingBody):
    text = serializers.CharField(max_length=LONGEST_MESSAGE)


class MoveBody(ActingBody, TimeBody):
    pass


class MoveAnswerBody(ActingBody):
    accept = serializers.BooleanField(help_text="False keeps the old time.")
    slot = slot_field(required=False, words="Id of the proposed time, as it was read: 409 where another one is proposed by now.")


class CancelBody(ActingBody, WhyNotBody):
    pass


class HandOverBody(ActingBody):
    membership = serializers.IntegerField(min_value=1, help_text="As in `colleagues`.")


class CheckInBody(ActingBody):
    code = serializers.CharField(
        required=False, allow_blank=True, max_length=LONGEST_CODE, help_text="The word of the QR code at the place; none online."
    )


class SaysBody(ActingBody):
    says = serializers.ChoiceField(choices=Seat.Says.choices)


class StarsBody(ActingBody):
    stars = serializers.IntegerField(min_value=1, max_value=MOST_STARS)


class TimesBody(Body):
    registration = OwnRegistration(Registration.objects.all(), help_text="Id of your registration.")
    slots = numbers(MOST_SLOTS, least=1, words="Ids of times of its edition.")
    only_me = serializers.BooleanField(required=False, help_text="Yours alone, instead of the whole company's.")
