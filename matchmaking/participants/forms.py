from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import text
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from expo.editions.models import Chain, Segment
from expo.foundation.errors import Refused
from expo.foundation.templatetags.signs import bullet
from expo.venue.models import Booth
from matchmaking.participants import queries
from matchmaking.participants.actions.registrations import MOST_DESKS
from matchmaking.participants.models import LONGEST_REFERENCE, Company, Registration


def show_refusal(form: forms.BaseForm, refused: Refused) -> None:
    """Put what an action refused beside the fields it is about, and the rest above the form."""
    for name, texts in refused.fields.items():
        form.add_error(name if name in form.fields else None, [str(text) for text in texts])
    if not refused.fields:
        form.add_error(None, str(refused.detail))


capfirst = lazy(text.capfirst, str)


def capital(choices: Any) -> list[tuple[Any, Any]]:
    """Return the choices with a capital first letter, as they stand alone in a form."""
    return [(value, capfirst(words)) for value, words in choices]


def reference_field() -> forms.CharField:
    """Return the field for what a company calls the thing at home."""
    return forms.CharField(
        label=_("Your own reference number"),
        max_length=LONGEST_REFERENCE,
        required=False,
        help_text=_("What your own system calls it. Nobody else sees it."),
    )


class CompanyForm(forms.Form):
    name = forms.CharField(
        label=_("Company name"), max_length=160, help_text=_("As registered, in Latin letters where it has such a name.")
    )
    country = forms.ChoiceField(label=_("Country/region"))
    website = forms.URLField(
        label=_("Website"),
        max_length=300,
        required=False,
        assume_scheme="https",
        help_text=_("Its domain shows that the company is yours."),
    )
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=160, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=capital(Company.Kind.choices), initial=Company.Kind.COMPANY)
    external_id = reference_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _t("Choose")), *countries]  # type: ignore[attr-defined] # a ChoiceField
        self.fields["name"].widget.attrs["autocomplete"] = "organization"


class CompanyDetailsForm(CompanyForm):
    about_en = forms.CharField(
        label=_("About the company, in English"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    about_zh = forms.CharField(
        label=_("About the company, in Chinese"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )

    def __init__(self, *args: Any, identity_is_fixed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if identity_is_fixed:
            for name in ("name", "country", "website"):
                self.fields[name].disabled = True
                self.fields[name].help_text = _("Checked by the organiser. Ask the organiser to change it.")


class LogoForm(forms.Form):
    logo = forms.FileField(
        label=_("Picture"),
        error_messages={"required": _("Choose a picture first.")},
        help_text=_("PNG, JPEG or WebP, up to 5 MB. Kept as a picture of at most 800 pixels a side, without hidden data."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )


class JoinForm(forms.Form):
    job_title = forms.CharField(label=_("Your position there"), max_length=120, required=False)


class ChainsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg] # generic only in the stubs
    def label_from_instance(self, obj: Any) -> SafeString:
        return format_html("{} {}", bullet(obj), obj.name)


class BoothField(forms.ModelChoiceField):  # type: ignore[type-arg] # generic only in the stubs
    def label_from_instance(self, obj: Any) -> str:
        size = _t("%(width)s × %(depth)s m") % {"width": obj.width.normalize(), "depth": obj.depth.normalize()}
        return f"{obj.code} · {obj.hall.name} · {size}"


class ParticipationForm(forms.Form):
    chains = ChainsField(
        label=_("Chains of interest"),
        to_field_name="slug",
        queryset=Chain.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Where you want to be found, and where you look."),
        error_messages={"required": _("Choose at least one chain.")},
    )
    main_segment = forms.ModelChoiceField(
        label=_("Main segment"), queryset=Segment.objects.none(), required=False, help_text=_("Where on the chain you mainly stand.")
    )
    attendance = forms.ChoiceField(label=_("Attendance"), choices=capital(Registration.Attendance.choices), widget=forms.RadioSelect)
    parallel_meetings = forms.IntegerField(
        label=_("Desks"),
        min_value=1,
        max_value=MOST_DESKS,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=_("How many meetings can run at once."),
        error_messages=dict.fromkeys(["invalid", "min_value", "max_value"], _("Write a number from 1 to 50.")),
    )
    booth = BoothField(
        label=_("Booth"),
        queryset=Booth.objects.none(),
        required=False,
        empty_label=_("No booth yet"),
        help_text=_("Reserved for you as soon as you save."),
        error_messages={"invalid_choice": _("That booth has just been taken. Choose another one.")},
    )
    external_id = reference_field()

    def __init__(self, *args: Any, registration: Registration, **kwargs: Any) -> None:
        kwargs.setdefault("initial", initial_participation(registration))
        super().__init__(*args, **kwargs)
        self._choose_from("chains", queries.chains_of(registration.edition))
        self._choose_segment(queries.segments_of(registration.edition))
        booths = queries.booths_for(registration)
        if registration.role == Registration.Role.EXHIBITOR and booths.exists():
            self._choose_from("booth", booths)
        else:
            del self.fields["booth"]
        if registration.role == Registration.Role.BUYER:
            self.fields["main_segment"].help_text = _("Where on the chain your company mainly stands.")

    def _choose_segment(self, rows: QuerySet[Segment]) -> None:
        self._choose_from("main_segment", rows)
        by_chain: dict[str, list[tuple[int, str]]] = {}
        for segment in rows:
            by_chain.setdefault(str(segment.chain.name), []).append((segment.pk, f"{segment.get_stage_display()} · {segment.name}"))
        self.fields["main_segment"].choices = [("", _t("None in particular")), *by_chain.items()]  # type: ignore[attr-defined] # as below

    def _choose_from(self, name: str, rows: QuerySet[Any]) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined] # one of the three choices of rows


def initial_participation(registration: Registration) -> dict[str, Any]:
    """Return what the registration says now, as the form's first values."""
    return {
        "chains": list(registration.chains.all()),
        "main_segment": registration.main_segment_id,
        "attendance": registration.attendance,
        "parallel_meetings": registration.parallel_meetings,
        "booth": registration.booth_id,
        "external_id": registration.external_id,
    }
