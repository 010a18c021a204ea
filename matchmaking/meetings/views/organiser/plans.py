from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from expo.accounts.models import User
from expo.foundation.errors import Invalid, NotAllowed, Refused
from expo.foundation.lists import LAST_ROW, filtered, page_of
from expo.venue.models import Hall
from matchmaking.meetings import rules
from matchmaking.meetings.actions import planning, publishing
from matchmaking.meetings.filters import PlannedSeatFilter
from matchmaking.meetings.forms import PlanForm
from matchmaking.meetings.models import PlannedSeat, PlanRun, Slot
from matchmaking.meetings.queries import drafts
from matchmaking.meetings.queries.draft_picture import picture_of
from matchmaking.meetings.queries.plan_words import step_words
from matchmaking.meetings.views.common import signed_in
from matchmaking.meetings.views.organiser.common import Ground, organisers

REFRESH_SECONDS = 3


@require_http_methods(["GET", "HEAD", "POST"])
@organisers
def meeting_plans(request: HttpRequest, ground: Ground) -> HttpResponse:
    me, form, refused = signed_in(request), PlanForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            run = planning.order_plan(ground.edition, by=me, **form.cleaned_data)
        except NotAllowed:
            raise
        except Invalid as wrong:
            for name, texts in wrong.fields.items():
                form.add_error(name, texts)
        except Refused as refusal:
            refused = refusal
        else:
            return redirect("meeting_plan", run.pk)
    context = _list_context(request, ground) | {"form": form if rules.may_set_up(me) else None, "refusal": refused}
    status = refused.status if refused is not None else 400 if form.errors else 200
    return render(request, "meetings/organiser/plans.html", context, status=status)


def _list_context(request: HttpRequest, ground: Ground) -> dict[str, Any]:
    page = page_of(drafts.runs_of(ground.edition, signed_in(request)), request)
    page.object_list = drafts.run_lines(page.object_list)
    running = next((line.run for line in page.object_list if line.run.is_under_way), None) if page.number == 1 else None
    return {
        "edition": ground.edition,
        "heading": _("Plans"),
        "tab": "plans",
        "page": page,
        "running": running,
        "running_name": drafts.run_name(running) if running is not None else "",
        "ground": drafts.to_plan(ground.edition),
        "minimum": ground.setup.minimum_meetings,
    }


@require_safe
@organisers
def meeting_plan(request: HttpRequest, ground: Ground, pk: int) -> HttpResponse:
    return _page(request, ground, _run(request, ground, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@organisers
def meeting_plan_step(request: HttpRequest, ground: Ground, pk: int, verb: str) -> HttpResponse:
    run, me = _run(request, ground, pk), signed_in(request)
    if verb not in STEPS or (request.method != "POST" and verb != "publish"):
        raise Http404
    if request.method != "POST":
        return _before_publishing(request, ground, run)
    try:
        said = STEPS[verb](run, me)
    except NotAllowed:
        raise
    except Refused as refused:
        return _page(request, ground, _run(request, ground, pk), refused)
    messages.success(request, said)
    return redirect("meeting_plan", pk)


def _run(request: HttpRequest, ground: Ground, pk: int) -> PlanRun:
    return get_object_or_404(drafts.runs_of(ground.edition, signed_in(request)), pk=pk)


def _before_publishing(request: HttpRequest, ground: Ground, run: PlanRun) -> HttpResponse:
    if run.status != PlanRun.Status.DRAFT or not rules.may_set_up(signed_in(request)):
        return redirect("meeting_plan", run.pk)
    words = _("Publish re-plan %(number)s") if run.kind == PlanRun.Kind.REPAIR else _("Publish plan %(number)s")
    heading = words % {"number": run.pk}
    draft = drafts.Draft(run)
    by_worker = draft.changes > publishing.AT_ONCE_MOST
    context = {"run": run, "draft": draft, "told": drafts.people_told(run), "heading": heading, "by_worker": by_worker}
    return render(request, "meetings/organiser/publish_plan.html", {"edition": ground.edition, "tab": "plans", **context})


def _page(request: HttpRequest, ground: Ground, run: PlanRun, refused: Refused | None = None) -> HttpResponse:
    far = round(run.share * 100)
    kept_back = drafts.kept_back(run) if refused is None else None
    is_publishing = run.status == PlanRun.Status.PUBLISHING
    context = {
        "edition": ground.edition,
        "heading": drafts.run_name(run),
        "tab": "plans",
        "run": run,
        "state": drafts.state_of(run),
        "step": step_words(run.step),
        "far": far,
        "bar": (far, 0, 100 - far),
        "seconds": REFRESH_SECONDS,
        "may_act": rules.may_set_up(signed_in(request)),
        "minimum": ground.setup.minimum_meetings,
        "refusal": refused,
        "kept_back": kept_back,
        "meanwhile": drafts.changed_meanwhile(refused or kept_back),
        "waits": is_publishing and drafts.waits_for_worker(run),
        "changing": drafts.Draft(run).changes if is_publishing else 0,
        **(_draft_context(request, ground, run) if run.finished_at is not None and run.figures and not is_publishing else {}),
    }
    return render(request, "meetings/organiser/plan.html", context, status=refused.status if refused is not None else 200)


def _draft_context(request: HttpRequest, ground: Ground, run: PlanRun) -> dict[str, Any]:
    draft, chosen = drafts.Draft(run), filtered(PlannedSeatFilter, request, drafts.planned_seats(run))
    rows: QuerySet[PlannedSeat] = chosen.qs if request.GET.get("kind") else chosen.qs.exclude(kind=PlannedSeat.Kind.KEPT, reason="")
    all_rows = rows.count()
    page: Any = page_of(rows.select_related(*drafts.FULL)[:LAST_ROW], request)
    page.object_list = drafts.draft_rows(page.object_list, ground.setup)
    return {
        "draft": draft,
        "after": drafts.aftermath_of(run) if run.status == PlanRun.Status.PUBLISHED else None,
        "picture": picture_of(run, ground.setup),
        "page": page,
        "all_rows": all_rows,
        "listed": min(all_rows, LAST_ROW),
        "kinds": _kinds(draft, request.GET.get("kind", "")),
        "filter": chosen,
        "halls": Hall.objects.filter(edition=ground.edition).values_list("code", flat=True),
        "days": Slot.objects.for_meetings().filter(edition=ground.edition).order_by("day").values_list("day", flat=True).distinct(),
        "clear": "?" if any(request.GET.get(name) for name in ("company", "hall", "day")) else "",
    }


def _kinds(draft: drafts.Draft, chosen: str) -> list[dict[str, Any]]:
    """The switch between kinds of change; what nobody has is left out."""
    found, kind = draft.by_kind, PlannedSeat.Kind
    named = [
        ("", _("Everything but kept"), None),
        ("lost", _("Lose their time"), found["lost"]),
        (kind.UNSEATED, _("Without a time"), found[kind.UNSEATED]),
        (kind.MOVED, _("Moved"), found[kind.MOVED]),
        (kind.NEW, _("New"), found[kind.NEW]),
        (kind.PROPOSAL, _("Proposals"), found[kind.PROPOSAL]),
        (kind.KEPT, _("Kept"), found[kind.KEPT]),
        ("breaks", _("Kept, but break a rule"), found["breaks"]),
    ]
    return [
        {"text": text, "address": f"?kind={name}#results" if name else "?#results", "count": n, "is_on": name == chosen}
        for name, text, n in named
        if n or not name or name == chosen
    ]


def _stop(run: PlanRun, me: User) -> str:
    planning.stop_plan(run, by=me)
    return _("It stops after the step it is at, and the best plan so far becomes the draft.")


def _publish(run: PlanRun, me: User) -> str:
    if publishing.publish_plan(run, by=me) is None:
        return _("A worker publishes the plan now: all of it, or nothing.")
    return _("Published. Everybody whose meeting changed is told.")


def _discard(run: PlanRun, me: User) -> str:
    planning.discard_plan(run, by=me)
    return _("Discarded. Nothing was changed.")


STEPS: Mapping[str, Callable[[PlanRun, User], str]] = {"stop": _stop, "publish": _publish, "discard": _discard}
