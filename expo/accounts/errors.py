from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict


class TooManyKeys(Conflict):
    """A person has as many keys as they may."""

    code = "too_many_keys"
    detail = _("You have ten keys already. Revoke one that is no longer needed.")
