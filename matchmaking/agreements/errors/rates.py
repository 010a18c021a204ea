"""What is no exchange rate to count by."""

from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict
from matchmaking.agreements.errors.base import FieldRefused


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


class RateTooOld(FieldRefused):
    """A rate of a day long before the edition."""

    code = "rate_too_old"
    field = "as_of"
    detail = _("This day lies more than five years before the edition. Give the day on which the rate was published.")


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
