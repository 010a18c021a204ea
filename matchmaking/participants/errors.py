"""What this room refuses."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict, Invalid, NotAllowed

if TYPE_CHECKING:
    from matchmaking.participants.models import Company, Registration


class CompanyExists(Conflict):
    """A company of that name and country, or with that website, is here already. `company` is that one."""

    code = "company_exists"

    def __init__(self, company: "Company") -> None:
        self.company = company
        words = _t("“%(name)s” (%(country)s) is already here. Ask to join it.")
        super().__init__(words % {"name": company.name, "country": company.country.name})


class AlreadyRegistered(Conflict):
    """The company takes part in this role already, or waits for the organiser. `registration` is that one."""

    code = "already_registered"
    detail = _("This company is already registered in this role.")

    def __init__(self, registration: "Registration") -> None:
        self.registration = registration
        super().__init__()


class AlreadyMember(Conflict):
    """The person stands for the company already."""

    code = "already_member"
    detail = _("You already stand for this company.")


class RegistrationClosed(Conflict):
    """The edition takes no registrations now, or is over."""

    code = "registration_closed"
    detail = _("Registration for this edition is not open.")


class BoothTaken(Conflict):
    """Somebody else was quicker."""

    code = "booth_taken"
    detail = _("That booth has just been taken. Choose another one.")


class NotComplete(Invalid):
    """The registration lacks something that the organiser needs."""

    code = "not_complete"


class IdentityIsChecked(NotAllowed):
    """Name, country and website are what the organiser verified; the owner no longer changes them."""

    code = "identity_is_checked"
    detail = _("The organiser has checked the name, country and website. Ask the organiser to change them.")


class TooManyAsks(Conflict):
    """The person waits for too many answers already."""

    code = "too_many_asks"
    detail = _("Five companies have not answered you yet. Wait for one of them.")


class LastOwner(Conflict):
    """A company with members keeps an owner."""

    code = "last_owner"
    detail = _("This is the company's last owner. Make somebody else an owner first.")


class NotAnImage(Invalid):
    """The uploaded file is not a picture that the site takes."""

    code = "not_an_image"
    detail = _("This file is not a PNG, JPEG or WebP picture.")
