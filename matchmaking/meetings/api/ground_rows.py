"""What the API says of the organiser's ground: rules, timetable, places, interpreters."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from expo.foundation.rows import Row
from matchmaking.meetings.api.rows import InterpreterShortRow, PlaceShortRow, SlotShortRow
from matchmaking.meetings.models import MeetingSetup, Slot
from matchmaking.participants.models import Registration

Role = Registration.Role


class SlotRow(SlotShortRow):
    edition = serializers.SlugField(source="edition.slug")
    day = serializers.DateField(help_text="On the expo's own clocks.")
    kind = serializers.ChoiceField(choices=Slot.Kind.choices)
    title = serializers.CharField(help_text="Of a break, or empty.")


class PlaceRow(PlaceShortRow):
    edition = serializers.SlugField(source="edition.slug")
    booth = serializers.CharField(source="booth.code", allow_null=True, help_text="Null for a table.")
    capacity = serializers.IntegerField(help_text="Meetings at once.")


class AbsenceRow(Row):
    slot = serializers.IntegerField(source="slot_id")


class InterpreterRow(InterpreterShortRow):
    edition = serializers.SlugField(source="edition.slug")
    name = serializers.CharField(help_text="Of who has no account, or empty.")
    is_active = serializers.BooleanField()
    absences = AbsenceRow(many=True, help_text="Times at which they are not there.")


class RightRow(Row):
    asking = serializers.ChoiceField(choices=Role.choices)
    asked = serializers.ChoiceField(choices=Role.choices)
    may_see = serializers.BooleanField()
    may_ask = serializers.BooleanField()


class MeetingSetupRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    slot_minutes = serializers.IntegerField(help_text="Of a new day of the timetable.")
    opens_at = serializers.DateTimeField(allow_null=True)
    closes_at = serializers.DateTimeField(allow_null=True)
    approval = serializers.ChoiceField(choices=MeetingSetup.Approval.choices)
    scheduling = serializers.ChoiceField(choices=MeetingSetup.Scheduling.choices)
    open_requests = serializers.IntegerField()
    most_moves = serializers.IntegerField()
    free_slots_a_day = serializers.IntegerField()
    minimum_meetings = serializers.IntegerField()
    walking_minutes = serializers.DictField(child=serializers.IntegerField(), help_text="Between two halls, as {“A|B”: 6}.")
    rights = RightRow(many=True, help_text="A pair of roles that is not listed: unlike roles see and ask each other, like ones do not.")
    is_demo = serializers.BooleanField(help_text="Invented; shown as such.")


class LaidTimeRow(Row):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    kind = serializers.ChoiceField(choices=Slot.Kind.choices)
    title = serializers.CharField()


class LaidDayRow(Row):
    day = serializers.DateField()
    times = LaidTimeRow(many=True)
    taken_out = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of times that nobody used.")
    stay = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of times that stand on the day besides.")


@extend_schema_serializer(many=False)
class LaidDaysRow(Row):
    days = LaidDayRow(many=True)


@extend_schema_serializer(many=False)
class NewPlacesRow(Row):
    added = serializers.IntegerField()
    codes = serializers.ListField(child=serializers.CharField(), help_text="Of new tables, as on their signs.")
