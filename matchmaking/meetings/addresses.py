"""Where mails and calendars lead."""

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from matchmaking.meetings.models import Meeting, MeetingRequest, PlanRun, Webhook


def address_of(thing: Meeting | MeetingRequest) -> str:
    """Return the whole address of the page of a meeting or a request, in the active language; the desk's where there is no such page."""
    name = "meeting" if isinstance(thing, Meeting) else "meeting_request"
    try:
        return str(settings.SITE_URL) + reverse(name, args=[thing.pk])
    except NoReverseMatch:
        return str(settings.SITE_URL) + reverse("desk")


def address_of_plan(run: PlanRun) -> str:
    """Return the whole address of the page of a run of the planner, in the active language."""
    return str(settings.SITE_URL) + reverse("meeting_plan", args=[run.pk])


def address_of_webhook(webhook: Webhook) -> str:
    """Return the whole address of a webhook's page, in the active language."""
    return str(settings.SITE_URL) + reverse("meeting_webhook", args=[webhook.pk])
