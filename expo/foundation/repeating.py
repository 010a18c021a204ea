"""Repeating a write without harm: the answer to a write that carries an `Idempotency-Key` is kept and given again.

The row of the key is written first, in the transaction of the action: of many equal writes at once one acts and the others wait for its answer,
and a write that is refused or dies leaves nothing behind, so that it can be tried again under the same key.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django.db import OperationalError
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from expo.foundation.errors import Conflict, Invalid, Refused
from expo.foundation.faults import is_away
from expo.foundation.models import KeptAnswer

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=48)
KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_HEADERS = ("ETag", "Location")


class KeyMismatch(Refused):
    """The key was used before, for another request."""

    code = "idempotency_mismatch"
    status = 422
    detail = _("This idempotency key was used for another request. Take a new one for each new write.")


class StillRunning(Conflict):
    """The first request with this key is not done yet."""

    code = "still_running"
    detail = _("The same request is being worked on. Repeat it in a moment.")


@dataclass(frozen=True)
class Asked:
    """A write that may come again: whose, under which key, and what exactly."""

    user_id: int
    key: str
    fingerprint: str


def asked_by(request: Request) -> Asked | None:
    """Return the key of the request with its fingerprint, None where it has no key. Ask before the body is parsed.

    Raises:
        Invalid: the key is not 1 to 255 visible ASCII signs.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not KEY.fullmatch(key):
        raise Invalid(fields={HEADER: [_("Give 1 to 255 visible ASCII characters.")]})
    return Asked(cast("int", request.user.pk), key, fingerprint_of(request))


def fingerprint_of(request: Request) -> str:
    """Return a digest of method, address and body."""
    digest = hashlib.sha256(f"{request.method}\n{request.get_full_path()}\n".encode())
    if (request.content_type or "").startswith("multipart/"):
        for name, values in sorted(request._request.POST.lists()):  # noqa: SLF001 - the form was read already, its bytes are gone
            digest.update(repr((name, values)).encode())
        files: list[tuple[str, Any]] = sorted(request._request.FILES.items(), key=str)  # noqa: SLF001 - as above
        for name, file in files:
            digest.update(repr((name, file.name, file.size)).encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    else:
        digest.update(request._request.body)  # noqa: SLF001 - read here first, so that the parser can read it again
    return digest.hexdigest()


def answered(asked: Asked) -> HttpResponse | None:
    """Return the answer that was given before, marked as such; None where there was none.

    Raises:
        KeyMismatch: the key belongs to another request.
    """
    kept = KeptAnswer.objects.filter(user_id=asked.user_id, key=asked.key, at__gt=timezone.now() - KEPT_FOR).first()
    if kept is None:
        return None
    if kept.fingerprint != asked.fingerprint:
        raise KeyMismatch
    return _again(kept)


def claimed(asked: Asked) -> HttpResponse | None:
    """Take the key inside the write's transaction; return the answer of whoever was quicker, after waiting for it.

    Raises:
        KeyMismatch: as `answered`.
        StillRunning: whoever was quicker takes longer than the database waits for a lock.
    """
    KeptAnswer.objects.filter(user_id=asked.user_id, key=asked.key, at__lte=timezone.now() - KEPT_FOR).delete()
    row = KeptAnswer(user_id=asked.user_id, key=asked.key, fingerprint=asked.fingerprint, status=0)
    try:
        # On a conflict the database waits for the other transaction, then inserts nothing; no error breaks this one.
        KeptAnswer.objects.bulk_create([row], ignore_conflicts=True)
    except OperationalError as error:
        if is_away(error):
            raise
        raise StillRunning from error
    kept = KeptAnswer.objects.get(user_id=asked.user_id, key=asked.key)
    if kept.status == 0 and kept.fingerprint == asked.fingerprint:
        return None  # A finished one has a status: this is the row just made.
    if kept.fingerprint != asked.fingerprint:
        raise KeyMismatch
    return _again(kept)


def keep(asked: Asked, answer: HttpResponse) -> None:
    """Store the answer, in the write's transaction."""
    headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
    kept = KeptAnswer.objects.filter(user_id=asked.user_id, key=asked.key)
    kept.update(status=answer.status_code, body=answer.content.decode(), headers=headers)


def forget_old_answers() -> int:
    """Delete what is older than 48 hours; return how many."""
    return KeptAnswer.objects.filter(at__lte=timezone.now() - KEPT_FOR).delete()[0]


def _again(kept: KeptAnswer) -> HttpResponse:
    said: dict[str, Any] = {"content_type": "application/json"} if kept.body else {}
    answer = HttpResponse(kept.body.encode(), status=kept.status, **said)
    for name, value in kept.headers.items():
        answer[name] = value
    answer["Idempotent-Replayed"] = "true"
    return answer
