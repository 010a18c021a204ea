"""Telling people: a row in the transaction, a mail after it. A killed worker loses nothing; the next sweep sends what waits."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from expo.foundation.bilingual import site_name
from expo.foundation.models import OutboxMessage

if TYPE_CHECKING:
    from expo.accounts.models import User

MOST_ATTEMPTS = 8
GATHERING = "notices_gathered"  # The one mail that holds the gathered ones. It is no notice of its own.
AT_ONCE, GATHERED = OutboxMessage.Way.AT_ONCE, OutboxMessage.Way.GATHERED


@dataclass(frozen=True)
class Notice:
    """What one person is told: see `tell`. `calendar` is a file of RFC 5546 that goes with the mail: what it is for stands in its METHOD.

    `way` is how it reaches them besides the list on their desk. The context's `address` is where it leads.
    """

    recipient: "User"
    kind: str
    context: dict[str, Any] = field(default_factory=dict)
    stop_address: str = ""
    calendar: str = ""
    way: str = AT_ONCE


@dataclass(frozen=True)
class Letter:
    """What somebody without an account is told, by mail alone. `holds_secret`: the text is forgotten once it is sent."""

    address: str
    language: str
    kind: str
    context: dict[str, Any] = field(default_factory=dict)
    holds_secret: bool = False


def tell(recipient: "User", kind: str, *, stop_address: str = "", **context: Any) -> OutboxMessage:
    """Write a notice of `kind` to `recipient`, in the person's language; it is mailed once the transaction has committed.

    `stop_address` is where one click ends such mails, without signing in: mail programs offer it (RFC 8058).

    Needs templates/emails/<kind>.subject.txt and templates/emails/<kind>.txt.
    """
    return tell_all([Notice(recipient, kind, context, stop_address)])[0]


def tell_all(notices: Iterable[Notice]) -> list[OutboxMessage]:
    """Write several notices at once, each as `tell` does. One query, none where there is nobody to tell."""
    return post([written(notice) for notice in notices])


def post(messages: list[OutboxMessage]) -> list[OutboxMessage]:
    """Put messages that are `written` into the outbox: for a verb that does the slow part before it takes what others wait for."""
    if messages:
        OutboxMessage.objects.bulk_create(messages)
        if any(message.way == AT_ONCE for message in messages):
            transaction.on_commit(_wake)
    return messages


def send_letter(letter: Letter) -> OutboxMessage:
    """Write a mail to an address that no account belongs to; it is sent once the transaction has committed. One query.

    Needs the same templates as `tell`; there is no `recipient` in their context.
    """
    subject, body = _texts(letter.kind, letter.language, letter.context)
    return post(
        [
            OutboxMessage(
                to_address=letter.address,
                holds_secret=letter.holds_secret,
                kind=letter.kind,
                subject=subject,
                body=body,
                message_id=_message_id(),
            )
        ]
    )[0]


def _texts(kind: str, language: str, given: dict[str, Any]) -> tuple[str, str]:
    with translation.override(language):
        context = {**given, "site_name": site_name(), "site_url": settings.SITE_URL}
        subject = " ".join(render_to_string(f"emails/{kind}.subject.txt", context).split())
        body = render_to_string(f"emails/{kind}.txt", context).strip() + "\n"
    return subject[:200], body


def _message_id() -> str:
    return f"<{uuid.uuid4()}@{urlparse(settings.SITE_URL).hostname or 'localhost'}>"


def written(notice: Notice) -> OutboxMessage:
    """Return the message in the person's language, not stored."""
    given = {**notice.context, "recipient": notice.recipient, "stop_address": notice.stop_address}
    subject, body = _texts(notice.kind, notice.recipient.language, given)
    return OutboxMessage(
        recipient=notice.recipient,
        kind=notice.kind,
        subject=subject,
        body=body,
        message_id=_message_id(),
        stop_address=notice.stop_address,
        calendar=notice.calendar,
        way=notice.way,
        link=str(notice.context.get("address", "")).removeprefix(settings.SITE_URL)[:300],
    )


def _wake() -> None:
    from expo.foundation.tasks import send_waiting  # Local: tasks stand above this module.

    send_waiting.enqueue()


def send_waiting_messages(*, most: int = 200) -> int:
    """Mail what waits, oldest first, and return how many went out.

    Each message is claimed by a conditional update before it is sent, so that two workers never send it twice, and the
    sending itself holds no transaction open. A message that cannot be sent is tried again later, eight times in all;
    a crash between sending and noting it repeats one message with the same Message-ID.
    """
    waiting = OutboxMessage.objects.filter(
        sent_at__isnull=True, way=AT_ONCE, next_attempt_at__lte=timezone.now(), attempts__lt=MOST_ATTEMPTS
    )
    return sum(_claim(message) and _send(message) for message in waiting.select_related("recipient").order_by("id")[:most])


def _calendars_of(message: OutboxMessage) -> list[str]:
    """Return the calendar entries that go with a mail: its own, or the last one of each meeting that it gathers. One query at most."""
    if message.kind != GATHERING:
        return [message.calendar] if message.calendar else []
    found: dict[str, str] = {}
    for calendar in message.gathered.exclude(calendar="").order_by("pk").values_list("calendar", flat=True):
        uid = re.search(r"^UID:(.*)$", calendar, re.MULTILINE)
        found[uid[1] if uid else calendar] = calendar
    return list(found.values())


def _claim(message: OutboxMessage) -> bool:
    later = timezone.now() + timedelta(minutes=2 ** (message.attempts + 1))
    claimed = OutboxMessage.objects.filter(pk=message.pk, attempts=message.attempts, sent_at__isnull=True).update(
        attempts=message.attempts + 1, next_attempt_at=later
    )
    return claimed == 1


def _send(message: OutboxMessage) -> bool:
    headers = {"Message-ID": message.message_id}
    if message.stop_address:
        headers |= {"List-Unsubscribe": f"<{message.stop_address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    to = message.recipient.email if message.recipient is not None else message.to_address
    mail = EmailMessage(message.subject, message.body, to=[to], headers=headers)
    for number, calendar in enumerate(_calendars_of(message)):
        method = re.search(r"^METHOD:([A-Z]+)", calendar, re.MULTILINE)
        name = f"invite-{number + 1}.ics" if number else "invite.ics"
        mail.attach(name, calendar, f"text/calendar; method={method[1] if method else 'PUBLISH'}")
    try:
        mail.send()
    except OSError as fault:
        OutboxMessage.objects.filter(pk=message.pk).update(last_error=str(fault)[:300])
        return False
    forgotten = {"body": ""} if message.holds_secret else {}
    OutboxMessage.objects.filter(pk=message.pk).update(sent_at=timezone.now(), last_error="", **forgotten)
    return True
