from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from expo.foundation.lists import page_of
from matchmaking.meetings.forms import FindForm
from matchmaking.meetings.queries.acted import acted_for_others, acted_lines
from matchmaking.meetings.queries.groups import groups_of
from matchmaking.meetings.queries.participants import companies_to_ask, entries_for, participant, participants
from matchmaking.meetings.views.common import checked
from matchmaking.meetings.views.organiser.common import Ground, organisers


@require_safe
@organisers
def meeting_participants(request: HttpRequest, ground: Ground) -> HttpResponse:
    asked = checked(FindForm(request.GET)).cleaned_data
    rows = participants(ground.edition, asked["q"])
    if asked["served"] == "none":
        rows = rows.filter(asked__gt=0, seated=0).order_by("-asked", "company__name", "pk")
    else:
        rows = rows.order_by("company__name", "role", "pk")
    context = {
        "edition": ground.edition,
        "heading": _("Participants"),
        "tab": "participants",
        "typed": asked["q"],
        "is_unserved": asked["served"] == "none",
        "page": page_of(rows, request),
    }
    return render(request, "meetings/organiser/participants.html", context)


@require_safe
@organisers
def meeting_participant(request: HttpRequest, ground: Ground, pk: int) -> HttpResponse:
    row = participant(pk)
    if row is None or row.edition_id != ground.edition.pk:
        raise Http404
    words = checked(FindForm(request.GET)).cleaned_data["q"]
    own = entries_for(row)
    context = {
        "edition": ground.edition,
        "heading": row.company.title,
        "tab": "participants",
        "row": row,
        "query": f"?acting_for={row.pk}",
        "groups": groups_of(own, sorted({entry.slot.day for entry in own if entry.slot is not None})),
        "typed": words,
        "found": companies_to_ask(row, words) if words.strip() else [],
    }
    return render(request, "meetings/organiser/participant.html", context)


@require_safe
@organisers
def meetings_acted(request: HttpRequest, ground: Ground) -> HttpResponse:
    page = page_of(acted_for_others(ground.edition), request)
    context = {
        "edition": ground.edition,
        "heading": _("Done for participants"),
        "tab": "participants",
        "page": page,
        "lines": acted_lines(page.object_list),
    }
    return render(request, "meetings/organiser/acted.html", context)
