"""Sending messages to webhooks: each claimed, sent outside of any transaction, noted; tried again until it arrives or is given up."""

import json
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.utils import timezone

from expo.foundation import calling, staff
from expo.foundation.outbox import tell
from matchmaking.meetings import rules, signing
from matchmaking.meetings.actions.telling import REST, wake
from matchmaking.meetings.actions.webhooks import locked_webhook, switch_off
from matchmaking.meetings.addresses import address_of_webhook
from matchmaking.meetings.models import Delivery, Webhook

# How long to wait after the first, second … attempt that failed. After the last of them one more is made, then it is given up.
LATER = (
    *(timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=2), timedelta(hours=6), timedelta(hours=24)),
)
MOST_ATTEMPTS = len(LATER) + 1
OFF_AFTER = timedelta(days=3)
SECONDS_AT_ONCE = 20.0
IN_A_TURN = 50
WELL, WORSE, GONE = 200, 300, 410


def send_due(*, seconds: float = SECONDS_AT_ONCE) -> int:
    """Send what is due and return how many messages arrived. What is left after so many seconds waits for the next job.

    The webhooks take turns; one that fails is left alone for a minute, so that it keeps nobody waiting. A message waits for those before it that
    tell its webhook of the same request or its meeting: so each is told in order. Two workers never make the same attempt; one that is killed
    between sending and noting leaves the message to be sent once more, under the same name.
    """
    until, arrived, turns = time.monotonic() + seconds, 0, [hook for hook in _with_work() if _owner_may(hook)]
    while turns:
        going_on = []
        for hook in turns:
            answered, count = _send_some(hook, until)
            arrived += count
            if answered:
                going_on.append(hook)
        if time.monotonic() >= until:
            if arrived:
                wake()
            break
        turns = [hook for hook in going_on if due(hook).exists()]
    return arrived


def due(hook: Webhook) -> QuerySet[Delivery]:
    """Return what may be sent to the webhook now, oldest first."""
    rows = Delivery.objects.open().filter(webhook=hook)
    earlier = rows.filter(request=OuterRef("request"), pk__lt=OuterRef("pk"))
    found: QuerySet[Delivery] = rows.filter(~Exists(earlier), next_attempt_at__lte=timezone.now()).order_by("pk")
    return found


def _with_work() -> Iterable[Webhook]:
    """The webhooks with something to send, those that answered last first; the others in any order, so that none of them is always the last."""
    waiting = Delivery.objects.open().filter(webhook=OuterRef("pk"), next_attempt_at__lte=timezone.now())
    hooks = Webhook.objects.live().filter(Exists(waiting)).select_related("owner", "edition")
    is_failing = ExpressionWrapper(Q(failing_since__isnull=False), output_field=BooleanField())
    return list(hooks.order_by(is_failing, "?"))


def _send_some(hook: Webhook, until: float) -> tuple[bool, int]:
    """Send some of what is due; return whether all of it arrived, and how many did."""
    count = 0
    for delivery in list(due(hook)[:IN_A_TURN]):
        if time.monotonic() >= until:
            break
        if not _claim(delivery):
            continue
        if not _send(delivery, hook):
            return False, count
        count += 1
    return True, count


def _claim(delivery: Delivery) -> bool:
    """Take the next attempt; until it is noted, the message counts as one that failed, and is tried again by itself."""
    later = timezone.now() + LATER[min(delivery.attempts, len(LATER) - 1)]
    rows = Delivery.objects.open().filter(pk=delivery.pk, attempts=delivery.attempts, next_attempt_at=delivery.next_attempt_at)
    delivery.attempts += 1
    return int(rows.update(attempts=delivery.attempts, next_attempt_at=later)) == 1


def _send(delivery: Delivery, hook: Webhook) -> bool:
    """Make the attempt, outside of any transaction, and note what came of it."""
    body = json.dumps(delivery.payload, ensure_ascii=False, separators=(",", ":")).encode()
    began, status, fault = time.monotonic(), None, ""
    try:
        status = calling.post(hook.url, body, signing.headers_of(hook, delivery, body, timezone.now()))
    except (calling.Unfit, calling.NoAnswer) as refused:
        fault = refused.code
    taken = {"last_status": status, "duration_ms": int((time.monotonic() - began) * 1000)}
    mine = Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts)
    if status is not None and WELL <= status < WORSE:
        mine.update(status=Delivery.Status.SENT, sent_at=timezone.now(), last_error="", **taken)
        Webhook.objects.filter(pk=hook.pk).exclude(failing_since=None, told_at=None).update(failing_since=None, told_at=None)
        return True
    given_up = delivery.attempts >= MOST_ATTEMPTS
    mine.update(status=Delivery.Status.GIVEN_UP if given_up else Delivery.Status.FAILED, last_error=fault or "status", **taken)
    _note_failure(hook, timezone.now(), given_up=given_up, is_gone=status == GONE)
    return False


def _note_failure(hook: Webhook, now: datetime, *, given_up: bool, is_gone: bool) -> None:
    """Leave the webhook alone for a minute; tell its owner, once, that a message was given up; switch it off where it has failed for long."""
    Delivery.objects.open().filter(webhook=hook, next_attempt_at__lt=now + REST).update(next_attempt_at=now + REST)
    Webhook.objects.filter(pk=hook.pk, failing_since=None).update(failing_since=now)
    with transaction.atomic():
        found = locked_webhook(hook.pk)
        if found is None or not found[0].is_active:
            return
        row, setup = found
        if is_gone or (row.failing_since is not None and row.failing_since <= now - OFF_AFTER):
            switch_off(row, setup, Webhook.Off.GONE if is_gone else Webhook.Off.FAILING)
        elif given_up and row.told_at is None:
            Webhook.objects.filter(pk=row.pk).update(told_at=now)
            if row.owner is not None and row.owner.is_active:
                tell(row.owner, "webhook_given_up", webhook=row, address=address_of_webhook(row))


def _owner_may(hook: Webhook) -> bool:
    """Whether who set it up still may; else it is switched off, for what it is told goes as far as their right."""
    owner = hook.owner
    if owner is not None and owner.is_active and rules.may_keep_webhooks(staff.vouched(owner)):
        return True
    with transaction.atomic():
        found = locked_webhook(hook.pk)
        if found is not None and found[0].is_active:
            switch_off(*found, Webhook.Off.OWNER)
    return False
