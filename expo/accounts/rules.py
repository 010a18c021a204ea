"""Who may hold and end keys, and which rights a key carries."""

from datetime import timedelta

from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest

from expo.accounts.models import ApiKey, User

MOST_KEYS = 10
LONGEST_KEY_NAME = 80
LONGEST_KEY_DAYS = 366
ENDED_KEYS_KEPT_FOR = timedelta(days=90)


def may_hold_keys(user: User, *, by: User) -> bool:
    """Own account, switched on, with an address that was checked."""
    return by.pk == user.pk and user.is_active and EmailAddress.objects.filter(user=user, verified=True).exists()


def may_revoke(by: User, key: ApiKey) -> bool:
    """One's own; staff who may change keys end anyone's."""
    return by.pk == key.user_id or (by.is_active and by.is_staff and by.has_perm("accounts.change_apikey"))


def began_with_second_factor(request: HttpRequest) -> bool:
    """Say whether this session was begun, or confirmed, with a code besides the password."""
    methods = get_authentication_records(request, request.user)
    return any(method.get("method") == "mfa" for method in methods) and is_mfa_enabled(request.user)


def carries_all_rights(key: ApiKey) -> bool:
    """Say whether a key carries all that its person may. What staff may besides others, only if it was made in a session begun with two steps,
    and the person still signs in so; where the desk asks for no second factor, keys do not either.
    """
    user = key.user
    if not settings.STAFF_SECOND_FACTOR or not (user.is_staff or user.is_superuser):
        return True
    return key.with_second_factor and is_mfa_enabled(user)


def session_carries_all_rights(user: User) -> bool:
    """Say whether a session carries all that its person may: staff enter the desk, and its calls, with a second factor where it asks for one."""
    return not settings.STAFF_SECOND_FACTOR or not (user.is_staff or user.is_superuser) or is_mfa_enabled(user)


def without_staff_rights(user: User) -> User:
    """Return the person as one who is not staff, for as long as this object lives; never save it.

    Groups and permissions go too: some rules ask for a permission alone.
    """
    user.is_staff = user.is_superuser = False
    for cache in ("_perm_cache", "_user_perm_cache", "_group_perm_cache"):
        setattr(user, cache, set())
    return user
