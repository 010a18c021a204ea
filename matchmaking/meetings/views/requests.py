from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from expo.foundation.errors import NotAllowed, Refused
from matchmaking.meetings import actions
from matchmaking.meetings.forms import MessageForm, ReasonForm, TimeForm, VersionForm, reasons, times_by_day
from matchmaking.meetings.models import MeetingRequest
from matchmaking.meetings.queries.entries import time_words
from matchmaking.meetings.queries.history import history_of
from matchmaking.meetings.queries.pages import request_page
from matchmaking.meetings.queries.thread import thread_of
from matchmaking.meetings.views.common import checked, signed_in


@require_safe
def meeting_request(request: HttpRequest, pk: int) -> HttpResponse:
    row = _seen(request, pk)
    if row.status == MeetingRequest.Status.ACCEPTED:
        return redirect("meeting", row.meeting.pk)
    return _page(request, row)


@require_POST
def meeting_request_step(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    row = _seen(request, pk)
    if verb not in STEPS:
        raise Http404
    try:
        said = STEPS[verb](request, row)
    except NotAllowed:
        raise
    except Refused as refused:
        row.refresh_from_db()
        if row.status == MeetingRequest.Status.ACCEPTED:
            messages.error(request, str(refused.detail))
            return redirect("meeting", row.meeting.pk)
        return _page(request, row, refused)
    messages.success(request, said)
    return redirect("meeting_request", pk)


def _seen(request: HttpRequest, pk: int) -> MeetingRequest:
    row: MeetingRequest = get_object_or_404(MeetingRequest.objects.visible_to(request.user).select_related("edition"), pk=pk)
    return row


def _page(request: HttpRequest, row: MeetingRequest, refused: Refused | None = None) -> HttpResponse:
    page = request_page(row, signed_in(request))
    context = {
        "page": page,
        "edition": row.edition,
        "thread": thread_of(page),
        "history": history_of(page),
        "reasons": reasons(),
        "times": times_by_day(page.free, row.edition),
        "refusal": refused,
        "taken": getattr(refused, "alternatives", []),
    }
    return render(request, "meetings/request.html", context, status=refused.status if refused is not None else 200)


def _accept(request: HttpRequest, row: MeetingRequest) -> str:
    given = checked(TimeForm(request.POST, row.edition, is_needed=False)).cleaned_data
    meeting = actions.accept(row, by=signed_in(request), slot=given["slot"], version=given["version"])
    if meeting.slot is None:
        return _("Agreed. The time follows.")
    return _("Agreed: %(when)s.") % {"when": time_words(meeting.slot, row.edition)}


def _decline(request: HttpRequest, row: MeetingRequest) -> str:
    given = checked(ReasonForm(request.POST)).cleaned_data
    actions.decline(row, by=signed_in(request), reason=given["reason"], note=given["note"], version=given["version"])
    return _("Declined. They are told.")


def _counter(request: HttpRequest, row: MeetingRequest) -> str:
    given = checked(TimeForm(request.POST, row.edition)).cleaned_data
    actions.counter(row, by=signed_in(request), slot=given["slot"], version=given["version"])
    return _("Proposed. It is their turn now.")


def _withdraw(request: HttpRequest, row: MeetingRequest) -> str:
    given = checked(VersionForm(request.POST)).cleaned_data
    actions.withdraw(row, by=signed_in(request), version=given["version"])
    return _("Taken back.")


def _message(request: HttpRequest, row: MeetingRequest) -> str:
    actions.write_message(row, by=signed_in(request), text=checked(MessageForm(request.POST)).cleaned_data["text"])
    return _("Sent.")


STEPS: Mapping[str, Callable[[HttpRequest, MeetingRequest], str]] = {
    "accept": _accept,
    "decline": _decline,
    "counter": _counter,
    "withdraw": _withdraw,
    "message": _message,
}
