"""What the ledger of agreements refuses. Each says its sentence at the field that it is about."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict, Invalid, Refused, Words

if TYPE_CHECKING:
    from matchmaking.agreements.models import Agreement


class FieldRefused(Invalid):
    """A refusal about one field: the sentence is also found under `fields[field]`."""

    field: ClassVar[str] = ""

    def __init__(self, detail: Words | None = None, *, field: str = "") -> None:
        super().__init__(detail, fields={field or self.field: [detail if detail is not None else self.detail]})


class OutsideEdition(FieldRefused):
    """The agreement was not signed during the edition."""

    code = "outside_edition"
    field = "signed_on"
    detail = _("The day lies outside the edition.")


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


class AmountMissing(FieldRefused):
    """Neither an amount nor the word that there is none to disclose."""

    code = "amount_missing"
    field = "amount"
    detail = _("Write the amount, or tick “amount not disclosed”.")


class AmountNotPositive(FieldRefused):
    """An amount of nothing or less."""

    code = "amount_not_positive"
    field = "amount"
    detail = _("An amount is more than zero, with at most two decimals.")


class AmountTooLarge(AmountNotPositive):
    """More than any agreement is worth: a slip of the hand."""

    code = "amount_too_large"
    detail = _("This is more than an amount can be here: less than 10,000,000,000,000.")


class AmountNotWanted(FieldRefused):
    """An amount that is not disclosed and yet written down."""

    code = "amount_not_wanted"
    field = "amount"
    detail = _("Either an amount or “amount not disclosed”: both cannot be.")


class UnknownCurrency(FieldRefused):
    """A currency that this site does not know."""

    code = "unknown_currency"
    field = "currency"
    detail = _("This currency is not known here.")


class NoRate(FieldRefused):
    """The edition states no rate for the currency, so that the amount cannot be counted in yuan."""

    code = "no_rate"
    field = "currency"
    detail = _("The edition states no exchange rate for this currency.")


class ChainNotInEdition(FieldRefused):
    """The chain has no area in the edition."""

    code = "chain_not_in_edition"
    field = "chain"
    detail = _("This chain is not part of the edition.")


class SegmentElsewhere(FieldRefused):
    """The segment lies on another chain."""

    code = "segment_elsewhere"
    field = "segment"
    detail = _("This segment lies on another chain.")


class TitleMissing(FieldRefused):
    """Nothing says what was agreed."""

    code = "title_missing"
    field = "title"
    detail = _("Say in a few words what was agreed.")


class UnknownChoice(FieldRefused):
    """A kind or a visibility that does not exist."""

    code = "unknown_choice"
    detail = _("This choice does not exist.")


class NotAPdf(FieldRefused):
    """The document is no PDF that can be kept."""

    code = "not_a_pdf"
    field = "document"
    detail = _("The document is not a readable PDF.")


class ReasonMissing(FieldRefused):
    """Striking, disputing or correcting without saying why."""

    code = "reason_missing"
    field = "reason"
    detail = _("Say why the agreement is void; the reason stays on record.")


class ChangedMeanwhile(Conflict):
    """Somebody saved the draft between reading and saving."""

    detail = _("Somebody else changed this draft meanwhile. Look at it again before you save.")


class LikelyDuplicate(Conflict):
    """One like it is written down already."""

    code = "likely_duplicate"

    def __init__(self, found: "Sequence[Agreement]") -> None:
        self.found = list(found)
        labels = ", ".join(f"{agreement.label} ({agreement.pk})" for agreement in found)
        words = _t("Agreements like this one are written down already: %(labels)s. Say so if this is another one.")
        super().__init__(words % {"labels": labels})


class ValueTooLarge(FieldRefused):
    """An amount whose worth in yuan no column holds."""

    code = "value_too_large"
    field = "amount"
    detail = _("At this rate the amount is worth more than the ledger can hold: 10,000,000,000,000 yuan.")


class RateNotUsable(FieldRefused):
    """A rate of nothing or less, with more decimals than are kept, or beyond every currency there is."""

    code = "rate_not_usable"
    field = "cny_per_unit"
    detail = _("A rate is more than 0 and less than 1,000 yuan for one unit, with at most six decimals.")


class RateOfYuan(FieldRefused):
    """A rate for the yuan itself."""

    code = "rate_of_yuan"
    field = "currency"
    detail = _("One yuan is one yuan: there is no rate to state.")


class RateDayAhead(FieldRefused):
    """A rate of a day that is still to come."""

    code = "rate_day_ahead"
    field = "as_of"
    detail = _("This day is still to come. Give the day on which the rate was published.")


class RateWithoutSource(FieldRefused):
    """A rate that nobody stated."""

    code = "rate_without_source"
    field = "source_note"
    detail = _("Say who states this rate, or how it was derived, in at most 200 characters.")


class RateUnchanged(Conflict):
    """The very rate that is stated already."""

    code = "rate_unchanged"
    detail = _("This rate is stated already, with this day and source. Nothing was changed.")


class RateChangedMeanwhile(Conflict):
    """Another rate was stated between reading and saving."""

    code = "rate_changed_meanwhile"
    detail = _("Somebody else stated a rate for this currency meanwhile. Look at it again before you change it.")


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


class TooManySent(Conflict):
    """A company has sent more drafts than others can answer."""

    code = "too_many_sent"
    detail = _("Twenty agreements of your company wait for an answer already. Send the next one when one of them is answered.")


class AnsweredAlready(Conflict):
    """The party has confirmed this very version."""

    code = "answered_already"
    detail = _("This party has confirmed this version already. Nothing was changed.")


class EditionFixed(FieldRefused):
    """The number on record belongs to the edition."""

    code = "edition_fixed"
    field = "edition"
    detail = _("The number belongs to the edition: void this one and record it there.")


class NothingCorrected(FieldRefused):
    """A correction that changes nothing."""

    code = "nothing_corrected"
    field = "title"
    detail = _("Nothing is different from what is on record.")


class MergeElsewhere(FieldRefused):
    """Two rows that cannot be one: the same one, of two editions, or one that does not stand."""

    code = "merge_elsewhere"
    field = "into"
    detail = _("Choose another agreement of the same edition that is on record and not void.")


class IntroducedAlready(Conflict):
    """Somebody else is named as the one who brought the parties together."""

    code = "introduced_already"
    detail = _("A company is named already as the one that brought the parties together.")


class NotIntroduced(Conflict):
    """Nobody claims to have brought the parties together, or no longer."""

    code = "not_introduced"
    detail = _("Nobody is named any more as the one that brought the parties together.")


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


class ReferenceTaken(FieldRefused):
    """Two rows of one edition with one reference."""

    code = "reference_taken"
    field = "external_id"
    detail = _("Another agreement of the edition has this reference already.")


class ReferenceTooLong(FieldRefused):
    """A reference that no column holds."""

    code = "reference_too_long"
    field = "external_id"
    detail = _("A reference has at most 80 signs.")


class MilestoneOver(LinkRefused):
    """A question about what became of an agreement that is open no more."""

    code = "milestone_over"
    detail = _("This question is open no more: the next one is due, or its sixty days are over, or the agreement does not stand any more.")


class MilestoneNotDue(Conflict):
    """A question that nobody was asked yet."""

    code = "milestone_not_due"
    detail = _("This question is not asked yet. It can be answered from the day on which it is due.")


class ClosingNeedsReason(FieldRefused):
    """Closed, and nobody says why."""

    code = "closing_needs_reason"
    field = "closed_reason"
    detail = _("Say in a few words why it is closed, in at most 500 characters.")


class NoteTooLong(FieldRefused):
    """A note longer than is kept."""

    code = "note_too_long"
    field = "note"
    detail = _("A note has at most 1,000 characters.")


class ReportTooEarly(Conflict):
    """A closing report of an edition that has not begun."""

    code = "report_too_early"
    detail = _("A report can be frozen from the first day of the edition on.")


class ReportNoteTooLong(NoteTooLong):
    """More of a note than is kept with a frozen report."""

    detail = _("A note has at most 500 characters.")
