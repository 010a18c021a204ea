from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from expo.foundation.errors import NotAllowed, Refused
from matchmaking.meetings import actions
from matchmaking.meetings.ground_forms import LayForm, SlotForm
from matchmaking.meetings.models import Slot
from matchmaking.meetings.queries.timetable import Cell, Timetable, Use, days_of, lines_of, timetable_of, uses_of
from matchmaking.meetings.views.common import signed_in
from matchmaking.meetings.views.organiser.common import Ground
from matchmaking.meetings.views.organiser.keepers import change_address, done, keepers, shown
from matchmaking.participants.forms import show_refusal


@require_http_methods(["GET", "HEAD", "POST"])
@keepers
def meeting_timetable(request: HttpRequest, ground: Ground) -> HttpResponse:
    table = timetable_of(ground.edition)
    form = SlotForm(request.POST if request.method == "POST" else None, ground.edition, table.days)
    if form.is_bound and form.is_valid():

        def act() -> str:
            actions.add_slots(ground.setup, by=signed_in(request), times=[form.times], only_expo=True)
            return _("The time is in the timetable.")

        if answer := done(request, form, act, reverse("meeting_timetable")):
            return answer
    return shown(request, ground, "timetable", form=form, table=table, heading=_("Timetable"), tab="setup", part="slots")


@require_http_methods(["GET", "HEAD", "POST"])
@keepers
def meeting_lay_days(request: HttpRequest, ground: Ground) -> HttpResponse:
    days = days_of(ground.edition)
    given = request.POST if request.method == "POST" else request.GET if "begins" in request.GET else None
    form, preview = LayForm(given, days, ground.setup, _without_times(ground, days)), None
    if form.is_bound and form.is_valid():
        try:
            if request.method == "POST":
                return _laid(request, ground, form)
            laid = actions.days_laid(ground.edition, form.cleaned_data["days"], form.plan, replace=form.cleaned_data["replace"])
            preview = _preview(ground, laid)
        except NotAllowed:
            raise
        except Refused as refused:
            show_refusal(form, refused)
    context = {"days": days, "preview": preview, "sent": request.GET.lists(), "heading": _("Lay days"), "tab": "setup", "part": "slots"}
    return shown(request, ground, "lay_days", form=form, **context)


def _without_times(ground: Ground, days: list[Any]) -> list[Any]:
    taken = set(Slot.objects.standing().filter(edition=ground.edition).order_by().values_list("day", flat=True).distinct())
    return [day for day in days if day not in taken]


def _laid(request: HttpRequest, ground: Ground, form: LayForm) -> HttpResponse:
    given = form.cleaned_data
    laid = actions.lay_days(ground.setup, by=signed_in(request), days=given["days"], plan=form.plan, replace=given["replace"])
    count = sum(len(one.times) + len(one.same) for one in laid)
    said = ngettext("%(count)s time is in the timetable.", "%(count)s times are in the timetable.", count)
    messages.success(request, said % {"count": count})
    return redirect("meeting_timetable")


def _preview(ground: Ground, laid: list[actions.LaidDay]) -> dict[str, Any]:
    """What would stand on these days: the new times, and what stays because it is in use or just as planned."""
    edition, cells, new, stay = ground.edition, [], 0, 0
    for one in laid:
        slots = [
            Slot(edition=edition, day=one.day, starts_at=begin, ends_at=end, kind=kind, title=title)
            for begin, end, kind, title in one.times
        ]
        new += sum(slot.kind == Slot.Kind.MEETING for slot in (*slots, *one.same))
        stay += len(one.stay) + len(one.same)
        for slot in (*one.stay, *one.same):
            slot.edition = edition
        cells += [Cell(slot, Use(), is_over=False) for slot in (*slots, *one.stay, *one.same)]
    days = [one.day for one in laid]
    table = Timetable(days, lines_of(days, cells, edition.time_zone))
    return {"table": table, "new": new, "gone": sum(len(one.gone) for one in laid), "stay": stay}


@require_http_methods(["GET", "HEAD", "POST"])
@keepers
def meeting_slot(request: HttpRequest, ground: Ground, pk: int) -> HttpResponse:
    slot = get_object_or_404(Slot.objects.standing().filter(edition=ground.edition), pk=pk)
    slot.edition, use = ground.edition, uses_of([pk])[pk]
    form = SlotForm(request.POST if request.method == "POST" else None, ground.edition, days_of(ground.edition), slot)
    if form.is_bound and form.is_valid():

        def act() -> str:
            fields = dict(zip(("starts_at", "ends_at", "kind", "title"), form.times, strict=True))
            actions.change_slot(slot, by=signed_in(request), **fields)
            return _("Saved.")

        if answer := done(request, form, act, reverse("meeting_timetable")):
            return answer
    changes = {kind: change_address(kind, slot=pk) for kind in ("remove_slot", "move_slot", "make_break")}
    context = {"slot": slot, "use": use, "changes": changes, "is_over": slot.ends_at <= timezone.now()}
    return shown(request, ground, "slot", form=form, heading=slot.words, tab="setup", part="slots", **context)


@require_POST
@keepers
def meeting_slot_step(request: HttpRequest, ground: Ground, pk: int, verb: str) -> HttpResponse:
    slot = get_object_or_404(Slot.objects.filter(edition=ground.edition), pk=pk)
    me = signed_in(request)
    try:
        if verb == "remove":
            actions.remove_slots(ground.setup, by=me, slots=[slot])
            messages.success(request, _("The time is taken out. It can be put back below the timetable."))
        else:
            actions.restore_slots(ground.setup, by=me, slots=[slot])
            messages.success(request, _("The time is back in the timetable."))
    except NotAllowed:
        raise
    except Refused as refused:
        texts = [text for texts in refused.fields.values() for text in texts]
        messages.error(request, " ".join([str(refused.detail), *texts]))
    return redirect("meeting_timetable")
