from django.db import transaction

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked

EDITABLE = ("full_name", "phone", "language", "time_zone")


@transaction.atomic
def edit_profile(user: User, *, by: User, full_name: str, phone: str, language: str, time_zone: str) -> User:
    """Change what a person says of themselves. The log says which fields changed, not what they hold.

    Raises:
        NotAllowed: it is not `by`'s own account.
    """
    if user.pk != by.pk:
        raise NotAllowed
    user = locked(user)
    given = dict(zip(EDITABLE, (full_name, phone, language, time_zone), strict=True))
    changed = [name for name, value in given.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, given[name])
    user.save(update_fields=changed)
    log(user, "edit_profile", by=by, fields=changed)
    return user
