"""What an agreement may not say."""

from django.utils.translation import gettext_lazy as _

from matchmaking.agreements.errors.base import FieldRefused


class OutsideEdition(FieldRefused):
    """The agreement was not signed during the edition."""

    code = "outside_edition"
    field = "signed_on"
    detail = _("The day lies outside the edition.")


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


class ValueTooLarge(FieldRefused):
    """An amount whose worth in yuan no column holds."""

    code = "value_too_large"
    field = "amount"
    detail = _("At this rate the amount is worth more than the ledger can hold: 10,000,000,000,000 yuan.")


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
