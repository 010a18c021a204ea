"""What staff send when they enter a figure. The actions check what it must be."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.editions import measured
from expo.editions.actions import Measured
from expo.editions.models import Edition, Metric, Statistic
from expo.foundation.dates import long_day
from expo.foundation.fields import TypedDecimalField

TYPED = "%Y-%m-%dT%H:%M"
LONGEST_NUMBER = 40
AT_HAND = timedelta(days=7)


class MeasuredForm(forms.Form):
    """What was measured. Days and hours are those of the venue."""

    value = TypedDecimalField(
        label=pgettext_lazy("figure", "Value"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": LONGEST_NUMBER}),
    )
    qualifier = forms.ChoiceField(label=_("Qualifier"), choices=measured.QUALIFIERS, initial="exact")
    source_note = forms.CharField(label=_("Source"), max_length=200, help_text=_("Who measured it, and how."))
    measured_at = forms.DateTimeField(
        label=_("Measured at"),
        input_formats=[TYPED, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=TYPED),
        help_text=_("Day and hour at the venue."),
    )

    def __init__(self, data: Any, edition: Edition, **kwargs: Any) -> None:
        self.zone = ZoneInfo(edition.time_zone)
        super().__init__(data, **kwargs)

    def full_clean(self) -> None:
        with timezone.override(self.zone):
            super().full_clean()

    @property
    def given(self) -> Measured:
        """What the verbs take. Only for a valid form."""
        return Measured(*(self.cleaned_data[name] for name in ("value", "source_note", "measured_at", "qualifier")))


class StatisticForm(MeasuredForm):
    """A new figure: of which metric, of the whole or of a day."""

    metric = forms.ModelChoiceField(label=_("Metric"), queryset=Metric.objects.none(), empty_label="–")
    day = forms.TypedChoiceField(label=_("Day"), required=False, empty_value=None)
    beside_its_sum = forms.BooleanField(
        label=_("Audience in all, counted by itself"),
        required=False,
        help_text=_("Only where it is to stand beside on site and online, whose sum it would be."),
    )
    field_order = ("metric", "day", "value", "qualifier", "source_note", "measured_at", "beside_its_sum")

    def __init__(self, data: Any, edition: Edition) -> None:
        now = timezone.localtime(timezone=ZoneInfo(edition.time_zone))
        # Long after an expo "now" would be a guess that nobody looks at.
        is_at_hand = edition.ends_on is None or now.date() <= edition.ends_on + AT_HAND
        super().__init__(data, edition, initial={"measured_at": now.strftime(TYPED)} if is_at_hand else {})
        field: Any = self.fields["metric"]
        field.queryset = Metric.objects.filter(key__in=measured.ENTERED)
        days: Any = self.fields["day"]
        known = {day.isoformat(): day for day in measured.days_of(edition)}
        days.choices = [("", _t("The edition as a whole")), *((key, long_day(day)) for key, day in known.items())]
        days.coerce = known.__getitem__
        names = _t(", ").join(str(one.name) for one in Metric.objects.filter(key__in=measured.BY_DAY))
        days.help_text = _t("Days are added up. By day: %(names)s.") % {"names": names} if names else ""


class CorrectionForm(MeasuredForm):
    """What stands in the place of a figure, and why."""

    reason = forms.CharField(
        label=pgettext_lazy("correction", "Why"), max_length=500, help_text=_("It stays on record with the old value.")
    )

    def __init__(self, data: Any, row: Statistic) -> None:
        self.row, zone = row, ZoneInfo(row.edition.time_zone)
        value = row.value if row.value % 1 else row.value.quantize(1)
        initial = {"value": value, "qualifier": row.qualifier, "source_note": row.source_note}
        super().__init__(data, row.edition, initial={**initial, "measured_at": row.measured_at.astimezone(zone).strftime(TYPED)})

    def clean_measured_at(self) -> Any:
        # The moment is typed to the minute: where it is the old one, its seconds stay.
        typed, stood = self.cleaned_data["measured_at"], self.row.measured_at
        return stood if typed == stood.replace(second=0, microsecond=0) else typed


class EndForm(forms.Form):
    """Why a figure holds no more."""

    reason = forms.CharField(label=pgettext_lazy("correction", "Why"), max_length=500, help_text=_("It stays on record with the value."))
