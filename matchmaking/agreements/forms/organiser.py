"""What the organiser sends to the pages of the ledger."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Chain, Segment
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.sheets.columns import Wrong
from matchmaking.agreements.actions import LONGEST_REASON, AgreementInput
from matchmaking.agreements.actions.common import SAID
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.forms.fields import AmountField, ChainsField, ask
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.notation import KnownCompanies, written
from matchmaking.marketplace.forms.postings import SegmentsField
from matchmaking.participants.forms import capital

LONGEST_CHOICE = 24  # a key and a version that fit their columns


class RateForm(forms.Form):
    """A rate as somebody states it. The action checks what it must be."""

    currency = forms.ChoiceField(
        label=_("Currency"), choices=[("", "–"), *((code, words) for code, words in CURRENCY_CHOICES if code != "CNY")]
    )
    cny_per_unit = forms.DecimalField(
        label=_("Yuan for one unit"),
        max_digits=14,
        decimal_places=6,
        min_value=Decimal("0.000001"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=_("For example 7.24."),
    )
    as_of = forms.DateField(
        label=_("As of"), widget=forms.DateInput(attrs={"type": "date"}), help_text=_("The day on which it was published.")
    )
    source_note = forms.CharField(label=_("Source"), max_length=200, help_text=_("Who states this rate, or how it was derived."))

    @property
    def given(self) -> dict[str, Any]:
        """What `state_rate` takes. Only for a valid form."""
        return {name: self.cleaned_data[name] for name in self.fields}


class FreezeForm(forms.Form):
    """What is written beside a report that is frozen. The action checks how long it may be."""

    note = forms.CharField(label=_("Note"), max_length=500, required=False, help_text=_("For example what it was frozen for."))


class StepForm(forms.Form):
    """A step with an agreement: `seen` is the entry of its history that the person looked at."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


def reason_field(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    """Return the field for why something is done."""
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=LONGEST_REASON, required=required, help_text=help_text, widget=widget)


class VerifyForm(StepForm):
    reason = reason_field(_("What paper was seen"), _("Needed while not all parties have confirmed it."), required=False)


class VerifyManyForm(VerifyForm):
    """Of many at once: `seen` is the newest entry of all histories when the page was made."""

    def __init__(self, *args: Any, needs_paper: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = needs_paper
        self.fields["reason"].widget.attrs["rows"] = 2


class SettleForm(StepForm):
    reason = reason_field(_("How it was settled"))
    as_confirmed = forms.BooleanField(
        label=_("All parties agree"), required=False, help_text=_("You have it from every party that the agreement is right after all.")
    )


class StrikeForm(StepForm):
    reason = reason_field(_("Why it is void"))


class MergeForm(StepForm):
    into = forms.CharField(label=_("The one that stays"), max_length=60, help_text=_("Its number, for example 2027-0007."))
    reason = reason_field(_("Why the two are one"))


class LinkForm(StepForm):
    party = forms.ModelChoiceField(label=_("Party"), queryset=Party.objects.none(), empty_label=None)
    email = forms.EmailField(label=_("E-mail"), required=False, help_text=_("Empty: the link is shown once, for you to hand over."))

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"].queryset = agreement.parties_in_order()  # type: ignore[attr-defined] # a choice of rows


class ReferenceForm(forms.Form):
    external_id = forms.CharField(label=_("Own reference"), max_length=80, required=False, help_text=_("What another system calls it."))


class CorrectForm(StepForm):
    """What an agreement on record should say instead. It asks the room's checks, so that each sentence stands at its field; the action decides."""

    title = forms.CharField(label=_("Title"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=capital(Agreement.Kind.choices))
    chain = ChainsField(label=_("Chain"), queryset=Chain.objects.none(), empty_label=None)
    segment = SegmentsField(label=_("Segment"), queryset=Segment.objects.none(), empty_label=_("Not stated"), required=False)
    signed_on = forms.DateField(label=_("Signed on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    amount = AmountField(help_text=_("For example 1,500,000. Empty when not disclosed."))
    currency = forms.ChoiceField(label=_("Currency"), choices=[("", "–"), *CURRENCY_CHOICES], required=False)
    is_undisclosed = forms.BooleanField(label=_("Amount not disclosed"), required=False)
    visibility = forms.ChoiceField(label=_("Visibility"), choices=capital(Agreement.Visibility.choices))
    parties = forms.CharField(
        label=_("Parties"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "One in each line: a company's name, or its address in [ ]; an outside party with its country in ( ). "
            "Before each may stand what it is: “supplier:”, “customer:”, “other:”."
        ),
    )
    reason = reason_field(_("Why it is corrected"), _("The parties read it."))

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition = agreement.edition
        of_edition = Chain.objects.filter(Q(areas__edition=agreement.edition) | Q(pk=agreement.chain_id)).distinct().order_by("order", "pk")
        self.fields["chain"].queryset = of_edition  # type: ignore[attr-defined] # a choice of rows
        segments = Segment.objects.filter(chain__in=of_edition.values("pk")).select_related("chain").order_by("chain__order", "order", "pk")
        self.fields["segment"].queryset = segments  # type: ignore[attr-defined] # as above

    @staticmethod
    def start(agreement: Agreement, parties: Iterable[Party]) -> dict[str, Any]:
        """Return what the form shows first: what the agreement says."""
        return {**{name: getattr(agreement, name) for name in SAID}, "parties": "\n".join(map(written, parties))}

    def clean_parties(self) -> list[PartyInput]:
        known = KnownCompanies()
        lines = [" ".join(line.split()) for line in self.cleaned_data["parties"].splitlines() if line.strip()]
        known.read(lines)
        try:
            parties = [known.party(line) for line in lines]
        except Wrong as wrong:
            raise ValidationError(wrong.sentence()) from wrong
        return parties

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("is_undisclosed"):
            given["currency"] = ""
        if not self.errors:
            ask(self, lambda: self.as_input().check())
        return given

    def as_input(self) -> AgreementInput:
        """Return what was typed as the actions take it. Only for a form without errors."""
        return AgreementInput(edition=self.edition, **{name: self.cleaned_data[name] for name in (*SAID, "parties")})


def chosen(values: Iterable[str], *, most: int) -> dict[int, int]:
    """Return what was ticked in a list, version by key: "4711:2". What cannot be read is passed over."""
    pairs = [value.partition(":") for value in values if len(value) < LONGEST_CHOICE]
    return {int(pk): int(version) for pk, _colon, version in pairs[:most] if pk.isdecimal() and version.isdecimal()}
