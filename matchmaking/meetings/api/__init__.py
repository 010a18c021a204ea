"""This room over the API: requests to meet, meetings, and the timetable they stand in."""

from rest_framework.routers import SimpleRouter

from matchmaking.meetings.api.edits import MeetingEditViewSet
from matchmaking.meetings.api.figures import MeetingFiguresViewSet
from matchmaking.meetings.api.ground import InterpreterViewSet, MeetingSetupViewSet, PlaceViewSet, SlotViewSet
from matchmaking.meetings.api.meetings import MeetingViewSet
from matchmaking.meetings.api.plans import PlannedSeatViewSet, PlanRunViewSet
from matchmaking.meetings.api.requests import MeetingRequestViewSet
from matchmaking.meetings.api.times import AvailabilityViewSet, FreeTimesViewSet
from matchmaking.meetings.api.webhooks import WebhookDeliveryViewSet, WebhookViewSet


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("meeting-requests", MeetingRequestViewSet, basename="api_meeting_request")
    router.register("meetings", MeetingViewSet, basename="api_meeting")
    router.register("meeting-setup", MeetingSetupViewSet, basename="api_meeting_setup")
    router.register("slots", SlotViewSet, basename="api_slot")
    router.register("places", PlaceViewSet, basename="api_place")
    router.register("interpreters", InterpreterViewSet, basename="api_interpreter")
    router.register("availability", AvailabilityViewSet, basename="api_kept_time")
    router.register("free-times", FreeTimesViewSet, basename="api_free_times")
    router.register("meeting-figures", MeetingFiguresViewSet, basename="api_meeting_figures")
    router.register("plan-runs", PlanRunViewSet, basename="api_plan_run")
    router.register("plan-seats", PlannedSeatViewSet, basename="api_plan_seat")
    router.register("webhooks", WebhookViewSet, basename="api_webhook")
    router.register("webhook-deliveries", WebhookDeliveryViewSet, basename="api_webhook_delivery")
    router.register("meeting-edits", MeetingEditViewSet, basename="api_meeting_edit")
