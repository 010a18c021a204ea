import json
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from expo.editions.models import Edition
from expo.editions.queries import current_edition
from matchmaking.meetings import actions, rules
from matchmaking.meetings.actions.setting_up import rules_as_seen
from matchmaking.meetings.errors import RulesChanged
from matchmaking.meetings.ground_forms import RightsForm, RulesForm
from matchmaking.meetings.models import MeetingSetup
from matchmaking.meetings.queries.laying import FAR_MINUTES, longest_of, role_cells, walks_of
from matchmaking.meetings.views.common import signed_in
from matchmaking.meetings.views.organiser.common import Ground
from matchmaking.meetings.views.organiser.keepers import done, keepers, shown


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_setup(request: HttpRequest) -> HttpResponse:
    me, edition = signed_in(request), current_edition()
    if not rules.may_set_up(me):
        raise Http404
    if edition is None:
        return render(request, "meetings/organiser/nothing_yet.html", {"edition": None, "tab": "", "may_set_up": False})
    found = MeetingSetup.objects.filter(edition=edition).first()
    ground = Ground(edition, found or MeetingSetup(edition=edition))
    walks = walks_of(edition, ground.setup.walking_minutes)
    form = RulesForm(request.POST if request.method == "POST" else None, edition, ground.setup, walks)
    seen = form.seen if form.is_bound else rules_as_seen(ground.setup)
    conflicts: list[RulesChanged] = []
    if form.is_bound and form.is_valid():
        address = reverse("meeting_setup" if found is not None else "meeting_lay_days")
        if answer := done(request, form, lambda: _set_up(edition, form, request, conflicts), address):
            return answer
    longest = longest_of(walks)
    is_far = longest is not None and longest.minutes >= FAR_MINUTES
    context = {"heading": _("Set-up"), "tab": "setup", "part": "rules", "is_new": found is None, "longest": longest, "is_far": is_far}
    for refused in conflicts:
        seen = refused.now  # Saving again is meant.
    answer = shown(request, ground, "setup", form=form, seen=json.dumps(seen), **context)
    answer.status_code = HTTPStatus.CONFLICT if conflicts else answer.status_code
    return answer


def _set_up(edition: Edition, form: RulesForm, request: HttpRequest, conflicts: list[RulesChanged]) -> str:
    try:
        actions.set_up_meetings(edition, by=signed_in(request), seen=form.seen, **form.values)
    except RulesChanged as refused:
        conflicts.append(refused)
        form.add_error(None, str(refused.detail))
        raise
    return _("Saved.")


@require_http_methods(["GET", "HEAD", "POST"])
@keepers
def meeting_rights(request: HttpRequest, ground: Ground) -> HttpResponse:
    form = RightsForm(request.POST if request.method == "POST" else None, role_cells(ground.edition, ground.setup))
    if form.is_bound and form.is_valid():

        def act() -> str:
            actions.set_rights(ground.setup, by=signed_in(request), rights=form.rights)
            return _("Saved. What is booked or asked already stays.")

        if answer := done(request, form, act, reverse("meeting_rights")):
            return answer
    return shown(request, ground, "rights", form=form, heading=_("Who sees and asks whom"), tab="setup", part="rights")
