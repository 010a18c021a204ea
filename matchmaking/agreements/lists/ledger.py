"""The organiser's ledger as a spreadsheet: the rows that the page lists, with all columns."""

from typing import cast

from django.http import Http404, HttpRequest

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import current_edition
from expo.foundation.lists import filtered
from expo.foundation.sheets.kinds import Scope
from expo.foundation.sheets.lists import Made
from matchmaking.agreements import rules
from matchmaking.agreements.filters import QueueFilter
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.queue import STATES, in_queue
from matchmaking.agreements.sheets import Agreements, for_sheet

AT_ONCE = 500


def ledger_list(request: HttpRequest) -> Made:
    """All agreements of an edition that the address's filters leave, in the order of the page. Raises Http404 for who may not see the ledger."""
    slug, word = request.GET.get("edition", ""), request.GET.get("queue", "all")
    edition = Edition.objects.filter(slug=slug).first() if slug else current_edition()
    if edition is None or word not in STATES or not rules.may_trace(request.user):
        raise Http404
    found = filtered(QueueFilter, request, Agreement.objects.filter(edition=edition))
    rows = in_queue(found.qs, word, order=found.form.cleaned_data["order"])
    scope = Scope(cast("User", request.user), edition)
    return Made(Agreements().columns(scope), for_sheet(rows).iterator(chunk_size=AT_ONCE), rows.count)
