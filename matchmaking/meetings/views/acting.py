"""Staff who ask, or keep time free, for a company: for which one stands in the address."""

from django.http import Http404, HttpRequest

from matchmaking.meetings import rules
from matchmaking.meetings.forms import ActingForm
from matchmaking.meetings.queries.participants import participant
from matchmaking.meetings.views.common import checked, signed_in
from matchmaking.participants.models import Registration


def acting_registration(request: HttpRequest) -> Registration | None:
    """Return the registration for which staff acts, as the address says; None where it says nothing. Raises Http404 for everybody else."""
    wanted = checked(ActingForm(request.GET)).cleaned_data["acting_for"]
    if wanted is None:
        return None
    found = participant(wanted) if rules.may_look_after(signed_in(request)) else None
    if found is None:
        raise Http404
    return found
