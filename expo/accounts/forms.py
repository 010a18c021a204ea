import zoneinfo
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from expo.accounts.models import LANGUAGE_NAMES, MOST_LANGUAGES, ApiKey, User, Way
from expo.foundation.bilingual import is_chinese
from expo.foundation.text import one_line


class SignupDetails(forms.Form):
    full_name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    field_order = ["full_name", "email", "password1", "password2"]

    def clean_full_name(self) -> str:
        return one_line(self.cleaned_data["full_name"])

    def signup(self, _request: HttpRequest, user: User) -> None:
        user.full_name = self.cleaned_data["full_name"]
        user.language = User.Language.CHINESE if is_chinese() else User.Language.ENGLISH
        user.save(update_fields=["full_name", "language"])


# Offered as boxes; what somebody has written down besides stays.
USUAL_LANGUAGES = ("en", "zh", "ar", "de", "es", "fr", "hi", "id", "it", "ja", "ko", "pl", "pt", "ru", "th", "tr", "vi")


class ProfileForm(forms.ModelForm[User]):
    speaks = forms.MultipleChoiceField(
        label=_("Languages in which you meet"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Who asks you for a meeting reads them. Without any, it is the language of your mails."),
    )

    class Meta:
        model = User
        fields = ["full_name", "phone", "language", "time_zone"]
        widgets = {
            "full_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
        known = {*zones, self.instance.time_zone}
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"), choices=[(zone, zone.replace("_", " ")) for zone in sorted(known)], initial=self.instance.time_zone
        )
        speaks: Any = self.fields["speaks"]
        speaks.choices = [(code, LANGUAGE_NAMES[code]) for code in dict.fromkeys([*USUAL_LANGUAGES, *self.instance.speaks])]
        self.fields["full_name"].label = _("Your name")
        self.fields["full_name"].help_text = _("Shown to a company you ask to join, and to whom you accept a meeting with.")
        self.fields["phone"].help_text = _("Shown to nobody until you accept a meeting.")
        self.fields["language"].help_text = _("The language of the mails you get.")

    def clean_speaks(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["speaks"]
        if len(chosen) > MOST_LANGUAGES:
            raise forms.ValidationError(_("Choose at most %(most)s."), params={"most": MOST_LANGUAGES})
        return chosen

    def clean_full_name(self) -> str:
        return one_line(self.cleaned_data["full_name"])

    def clean_phone(self) -> str:
        return one_line(self.cleaned_data["phone"])


class NoticesForm(forms.Form):
    """What reaches a person by mail, and how: a field for each group."""

    MATCHES = ((Way.GATHERED, Way.GATHERED.label), (Way.DESK, Way.DESK.label))

    mails_of_requests = forms.ChoiceField(
        label=_("Requests to meet, and answers"),
        choices=Way.choices,
        widget=forms.RadioSelect,
        help_text=_("What must be answered within 24 hours comes at once."),
    )
    mails_of_meetings = forms.ChoiceField(
        label=_("Agreed meetings: new, moved, handed over, cancelled"),
        choices=Way.choices,
        widget=forms.RadioSelect,
        help_text=_("These mails keep calendars right. Without them, subscribe to the address of your own calendar."),
    )
    mails_of_reminders = forms.ChoiceField(label=_("Reminders, and how a meeting went"), choices=Way.choices, widget=forms.RadioSelect)
    mails_of_messages = forms.ChoiceField(label=_("Messages of the other side"), choices=Way.choices, widget=forms.RadioSelect)
    mails_of_agreements = forms.ChoiceField(
        label=_("Agreements: to confirm, confirmed, disputed, corrected, and what became of them"),
        choices=Way.choices,
        widget=forms.RadioSelect,
        help_text=_("From 24 hours before the expo until its end they come at once."),
    )
    mails_of_matches = forms.ChoiceField(
        label=_("New matches"),
        choices=MATCHES,
        widget=forms.RadioSelect,
        help_text=_("A mail of their own, and none when there is nothing new."),
    )

    def __init__(self, data: Any, person: User) -> None:
        initial = {name: getattr(person, name) for name in self.base_fields if name != "mails_of_matches"}
        super().__init__(data, initial=initial | {"mails_of_matches": Way.GATHERED if person.wants_match_mail else Way.DESK})

    @property
    def given(self) -> dict[str, Any]:
        """What `choose_notices` takes."""
        chosen = dict(self.cleaned_data)
        return chosen | {"wants_match_mail": chosen.pop("mails_of_matches") == Way.GATHERED}


class KeyForm(forms.Form):
    """A new key, before it is made."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("For yourself: the program that will use it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(label=_("It may"), choices=ApiKey.Scope.choices, initial=ApiKey.Scope.READ, widget=forms.RadioSelect)
    days = forms.TypedChoiceField(
        label=_("It ends after"),
        choices=[(30, _("30 days")), (90, _("90 days")), (180, _("180 days")), (365, _("one year"))],
        initial=90,
        coerce=int,
    )
