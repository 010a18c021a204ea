from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from expo.foundation.dates import short_day
from matchmaking.meetings.forms import DaysForm
from matchmaking.meetings.queries.day import OwnDays, days_of, edition_with_setup
from matchmaking.meetings.queries.groups import groups_of
from matchmaking.meetings.queries.suiting import times_for, without_language
from matchmaking.meetings.views.common import checked, signed_in


@require_safe
def own_meetings(request: HttpRequest) -> HttpResponse:
    asked = checked(DaysForm(request.GET)).cleaned_data
    edition, view = edition_with_setup(), asked["view"] or "day"
    if edition is None:
        return render(request, "meetings/own_meetings.html", {"own": None, "edition": None})
    own = days_of(signed_in(request), edition, everybody=asked["who"] == "all", with_ended=view == "list")
    day = own.day_to_show(asked["day"])
    front = own.days[0] if view == "week" and own.days else day
    lines = own.lines(front, all_hours=view == "week") if front is not None and view != "list" else []
    context = {
        "own": own,
        "edition": edition,
        "view": view,
        "day": day,
        "lines": lines,
        "front": front,
        "others": [one for one in own.days if one != front],
        "day_tabs": _day_tabs(own, day, asked),
        "view_tabs": _view_tabs(day, asked),
        "who_tabs": _who_tabs(own, day, asked),
        "groups": groups_of(own.entries, own.days) if view == "list" else [],
        "shows_who": len(own.registrations) > 1,
        "names_people": asked["who"] == "all",
        "mute": without_language(entry for line in lines for entry in line.cell.entries) if view == "day" else set(),
    }
    return render(request, "meetings/own_meetings.html", context)


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    edition = edition_with_setup()
    own = days_of(signed_in(request), edition, everybody=True, only_waiting=True) if edition is not None else None
    times = times_for(own) if own is not None else {}
    mute = without_language(own.waits) if own is not None else set()
    waits = [(entry, times.get(entry.request.pk, []), entry.request.pk in mute) for entry in own.waits] if own is not None else []
    context = {
        "own": own,
        "edition": edition,
        "mine": [wait for wait in waits if wait[0].state != "held"],
        "theirs": [wait for wait in waits if wait[0].state == "held"],
        "shows_who": own is not None and len(own.registrations) > 1,
        "at": timezone.now(),
    }
    return render(request, "meetings/waiting.html", context)


def _address(day: date | None, asked: dict[str, Any], **other: str) -> str:
    words = {"day": day.isoformat() if day is not None else "", "view": asked["view"], "who": asked["who"], **other}
    return "?" + urlencode({name: value for name, value in words.items() if value})


def _day_tabs(own: OwnDays, day: date | None, asked: dict[str, Any]) -> list[dict[str, Any]]:
    tabs = []
    for one in own.days:
        agreed = sum(
            entry.state in {"agreed", "done"} and entry.proposal is None for entry in own.entries if entry.slot and entry.slot.day == one
        )
        tabs.append({"text": short_day(one), "address": _address(one, asked), "count": agreed or None, "is_on": one == day})
    return tabs


def _view_tabs(day: date | None, asked: dict[str, Any]) -> list[dict[str, Any]]:
    views = (("day", pgettext("view of a calendar", "Day")), ("week", _("All days")), ("list", _("List")))
    now = asked["view"] or "day"
    return [{"text": text, "address": _address(day, asked, view=name), "count": None, "is_on": name == now} for name, text in views]


def _who_tabs(own: OwnDays, day: date | None, asked: dict[str, Any]) -> list[dict[str, Any]]:
    if not own.has_colleagues:
        return []
    words = (("me", _("Only mine")), ("all", _("All of us")))
    now = asked["who"] or "me"
    return [{"text": text, "address": _address(day, asked, who=name), "count": None, "is_on": name == now} for name, text in words]
