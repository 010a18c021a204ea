"""Laying messages to webhooks ready: in the transaction of what they tell, so that none is lost and none tells what did not happen."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import models, transaction

from expo.foundation.models import Event
from matchmaking.meetings.models import Delivery, Meeting, MeetingRequest, MeetingSetup, Webhook
from matchmaking.meetings.queries.told import TOLD, meetings_told, requests_told

REST = timedelta(minutes=1)  # Before a webhook that fails is called again.
Written = Sequence[tuple[models.Model, Event]]
Told = list[tuple[Meeting | MeetingRequest, Event]]


def tell_webhooks(written: Written) -> None:
    """Write a delivery for each line of the log and each webhook of its edition that wants to hear of such.

    Follows the log (see `apps.py`). Without a webhook no query, where the verb has read the edition's rules; else one. With one: the webhooks,
    what is told (three queries for requests, three for meetings, for each 500), and one insert.
    """
    told: Told = [(thing, line) for thing, line in written if line.verb in TOLD and isinstance(thing, Meeting | MeetingRequest)]
    if not told:
        return
    by_edition = {thing.edition_id: thing for thing, _line in told}
    hooked = [number for number, thing in by_edition.items() if _has_webhooks(thing)]
    hooks = list(Webhook.objects.live().filter(edition__in=hooked)) if hooked else []
    if hooks:
        _lay_ready(hooks, told)


def _has_webhooks(thing: Meeting | MeetingRequest) -> bool:
    if type(thing)._meta.get_field("edition").is_cached(thing):
        rules = thing.edition._meta.get_field("meeting_setup")
        if rules.is_cached(thing.edition):
            return bool(thing.edition.meeting_setup.has_webhooks)
    return MeetingSetup.objects.filter(edition=thing.edition_id, has_webhooks=True).exists()


def _lay_ready(hooks: Sequence[Webhook], told: Told) -> None:
    wanted = {kind for hook in hooks for kind in hook.events}
    steps = [(thing, line) for thing, line in told if TOLD[line.verb] in wanted]
    requests = requests_told([thing.pk for thing, _line in steps if isinstance(thing, MeetingRequest)])
    meetings = meetings_told([thing.pk for thing, _line in steps if isinstance(thing, Meeting)])
    made = []
    for thing, line in steps:
        data = (meetings if isinstance(thing, Meeting) else requests).get(thing.pk)
        if data is None:
            continue
        kind = TOLD[line.verb].value
        payload = message(kind, line, data)
        request = thing.request_id if isinstance(thing, Meeting) else thing.pk
        made += [
            Delivery(
                webhook=hook,
                event=line.pk,
                request_id=request,
                kind=kind,
                payload=payload,
                made_at=line.at,
                next_attempt_at=line.at if hook.failing_since is None else line.at + REST,
            )
            for hook in hooks
            if hook.edition_id == thing.edition_id and kind in hook.events
        ]
    if made:
        Delivery.objects.bulk_create(made, batch_size=500)
        transaction.on_commit(wake)


def message(kind: str, line: Event, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a message: what happened, when, its number in the log, and the request or meeting as it is now."""
    return {"type": kind, "timestamp": line.at.isoformat(), "event": line.pk, "data": data}


def wake() -> None:
    """Have the worker send what waits."""
    from matchmaking.meetings.tasks import send_deliveries  # Local: tasks stand above this module.

    send_deliveries.enqueue()
