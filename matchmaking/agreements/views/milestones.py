from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from expo.foundation.errors import NotAllowed, Refused
from matchmaking.agreements import actions, errors, rules
from matchmaking.agreements.models import Milestone
from matchmaking.agreements.queries.milestones import asked, milestone_by, milestones_of
from matchmaking.agreements.views.common import signed_in
from matchmaking.agreements.views.secret import over, secret_page


# The address itself is what proves who comes, as with a link to confirm.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@secret_page
def milestone_by_link(request: HttpRequest, secret: str) -> HttpResponse:
    try:
        if request.method != "POST":
            return _page(request, milestone_by(secret))
        actions.answer_milestone_by_link(secret, **_given(request))
    except (errors.LinkUnknown, errors.LinkRefused) as refused:
        return _opens_nothing(request, refused)
    except Refused as refused:
        return _page(request, milestone_by(secret), refused)
    return HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)


def _given(request: HttpRequest) -> dict[str, str]:
    """What a ladder sends: the step that was clicked, and words where it is closed."""
    return {name: request.POST.get(name, "") for name in ("stage", "closed_reason", "note")}


def _page(request: HttpRequest, milestone: Milestone, refused: Refused | None = None) -> HttpResponse:
    parties = list(milestone.agreement.parties_in_order())
    context: dict[str, Any] = {
        "asked": asked(milestone),
        "agreement": milestone.agreement,
        "others": [party for party in parties if party.pk != milestone.party_id],
        "typed": _given(request) if request.method == "POST" else None,
        "refusal": refused,
        "user": AnonymousUser(),
    }
    return render(request, "agreements/milestone.html", context, status=refused.status if refused else HTTPStatus.OK)


def _opens_nothing(request: HttpRequest, refused: Refused) -> HttpResponse:
    is_unknown = isinstance(refused, errors.LinkUnknown)
    heading = _("This address opens nothing") if is_unknown else _("This question is closed")
    return over(request, heading, refused.detail, status=HTTPStatus.NOT_FOUND if is_unknown else HTTPStatus.GONE)


@require_POST
def answer_milestone(request: HttpRequest, pk: int) -> HttpResponse:
    """From the desk, by who stands for the party, and by staff who correct agreements."""
    me = signed_in(request)
    rows = Milestone.objects.all() if rules.may_correct(me) else milestones_of(me)
    row = get_object_or_404(rows.select_related("agreement"), pk=pk)
    try:
        said = actions.answer_milestone(row, by=me, **_given(request))
        messages.success(request, _("Stored: %(stage)s.") % {"stage": said.get_stage_display()})
    except NotAllowed:
        raise
    except Refused as refused:
        messages.error(request, str(refused.detail))
    return redirect("own_agreement" if rules.may_answer(me, row.agreement) else "organiser_agreement", row.agreement_id)
