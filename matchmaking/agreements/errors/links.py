"""Links by which parties answer without an account: to whom they go, and when they work no more."""

from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict, Refused
from matchmaking.agreements.errors.base import FieldRefused


class LinkNotForYou(FieldRefused):
    """A link sent to somebody of the other side."""

    code = "link_not_for_you"
    status = 403
    field = "email"
    detail = _("A link is for the party that it names. It cannot go to somebody of another party.")


class LinkNeedsAddress(FieldRefused):
    """A company has a link made without saying where it goes."""

    code = "link_needs_address"
    field = "email"
    detail = _("Write the e-mail address of the party.")


class TooManyLinks(Conflict):
    """More letters to one party than anybody needs."""

    code = "too_many_links"
    detail = _("Three links were sent to this party within a day. Try again tomorrow, or ask the organiser.")


class LinkUnknown(Refused):
    """An address that was never given out, or not like this."""

    code = "link_unknown"
    status = 404
    detail = _("This link is not complete or was changed on the way. Open it from the mail, or ask for a new one.")


class LinkRefused(Conflict):
    """A link that works no more."""


class LinkUsed(LinkRefused):
    """A link that answered already."""

    code = "link_used"
    detail = _("This link was used already: the answer is on record. If it was not yours, tell the organiser.")


class LinkExpired(LinkRefused):
    """A link older than its fourteen days."""

    code = "link_expired"
    detail = _("This link has run out. Ask for a new one.")


class LinkEnded(LinkRefused):
    """A link that a newer one, or the end of the agreement, put out of use."""

    code = "link_ended"
    detail = _("This link is no longer in use: a newer one was sent, or there is nothing to answer any more.")


class LinkOfOtherVersion(LinkRefused):
    """A link made for what the agreement said before it was corrected."""

    code = "link_of_other_version"
    detail = _("The agreement was corrected after this link was made. Ask for a new one, so that you read what it says now.")


class LinkForwarded(LinkRefused):
    """A link in the hands of another party of the same agreement."""

    code = "link_forwarded"
    status = 403
    detail = _("This link was made for another party. You are signed in as somebody of the other side and cannot answer for it.")


class NameMissing(FieldRefused):
    """Somebody answers by link without saying who they are."""

    code = "name_missing"
    field = "name"
    detail = _("Write your name, in at most 120 characters.")
