"""What people send to the pages of meetings."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.accounts.models import User, display_name
from expo.editions.models import Edition
from expo.foundation.dates import clock, long_day
from expo.foundation.errors import Refused
from matchmaking.marketplace.wording import title_of
from matchmaking.meetings.actions.common import LONGEST_MESSAGE, LONGEST_NOTE
from matchmaking.meetings.models import Happening, MeetingSetup, PlanRun, Reason, Seat, Slot
from matchmaking.meetings.queries.before import Before, key_of
from matchmaking.meetings.queries.entries import in_role, time_words
from matchmaking.participants.forms import capital
from matchmaking.participants.models import Registration

FIRST_TIMES = 4
INITIALS = (*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "#")
Choices = list[tuple[Any, Any]]


def parse_day(text: str) -> date | None:
    """Return the day that is written as year-month-day; None where there is no such day."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def times_by_day(slots: Iterable[Slot], edition: Edition) -> Choices:
    """Return the slots as choices in groups of days."""
    days = groupby(slots, key=lambda slot: slot.day)
    return [(_day(day), [(slot.pk, clock(slot.starts_at, edition.time_zone)) for slot in found]) for day, found in days]


def _day(day: date) -> str:
    return long_day(day)


class AskForm(forms.Form):
    """A question to another company. What may be chosen is what `before` lists."""

    hides_optional = True  # Only the message is typed, and its hint says so.

    sender = forms.TypedChoiceField(label=_("You ask as"), coerce=int)
    postings = forms.MultipleChoiceField(label=_("What it is about"), required=False, widget=forms.CheckboxSelectMultiple)
    message = forms.CharField(
        label=_("Message"), required=False, max_length=LONGEST_MESSAGE, strip=True, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What you would like to talk about, in a language that they read. It may stay empty."),
    )  # fmt: skip
    slot = forms.ChoiceField(label=_("Time"), required=False, widget=forms.RadioSelect)
    other_slot = forms.ChoiceField(label=_("Another time"), required=False)
    partner = forms.TypedChoiceField(label=_("A partner comes along"), required=False, coerce=int, empty_value=None)
    needs_interpreter = forms.BooleanField(
        label=_("Ask for an interpreter"), required=False, help_text=_("One of the organiser’s interpreters sits with you.")
    )

    def __init__(self, data: Any, before: Before) -> None:
        pressed = [key_of(one) for one in before.subject.pressed]
        first = before.suiting[0].pk if before.suiting else ""
        initial = {"postings": pressed, "slot": first, "needs_interpreter": before.lacks_language}
        super().__init__(data, initial=initial)
        self.before = before
        self._choose("sender", [(one.pk, in_role(one)) for one in before.senders])
        if len(before.senders) < 2:  # noqa: PLR2004 - nothing to choose
            self.fields["sender"].widget = forms.HiddenInput()
        self.initial["sender"] = before.sender.pk if before.sender is not None else ""
        self._choose("postings", [(key_of(one), title_of(one)) for one in before.postings])
        self._choose("partner", [("", _("Nobody")), *((one.pk, one.company.title) for one in before.partners)])
        if not before.partners:
            del self.fields["partner"]
        if not before.postings:
            del self.fields["postings"]
        self._choose_times(before)

    def _choose_times(self, before: Before) -> None:
        if not before.chooses_time:
            del self.fields["slot"], self.fields["other_slot"]
            return
        edition, times = before.subject.receiver.edition, before.free
        first: Choices = [(slot.pk, time_words(slot, edition)) for slot in before.suiting[:FIRST_TIMES]]
        self._choose("slot", [*first, ("", _("They choose a time"))])
        rest = times_by_day(times, edition)
        self._choose("other_slot", [("", _("As above")), *rest])
        if len(times) <= FIRST_TIMES:
            del self.fields["other_slot"]

    def _choose(self, name: str, choices: Choices) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    @property
    def chosen_slot(self) -> Slot | None:
        """The time that was chosen, None where they choose. Only for a valid form."""
        wanted = self.cleaned_data.get("other_slot") or self.cleaned_data.get("slot") or ""
        return next((slot for slot in self.before.free if str(slot.pk) == wanted), None)

    @property
    def chosen_partner(self) -> Registration | None:
        """Who comes along. Only for a valid form."""
        wanted = self.cleaned_data.get("partner")
        return next((one for one in self.before.partners if one.pk == wanted), None)


class VersionForm(forms.Form):
    """A button: it says which version of the row the person looked at."""

    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class TimeForm(VersionForm):
    """One of the edition's times, named by its number."""

    slot: Any = forms.ModelChoiceField(
        label=_("Time"), queryset=Slot.objects.none(), error_messages={"invalid_choice": _("Choose one of the free times.")}
    )

    def __init__(self, data: Any, edition: Edition, *, is_needed: bool = True) -> None:
        super().__init__(data)
        slot: Any = self.fields["slot"]
        slot.queryset = Slot.objects.for_meetings().filter(edition=edition).select_related("edition")
        slot.required = is_needed


class AcceptForm(TimeForm):
    """A yes: at which time, and with an interpreter or without."""

    needs_interpreter = forms.BooleanField(required=False)

    def __init__(self, data: Any, edition: Edition) -> None:
        super().__init__(data, edition, is_needed=False)


def reasons() -> list[tuple[str, str | Promise]]:
    """Return why a participant may say no: what the organiser does is not theirs to say."""
    return [(value, words) for value, words in capital(Reason.choices) if value != Reason.ORGANISER]


class ReasonForm(VersionForm):
    """Why somebody does not meet."""

    reason = forms.ChoiceField(label=_("Reason"), choices=reasons, error_messages={"required": _("Choose a reason.")})
    note = forms.CharField(label=_("A word more"), required=False, max_length=LONGEST_NOTE)


class MessageForm(forms.Form):
    text = forms.CharField(label=_("Message"), max_length=LONGEST_MESSAGE, widget=forms.Textarea(attrs={"rows": 3}))


class HandOverForm(VersionForm):
    """A colleague of one's own company."""

    person = forms.TypedChoiceField(label=_("Who comes"), coerce=int)

    def __init__(self, data: Any, colleagues: Sequence[User]) -> None:
        super().__init__(data)
        self.colleagues = {one.pk: one for one in colleagues}
        person: Any = self.fields["person"]
        person.choices = [(one.pk, display_name(one)) for one in colleagues]

    @property
    def chosen(self) -> User:
        """Who comes. Only for a valid form."""
        return self.colleagues[self.cleaned_data["person"]]


class OpenMoveForm(forms.Form):
    proposal = forms.IntegerField(min_value=1, required=False)


class MoveAnswerForm(OpenMoveForm):
    answer = forms.ChoiceField(choices=[("accept", _("Accept")), ("decline", _("Decline"))])


class OutcomeForm(forms.Form):
    says = forms.ChoiceField(choices=Seat.Says.choices)


class RatingForm(forms.Form):
    stars = forms.IntegerField(min_value=1, max_value=5)


class TimesForm(forms.Form):
    """Times that somebody keeps free."""

    slots: Any = forms.ModelMultipleChoiceField(queryset=Slot.objects.none(), required=False)

    def __init__(self, data: Any, setup: MeetingSetup) -> None:
        super().__init__(data)
        slots: Any = self.fields["slots"]
        slots.queryset = Slot.objects.for_meetings().filter(edition=setup.edition_id)


class WhoseTimesForm(forms.Form):
    """Whose times are shown: one's own, or those of a registration."""

    keeps = forms.ChoiceField(required=False, choices=[("person", ""), ("company", "")])
    registration = forms.IntegerField(required=False, min_value=1, max_value=2**53)


class SubjectForm(forms.Form):
    """What the button that led to the page of asking named."""

    offer = forms.IntegerField(required=False, min_value=1, max_value=2**53)
    request = forms.IntegerField(required=False, min_value=1, max_value=2**53)
    company = forms.SlugField(required=False, max_length=80)
    to = forms.IntegerField(required=False, min_value=1, max_value=2**53)
    sender = forms.IntegerField(required=False, min_value=1, max_value=2**53)


class ActingForm(forms.Form):
    """For which registration staff acts."""

    acting_for = forms.IntegerField(required=False, min_value=1, max_value=2**53)


class FindForm(forms.Form):
    """Which participants staff look for."""

    q = forms.CharField(required=False, max_length=80)
    served = forms.ChoiceField(required=False, choices=[("none", "")])


class BoardForm(forms.Form):
    """Which moment of the expo the board shows, on its own clocks, and which hall. Without a moment it is now."""

    at = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])
    hall = forms.CharField(required=False, max_length=20)

    def __init__(self, data: Any, edition: Edition) -> None:
        super().__init__(data)
        self.zone = ZoneInfo(edition.time_zone)

    def clean_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["at"]
        return at.replace(tzinfo=self.zone) if at is not None else None


class FigureForm(forms.Form):
    """Of which parts a figure's rows are shown; "none" for rows that are in no part."""

    day = forms.RegexField(r"^(none|\d{4}-\d{2}-\d{2})$", required=False)
    hall = forms.CharField(required=False, max_length=20)
    chain = forms.CharField(required=False, max_length=10)
    role = forms.CharField(required=False, max_length=10)
    country = forms.CharField(required=False, max_length=4)

    def clean_day(self) -> str:
        day: str = self.cleaned_data["day"]
        if day and day != "none" and parse_day(day) is None:
            raise forms.ValidationError(_("Enter a valid date."))
        return day

    @property
    def chosen(self) -> dict[str, str]:
        """The parts, by dimension. Only for a valid form."""
        return {name: value for name, value in self.cleaned_data.items() if value}


class ScheduleForm(forms.Form):
    """Whose schedules are printed."""

    hall = forms.ChoiceField(label=_("Hall"), required=False)
    day = forms.ChoiceField(label=_("Day"), required=False)
    letter = forms.ChoiceField(label=_("First letter"), required=False, choices=[("", _("All")), *((one, one) for one in INITIALS)])
    of = forms.IntegerField(required=False, min_value=1, max_value=2**53, widget=forms.HiddenInput)

    def __init__(self, data: Any, halls: Sequence[str], days: Sequence[date]) -> None:
        super().__init__(data)
        hall: Any = self.fields["hall"]
        day: Any = self.fields["day"]
        hall.choices = [("", _("All")), *((one, one) for one in halls)]
        day.choices = [("", _("All")), *((one.isoformat(), long_day(one)) for one in days)]


class DaysForm(forms.Form):
    """Which day of one's own is shown, and how."""

    day = forms.DateField(required=False)
    view = forms.ChoiceField(required=False, choices=[("day", ""), ("week", ""), ("list", "")])
    who = forms.ChoiceField(required=False, choices=[("me", ""), ("all", "")])


class CheckInForm(forms.Form):
    """Which of the meetings at a place somebody is there for."""

    meeting = forms.IntegerField(min_value=1, max_value=2**53)


class PlanForm(forms.Form):
    """What the planner is asked for."""

    hides_optional = True  # Each field holds what is usual.

    kind = forms.ChoiceField(
        label=_("What to plan"), initial=PlanRun.Kind.PLAN, widget=forms.RadioSelect,
        choices=[
            (PlanRun.Kind.PLAN, _("A plan: meetings without a time get one, the others keep theirs")),
            (PlanRun.Kind.REPAIR, _("A re-plan: what can stay stays, and as few as possible move")),
        ],
    )  # fmt: skip
    with_proposals = forms.BooleanField(
        label=_("With proposals"),
        required=False,
        help_text=_("Of a plan: pairs who match each other, up to the fewest meetings of the set-up."),
    )
    seconds = forms.IntegerField(
        label=_("Seconds of computing"), initial=PlanRun.SECONDS, min_value=1, max_value=600, help_text=_("At most; from 1 to 600.")
    )
    seed = forms.IntegerField(
        label=_("Seed"), initial=1, min_value=0, max_value=2**31 - 1, help_text=_("The same facts and seed give the same plan.")
    )


class WebhookForm(forms.Form):
    """An address that is told of what happens."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Which program it is, for those who read this list."))
    url = forms.CharField(
        label=pgettext_lazy("webhook", "Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://hooks.example.com/interchange", "autocomplete": "off"}),
        help_text=_("https only. Nothing is sent to addresses of private networks."),
    )
    events = forms.MultipleChoiceField(
        label=_("What it is told"),
        choices=[(kind, capfirst(words)) for kind, words in Happening.choices],
        widget=forms.CheckboxSelectMultiple,
    )

    def take(self, refusal: Refused) -> Refused | None:
        """Show a refusal at its fields; return it where it is about none of them."""
        for name, texts in refusal.fields.items():
            for text in texts:
                self.add_error(name, text)
        return None if refusal.fields else refusal


class ReplayForm(forms.Form):
    """Since when messages that did not arrive are sent again."""

    hours = forms.TypedChoiceField(
        label=_("Made within"), coerce=int, initial=24,
        choices=[(1, _("the last hour")), (24, _("the last day")), (72, _("the last three days")), (720, _("the last thirty days"))],
    )  # fmt: skip
