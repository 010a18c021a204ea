"""Who may not be party to an agreement, and what it may not have grown from."""

from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict
from matchmaking.agreements.errors.base import FieldRefused


class SinglePartner(FieldRefused):
    """An agreement needs two sides."""

    code = "single_partner"
    field = "parties"
    detail = _("An agreement has at least two parties. Add the other one.")


class TooManyParties(FieldRefused):
    """More sides than a page of the ledger shows."""

    code = "too_many_parties"
    field = "parties"
    detail = _("An agreement has at most twelve parties here.")


class SamePartyTwice(FieldRefused):
    """One party cannot agree with itself."""

    code = "same_party_twice"
    field = "parties"
    detail = _("The same party stands here twice.")


class PartyIncomplete(FieldRefused):
    """A party is a registered company, or an outside name with its country."""

    code = "party_incomplete"
    field = "parties"
    detail = _("Choose a registered company, or write the name and the country or region of an outside party.")


class NotInAgreement(FieldRefused):
    """Somebody writes an agreement down for a company that is none of its parties."""

    code = "not_in_agreement"
    field = "parties"
    detail = _("The company that writes it down has to be one of the parties.")


class PartyTakesNoPart(FieldRefused):
    """A party that may not be named at present. To a company it says no more, so that nobody learns who blocked whom."""

    code = "party_takes_no_part"
    field = "parties"
    detail = _("One of the parties takes no part in this edition at present. Ask the organiser.")


class YouBlockedParty(FieldRefused):
    """Said to the company that set the block, and to no other."""

    code = "you_blocked_party"
    status = 409
    field = "parties"
    detail = _("Your company has blocked one of the parties. Lift the block first.")


class PartiesBlocked(FieldRefused):
    """Said to staff: one of the parties blocked another."""

    code = "parties_blocked"
    status = 409
    field = "parties"
    detail = _("One of the parties has blocked another one. Nothing is written down between them while the block stands.")


class MeetingNotHeld(Conflict):
    """Nothing can have come of the meeting yet, or any more."""

    code = "meeting_not_held"
    detail = _("An agreement grows from a meeting that has begun and took place.")


class NotFromMeeting(FieldRefused):
    """The parties are not those that met."""

    code = "not_from_meeting"
    field = "parties"
    detail = _("At least two of the parties have to be companies that met there.")


class PostingElsewhere(FieldRefused):
    """The posting belongs to none of the parties."""

    code = "posting_elsewhere"
    field = "offer"
    detail = _("The offer or request belongs to none of the parties.")


class IntroducedAlready(Conflict):
    """Somebody else is named as the one who brought the parties together."""

    code = "introduced_already"
    detail = _("A company is named already as the one that brought the parties together.")


class TooManyClaims(Conflict):
    """A company that is no party claimed introductions twenty times within a day."""

    code = "too_many_claims"
    detail = _("Your company has claimed twenty introductions within a day. Go on tomorrow.")


class NotIntroduced(Conflict):
    """Nobody claims to have brought the parties together, or no longer."""

    code = "not_introduced"
    detail = _("Nobody is named any more as the one that brought the parties together.")
