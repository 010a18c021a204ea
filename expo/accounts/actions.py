from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from expo.accounts import rules
from expo.accounts.errors import TooManyKeys
from expo.accounts.models import ApiKey, User, Way, password_stamp
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.models import OutboxMessage
from expo.foundation.moves import locked
from expo.foundation.outbox import tell
from expo.foundation.text import one_line

MAILS_OF = ("mails_of_requests", "mails_of_meetings", "mails_of_reminders", "mails_of_messages", "mails_of_agreements")
EDITABLE = ("full_name", "phone", "language", "time_zone", "wants_match_mail", "speaks")


@transaction.atomic
def edit_profile(
    user: User,
    *,
    by: User,
    full_name: str,
    phone: str,
    language: str,
    time_zone: str,
    wants_match_mail: bool | None = None,
    speaks: list[str] | None = None,
) -> User:
    """Change what a person says of themselves. The log says which fields changed, not what they hold.

    Args:
        wants_match_mail: None leaves it as it is.
        speaks: codes of the languages in which the person can be met; none means the language of the pages. None leaves them as they are.

    Raises:
        NotAllowed: it is not `by`'s own account.
    """
    if user.pk != by.pk:
        raise NotAllowed
    user = locked(user)
    wants = user.wants_match_mail if wants_match_mail is None else wants_match_mail
    tongues = user.speaks if speaks is None else speaks
    given = dict(zip(EDITABLE, (full_name, phone, language, time_zone, wants, tongues), strict=True))
    changed = [name for name, value in given.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, given[name])
    user.save(update_fields=changed)
    log(user, "edit_profile", by=by, fields=changed)
    return user


@transaction.atomic
def stop_match_mail(user: User, *, by: User) -> User:
    """End the mails of new matches: what the link in each of them does. Twice does nothing more; the page of notices has the switch to get them again.

    Raises:
        NotAllowed: it is not `by`'s own account.
    """
    if user.pk != by.pk:
        raise NotAllowed
    user = locked(user)
    if user.wants_match_mail:
        user.wants_match_mail = False
        user.save(update_fields=["wants_match_mail"])
        log(user, "stop_match_mail", by=by)
    return user


@transaction.atomic
def choose_notices(user: User, *, by: User, wants_match_mail: bool | None = None, **ways: str) -> User:
    """Set what reaches the person by mail, and how. On their desk they find all of it, whatever they choose.

    Args:
        wants_match_mail: whether new matches are mailed. None leaves it as it is.
        ways: by group, as `MAILS_OF` names them: at_once, gathered, desk. What is left out stays.

    Raises:
        NotAllowed: it is not `by`'s own account.
        Invalid: an unknown group or way, by field.
    """
    if user.pk != by.pk:
        raise NotAllowed
    wrong = {name: [_("Choose one of the three.")] for name, way in ways.items() if name not in MAILS_OF or way not in Way.values}
    if wrong:
        raise Invalid(fields=wrong)
    user = locked(user)
    given: dict[str, object] = {**ways} if wants_match_mail is None else {**ways, "wants_match_mail": wants_match_mail}
    changed = [name for name, value in given.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, given[name])
    user.save(update_fields=changed)
    log(user, "choose_notices", by=by, fields=changed)
    return user


@transaction.atomic
def stop_gathered_mail(user: User, *, by: User) -> User:
    """End the mails that gather notices: what the link in each of them does. What was to be gathered is on the desk alone from now on.

    Raises:
        NotAllowed: it is not `by`'s own account.
    """
    if user.pk != by.pk:
        raise NotAllowed
    user = locked(user)
    stopped = [name for name in MAILS_OF if getattr(user, name) == Way.GATHERED]
    if stopped:
        for name in stopped:
            setattr(user, name, Way.DESK)
        user.save(update_fields=stopped)
        OutboxMessage.objects.filter(recipient=user, way=Way.GATHERED, sent_at__isnull=True).update(way=Way.DESK)
        log(user, "stop_gathered_mail", by=by)
    return user


@transaction.atomic
def read_notices(user: User, *, by: User, notice: int | None = None, up_to: int | None = None) -> int:
    """Mark one of the person's notices as read, or all up to the newest that they saw, and return how many were not. Twice does no more.

    Raises:
        NotAllowed: they are not `by`'s own.
    """
    if user.pk != by.pk:
        raise NotAllowed
    unread = OutboxMessage.objects.filter(recipient=user, read_at__isnull=True)
    chosen = unread.filter(pk=notice) if notice is not None else unread.filter(pk__lte=up_to or 0)
    return chosen.update(read_at=timezone.now())


@transaction.atomic
def make_key(user: User, *, by: User, name: str, scope: str, days: int, with_second_factor: bool) -> tuple[ApiKey, str]:
    """Make a key with which programs act as `user`, and return it with its secret, which nothing can show again. Tells the person by mail.

    Args:
        scope: "read" or "write".
        days: how long it lasts, 1 to 366.
        with_second_factor: whether the session that asks was begun with two steps; without, a key carries no rights of staff.

    Raises:
        NotAllowed: it is not `by`'s own account, or no address of it is checked.
        Invalid: a value is wrong, by field.
        TooManyKeys: there are ten that live.
    """
    user = locked(user)  # Two at once count one after the other.
    if not rules.may_hold_keys(user, by=by):
        raise NotAllowed
    name = one_line(name)
    wrong = {
        "name": [] if 0 < len(name) <= rules.LONGEST_KEY_NAME else [_("Give it a name of at most 80 characters.")],
        "scope": [] if scope in ApiKey.Scope.values else [_("Choose one of the two.")],
        "days": [] if 0 < days <= rules.LONGEST_KEY_DAYS else [_("A key lasts from one day to one year.")],
    }
    if any(wrong.values()):
        raise Invalid(fields={field: said for field, said in wrong.items() if said})
    if sum(key.state == "live" for key in ApiKey.objects.live().filter(user=user).select_related("user")) >= rules.MOST_KEYS:
        raise TooManyKeys
    digest, secret = get_digest_token()
    key = ApiKey.objects.create(
        user=user,
        name=name,
        scope=scope,
        expiry=timezone.now() + timedelta(days=days),
        with_second_factor=with_second_factor,
        password_stamp=password_stamp(user),
        digest=digest,
        token_key=secret[: CONSTANTS.TOKEN_KEY_LENGTH],
    )
    log(key, "make_key", by=by, scope=scope, days=days)
    tell(user, "key_made", key_name=key.name, may_write=key.may_write, expires_at=key.expiry)
    return key, secret


@transaction.atomic
def revoke_key(key: ApiKey, *, by: User) -> ApiKey:
    """End a key at once, in every process. Twice does nothing more.

    Raises:
        NotAllowed: it is not `by`'s own, and `by` is not staff who may change keys.
    """
    key = locked(key)
    if not rules.may_revoke(by, key):
        raise NotAllowed
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        log(key, "revoke_key", by=by)
    return key


@transaction.atomic
def end_keys_after_restore() -> int:
    """End every key that a restored backup holds live, tell its person once, and return how many.

    Which of them were revoked since the backup was made, perhaps because they leaked, the backup cannot know.
    """
    keys = list(ApiKey.objects.live().select_related("user").select_for_update(of=("self",)).order_by("pk"))
    ApiKey.objects.filter(pk__in=[key.pk for key in keys]).update(revoked_at=timezone.now())
    named: dict[User, list[str]] = {}
    for key in keys:
        log(key, "revoke_key", by=None, after="restore")
        named.setdefault(key.user, []).append(key.name)
    for user, names in named.items():
        if user.is_active:
            tell(user, "keys_ended", key_names=names)
    return len(keys)


def forget_ended_keys() -> int:
    """Delete keys that ended 90 days ago or longer, and return how many. The log keeps that they were."""
    long_ago = timezone.now() - rules.ENDED_KEYS_KEPT_FOR
    ended = ApiKey.objects.filter(expiry__lt=long_ago) | ApiKey.objects.filter(revoked_at__lt=long_ago)
    return int(ended.delete()[0])
