from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from expo.foundation.dates import long_day
from matchmaking.meetings.forms import BoardForm
from matchmaking.meetings.queries.board import SHOWN_NEXT, SHOWN_NOW, Board, board_at
from matchmaking.meetings.views.common import checked, signed_in
from matchmaking.meetings.views.organiser.common import Ground, organisers

REFRESH_SECONDS = 30
MINUTE = "%Y-%m-%dT%H:%M"


@require_safe
@organisers
def meeting_board(request: HttpRequest, ground: Ground) -> HttpResponse:
    asked = checked(BoardForm(request.GET, ground.edition)).cleaned_data
    board = board_at(ground.edition, asked["at"], reader=signed_in(request), now=timezone.now(), hall=asked["hall"])
    context = {
        "edition": ground.edition,
        "heading": long_day(board.day) if board is not None else _("Today"),
        "tab": "board",
        "board": board,
        "hall": asked["hall"],
        "is_live": asked["at"] is None,
        "seconds": REFRESH_SECONDS,
        "address": request.get_full_path(),
        "hall_tabs": _hall_tabs(board, asked) if board is not None else [],
        "odd": _odd(board) if board is not None else [],
        "at_value": board.at.astimezone(ZoneInfo(ground.edition.time_zone)).strftime(MINUTE) if board is not None else "",
        "shown_now": f":{SHOWN_NOW}",
        "shown_next": f":{SHOWN_NEXT}",
    }
    return render(request, "meetings/organiser/board.html", context)


@require_safe
@organisers
def meeting_screen(request: HttpRequest, ground: Ground) -> HttpResponse:
    asked = checked(BoardForm(request.GET, ground.edition)).cleaned_data
    board = board_at(ground.edition, asked["at"], reader=signed_in(request), now=timezone.now())
    halls = [hall for hall in board.halls if not asked["hall"] or hall.code == asked["hall"]] if board is not None else []
    context = {
        "edition": ground.edition,
        "board": board,
        "halls": halls,
        "seconds": REFRESH_SECONDS,
        "address": request.get_full_path(),
    }
    return render(request, "meetings/organiser/screen.html", context)


def _hall_tabs(board: Board, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The switch between all halls and one, each with the meetings that run there."""
    at = {"at": asked["at"].strftime(MINUTE)} if asked["at"] is not None else {}
    tabs: list[dict[str, Any]] = [{"text": _("All halls"), "address": "?" + urlencode(at), "count": None, "is_on": not asked["hall"]}]
    for hall in board.halls:
        address = "?" + urlencode({**at, "hall": hall.code})
        tabs.append({"text": hall.code, "address": address, "count": hall.meetings, "is_on": hall.code == asked["hall"]})
    return tabs


def _odd(board: Board) -> list[dict[str, Any]]:
    """What wants somebody's hand on the day: words, how many, the first of them, and the figure whose rows are all of them."""
    words = {
        "without_place": _("Without a place"),
        "without_interpreter": _("Without an interpreter"),
        "without_person": _("Nobody named"),
        "no_show": _("Did not take place"),
        "disputed": _("The two sides disagree"),
    }
    day = urlencode({"day": board.day.isoformat()})
    return [
        {"text": text, "count": board.odd_counts[name], "lines": board.odd[name], "name": name, "query": day}
        for name, text in words.items()
    ]
