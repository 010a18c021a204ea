"""What the organiser sends to the pages on which the ground is set. Hours are on the expo's own clocks."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.accounts.forms import USUAL_LANGUAGES
from expo.accounts.models import LANGUAGE_NAMES
from expo.editions.models import Edition
from expo.foundation.dates import long_day
from matchmaking.meetings.actions.setting_up import LONGEST_WALK, MOST, Right, Role
from matchmaking.meetings.actions.tables import MOST_TABLES
from matchmaking.meetings.actions.timetable import LEAST_MINUTES, LONGEST_TITLE, MOST_MINUTES, DayPlan, Pause
from matchmaking.meetings.models import Interpreter, MeetingSetup, Slot
from matchmaking.meetings.queries.laying import RoleCell, Walk
from matchmaking.meetings.zones import moment_on

BREAK_ROWS = 4
MOST_EXPECTED = 10_000_000


class MomentField(forms.DateTimeField):
    """A day and an hour on the expo's clocks."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"), **kwargs)
        self.time_zone = "UTC"

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            local = datetime.fromisoformat(str(value).strip())
        except ValueError as fault:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from fault
        if local.tzinfo is not None:
            return local
        moment = moment_on(local.date(), local.time(), self.time_zone)
        if moment is None:
            raise ValidationError(_("The clocks change then: this hour is not one moment."), code="invalid")
        return moment


def hour_field(label: Any, **more: Any) -> forms.TimeField:
    """Return a field for an hour of a day."""
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **more)


def number_field(label: Any, name: str, help_text: Any) -> forms.IntegerField:
    """Return a field for one of the numbers of a set-up."""
    return forms.IntegerField(label=label, min_value=0, max_value=MOST[name], help_text=help_text)


class RulesForm(forms.Form):
    """The rules of an edition's meetings. `walks` are the pairs of halls, each with a field of its own."""

    hides_optional = True

    opens_at = MomentField(label=_("Booking opens"), required=False, help_text=_("Empty: open already."))
    closes_at = MomentField(
        label=_("Booking closes"), required=False, help_text=_("Empty: never. What is booked stays, new requests are refused.")
    )
    approval = forms.ChoiceField(
        label=_("When somebody asks"),
        widget=forms.RadioSelect,
        choices=[
            (MeetingSetup.Approval.APPROVE, _("The other side answers: it accepts, declines, or proposes another time.")),
            (
                MeetingSetup.Approval.AUTO_ACCEPT,
                _("The request is accepted at once, where a time is free for both. Nobody is asked first."),
            ),
        ],
    )
    scheduling = forms.ChoiceField(
        label=_("Who chooses the time"),
        widget=forms.RadioSelect,
        choices=[
            (MeetingSetup.Scheduling.PARTICIPANTS, _("The two: one proposes a time, the other takes it or another that is free for both.")),
            (MeetingSetup.Scheduling.PLANNER, _("The planner: the two agree to meet, and get their time with the plan that is published.")),
        ],
    )
    slot_minutes = forms.TypedChoiceField(
        label=_("Minutes of a meeting"),
        coerce=int,
        choices=[(15, "15"), (20, "20"), (30, "30")],
        help_text=_("For new days of the timetable; what stands there already keeps its hours."),
    )
    open_requests = number_field(
        _("Most open requests"), "open_requests", _("Sent and not answered, for each registration. Any answer frees one.")
    )
    most_moves = number_field(
        _("Most changes of time"), "most_moves", _("For each meeting; the old time is kept until the new one is agreed.")
    )
    free_slots_a_day = number_field(_("Times kept free a day"), "free_slots_a_day", _("For each desk, so that people eat."))
    minimum_meetings = number_field(
        _("Fewest meetings"), "minimum_meetings", _("What the planner tries to give everybody who asked for as many, the worst-off first.")
    )

    def __init__(self, data: Any, edition: Edition, setup: MeetingSetup, pairs: Sequence[Walk]) -> None:
        names = list(self.base_fields)
        super().__init__(data, initial={name: getattr(setup, name) for name in names})
        for name in ("opens_at", "closes_at"):
            moment: Any = self.fields[name]
            moment.time_zone = edition.time_zone
        self.pairs = {f"walk_{number}": walk for number, walk in enumerate(pairs)}
        for name, walk in self.pairs.items():
            label = f"{walk.one.code} – {walk.other.code}"
            minutes = forms.IntegerField(label=label, required=False, min_value=0, max_value=LONGEST_WALK, initial=walk.stated)
            minutes.widget.attrs |= {"placeholder": str(walk.measured), "class": "input is-small", "aria-label": label}
            self.fields[name] = minutes

    @property
    def seen(self) -> dict[str, Any]:
        """The rules as the page showed them, of a form that was sent; nothing where it does not say."""
        try:
            found = json.loads(self.data.get("seen") or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def walks(self) -> list[tuple[Walk, forms.BoundField]]:
        """The pairs of halls, each with its field."""
        return [(walk, self[name]) for name, walk in self.pairs.items()]

    @property
    def values(self) -> dict[str, Any]:
        """What the action takes. Only for a valid form."""
        rules = {name: value for name, value in self.cleaned_data.items() if name not in self.pairs}
        minutes = {walk.key: self.cleaned_data[name] for name, walk in self.pairs.items()}
        return rules | {"walking_minutes": {key: value for key, value in minutes.items() if value is not None}}


class RightsForm(forms.Form):
    """The two matrices: for each pair of roles, whether the one sees the other, and may ask it."""

    def __init__(self, data: Any, cells: Iterable[RoleCell]) -> None:
        super().__init__(data)
        self.cells = {f"{cell.asking}-{cell.asked}": cell for cell in cells}
        for name, cell in self.cells.items():
            for verb, is_on in (("see", cell.may_see), ("ask", cell.may_ask)):
                self.fields[f"{verb}-{name}"] = forms.BooleanField(required=False, initial=is_on)

    def lines(self) -> list[tuple[str, list[tuple[RoleCell, forms.BoundField, forms.BoundField]]]]:
        """The table: a line for each role that asks, a cell for each that is asked."""
        found = [(cell, self[f"see-{name}"], self[f"ask-{name}"]) for name, cell in self.cells.items()]
        return [(str(role.label), [one for one in found if one[0].asking == role]) for role in Role]

    @property
    def rights(self) -> list[Right]:
        """What the action takes. Only for a valid form."""
        given = self.cleaned_data
        return [Right(cell.asking, cell.asked, given[f"see-{name}"], given[f"ask-{name}"]) for name, cell in self.cells.items()]


class LayForm(forms.Form):
    """A whole day of the timetable, for one or many days alike. `breaks` are rows of their own."""

    hides_optional = True

    days = forms.TypedMultipleChoiceField(label=_("Days"), coerce=date.fromisoformat, widget=forms.CheckboxSelectMultiple)
    begins = hour_field(pgettext_lazy("hour", "From"))
    ends = hour_field(pgettext_lazy("hour", "To"))
    minutes = forms.IntegerField(label=_("Minutes of a meeting"), min_value=LEAST_MINUTES, max_value=MOST_MINUTES)
    replace = forms.BooleanField(
        label=_("Take out first what stands on these days and nobody uses"), required=False, help_text=_("What is in use stays.")
    )

    def __init__(self, data: Any, days: Sequence[date], setup: MeetingSetup, chosen: Sequence[date] = ()) -> None:
        initial = {"minutes": setup.slot_minutes, "begins": time(9), "ends": time(17), "days": [str(day) for day in chosen or days]}
        super().__init__(data, initial=initial)
        field: Any = self.fields["days"]
        field.choices = [(str(day), long_day(day)) for day in days]
        field.error_messages["invalid_choice"] = _("Not a day of the expo: %(value)s.")
        field.error_messages["required"] = _("Choose at least one day.")
        first: dict[str, Any] = {"break_1_begins": time(12), "break_1_ends": time(13)}
        for number in range(1, BREAK_ROWS + 1):
            self.fields[f"break_{number}_begins"] = hour_field(pgettext_lazy("hour", "From"), required=False)
            self.fields[f"break_{number}_ends"] = hour_field(pgettext_lazy("hour", "To"), required=False)
            self.fields[f"break_{number}_title"] = forms.CharField(label=_("Name"), required=False, max_length=LONGEST_TITLE)
        for name, value in first.items():
            self.initial[name] = value
        for field in self.fields.values():
            if isinstance(field, forms.TimeField):
                field.error_messages["invalid"] = _("Give an hour from 00:00 to 23:59.")

    def main(self) -> list[forms.BoundField]:
        """The fields that stand in a row."""
        return [self[name] for name in ("begins", "ends", "minutes")]

    def breaks(self) -> list[tuple[int, list[forms.BoundField]]]:
        """The rows of breaks, by number."""
        rows = range(1, BREAK_ROWS + 1)
        return [(number, [self[f"break_{number}_{part}"] for part in ("begins", "ends", "title")]) for number in rows]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for number in range(1, BREAK_ROWS + 1):
            begins, ends = (f"break_{number}_{part}" for part in ("begins", "ends"))
            for name, other in ((begins, ends), (ends, begins)):
                if given.get(name) is None and (given.get(other) is not None) and name not in self.errors:
                    self.add_error(name, _("A break has a begin and an end."))
        return given

    @property
    def plan(self) -> DayPlan:
        """What the action takes. Only for a valid form."""
        given = self.cleaned_data
        rows = [[given[f"break_{number}_{part}"] for part in ("begins", "ends", "title")] for number in range(1, BREAK_ROWS + 1)]
        pauses = tuple(Pause(begins, ends, title) for begins, ends, title in rows if begins is not None and ends is not None)
        return DayPlan(given["begins"], given["ends"], given["minutes"], pauses)


class SlotForm(forms.Form):
    """One time of the timetable."""

    hides_optional = True

    day = forms.TypedChoiceField(label=_("Day"), coerce=date.fromisoformat)
    begins = hour_field(pgettext_lazy("hour", "From"))
    ends = hour_field(pgettext_lazy("hour", "To"))
    kind = forms.ChoiceField(label=_("What it is"), choices=[(Slot.Kind.MEETING, _("People meet")), (Slot.Kind.BREAK, _("A break"))])
    title = forms.CharField(label=_("Name of the break"), required=False, max_length=LONGEST_TITLE)

    def __init__(self, data: Any, edition: Edition, days: Sequence[date], slot: Slot | None = None) -> None:
        zone = ZoneInfo(edition.time_zone)
        initial: dict[str, Any] = {}
        if slot is not None:
            begins, ends = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
            initial = {"day": str(slot.day), "begins": begins.time(), "ends": ends.time(), "kind": slot.kind, "title": slot.title}
        super().__init__(data, initial=initial)
        self.time_zone = edition.time_zone
        field: Any = self.fields["day"]
        field.choices = [(str(day), long_day(day)) for day in days]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("begins", "ends"):
            if given.get("day") is None or given.get(name) is None:
                continue
            given[f"{name}_at"] = moment_on(given["day"], given[name], self.time_zone)
            if given[f"{name}_at"] is None:
                self.add_error(name, _("The clocks change then: this hour is not one moment."))
        return given

    @property
    def times(self) -> tuple[datetime, datetime, str, str]:
        """Begin, end, kind and name. Only for a valid form."""
        given = self.cleaned_data
        return given["begins_at"], given["ends_at"], given["kind"], given["title"] if given["kind"] == Slot.Kind.BREAK else ""


class TablesForm(forms.Form):
    """So many more tables for a hall."""

    hall = forms.IntegerField(min_value=1, max_value=2**53, widget=forms.HiddenInput)
    count = forms.IntegerField(label=_("Tables"), min_value=1, max_value=MOST_TABLES)


class ExpectedForm(forms.Form):
    """How many meetings at tables somebody expects."""

    expected = forms.IntegerField(label=_("Meetings expected at tables"), required=False, min_value=0, max_value=MOST_EXPECTED)


class PlacesForm(forms.Form):
    """Which places are listed, or have their signs printed."""

    hall = forms.CharField(required=False, max_length=10)
    kind = forms.ChoiceField(required=False, choices=[("table", ""), ("booth", "")])


class InterpreterForm(forms.Form):
    """Somebody of the pool."""

    hides_optional = True

    name = forms.CharField(label=pgettext_lazy("person", "Name"), required=False, max_length=80)
    email = forms.EmailField(
        label=_("Account"),
        required=False,
        help_text=_("The address with which they sign in, if they do: their meetings stand in their own calendar then."),
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages"), widget=forms.CheckboxSelectMultiple, help_text=_("At least two, between which they interpret.")
    )
    is_active = forms.BooleanField(label=_("In the pool"), required=False, initial=True)

    def __init__(self, data: Any, interpreter: Interpreter | None = None, *, names_accounts: bool = True) -> None:
        initial: dict[str, Any] = {}
        if interpreter is not None:
            email = interpreter.person.email if interpreter.person is not None else ""
            initial = {"name": interpreter.name, "email": email, "languages": interpreter.languages, "is_active": interpreter.is_active}
        super().__init__(data, initial=initial)
        field: Any = self.fields["languages"]
        spoken = interpreter.languages if interpreter is not None else []
        field.choices = [(code, LANGUAGE_NAMES.get(code, code)) for code in dict.fromkeys([*USUAL_LANGUAGES, *spoken])]
        if interpreter is None:
            del self.fields["is_active"]
        if not names_accounts:
            del self.fields["email"]


class AbsencesForm(forms.Form):
    """The times at which an interpreter is not there."""

    slots: Any = forms.ModelMultipleChoiceField(queryset=Slot.objects.none(), required=False)

    def __init__(self, data: Any, edition: Edition) -> None:
        super().__init__(data)
        slots: Any = self.fields["slots"]
        slots.queryset = Slot.objects.for_meetings().filter(edition=edition)
