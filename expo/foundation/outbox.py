"""Telling people: a row in the transaction, a mail after it. A killed worker loses nothing; the next sweep sends what waits."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from expo.foundation.models import OutboxMessage

if TYPE_CHECKING:
    from expo.accounts.models import User

MOST_ATTEMPTS = 8


def tell(recipient: "User", kind: str, **context: Any) -> OutboxMessage:
    """Write a notice of `kind` to `recipient`, in the person's language; it is mailed once the transaction has committed.

    Needs templates/emails/<kind>.subject.txt and templates/emails/<kind>.txt.
    """
    context = {**context, "recipient": recipient, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
    with translation.override(recipient.language):
        subject = " ".join(render_to_string(f"emails/{kind}.subject.txt", context).split())
        body = render_to_string(f"emails/{kind}.txt", context).strip() + "\n"
    host = urlparse(settings.SITE_URL).hostname or "localhost"
    message = OutboxMessage.objects.create(
        recipient=recipient, kind=kind, subject=subject[:200], body=body, message_id=f"<{uuid.uuid4()}@{host}>"
    )
    transaction.on_commit(_wake)
    return message


def _wake() -> None:
    from expo.foundation.tasks import send_waiting  # Local: tasks stand above this module.

    send_waiting.enqueue()


def send_waiting_messages(*, most: int = 200) -> int:
    """Mail what waits, oldest first, and return how many went out.

    A message that cannot be sent is tried again later, up to eight times. A crash between sending and noting
    it repeats one message with the same Message-ID.
    """
    sent = 0
    waiting = OutboxMessage.objects.filter(
        sent_at__isnull=True, next_attempt_at__lte=timezone.now(), attempts__lt=MOST_ATTEMPTS
    ).order_by("id")
    for key in list(waiting.values_list("pk", flat=True)[:most]):
        with transaction.atomic():
            message = (
                waiting.select_for_update(skip_locked=True, of=("self",)).select_related("recipient").filter(pk=key).first()
            )
            if message is not None:
                sent += _send(message)
    return sent


def _send(message: OutboxMessage) -> int:
    message.attempts += 1
    try:
        EmailMessage(
            message.subject, message.body, to=[message.recipient.email], headers={"Message-ID": message.message_id}
        ).send()
    except OSError as fault:
        message.last_error = str(fault)[:300]
        message.next_attempt_at = timezone.now() + timedelta(minutes=2**message.attempts)
    else:
        message.sent_at = timezone.now()
    message.save(update_fields=["attempts", "last_error", "next_attempt_at", "sent_at"])
    return int(message.sent_at is not None)
