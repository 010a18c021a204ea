"""Mail in development: to the console, and kept as files for the page at /dev/mail/."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.console import EmailBackend

KEPT = 50


class ConsoleAndPageBackend(EmailBackend):
    """Print each message, and keep the newest fifty where the development page finds them."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        folder = Path(settings.DEV_MAIL_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
            (folder / f"{name}.eml").write_bytes(message.message().as_bytes())
        for old in sorted(folder.glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)
        return super().send_messages(email_messages) or 0


def body_of(message: Message) -> str:
    """Return the plain text of a kept message."""
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            return payload.decode(part.get_content_charset() or "utf-8", "replace") if isinstance(payload, bytes) else ""
    return ""
