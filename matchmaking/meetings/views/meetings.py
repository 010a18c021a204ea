from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from expo.accounts.models import display_name
from expo.foundation.errors import IllegalMove, NotAllowed, Refused
from matchmaking.meetings import actions
from matchmaking.meetings.forms import (
    HandOverForm,
    MessageForm,
    MoveAnswerForm,
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
from matchmaking.meetings.queries.pages import meeting_page
from matchmaking.meetings.queries.people import contacts_of
from matchmaking.meetings.queries.thread import thread_of
from matchmaking.meetings.queries.way import way_to
from matchmaking.meetings.views.common import checked, signed_in


@require_safe
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _seen(request, pk))


@require_POST
def meeting_step(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    row = _seen(request, pk)
    if verb not in STEPS:
        raise Http404
    try:
        said = STEPS[verb](request, row)
    except NotAllowed:
        raise
    except Refused as refused:
        return _page(request, row, refused)
    messages.success(request, said)
    return redirect("meeting", pk)


def _seen(request: HttpRequest, pk: int) -> Meeting:
    row: Meeting = get_object_or_404(Meeting.objects.visible_to(request.user).select_related("edition", "request"), pk=pk)
    return row


def _page(request: HttpRequest, row: Meeting, refused: Refused | None = None) -> HttpResponse:
    page = meeting_page(row, signed_in(request))
    shown = page.meeting or row
    context = {
        "page": page,
        "meeting": shown,
        "edition": row.edition,
        "state": meeting_words(shown, is_over=page.entry.state == "done"),
        "way": way_to(page),
        "contacts": contacts_of(page),
        "thread": thread_of(page),
        "history": history_of(page),
        "reasons": reasons(),
        "outcomes": Seat.Says.choices,
        "stars": range(1, 6),
        "times": times_by_day([slot for slot in page.free if slot.pk != shown.slot_id], row.edition),
        "refusal": refused,
        "taken": getattr(refused, "alternatives", []),
    }
    return render(request, "meetings/meeting.html", context, status=refused.status if refused is not None else 200)


def _move(request: HttpRequest, row: Meeting) -> str:
    given = checked(TimeForm(request.POST, row.edition)).cleaned_data
    actions.propose_move(row, by=signed_in(request), slot=given["slot"], version=given["version"])
    return _("Proposed. Until they answer, the old time is kept.")


def _answer_move(request: HttpRequest, row: Meeting) -> str:
    accept = checked(MoveAnswerForm(request.POST)).cleaned_data["answer"] == "accept"
    proposal = _open_move(row)
    moved = actions.answer_move(proposal, by=signed_in(request), accept=accept)
    if not accept or moved.slot is None:
        return _("The old time stays.")
    return _("Moved to %(when)s.") % {"when": time_words(moved.slot, row.edition)}


def _withdraw_move(request: HttpRequest, row: Meeting) -> str:
    actions.withdraw_move(_open_move(row), by=signed_in(request))
    return _("Taken back. The old time stays.")


def _open_move(row: Meeting) -> MoveProposal:
    """Return what is proposed and not answered. Raises IllegalMove where there is nothing."""
    rows = row.proposals.filter(status=MoveProposal.Status.PENDING).select_related("meeting__request", "slot")
    found = rows.first()
    if found is None:
        raise IllegalMove
    return found


def _cancel(request: HttpRequest, row: Meeting) -> str:
    given = checked(ReasonForm(request.POST)).cleaned_data
    actions.cancel(row, by=signed_in(request), reason=given["reason"], note=given["note"], version=given["version"])
    return _("Cancelled. Everybody is told, and the time is free again.")


def _hand_over(request: HttpRequest, row: Meeting) -> str:
    me = signed_in(request)
    form = checked(HandOverForm(request.POST, meeting_page(row, me).colleagues))
    actions.hand_over(row, by=me, person=form.chosen, version=form.cleaned_data["version"])
    return _("%(person)s comes now.") % {"person": display_name(form.chosen)}


def _check_in(request: HttpRequest, row: Meeting) -> str:
    actions.check_in(row, by=signed_in(request), code=request.POST.get("code", ""))
    return _("You are checked in.")


def _outcome(request: HttpRequest, row: Meeting) -> str:
    actions.say_outcome(row, by=signed_in(request), says=checked(OutcomeForm(request.POST)).cleaned_data["says"])
    return _("Noted.")


def _rate(request: HttpRequest, row: Meeting) -> str:
    actions.rate(row, by=signed_in(request), stars=checked(RatingForm(request.POST)).cleaned_data["stars"])
    return _("Noted. The other side never sees it.")


def _message(request: HttpRequest, row: Meeting) -> str:
    actions.write_message(row.request, by=signed_in(request), text=checked(MessageForm(request.POST)).cleaned_data["text"])
    return _("Sent.")


STEPS: Mapping[str, Callable[[HttpRequest, Meeting], str]] = {
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
