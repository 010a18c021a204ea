"""What this room refuses."""

from collections.abc import Iterable

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict
from matchmaking.participants.models import Company


class SoleOwner(Conflict):
    """Companies would be left without anybody: they are handed over or closed first. `companies` are these."""

    code = "sole_owner"

    def __init__(self, companies: Iterable[Company]) -> None:
        self.companies = list(companies)
        names = _t(", ").join(company.title for company in self.companies)
        super().__init__(
            _t("Nobody else owns %(companies)s. Make somebody else an owner, or close the company, first.") % {"companies": names}
        )


class LastSuperuser(Conflict):
    """The site would have nobody left who can give rights."""

    code = "last_superuser"
    detail = _("Nobody else can give rights here. Make somebody else a superuser first.")


class CopyIsBeingMade(Conflict):
    """One copy at a time."""

    code = "copy_is_being_made"
    detail = _("Your copy is being made. It will be here in a moment.")
