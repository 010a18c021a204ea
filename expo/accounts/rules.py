"""Who may hold and end keys, and which rights a key carries."""

from datetime import timedelta

from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest

from expo.accounts.models import ApiKey, User
from expo.foundation import staff

MOST_KEYS = 10
LONGEST_KEY_NAME = 80
LONGEST_KEY_DAYS = 366
ENDED_KEYS_KEPT_FOR = timedelta(days=90)


def may_hold_keys(user: User, *, by: User) -> bool:
    """Own account, switched on, with an address that was checked."""
    return by.pk == user.pk and user.is_active and EmailAddress.objects.filter(user=user, verified=True).exists()


def may_revoke(by: User, key: ApiKey) -> bool:
    """One's own; staff who may change keys end anyone's."""
    return by.pk == key.user_id or staff.may(by, "accounts.change_apikey")


def began_with_second_factor(request: HttpRequest) -> bool:
    """Say whether this session was begun, or confirmed, with a code besides the password."""
    methods = get_authentication_records(request, request.user)
    return any(method.get("method") == "mfa" for method in methods) and is_mfa_enabled(request.user)


def carries_second_factor(key: ApiKey) -> bool:
    """Say whether a key was made in a session begun with two steps, and the person still signs in so."""
    return key.with_second_factor and is_mfa_enabled(key.user)
