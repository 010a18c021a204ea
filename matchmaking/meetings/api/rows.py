"""What the API says of the timetable, of requests to meet, and of meetings."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from expo.foundation.rows import WORKED_OUT, Row
from matchmaking.meetings.models import Meeting, MeetingRequest, Place, Reason, Seat, Side

FOR_OWN_SEAT = "Your own side's; null for the other."
REASONS = [*Reason.choices, ("", "–")]
SIDES = [*Side.choices, ("", "–")]


class SlotShortRow(Row):
    id = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class PlaceShortRow(Row):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Place.Kind.choices)
    code = serializers.CharField(help_text="As on the sign.")
    hall = serializers.CharField(source="hall.code", allow_null=True, help_text="Null for a line online.")


class InterpreterShortRow(Row):
    id = serializers.IntegerField()
    languages = serializers.ListField(child=serializers.CharField(), help_text="Codes of two letters.")


class PartyToMeetRow(Row):
    registration = serializers.IntegerField(source="id")
    company = serializers.SlugField(source="company.slug")
    name = serializers.CharField(source="company.name")
    name_zh = serializers.CharField(source="company.name_zh")
    country = serializers.CharField(source="company.country", help_text="ISO 3166-1 alpha-2.")


class AboutRow(Row):
    offer = serializers.IntegerField(source="offer_id", allow_null=True, help_text="One of the two is set.")
    request = serializers.IntegerField(source="sourcing_request_id", allow_null=True)


class MeetingRequestRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    status = serializers.ChoiceField(choices=MeetingRequest.Status.choices)
    side = serializers.ChoiceField(choices=Side.choices, source=WORKED_OUT, allow_null=True, help_text="Yours; null for staff of neither.")
    sender = PartyToMeetRow()
    receiver = PartyToMeetRow(allow_null=True, help_text="Null for the sender while a buyer that hides its name has not accepted.")
    partner = PartyToMeetRow(allow_null=True, help_text="A third that comes along.")
    waits_for = serializers.ChoiceField(choices=Side.choices, help_text="Whose turn it is, or was.")
    is_yours_to_answer = serializers.BooleanField(source=WORKED_OUT, help_text="Your side answers now.")
    slot = SlotShortRow(allow_null=True, help_text="The time on the table.")
    message = serializers.CharField()
    needs_interpreter = serializers.BooleanField()
    is_proposal = serializers.BooleanField(
        help_text="The expo proposed it: laid ready for who would ask, and told to nobody else before that side accepts."
    )
    about = AboutRow(many=True)
    meeting = serializers.IntegerField(source="meeting.id", allow_null=True, help_text="What it became, once it is accepted.")
    reason = serializers.ChoiceField(choices=REASONS, help_text="Why it was declined, or empty.")
    note = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="A pending one runs out then.")
    answered_at = serializers.DateTimeField(allow_null=True)
    is_demo = serializers.BooleanField(help_text="Invented; shown as such.")


class MeetingRequestColumns(MeetingRequestRow):
    """The same with what decides how much of it is sent."""

    sender_company = serializers.IntegerField(source="sender.company_id")
    receiver_company = serializers.IntegerField(source="receiver.company_id")
    partner_company = serializers.IntegerField(source="partner.company_id")
    partner_led_by = serializers.IntegerField(source="partner.led_by_id")


class MeetingMessageRow(Row):
    id = serializers.IntegerField()
    side = serializers.ChoiceField(choices=Side.choices)
    text = serializers.CharField()
    language = serializers.CharField(help_text="Of the page or call that it was written with.")
    at = serializers.DateTimeField()


@extend_schema_serializer(many=False)
class MeetingMessagesRow(Row):
    results = MeetingMessageRow(many=True, help_text="Oldest first. What came with the question stands in the request itself.")


class WhoComesRow(Row):
    full_name = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True, help_text="Null for a colleague, and where it is not shown to you.")
    phone = serializers.CharField(allow_null=True, help_text="As `email`.")


class MeetingSeatRow(Row):
    registration = serializers.IntegerField(source="registration_id")
    company = serializers.SlugField(source="registration.company.slug")
    name = serializers.CharField(source="registration.company.name")
    side = serializers.ChoiceField(choices=Side.choices)
    is_yours = serializers.BooleanField(source=WORKED_OUT)
    person = WhoComesRow(
        source=WORKED_OUT, allow_null=True, help_text="Who comes, as far as your company may know; null while nobody is named."
    )
    checked_in_at = serializers.DateTimeField(allow_null=True)
    says = serializers.ChoiceField(choices=[*Seat.Says.choices, ("", "–")], allow_null=True, help_text=f"How it went. {FOR_OWN_SEAT}")
    rating = serializers.IntegerField(allow_null=True, help_text=f"1 to 5. {FOR_OWN_SEAT}")


class MeetingSeatColumns(MeetingSeatRow):
    """The same with what decides how much of it is sent."""

    company_number = serializers.IntegerField(source="registration.company_id")
    person_number = serializers.IntegerField(source="person_id")
    person_name = serializers.CharField(source="person.full_name")


class MoveRow(Row):
    slot = SlotShortRow(help_text="The new time. The old one is kept until it is accepted.")
    side = serializers.ChoiceField(choices=Side.choices, source="by_seat.side", help_text="Who proposes it.")
    expires_at = serializers.DateTimeField()


class MoveColumns(MoveRow):
    meeting = serializers.IntegerField(source="meeting_id")


class MeetingRow(Row):
    id = serializers.IntegerField()
    request = serializers.IntegerField(source="request_id", help_text="The request that it came of; the messages belong to it.")
    edition = serializers.SlugField(source="edition.slug")
    status = serializers.ChoiceField(choices=Meeting.Status.choices)
    slot = SlotShortRow(allow_null=True, help_text="Null while there is no time.")
    place = PlaceShortRow(allow_null=True, help_text="Null while it waits for a table, or a time.")
    interpreter = InterpreterShortRow(allow_null=True)
    needs_interpreter = serializers.BooleanField(source="request.needs_interpreter")
    about = AboutRow(many=True, source="request.about")
    seats = MeetingSeatRow(many=True)
    move = MoveRow(source=WORKED_OUT, allow_null=True, help_text="Another time that waits for an answer.")
    moves = serializers.IntegerField(help_text="How often its time was changed.")
    waits_since = serializers.DateTimeField(source="queued_at", allow_null=True, help_text="For a table, or for a time.")
    reason = serializers.ChoiceField(choices=REASONS, help_text="Why it was cancelled, or empty.")
    note = serializers.CharField()
    cancelled_side = serializers.ChoiceField(choices=SIDES, help_text="Empty where it was neither.")
    uid = serializers.CharField(help_text="Of its entry in calendars; it never changes.")
    sequence = serializers.IntegerField(help_text="Of that entry: it rises with each change.")
    created_at = serializers.DateTimeField()
    is_demo = serializers.BooleanField(source="request.is_demo", help_text="Invented; shown as such.")


class MeetingColumns(MeetingRow):
    """The same with what decides how much of it is sent."""

    seats = MeetingSeatColumns(many=True)


class ColleagueRow(Row):
    membership = serializers.IntegerField(help_text="What `hand-over` takes.")
    name = serializers.CharField()


@extend_schema_serializer(many=False)
class ColleaguesRow(Row):
    results = ColleagueRow(many=True, help_text="Who stands for your company, owners first.")


class KeptTimeRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="slot.edition.slug")
    slot = SlotShortRow()
    registration = serializers.IntegerField(source="registration_id", allow_null=True, help_text="Whose; null where it is yours alone.")


class TimesChangedRow(Row):
    changed = serializers.IntegerField(help_text="How many times are new; what was so already counts as nothing.")


@extend_schema_serializer(many=False)
class FreeTimesRow(Row):
    lacks_language = serializers.BooleanField(help_text="Nobody of the one side speaks a language of the other.")
    results = SlotShortRow(many=True, help_text="Free for both, earliest first; for your side alone while the buyer is hidden.")
