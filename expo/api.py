"""The API's table of contents. One of the few places where the event wing names the matchmaking wing."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from rest_framework.routers import APIRootView, DefaultRouter

import expo.accounts.api
import expo.editions.api
import expo.foundation.openapi  # its description of the filters registers itself
import expo.programme.api
import expo.venue.api
import matchmaking.agreements.api
import matchmaking.desk.api
import matchmaking.marketplace.api
import matchmaking.matching.api
import matchmaking.meetings.api
import matchmaking.participants.api
from expo.foundation.changes import ChangesViewSet, Followed
from expo.foundation.rest import AnyoneMayRead
from expo.programme.models import Forum
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.rules import may_trace
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.meetings.models import Meeting, MeetingRequest
from matchmaking.participants.models import Company, Registration


class Contents(APIRootView):
    """Everything that can be read, with its address."""

    permission_classes = [AnyoneMayRead]


router = DefaultRouter()
router.APIRootView = Contents
router.root_view_name = "api_root"
router.include_format_suffixes = False
for room in (
    expo.accounts.api,
    expo.editions.api,
    expo.venue.api,
    expo.programme.api,
    matchmaking.participants.api,
    matchmaking.marketplace.api,
    matchmaking.matching.api,
    matchmaking.meetings.api,
    matchmaking.agreements.api,
    matchmaking.desk.api,
):
    room.register(router)


# What both sides may know of: not that a request is kept from one of them, nor when the other said how it went, or what it was worth.
WRITES_OF_REQUEST = frozenset(
    f"meeting_request.{verb}"
    for verb in ("proposed", "sent", "countered", "new_time", "accepted", "declined", "withdrawn", "expired", "message")
)
WRITES_OF_MEETING = frozenset(
    f"meeting.{verb}"
    for verb in (
        "agreed", "scheduled", "place_found", "lost_its_time", "move_proposed", "move_declined", "move_withdrawn", "move_expired",
        "moved", "handed_over", "unassigned", "checked_in", "held", "no_show", "disputed", "cancelled",
    )
)  # fmt: skip


# What changes a row that others than its parties read; who was asked, by which link, and who was introduced is theirs.
WRITES_OF_AGREEMENT = frozenset(
    (
        "draft",
        "edit",
        "submit",
        "take_back",
        "refuse",
        "record",
        "confirm",
        "confirmed",
        "dispute",
        "settle",
        "correct",
        "verify",
        "void",
        "merge",
    )
)


# What changes a row for its parties and the organiser alone: who introduced whom, the worth of a draft, the reference.
WRITES_FOR_PARTIES = frozenset(("introduce", "consent", "introduction_ended", "refer", "revalue"))


def agreements_of(visitor: Any) -> QuerySet[Any]:
    """Return what the API shows of agreements besides the public list: to their parties, to who wrote a draft, and to who sees the ledger."""
    return Agreement.objects.all() if may_trace(visitor) else Agreement.objects.on_desk_of(visitor)


# On the public list now, or before a correction took it from there.
LISTED = ~Q(visibility=Agreement.Visibility.TOTALS_ONLY)


class AllChanges(ChangesViewSet):
    """The kinds of rows that programs keep copies of."""

    followed = (
        Followed(
            "agreements",
            "api_agreement",
            Agreement.objects.all,
            shows=frozenset({"record", "confirmed", "settle", "correct"}),
            hides=frozenset({"dispute", "void", "merge", "correct"}),
            public=LISTED | Q(Exists(Agreement.history.filter(LISTED, id=OuterRef("pk"), status__in=Agreement.COUNTED))),
            writes=WRITES_OF_AGREEMENT,
            own=agreements_of,
            own_writes=WRITES_FOR_PARTIES,
        ),
        Followed("companies", "api_company", Company.objects.all, by="slug", stamp="changed_at"),
        Followed("forums", "api_forum", Forum.objects.all, by="key", stamp="changed_at"),
        Followed("meeting-requests", "api_meeting_request", MeetingRequest.objects.all, writes=WRITES_OF_REQUEST),
        Followed("meetings", "api_meeting", Meeting.objects.all, writes=WRITES_OF_MEETING),
        Followed(
            "offers",
            "api_offer",
            Offer.objects.all,
            shows=frozenset({"publish", "resume", "renew"}),
            hides=frozenset({"request_changes", "send_back", "pause", "fulfil", "withdraw", "expire"}),
            stamp="changed_at",
        ),
        Followed(
            "registrations",
            "api_registration",
            Registration.objects.all,
            shows=frozenset({"verify_registration"}),
            hides=frozenset({"reject_registration", "withdraw_registration"}),
            public=Q(role=Registration.Role.EXHIBITOR),
            stamp="changed_at",
        ),
        Followed(
            "requests",
            "api_request",
            SourcingRequest.objects.all,
            shows=frozenset({"publish", "resume", "renew"}),
            hides=frozenset({"request_changes", "send_back", "pause", "fulfil", "withdraw", "expire"}),
            public=~Q(visibility=SourcingRequest.Visibility.INVITED),
            stamp="changed_at",
        ),
    )


router.register("changes", AllChanges, basename="api_changes")
urls = [*expo.accounts.api.addresses, *router.urls]
