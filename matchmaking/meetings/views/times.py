from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import current_edition
from expo.foundation.errors import NotAllowed, Refused
from matchmaking.meetings import actions
from matchmaking.meetings.forms import TimesForm, WhoseTimesForm
from matchmaking.meetings.queries.entries import in_role
from matchmaking.meetings.queries.keeping import OwnTimes, own_times_of, times_of
from matchmaking.meetings.views.acting import acting_registration
from matchmaking.meetings.views.common import checked, signed_in
from matchmaking.participants.models import Registration


@require_http_methods(["GET", "HEAD", "POST"])
def own_times(request: HttpRequest) -> HttpResponse:
    edition, me = current_edition(), signed_in(request)
    asked = checked(WhoseTimesForm(request.GET)).cleaned_data
    acting_for = acting_registration(request)
    times = _times(me, edition, asked, acting_for) if edition is not None else None
    refused: Refused | None = None
    if request.method == "POST" and times is not None:
        try:
            _keep(times, request.POST, me)
        except NotAllowed:
            raise
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("Saved."))
            return redirect(request.get_full_path())
    context = {
        "times": times,
        "edition": edition,
        "refusal": refused,
        "acting_for": acting_for,
        "tabs": _tabs(times) if times is not None and acting_for is None else [],
    }
    return render(request, "meetings/times.html", context, status=refused.status if refused is not None else 200)


def _times(me: User, edition: Edition, asked: dict[str, Any], acting_for: Registration | None) -> OwnTimes | None:
    if acting_for is not None:
        return times_of(edition, [acting_for], acting_for, of=acting_for)
    return own_times_of(me, edition, asked["registration"], for_company=asked["keeps"] == "company")


@transaction.atomic
def _keep(times: OwnTimes, data: Any, me: User) -> None:
    """Keep free what is marked, and let go what is marked no more; where one cannot be kept, nothing changes."""
    new, gone = times.changes(list(checked(TimesForm(data, times.setup)).cleaned_data["slots"]))
    person = me if times.keeps == "person" else None
    if new:
        actions.block_time(times.registration, by=me, slots=new, person=person)
    if gone:
        actions.free_time(times.registration, by=me, slots=gone, person=person)


def _tabs(times: OwnTimes) -> list[dict[str, Any]]:
    """The switch between oneself and each of the companies for which one stands."""
    whole = _("All of %(company)s")
    tabs = [{"text": _("Only me"), "address": "?", "count": None, "is_on": times.keeps == "person"}]
    for one in times.registrations:
        name = in_role(one) if len(times.registrations) > 1 else one.company.title
        is_on = times.keeps == "company" and one.pk == times.registration.pk
        address = f"?keeps=company&registration={one.pk}"
        tabs.append({"text": whole % {"company": name}, "address": address, "count": None, "is_on": is_on})
    return tabs
