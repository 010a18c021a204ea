"""How messages to webhooks are signed, after the scheme of standardwebhooks.com: which secrets, and what stands in the headers."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.crypto import salted_hmac

from matchmaking.meetings.models import Delivery, Webhook

BOTH_SIGN_FOR = timedelta(hours=24)
SALT = "meetings.webhook"


def secret_of(webhook: Webhook) -> str:
    """Return the secret as its holder is shown it, once: "whsec_" and 32 bytes in base64. It is stored nowhere."""
    return "whsec_" + base64.b64encode(_made(webhook, webhook.salt, settings.SECRET_KEY)).decode()


def headers_of(webhook: Webhook, delivery: Delivery, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers with which the body is sent now.

    For a day after a change of the secret both sign. Where the site's SECRET_KEY was changed, the keys before it, SECRET_KEY_FALLBACKS, sign too.
    """
    name, moment = name_of(delivery), str(int(now.timestamp()))
    salts = [webhook.salt]
    if webhook.salt_before and webhook.rotated_at is not None and now < webhook.rotated_at + BOTH_SIGN_FOR:
        salts.append(webhook.salt_before)
    secrets = [_made(webhook, salt, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS) for salt in salts]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Interchange-Webhooks/1",
        "webhook-id": name,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(signature(secret, name, moment, body) for secret in secrets),
    }


def name_of(delivery: Delivery) -> str:
    """Return the message's name: the same however often it is sent."""
    return str(delivery.key)


def signature(secret: bytes, name: str, moment: str, body: bytes) -> str:
    """Return the signature of a message: version 1, HMAC-SHA256 of name, moment and body."""
    digest = hmac.new(secret, f"{name}.{moment}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _made(webhook: Webhook, salt: str, key: str | bytes) -> bytes:
    return salted_hmac(SALT, f"{webhook.key.hex}.{salt}", secret=key, algorithm="sha256").digest()
