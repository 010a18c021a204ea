import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed, Refused
from expo.foundation.lists import filtered, page_of
from matchmaking.meetings import actions
from matchmaking.meetings.filters import DeliveryFilter
from matchmaking.meetings.forms import ReplayForm, WebhookForm
from matchmaking.meetings.models import Delivery, Happening, Webhook
from matchmaking.meetings.queries.told import fault_words
from matchmaking.meetings.signing import name_of
from matchmaking.meetings.views.common import signed_in
from matchmaking.meetings.views.organiser.common import Ground
from matchmaking.meetings.views.organiser.keepers import webhook_keepers

LIST = "meetings/organiser/webhooks.html"


@require_http_methods(["GET", "HEAD", "POST"])
@webhook_keepers
def meeting_webhooks(request: HttpRequest, ground: Ground) -> HttpResponse:
    form, refused, me = WebhookForm(request.POST or None, initial={"events": Happening.values}), None, signed_in(request)
    if request.method == "POST" and form.is_valid():
        try:
            hook = actions.make_webhook(ground.edition, by=me, **form.cleaned_data)
        except NotAllowed:
            raise
        except Refused as refusal:
            refused = form.take(refusal)
        else:
            return _page(request, ground, hook, secret=actions.take_secret(hook, by=me))
    waiting = Count("deliveries", Q(deliveries__status__in=Delivery.OPEN))
    hooks = Webhook.objects.filter(edition=ground.edition).annotate(waiting=waiting, last_at=Max("deliveries__sent_at"))
    context = _head(ground, _("Webhooks")) | {"hooks": list(hooks.order_by("pk")), "form": form, "refusal": refused}
    return render(request, LIST, context, status=refused.status if refused else 400 if form.errors else 200)


@require_safe
@webhook_keepers
def meeting_webhook(request: HttpRequest, ground: Ground, pk: int) -> HttpResponse:
    return _page(request, ground, _hook(ground, pk))


@require_POST
@webhook_keepers
def meeting_webhook_step(request: HttpRequest, ground: Ground, pk: int, verb: str) -> HttpResponse:
    hook, me = _hook(ground, pk), signed_in(request)
    if verb not in STEPS:
        raise Http404
    try:
        return STEPS[verb](request, ground, hook, me)
    except NotAllowed:
        raise
    except Refused as refusal:
        return _page(request, ground, hook, refusal=refusal)


@require_safe
@webhook_keepers
def meeting_delivery(request: HttpRequest, ground: Ground, pk: int, number: int) -> HttpResponse:
    delivery = _delivery(ground, pk, number)
    body = json.dumps(delivery.payload, indent=2, ensure_ascii=False)
    shown = {"hook": delivery.webhook, "delivery": delivery, "name": name_of(delivery), "fault": fault_words(delivery), "body": body}
    return render(request, "meetings/organiser/delivery.html", _head(ground, str(delivery.kind)) | shown)


@require_POST
@webhook_keepers
def replay_meeting_delivery(request: HttpRequest, ground: Ground, pk: int, number: int) -> HttpResponse:
    actions.replay_delivery(_delivery(ground, pk, number), by=signed_in(request))
    messages.success(request, _("It is sent again."))
    return redirect("meeting_delivery", pk, number)


def _change(request: HttpRequest, ground: Ground, hook: Webhook, me: User) -> HttpResponse:
    form = WebhookForm(request.POST)
    if form.is_valid():
        try:
            actions.change_webhook(hook, by=me, **form.cleaned_data)
        except NotAllowed:
            raise
        except Refused as refusal:
            form.take(refusal)
        else:
            return _back(request, hook, _("Saved."))
    return _page(request, ground, hook, form=form, status=400)


def _pause(request: HttpRequest, _ground: Ground, hook: Webhook, me: User) -> HttpResponse:
    actions.pause_webhook(hook, by=me)
    return _back(request, hook, _("It is told nothing until it is resumed."))


def _resume(request: HttpRequest, _ground: Ground, hook: Webhook, me: User) -> HttpResponse:
    actions.resume_webhook(hook, by=me)
    return _back(request, hook, _("It is told again, first what waits."))


def _rotate(request: HttpRequest, ground: Ground, hook: Webhook, me: User) -> HttpResponse:
    made_at = date_format(hook.rotated_at, "U.u") if hook.rotated_at is not None else ""
    if request.POST.get("instead", made_at) != made_at:  # The answer was loaded again: that asks for no other secret.
        return redirect("meeting_webhook", hook.pk)
    changed = actions.rotate_secret(hook, by=me)
    return _page(request, ground, changed, secret=actions.take_secret(changed, by=me))


def _try(request: HttpRequest, _ground: Ground, hook: Webhook, me: User) -> HttpResponse:
    return _seen(request, hook, actions.try_webhook(hook, by=me))


def _replay(request: HttpRequest, ground: Ground, hook: Webhook, me: User) -> HttpResponse:
    form = ReplayForm(request.POST)
    if not form.is_valid():
        return _page(request, ground, hook, status=400)
    count = actions.replay_failed(hook, by=me, since=timezone.now() - timedelta(hours=form.cleaned_data["hours"]))
    words = ngettext("%(n)s message is sent again.", "%(n)s messages are sent again.", count) % {"n": count}
    return _back(request, hook, words)


def _delete(request: HttpRequest, _ground: Ground, hook: Webhook, me: User) -> HttpResponse:
    actions.delete_webhook(hook, by=me)
    messages.success(request, _("The webhook is deleted, with its messages."))
    return redirect("meeting_webhooks")


STEPS: dict[str, Callable[[HttpRequest, Ground, Webhook, User], HttpResponse]] = {
    "change": _change,
    "pause": _pause,
    "resume": _resume,
    "rotate": _rotate,
    "test": _try,
    "replay": _replay,
    "delete": _delete,
}


def _back(request: HttpRequest, hook: Webhook, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("meeting_webhook", hook.pk)


def _seen(request: HttpRequest, hook: Webhook, delivery: Delivery) -> HttpResponse:
    messages.success(request, _("A test is on its way: look again in a moment."))
    return redirect("meeting_delivery", hook.pk, delivery.pk)


def _hook(ground: Ground, pk: int) -> Webhook:
    return get_object_or_404(Webhook.objects.select_related("owner"), edition=ground.edition, pk=pk)


def _delivery(ground: Ground, pk: int, number: int) -> Delivery:
    found: Any = get_object_or_404(Delivery.objects.select_related("webhook"), webhook__edition=ground.edition, webhook=pk, pk=number)
    return cast("Delivery", found)


def _head(ground: Ground, heading: str) -> dict[str, Any]:
    return {"edition": ground.edition, "heading": heading, "tab": "webhooks"}


def _page(
    request: HttpRequest,
    ground: Ground,
    hook: Webhook,
    *,
    secret: str = "",
    form: WebhookForm | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    chosen = filtered(DeliveryFilter, request, Delivery.objects.filter(webhook=hook).order_by("-pk"))
    page = page_of(chosen.qs, request)
    context = _head(ground, hook.name) | {
        "hook": hook,
        "secret": secret,
        "form": form or WebhookForm(initial={"name": hook.name, "url": hook.url, "events": hook.events}),
        "replay": ReplayForm(),
        "page": page,
        "lines": [(row, fault_words(row)) for row in page],
        "filter": chosen.form,
        "is_filtered": any(chosen.form.cleaned_data.values()),
        "refusal": refusal,
    }
    answer = render(request, "meetings/organiser/webhook.html", context, status=refusal.status if refusal else status)
    # The secret is in this answer and nowhere else; no cache keeps it either.
    answer["Cache-Control"] = "no-store, private"
    return answer
