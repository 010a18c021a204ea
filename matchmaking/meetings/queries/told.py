"""What a webhook is told: what the API gives of a request or a meeting to one who is neither side, without anybody's name, word or address."""

from collections.abc import Collection
from typing import Any

import orjson
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from expo.foundation.rest import OrjsonRenderer
from expo.foundation.rows import Row, Rows, Values, rows_of, shaped
from matchmaking.meetings.models import Delivery, Happening, Meeting, MeetingRequest
from matchmaking.meetings.queries.hiding import with_hidden_receiver

AT_ONCE = 500
# Which line of the log is told as what. What is missing is told to nobody: words between the two, reminders, ratings, the organiser's ground.
TOLD: dict[str, Happening] = {
    **{kind.value: kind for kind in Happening},
    "meeting_request.new_time": Happening.REQUEST_COUNTERED,
    "meeting.place_found": Happening.MOVED,
    "meeting.unassigned": Happening.HANDED_OVER,
}


FAULTS: dict[str, str | Promise] = {
    "lookup": _("The name was not found."),
    "time": _("No answer within five seconds."),
    "certificate": _("The certificate is not valid for this name."),
    "connection": _("The connection was refused or broke off."),
    "answer": _("What came back is no answer of HTTP."),
    "network": _("The name leads into a network that the site does not call."),
}


def fault_words(delivery: Delivery) -> str:
    """Return what became of the last attempt in a sentence; empty where there was none, or it arrived."""
    if not delivery.last_error:
        return ""
    if delivery.last_error == "status":
        return gettext("Answered with status %(status)s.") % {"status": delivery.last_status}
    return str(FAULTS.get(delivery.last_error, _("The site does not call this address.")))


class SlotTold(Row):
    id = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class PlaceTold(Row):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    code = serializers.CharField()
    hall = serializers.CharField(source="hall.code", allow_null=True)


class InterpreterTold(Row):
    id = serializers.IntegerField()
    languages = serializers.JSONField()


class PartyTold(Row):
    registration = serializers.IntegerField(source="id")
    company = serializers.SlugField(source="company.slug")
    name = serializers.CharField(source="company.name")
    name_zh = serializers.CharField(source="company.name_zh")
    country = serializers.CharField(source="company.country")


class AboutTold(Row):
    offer = serializers.IntegerField(source="offer_id", allow_null=True)
    request = serializers.IntegerField(source="sourcing_request_id", allow_null=True)


class RequestTold(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    status = serializers.CharField()
    sender = PartyTold()
    receiver = PartyTold(allow_null=True)
    partner = PartyTold(allow_null=True)
    waits_for = serializers.CharField()
    slot = SlotTold(allow_null=True)
    needs_interpreter = serializers.BooleanField()
    about = AboutTold(many=True)
    meeting = serializers.IntegerField(source="meeting.id", allow_null=True)
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    is_proposal = serializers.BooleanField()
    is_demo = serializers.BooleanField()
    version = serializers.IntegerField()


class RequestColumns(RequestTold):
    """The same with what decides how much of it is told."""

    is_veiled = serializers.BooleanField()


class SeatTold(Row):
    registration = serializers.IntegerField(source="registration_id")
    company = serializers.SlugField(source="registration.company.slug")
    name = serializers.CharField(source="registration.company.name")
    side = serializers.CharField()
    checked_in_at = serializers.DateTimeField(allow_null=True)


class MeetingTold(Row):
    id = serializers.IntegerField()
    request = serializers.IntegerField(source="request_id")
    edition = serializers.SlugField(source="edition.slug")
    status = serializers.CharField()
    slot = SlotTold(allow_null=True)
    place = PlaceTold(allow_null=True)
    interpreter = InterpreterTold(allow_null=True)
    needs_interpreter = serializers.BooleanField(source="request.needs_interpreter")
    about = AboutTold(many=True, source="request.about")
    seats = SeatTold(many=True)
    moves = serializers.IntegerField()
    waits_since = serializers.DateTimeField(source="queued_at", allow_null=True)
    reason = serializers.CharField()
    cancelled_side = serializers.CharField()
    uid = serializers.CharField()
    sequence = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    is_demo = serializers.BooleanField(source="request.is_demo")
    version = serializers.IntegerField()


def requests_told(keys: Collection[int]) -> dict[int, Values]:
    """Return what is told of the requests, by number, as they stand now. Three queries for each 500, two where all are accepted.

    What was not delivered is not among them: that one company does not want to hear of another, and what is only laid ready, is told to nobody.
    Who was asked is null while the sender does not read it yet.
    """
    found: dict[int, Values] = {}
    for some in _portions(keys):
        rows = list(rows_of(MeetingRequest.objects.filter(pk__in=some, is_delivered=True), RequestColumns))
        hidden = with_hidden_receiver([row["id"] for row in rows if row["status"] != MeetingRequest.Status.ACCEPTED])
        for row in _plain(shaped(rows, RequestColumns, MeetingRequest)):
            veiled = row.pop("is_veiled") and row["status"] != MeetingRequest.Status.ACCEPTED
            found[row["id"]] = row | {"receiver": None} if veiled or row["id"] in hidden else row
    return found


def meetings_told(keys: Collection[int]) -> dict[int, Values]:
    """Return what is told of the meetings, by number, as they stand now. Three queries for each 500; see `requests_told`."""
    found: dict[int, Values] = {}
    for some in _portions(keys):
        rows = Meeting.objects.filter(pk__in=some, request__is_delivered=True)
        found |= {row["id"]: row for row in _plain(shaped(list(rows_of(rows, MeetingTold)), MeetingTold, Meeting))}
    return found


def _portions(keys: Collection[int]) -> list[list[int]]:
    every = sorted(set(keys))
    return [every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE)]


def _plain(rows: Rows) -> Rows:
    """Write moments and numbers as the API does."""
    plain: Any = orjson.loads(OrjsonRenderer().render(rows))
    return list(plain)
