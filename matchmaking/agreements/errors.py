"""What the ledger of agreements refuses. Each says its sentence at the field that it is about."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict, Invalid, Words

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
    """Voiding without saying why."""

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
        labels = ", ".join(f"{agreement.label} ({agreement.pk})" for agreement in found)
        words = _t("Agreements like this one are written down already: %(labels)s. Say so if this is another one.")
        super().__init__(words % {"labels": labels})


class ValueTooLarge(FieldRefused):
    """An amount whose worth in yuan no column holds."""

    code = "value_too_large"
    field = "amount"
    detail = _("At this rate the amount is worth more than the ledger can hold: 10,000,000,000,000,000 yuan.")


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


class ReportTooEarly(Conflict):
    """A closing report of an edition that has not begun."""

    code = "report_too_early"
    detail = _("A report can be frozen from the first day of the edition on.")


class NoteTooLong(FieldRefused):
    """More of a note than is kept with a frozen report."""

    code = "note_too_long"
    field = "note"
    detail = _("A note has at most 500 characters.")
