from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed, Refused
from matchmaking.meetings import actions
from matchmaking.meetings.forms import AskForm, SubjectForm
from matchmaking.meetings.models import MeetingRequest
from matchmaking.meetings.queries.before import Before, Subject, before_asking, chosen_postings, subject_of
from matchmaking.meetings.queries.participants import participant
from matchmaking.meetings.views.acting import acting_registration
from matchmaking.meetings.views.common import checked, signed_in
from matchmaking.participants.forms import show_refusal
from matchmaking.participants.models import Registration


@require_http_methods(["GET", "HEAD", "POST"])
def ask_to_meet(request: HttpRequest) -> HttpResponse:
    asked = checked(SubjectForm(request.GET)).cleaned_data
    me = signed_in(request)
    acting_for = acting_registration(request)
    subject = _subject(me, asked, acting_for)
    if subject is None:
        raise Http404
    sender = request.POST.get("sender", "")
    before = before_asking(
        me, subject, wanted=int(sender) if sender.isdecimal() and sender.isascii() else asked["sender"], acting_for=acting_for
    )
    form = AskForm(request.POST if request.method == "POST" else None, before)
    refusal: Refused | None = None
    if form.is_bound and form.is_valid():
        try:
            return _sent(request, _ask(before, form, by=me), before.query)
        except NotAllowed:
            raise
        except Refused as refused:
            refusal = refused
            show_refusal(form, refused)
    context = {"before": before, "form": form, "refusal": refusal, "taken": getattr(refusal, "alternatives", []), "subject": subject}
    status = refusal.status if refusal is not None else 400 if form.is_bound else 200
    return render(request, "meetings/ask.html", context, status=status)


def _subject(me: User, asked: dict[str, Any], acting_for: Registration | None) -> Subject | None:
    """Return whom to ask; staff who act for somebody name the registration itself, for a buyer has no page to come from."""
    if acting_for is not None and asked["to"]:
        receiver = participant(asked["to"])
        return Subject(receiver) if receiver is not None and receiver.company_id != acting_for.company_id else None
    return subject_of(me, offer=asked["offer"], request=asked["request"], company=asked["company"])


def _ask(before: Before, form: AskForm, *, by: Any) -> MeetingRequest:
    given = form.cleaned_data
    sender = next(one for one in before.senders if one.pk == given["sender"])
    return actions.ask(
        sender,
        before.subject.receiver,
        by=by,
        postings=chosen_postings(before.postings, given.get("postings", [])),
        message=given["message"],
        slot=form.chosen_slot,
        partner=form.chosen_partner,
        needs_interpreter=given["needs_interpreter"],
    )


def _sent(request: HttpRequest, asked: MeetingRequest, query: str) -> HttpResponse:
    if asked.status == MeetingRequest.Status.ACCEPTED:
        messages.success(request, _("Booked: requests are accepted at once at this edition."))
        return redirect(reverse("meeting", args=[asked.meeting.pk]) + query)
    messages.success(request, _("Sent. You are told as soon as they answer."))
    return redirect(reverse("meeting_request", args=[asked.pk]) + query)
