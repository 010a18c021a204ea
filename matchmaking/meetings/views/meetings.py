from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from expo.accounts.models import display_name
from expo.foundation.errors import Conflict, IllegalMove, Refused
from matchmaking.meetings import actions
from matchmaking.meetings.forms import (
    HandOverForm,
    MessageForm,
    MoveAnswerForm,
    OpenMoveForm,
    OutcomeForm,
    RatingForm,
    ReasonForm,
    TimeForm,
    reasons,
    times_by_day,
)
from matchmaking.meetings.models import Meeting, MoveProposal, Seat
from matchmaking.meetings.queries.entries import meeting_words, time_words
from matchmaking.meetings.queries.history import history_of
from matchmaking.meetings.queries.pages import meeting_page, whole_meeting
from matchmaking.meetings.queries.people import contacts_of
from matchmaking.meetings.queries.thread import thread_of
from matchmaking.meetings.queries.way import way_to
from matchmaking.meetings.views.common import checked
from matchmaking.meetings.views.steps import Step, Steps, may_act_as, query_of, step_named, step_on, take_step


@require_safe
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    row = whole_meeting(Meeting.objects.visible_to(request.user).filter(pk=pk))
    if row is None:
        raise Http404
    return _page(request, step_on(request, row))


@require_POST
def meeting_step(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    take, step = step_named(STEPS, verb), _step(request, pk)
    refused = take_step(request, step, take)
    if refused is None:
        return redirect(reverse("meeting", args=[pk]) + query_of(step))
    return _page(request, replace(step, row=_as_it_is(step)), refused)


def _step(request: HttpRequest, pk: int) -> Step[Meeting]:
    rows = Meeting.objects.visible_to(request.user).select_related("edition", "request")
    row: Meeting = get_object_or_404(rows, pk=pk)
    return step_on(request, row)


def _as_it_is(step: Step[Meeting]) -> Meeting:
    """Read the meeting again, with all that its page shows."""
    return whole_meeting(Meeting.objects.filter(pk=step.row.pk)) or step.row


def _page(request: HttpRequest, step: Step[Meeting], refused: Refused | None = None) -> HttpResponse:
    shown, page = step.row, meeting_page(step.row, step.by, acting_for=step.acting_for)
    context = {
        "page": page,
        "meeting": shown,
        "edition": shown.edition,
        "acts": may_act_as(step.by, page),
        "state": meeting_words(shown, is_over=page.entry.state == "done"),
        "way": way_to(page),
        "contacts": contacts_of(page, step.by),
        "thread": thread_of(page),
        "history": history_of(page),
        "reasons": reasons(),
        "outcomes": Seat.Says.choices,
        "stars": range(1, 6),
        "times": times_by_day([slot for slot in page.free if slot.pk != shown.slot_id], shown.edition),
        "refusal": refused,
        "taken": getattr(refused, "alternatives", []),
    }
    return render(request, "meetings/meeting.html", context, status=refused.status if refused is not None else 200)


def _move(step: Step[Meeting]) -> str:
    given = checked(TimeForm(step.data, step.row.edition)).cleaned_data
    actions.propose_move(step.row, by=step.by, acting_for=step.acting_for, slot=given["slot"], version=given["version"])
    return _("Proposed. Until they answer, the old time is kept.")


def _answer_move(step: Step[Meeting]) -> str:
    given = checked(MoveAnswerForm(step.data)).cleaned_data
    accept, proposal = given["answer"] == "accept", _open_move(step.row, given["proposal"])
    moved = actions.answer_move(proposal, by=step.by, acting_for=step.acting_for, accept=accept)
    if not accept or moved.slot is None:
        return _("The old time stays.")
    return _("Moved to %(when)s.") % {"when": time_words(moved.slot, step.row.edition)}


def _withdraw_move(step: Step[Meeting]) -> str:
    wanted = checked(OpenMoveForm(step.data)).cleaned_data["proposal"]
    actions.withdraw_move(_open_move(step.row, wanted), by=step.by, acting_for=step.acting_for)
    return _("Taken back. The old time stays.")


def _open_move(row: Meeting, wanted: int | None) -> MoveProposal:
    """Return what is proposed and not answered. Raises IllegalMove where there is nothing, Conflict where it is not what was read."""
    rows = row.proposals.filter(status=MoveProposal.Status.PENDING).select_related("meeting__request", "slot")
    found = rows.first()
    if found is None:
        raise IllegalMove
    if wanted not in {None, found.pk}:
        raise Conflict
    return found


def _cancel(step: Step[Meeting]) -> str:
    given = checked(ReasonForm(step.data)).cleaned_data
    actions.cancel(step.row, by=step.by, acting_for=step.acting_for, reason=given["reason"], note=given["note"], version=given["version"])
    return _("Cancelled. Everybody is told, and the time is free again.")


def _hand_over(step: Step[Meeting]) -> str:
    page = meeting_page(_as_it_is(step), step.by, acting_for=step.acting_for)
    form = checked(HandOverForm(step.data, page.colleagues))
    actions.hand_over(step.row, by=step.by, acting_for=step.acting_for, person=form.chosen, version=form.cleaned_data["version"])
    return _("%(person)s comes now.") % {"person": display_name(form.chosen)}


def _check_in(step: Step[Meeting]) -> str:
    actions.check_in(step.row, by=step.by, acting_for=step.acting_for, code=step.data.get("code", ""))
    return _("You are checked in.")


def _outcome(step: Step[Meeting]) -> str:
    actions.say_outcome(step.row, by=step.by, acting_for=step.acting_for, says=checked(OutcomeForm(step.data)).cleaned_data["says"])
    return _("Noted.")


def _rate(step: Step[Meeting]) -> str:
    actions.rate(step.row, by=step.by, acting_for=step.acting_for, stars=checked(RatingForm(step.data)).cleaned_data["stars"])
    return _("Noted. The other side never sees it.")


def _message(step: Step[Meeting]) -> str:
    actions.write_message(
        step.row.request, by=step.by, acting_for=step.acting_for, text=checked(MessageForm(step.data)).cleaned_data["text"]
    )
    return _("Sent.")


STEPS: Steps[Meeting] = {
    "move": _move,
    "answer-move": _answer_move,
    "withdraw-move": _withdraw_move,
    "cancel": _cancel,
    "hand-over": _hand_over,
    "check-in": _check_in,
    "outcome": _outcome,
    "rate": _rate,
    "message": _message,
}
