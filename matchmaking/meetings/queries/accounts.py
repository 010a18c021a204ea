"""The account behind an address, for staff who may look at accounts."""

from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation import staff
from expo.foundation.errors import Invalid, NotAllowed


def account_of(email: str, by: User) -> User | None:
    """Return who signs in with the address; None for an empty one. One query.

    Raises:
        NotAllowed: `by` may not look at accounts, so that the answer would tell who has one. Invalid: nobody does.
    """
    if not email:
        return None
    if not staff.may(by, "accounts.view_user"):
        raise NotAllowed
    found: User | None = User.objects.filter(email__iexact=email, is_active=True).first()
    if found is None:
        raise Invalid(fields={"email": [_("Nobody signs in with this address.")]})
    return found
