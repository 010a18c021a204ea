from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from expo.foundation.errors import Refused
from matchmaking.meetings import actions
from matchmaking.meetings.forms import AcceptForm, MessageForm, ReasonForm, TimeForm, VersionForm, reasons, times_by_day
from matchmaking.meetings.models import MeetingRequest
from matchmaking.meetings.queries.entries import time_words
from matchmaking.meetings.queries.history import history_of
from matchmaking.meetings.queries.pages import request_page
from matchmaking.meetings.queries.thread import thread_of
from matchmaking.meetings.views.common import checked
from matchmaking.meetings.views.steps import Step, Steps, may_act_as, query_of, step_named, step_on, take_step


@require_safe
def meeting_request(request: HttpRequest, pk: int) -> HttpResponse:
    step = _step(request, pk)
    if step.row.status == MeetingRequest.Status.ACCEPTED:
        return redirect("meeting", step.row.meeting.pk)
    return _page(request, step)


@require_POST
def meeting_request_step(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    take, step = step_named(STEPS, verb), _step(request, pk)
    refused = take_step(request, step, take)
    if refused is None:
        return redirect(reverse("meeting_request", args=[pk]) + query_of(step))
    step.row.refresh_from_db()
    if step.row.status == MeetingRequest.Status.ACCEPTED:
        messages.error(request, str(refused.detail))
        return redirect("meeting", step.row.meeting.pk)
    return _page(request, step, refused)


def _step(request: HttpRequest, pk: int) -> Step[MeetingRequest]:
    rows = MeetingRequest.objects.visible_to(request.user).select_related("edition")
    row: MeetingRequest = get_object_or_404(rows, pk=pk)
    return step_on(request, row)


def _page(request: HttpRequest, step: Step[MeetingRequest], refused: Refused | None = None) -> HttpResponse:
    row, page = step.row, request_page(step.row, step.by, acting_for=step.acting_for)
    context = {
        "page": page,
        "edition": row.edition,
        "acts": may_act_as(step.by, page),
        "thread": thread_of(page),
        "history": history_of(page),
        "reasons": reasons(),
        "times": times_by_day(page.free, row.edition),
        "refusal": refused,
        "taken": getattr(refused, "alternatives", []),
        "asks_interpreter": "needs_interpreter" in step.data,
    }
    return render(request, "meetings/request.html", context, status=refused.status if refused is not None else 200)


def _accept(step: Step[MeetingRequest]) -> str:
    given = checked(AcceptForm(step.data, step.row.edition)).cleaned_data
    if step.row.is_laid_ready:
        return _take_up(step, given)
    meeting = actions.accept(step.row, by=step.by, acting_for=step.acting_for, **given)
    if meeting.slot is None:
        return _("Agreed. The time follows.")
    return _("Agreed: %(when)s.") % {"when": time_words(meeting.slot, step.row.edition)}


def _take_up(step: Step[MeetingRequest], given: dict[str, Any]) -> str:
    """What the planner has laid ready is asked in the buyer's name, once the buyer says yes."""
    asked = actions.take_up(step.row, by=step.by, acting_for=step.acting_for, **given)
    return _("Agreed.") if asked.status == MeetingRequest.Status.ACCEPTED else _("Sent. It is their turn now.")


def _decline(step: Step[MeetingRequest]) -> str:
    given = checked(ReasonForm(step.data)).cleaned_data
    actions.decline(step.row, by=step.by, acting_for=step.acting_for, reason=given["reason"], note=given["note"], version=given["version"])
    return _("Declined. They are told.")


def _counter(step: Step[MeetingRequest]) -> str:
    given = checked(TimeForm(step.data, step.row.edition)).cleaned_data
    if step.row.is_laid_ready:
        return _take_up(step, given)
    actions.counter(step.row, by=step.by, acting_for=step.acting_for, slot=given["slot"], version=given["version"])
    return _("Proposed. It is their turn now.")


def _withdraw(step: Step[MeetingRequest]) -> str:
    given = checked(VersionForm(step.data)).cleaned_data
    actions.withdraw(step.row, by=step.by, acting_for=step.acting_for, version=given["version"])
    return _("Taken back.")


def _message(step: Step[MeetingRequest]) -> str:
    actions.write_message(step.row, by=step.by, acting_for=step.acting_for, text=checked(MessageForm(step.data)).cleaned_data["text"])
    return _("Sent.")


STEPS: Steps[MeetingRequest] = {
    "accept": _accept,
    "decline": _decline,
    "counter": _counter,
    "withdraw": _withdraw,
    "message": _message,
}
