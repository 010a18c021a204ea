"""What staff send to set the ground on which people meet."""

from typing import Any

from rest_framework import serializers

from expo.editions.models import Edition
from expo.foundation.writing import Body, Ref
from expo.venue.models import Hall
from matchmaking.meetings.actions.setting_up import LONGEST_WALK, MOST, Role
from matchmaking.meetings.actions.tables import MOST_TABLES
from matchmaking.meetings.actions.timetable import LONGEST_TITLE, MOST_BREAKS, MOST_DAYS, MOST_MINUTES
from matchmaking.meetings.api.bodies import MOST_SLOTS, numbers
from matchmaking.meetings.models import MeetingSetup, Slot

MOST_LANGUAGES = 12
LONGEST_NAME = 80


def edition_field() -> Ref:
    """Return a field that names the edition."""
    return Ref(Edition.objects.all(), by="slug", help_text="The edition's slug.")


def at_most(name: str, **more: Any) -> serializers.IntegerField:
    """Return a field for one of the numbers of a set-up."""
    return serializers.IntegerField(min_value=0, max_value=MOST[name], required=False, **more)


class SetupChangeBody(Body):
    slot_minutes = serializers.IntegerField(
        min_value=15, max_value=30, required=False, help_text="15, 20 or 30; 30 where halls are far apart."
    )
    opens_at = serializers.DateTimeField(required=False, allow_null=True, help_text="When booking opens; null: open already.")
    closes_at = serializers.DateTimeField(required=False, allow_null=True, help_text="When booking closes; null: never.")
    approval = serializers.ChoiceField(choices=MeetingSetup.Approval.choices, required=False)
    scheduling = serializers.ChoiceField(choices=MeetingSetup.Scheduling.choices, required=False)
    open_requests = at_most("open_requests", help_text="Sent and not answered, for each registration.")
    most_moves = at_most("most_moves", help_text="Changes of time, for each meeting.")
    free_slots_a_day = at_most("free_slots_a_day", help_text="For each desk, so that people eat.")
    minimum_meetings = at_most("minimum_meetings", help_text="What the planner tries to give everybody who asked.")
    walking_minutes = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=LONGEST_WALK),
        required=False,
        help_text="Between two halls by their codes, as {“A|B”: 6}; measured on the plan where it says nothing.",
    )


class SetupBody(SetupChangeBody):
    edition = edition_field()


class RightBody(Body):
    asking = serializers.ChoiceField(choices=Role.choices)
    asked = serializers.ChoiceField(choices=Role.choices)
    may_see = serializers.BooleanField()
    may_ask = serializers.BooleanField(help_text="Who may ask also sees.")


class RightsBody(Body):
    rights = serializers.ListField(child=RightBody(), min_length=1, max_length=len(Role.values) ** 2, help_text="Cells left out stay.")


class SlotChangeBody(Body):
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False)
    kind = serializers.ChoiceField(choices=Slot.Kind.choices, required=False)
    title = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TITLE, help_text="Of a break.")


class SlotBody(SlotChangeBody):
    edition = edition_field()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(help_text="On the same day, on the expo's clocks.")


class BreakBody(Body):
    begins = serializers.TimeField()
    ends = serializers.TimeField()
    title = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TITLE, help_text="Empty: Lunch.")


class LayDaysBody(Body):
    edition = edition_field()
    days = serializers.ListField(child=serializers.DateField(), min_length=1, max_length=MOST_DAYS, help_text="Of the expo.")
    begins = serializers.TimeField(help_text="On the expo's clocks.")
    ends = serializers.TimeField(help_text="Of the same day.")
    minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES, help_text="Of a meeting.")
    breaks = serializers.ListField(child=BreakBody(), max_length=MOST_BREAKS, required=False)
    replace = serializers.BooleanField(required=False, help_text="Take out first what stands on these days and nobody uses.")
    only_look = serializers.BooleanField(required=False, help_text="Say what would come of it, and write nothing.")


class TablesBody(Body):
    hall = Ref(Hall.objects.all(), help_text="Id of the hall.")
    count = serializers.IntegerField(min_value=1, max_value=MOST_TABLES)


class BoothsBody(Body):
    edition = edition_field()


def languages_field(*, required: bool) -> serializers.ListField:
    """Return a field for codes of languages."""
    child = serializers.CharField(max_length=8)
    return serializers.ListField(child=child, max_length=MOST_LANGUAGES, required=required, help_text="Codes of two letters, at least two.")


class WhoInterpretsBody(Body):
    name = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_NAME, help_text="Of who has no account.")
    email = serializers.EmailField(required=False, allow_blank=True, help_text="Of the account, where there is one; empty takes it away.")


class InterpreterBody(WhoInterpretsBody):
    edition = edition_field()
    languages = languages_field(required=True)


class InterpreterChangeBody(WhoInterpretsBody):
    languages = languages_field(required=False)
    is_active = serializers.BooleanField(required=False)


class AbsencesBody(Body):
    slots = numbers(MOST_SLOTS, words="Ids of all times of the edition at which the interpreter is not there; [] for none.")
