from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Segment
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.sheets.columns import SEPARATORS
from expo.foundation.units import UNIT_CHOICES
from matchmaking.marketplace.actions.saving import OFFER_FIELDS, REQUEST_FIELDS
from matchmaking.marketplace.forms.fields import AmountField, CountriesField, HSCodeField, KnownField, WholeNumberField, country_choices
from matchmaking.marketplace.models import HS_CODE, INCOTERMS, LANGUAGES, LONGEST_LEAD_DAYS, Posting, SourcingRequest
from matchmaking.marketplace.normalise import certificate_key
from matchmaking.participants.forms import reference_field
from matchmaking.participants.models import Registration

CURRENCIES = [("", _("Currency")), *CURRENCY_CHOICES]
PER_UNITS = [("", _("per")), *UNIT_CHOICES]

# Inviting one by one needs meetings; until then the form does not offer it.
VISIBILITY = [
    ("public", _("Everyone: with your company's name")),
    ("name_hidden", _("Name hidden until you accept: suppliers see the request, not who asks")),
]


class SegmentsField(forms.ModelChoiceField):  # type: ignore[type-arg] # generic only in the stubs
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.chain.code} · {obj.get_stage_display()} · {obj.name}"


class RegistrationsField(forms.ModelChoiceField):  # type: ignore[type-arg] # generic only in the stubs
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.company.title} · {obj.edition.short_name}"


class PostingForm(forms.Form):
    """What offers and requests share. It reads and checks what was typed; the action decides."""

    registration = RegistrationsField(label=_("For"), queryset=Registration.objects.none(), empty_label=None)
    title = forms.CharField(max_length=160)
    segment = SegmentsField(label=_("Segment"), queryset=Segment.objects.none(), empty_label=_("Choose"))
    description = forms.CharField(label=_("Description"), max_length=6000, required=False, widget=forms.Textarea(attrs={"rows": 6}))
    language = forms.ChoiceField(label=_("Written in"), choices=LANGUAGES)
    title_other = forms.CharField(label=_("Title in the other language"), max_length=160, required=False)
    hs_code = HSCodeField(label=_("HS code"), required=False, validators=[HS_CODE])
    unit = KnownField(label=_("Unit"), choices=UNIT_CHOICES, initial="pc")
    currency = KnownField(label=_("Currency"), choices=CURRENCIES, required=False)
    incoterms = forms.MultipleChoiceField(label=_("Incoterms"), choices=INCOTERMS, required=False, widget=forms.CheckboxSelectMultiple)
    external_id = reference_field()

    names: tuple[str, ...] = ()

    def __init__(self, *args: Any, registrations: QuerySet[Registration], segments: QuerySet[Segment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        link = format_html('<a href="{}" target="_blank">{}</a>', reverse("hs_codes"), _("Look it up by words"))
        self.fields["hs_code"].help_text = format_html("{} {}", _("2, 4 or 6 digits."), link)
        self.fields["segment"].queryset = segments  # type: ignore[attr-defined] # a choice of rows
        if len(registrations) > 1:
            self.fields["registration"].queryset = registrations  # type: ignore[attr-defined] # a choice of rows
        else:
            del self.fields["registration"]

    @property
    def values(self) -> dict[str, Any]:
        """What the action is given."""
        return {name: self.cleaned_data[name] for name in self.names if name in self.cleaned_data}


class OfferForm(PostingForm):
    unit_price = AmountField(label=_("Price"), required=False, decimal_places=4)
    price_unit = KnownField(label=_("Price per"), choices=PER_UNITS, required=False)
    monthly_capacity = AmountField(label=_("Capacity a month"), required=False, help_text=_("What you can deliver regularly, not at best."))
    minimum_quantity = AmountField(label=_("Smallest order"), required=False)
    lead_time_days = WholeNumberField(
        label=_("Lead time in days"),
        required=False,
        min_value=0,
        max_value=LONGEST_LEAD_DAYS,
        help_text=_("0 means from stock; 10 weeks are 70 days."),
    )
    origin = forms.ChoiceField(label=_("Origin"), choices=country_choices, required=False, help_text=_("Where it is made."))
    ships_to = CountriesField(label=_("Ships to"), help_text=_("Countries and regions, with commas between them. Empty means anywhere."))
    is_debut = forms.BooleanField(label=_("Debut: shown at this expo for the first time"), required=False)

    names = OFFER_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].label = _("What do you offer?")
        self.fields["title"].help_text = _("One product or service, with the figure buyers ask for first.")


class RequestForm(PostingForm):
    quantity = AmountField(label=_("Quantity"), required=False)
    budget = AmountField(label=_("Budget for one unit"), required=False, decimal_places=4)
    budget_unit = KnownField(label=_("Budget per"), choices=PER_UNITS, required=False)
    needed_by = forms.DateField(
        label=_("Needed by"),
        required=False,
        help_text=_("When it has to be there."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    deliver_to = forms.ChoiceField(
        label=_("Deliver to"), choices=country_choices, required=False, help_text=_("Suppliers see it even where your name is hidden.")
    )
    origins_accepted = CountriesField(
        label=_("Origins accepted"), help_text=_("Countries and regions, with commas between them. Empty means any.")
    )
    certificates = forms.CharField(
        label=_("Certificates asked for"),
        required=False,
        max_length=1000,
        help_text=_("With commas between them, for example IATF 16949, ISO 9001."),
    )
    musts = forms.MultipleChoiceField(
        label=_("Must have"),
        choices=lambda: [(value, capfirst(words)) for value, words in SourcingRequest.Requirement.choices],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("An offer that misses one of these is not shown to you. What is not marked is a wish: it changes the order only."),
    )
    visibility = forms.ChoiceField(label=_("Who may see it"), choices=VISIBILITY, widget=forms.RadioSelect, initial="public")
    answer_cap = WholeNumberField(
        label=_("Most answers"), required=False, min_value=1, max_value=10_000, help_text=_("Shields you from more. Empty means no limit.")
    )

    names = REQUEST_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("visibility") == SourcingRequest.Visibility.INVITED:
            self.fields["visibility"].choices = [*VISIBILITY, ("invited", _("Invited only"))]  # type: ignore[attr-defined] # a ChoiceField
        self.fields["title"].label = _("What do you look for?")
        self.fields["title"].help_text = _("One product or service, with the figure that decides.")

    def clean_needed_by(self) -> Any:
        needed_by = self.cleaned_data["needed_by"]
        # A day that passed meanwhile does not stand in the way of putting a typo right.
        if needed_by and needed_by < timezone.localdate() and "needed_by" in self.changed_data:
            raise forms.ValidationError(_("That day is past. Write the day by which it has to be there."), code="past")
        return needed_by

    @property
    def certificate_names(self) -> list[str]:
        """The names of the certificates asked for."""
        names = SEPARATORS.split(self.cleaned_data.get("certificates", ""))
        return [name.strip() for name in names if certificate_key(name)]


def initial_values(posting: Posting | None, names: tuple[str, ...], language: str) -> dict[str, Any]:
    """Return what the posting says now, or how a new one begins, as the form's first values."""
    if posting is None:
        return {"language": language, "musts": SourcingRequest._meta.get_field("musts").get_default()}
    values = {name: getattr(posting, name) for name in names}
    values["segment"] = posting.segment_id
    for name in ("origin", "deliver_to"):
        if name in values:
            values[name] = str(values[name].code or "")
    if isinstance(posting, SourcingRequest):
        values["certificates"] = ", ".join(row.certificate.name for row in posting.certificates.select_related("certificate"))
    return values
