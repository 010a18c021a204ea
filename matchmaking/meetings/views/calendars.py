from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.accounts.models import User
from matchmaking.meetings import actions
from matchmaking.meetings.calendars import calendar_of
from matchmaking.meetings.models import Meeting
from matchmaking.meetings.queries.day import meetings_of
from matchmaking.meetings.queries.feeds import live_feed_of, reader_of
from matchmaking.meetings.views.common import signed_in

NO_ADDRESS_LEAKS = "no-referrer"


@require_safe
def own_meetings_ics(request: HttpRequest) -> HttpResponse:
    me = signed_in(request)
    return _file(calendar_of(meetings_of(me), me, _("My meetings")), "my-meetings")


@require_safe
def meeting_ics(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Meeting.objects.visible_to(request.user).filter(slot__isnull=False).exclude(status=Meeting.Status.CANCELLED)
    row: Meeting = get_object_or_404(rows.for_card(), pk=pk)
    return _file(calendar_of([row], signed_in(request), _("Meeting")), f"meeting-{pk}")


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_address(request: HttpRequest) -> HttpResponse:
    me, address = signed_in(request), ""
    if request.method == "POST":
        _feed, secret = actions.open_feed(me, by=me)
        address = settings.SITE_URL + reverse("calendar_feed", args=[secret])
    # The address is in this answer and nowhere else: what is kept is a digest.
    return render(request, "meetings/calendar.html", {"feed": live_feed_of(me), "address": address})


@require_POST
def end_calendar_address(request: HttpRequest) -> HttpResponse:
    me = signed_in(request)
    feed = live_feed_of(me)
    if feed is not None:
        actions.revoke_feed(feed, by=me)
    messages.success(request, _("The address is revoked: it opens nothing any more."))
    return redirect("calendar_address")


@login_not_required
@require_safe
def calendar_feed(_request: HttpRequest, secret: str) -> HttpResponse:
    reader: User | None = reader_of(secret)
    if reader is None:
        raise Http404
    with translation.override(reader.language):
        text = calendar_of(meetings_of(reader), reader, _("My meetings"))
    return _file(text, "meetings")


def _file(text: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    answer["Cache-Control"] = "private, no-store"
    answer["Referrer-Policy"] = NO_ADDRESS_LEAKS
    return answer
