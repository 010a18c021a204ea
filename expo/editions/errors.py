"""What the room refuses of figures that staff enter. Each says its sentence at the field that it is about."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Conflict, Invalid, Words


class StatisticRefused(Invalid):
    """A refusal about one field: the sentence is also found under `fields[field]`."""

    field: ClassVar[str] = "value"

    def __init__(self, detail: Words | None = None, *, field: str = "") -> None:
        super().__init__(detail, fields={field or self.field: [detail if detail is not None else self.detail]})


class NotEntered(StatisticRefused):
    """The system counts this, or works it out."""

    code = "not_entered"
    field = "metric"
    detail = _("This figure is not entered: the system counts it from its rows, or works it out from other figures.")


class NoNumber(StatisticRefused):
    """NaN, infinity, or more digits than a figure has."""

    code = "no_number"
    detail = _("A figure is a number from 0 to 1,000,000,000,000, with at most two decimals.")


class Fractional(StatisticRefused):
    """Half a visitor."""

    code = "fractional"
    detail = _("People, visits and companies are counted whole: write the figure without decimals.")


class TooManyPercent(StatisticRefused):
    """A share of more than all."""

    code = "too_many_percent"
    detail = _("A share is at most 100 percent.")


class UnknownQualifier(StatisticRefused):
    """A qualifier that a measured figure cannot have."""

    code = "unknown_qualifier"
    field = "qualifier"
    detail = _("A measured figure is exact, more than, about, nearly or at least so many.")


class SourceMissing(StatisticRefused):
    """A figure never stands without its source."""

    code = "source_missing"
    field = "source_note"
    detail = _("Say who measured it and how, in at most 200 signs.")


class MeasuredLater(StatisticRefused):
    """Measured in the future."""

    code = "measured_later"
    field = "measured_at"
    detail = _("This time is still to come. Write when it was measured.")


class MeasuredTooEarly(StatisticRefused):
    """Measured long before the edition."""

    code = "measured_too_early"
    field = "measured_at"
    detail = _("This is more than a year before the edition begins. Look at the year again.")


class NotByDay(StatisticRefused):
    """The metric is not counted day by day."""

    code = "not_by_day"
    field = "day"
    detail = _("This figure is entered for the edition as a whole. Leave the day empty.")


class DayElsewhere(StatisticRefused):
    """The day lies outside the edition, or had not begun."""

    code = "day_elsewhere"
    field = "day"
    detail = _("The day lies outside the edition, or begins after the figure was measured.")


class StatisticReasonMissing(StatisticRefused):
    """Correcting or ending without saying why."""

    code = "reason_missing"
    field = "reason"
    detail = _("Say why, in at most 500 signs; the old value stays on record with it.")


class NothingCorrected(StatisticRefused):
    """A correction that says the same again."""

    code = "nothing_corrected"
    detail = _("This is what stands already.")


class StandsAlready(Conflict):
    """There is a figure; it is corrected, not entered again."""

    code = "stands_already"
    detail = _("This figure stands already. Correct it: the old value stays on record.")


class DaysOrWhole(Conflict):
    """The days and the whole would say the same thing twice."""

    code = "days_or_whole"
    detail = _("Either the days of this figure are entered or the whole, and one of them stands already. End that first.")


class TotalBesideParts(Conflict):
    """The total is the sum of its parts."""

    code = "total_beside_parts"
    detail = _("Audience in all is the sum of on site and online. Say so if it was counted by itself and is to stand beside them.")


class HoldsNoMore(Conflict):
    """Somebody corrected or ended it meanwhile."""

    code = "holds_no_more"
    detail = _("Somebody corrected or ended this figure meanwhile. Look at what stands now.")
