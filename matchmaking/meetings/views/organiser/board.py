from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from matchmaking.meetings.views.organiser.common import Ground, organisers


@require_safe
@organisers
def meeting_board(request: HttpRequest, ground: Ground) -> HttpResponse:
    return render(request, "meetings/organiser/board.html", {"edition": ground.edition, "heading": _("Today"), "tab": "board"})
