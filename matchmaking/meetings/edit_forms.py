"""What the organiser enters to change the ground. What is entered becomes the parameters of the change."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Edition
from expo.foundation.dates import long_day
from expo.venue.models import Booth, Hall
from matchmaking.meetings.forms import times_by_day
from matchmaking.meetings.models import Edit, Interpreter, Place, Slot
from matchmaking.participants.models import Registration

Kind = Edit.Kind


class ChangeForm(forms.Form):
    """One kind of change of an edition; `given` is what the change is made of."""

    hides_optional = True

    def __init__(self, data: Any, edition: Edition) -> None:
        super().__init__(data)
        self.edition = edition
        self.fill()

    def fill(self) -> None:
        """Set what can be chosen."""

    def choose(self, name: str, choices: Any) -> None:
        """Set what a field offers."""
        field: Any = self.fields[name]
        field.choices = choices

    @property
    def given(self) -> dict[str, Any]:
        """What was entered, by the names of the change's parameters."""
        return self.cleaned_data


class SlotForm(ChangeForm):
    slot = forms.ChoiceField(label=_("Time"))

    def fill(self) -> None:
        slots = Slot.objects.for_meetings().filter(edition=self.edition, starts_at__gt=timezone.now()).select_related("edition")
        self.choose("slot", [("", _("Choose a time")), *times_by_day(slots, self.edition)])


class BreakForm(SlotForm):
    title = forms.CharField(label=_("Name of the break"), max_length=80, required=False, help_text=_("For example Lunch."))


class MoveSlotForm(SlotForm):
    starts_at = forms.DateTimeField(
        label=_("Begins"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("On the expo’s clocks."),
    )
    minutes = forms.IntegerField(label=_("Minutes"), min_value=5, max_value=240, required=False, help_text=_("Empty: as long as before."))

    @property
    def given(self) -> dict[str, Any]:
        # On the clocks of the expo, whatever the reader's own say.
        return {**self.cleaned_data, "starts_at": self.cleaned_data["starts_at"].replace(tzinfo=None)}


class HallForm(ChangeForm):
    hall = forms.ChoiceField(label=_("Hall"))

    def fill(self) -> None:
        self.choose("hall", [(hall.pk, str(hall)) for hall in Hall.objects.filter(edition=self.edition).order_by("code")])


class PlaceForm(ChangeForm):
    place = forms.CharField(label=_("Table or booth"), max_length=20, help_text=_("What its sign says, for example N1-T12."))

    def clean_place(self) -> int:
        found = Place.objects.filter(edition=self.edition, code__iexact=self.cleaned_data["place"].strip()).order_by("kind").first()
        if found is None:
            raise forms.ValidationError(_("There is no such meeting place."))
        return int(found.pk)


class CapacityForm(PlaceForm):
    capacity = forms.IntegerField(label=_("Meetings at once"), min_value=1, max_value=100)


class ExhibitorForm(ChangeForm):
    registration = forms.CharField(label=_("Booth now"), max_length=20, help_text=_("What its sign says."))
    booth = forms.CharField(label=_("New booth"), max_length=20, help_text=_("A free booth of the plan."))

    def _booth(self, name: str) -> Booth:
        found: Booth | None = Booth.objects.filter(edition=self.edition, code__iexact=self.cleaned_data[name].strip()).first()
        if found is None:
            raise forms.ValidationError(_("There is no such booth on the plan."))
        return found

    def clean_registration(self) -> int:
        found = Registration.objects.filter(booth=self._booth("registration")).first()
        if found is None:
            raise forms.ValidationError(_("Nobody exhibits at this booth."))
        return int(found.pk)

    def clean_booth(self) -> int:
        return int(self._booth("booth").pk)


class InterpreterForm(ChangeForm):
    interpreter = forms.ChoiceField(label=_("Interpreter"))

    def fill(self) -> None:
        pool = Interpreter.objects.filter(edition=self.edition).select_related("person").order_by("pk")
        self.choose("interpreter", [(one.pk, str(one)) for one in pool])


class AwayForm(InterpreterForm):
    day = forms.ChoiceField(label=_("When"), required=False)

    def fill(self) -> None:
        super().fill()
        days = Slot.objects.for_meetings().filter(edition=self.edition, ends_at__gt=timezone.now())
        named = sorted(set(days.values_list("day", flat=True)))
        self.choose("day", [("", _("All of the expo")), *((day.isoformat(), long_day(day)) for day in named)])


class RightForm(ChangeForm):
    asking = forms.ChoiceField(label=_("Who"), choices=Registration.Role)
    asked = forms.ChoiceField(label=_("Whom"), choices=Registration.Role)
    may_see = forms.BooleanField(label=_("may see"), required=False)
    may_ask = forms.BooleanField(label=_("may ask"), required=False)


FORMS: dict[str, type[ChangeForm]] = {
    Kind.REMOVE_SLOT: SlotForm,
    Kind.MOVE_SLOT: MoveSlotForm,
    Kind.MAKE_BREAK: BreakForm,
    Kind.CLOSE_HALL: HallForm,
    Kind.REOPEN_HALL: HallForm,
    Kind.CLOSE_PLACE: PlaceForm,
    Kind.REOPEN_PLACE: PlaceForm,
    Kind.CHANGE_CAPACITY: CapacityForm,
    Kind.MOVE_EXHIBITOR: ExhibitorForm,
    Kind.INTERPRETER_AWAY: AwayForm,
    Kind.INTERPRETER_BACK: InterpreterForm,
    Kind.CHANGE_RIGHT: RightForm,
}
