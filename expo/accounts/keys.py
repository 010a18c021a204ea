"""The API's door for programs: `Authorization: Bearer <key>`."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from knox.crypto import hash_token
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from expo.accounts import rules
from expo.accounts.models import ApiKey, User
from expo.foundation.limits import unless_it_has_to_wait

NOTED_EVERY = timedelta(minutes=5)
LONGEST_KEY = 200
# One sentence for a key that never was, has run out, was revoked, or whose person may no longer sign in.
NOT_VALID = "This key is not valid, or no longer."


class KeyAuthentication(BaseAuthentication):
    """Who holds a live key is its person, with the key as `request.auth`. One query; what the header holds is neither kept nor logged."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        key = live_key(words[1]) if len(words) == 2 and len(words[1]) <= LONGEST_KEY else None  # noqa: PLR2004 - the scheme and the key
        if key is None:
            raise AuthenticationFailed(NOT_VALID)
        note_use(key)
        # The page of a session that came along has nothing to say: the key alone counts.
        if key.user.is_staff and settings.STAFF_SECOND_FACTOR:
            key.user.second_factor_given = rules.carries_second_factor(key)
        return key.user, key

    def authenticate_header(self, _request: Request) -> str:
        return 'Bearer realm="api"'


def live_key(secret: bytes) -> ApiKey | None:
    """Return the key with this secret if it may be used now. The database compares digests, which say nothing about a secret that is near."""
    try:
        digest = hash_token(secret.decode("ascii"))
    except UnicodeDecodeError:
        return None
    checked = EmailAddress.objects.filter(user=OuterRef("user"), verified=True)
    rows: Any = ApiKey.objects.live().filter(Exists(checked), digest=digest, user__is_active=True)
    key: ApiKey | None = rows.select_related("user").first()
    return key if key is not None and key.state == "live" else None


def note_use(key: ApiKey) -> None:
    """Write when the key was used, at most every five minutes, and not at all while the database is busy."""
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
        with unless_it_has_to_wait():
            ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
