"""The operator's sheet in the administration: an agreement with its parties."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from expo.editions.queries import rates_of
from expo.foundation.errors import Refused
from matchmaking.agreements import checks
from matchmaking.agreements.actions import AgreementInput, latest_entry
from matchmaking.agreements.actions.common import SAID
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.documents import read_document
from matchmaking.agreements.errors import ChangedMeanwhile
from matchmaking.agreements.forms.fields import AmountField, ask
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries import likely_duplicates

RECORD = "_record"
RECORD_AND_NEXT = "_record_next"
NOT_A_DUPLICATE = "not_a_duplicate"


class AgreementForm(forms.ModelForm):  # type: ignore[type-arg] # generic only in the stubs
    """The operator's sheet. It asks the room's checks, so that each sentence stands at its field before anything is saved."""

    amount = AmountField(help_text=_("For example 1,500,000. Empty when not disclosed."))
    document = forms.FileField(
        label=_("Document"), required=False, widget=forms.FileInput(attrs={"accept": "application/pdf"}), help_text=_("PDF, up to 20 MB.")
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Agreement
        fields = (
            "edition", "kind", "title", "chain", "segment", "signed_on", "amount", "currency", "is_undisclosed", "visibility",
            "document", "external_id",
        )  # fmt: skip
        widgets = {"kind": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A row that is only looked at hands over no fields at all.
        if "currency" in self.fields:
            self.fields["currency"].error_messages["invalid_choice"] = _("“%(value)s” is not a currency that is known here.")
        if "kind" in self.fields:
            self.fields["kind"].choices = Agreement.Kind.choices  # type: ignore[attr-defined] # no empty choice among radio buttons
        if self.instance.pk and not self.is_bound:
            self.initial["seen"] = latest_entry(self.instance)

    def clean_document(self) -> Any:
        upload = self.files.get(self.add_prefix("document"))
        if upload is not None:
            ask(self, lambda: self._read(upload))
        return upload

    def _read(self, upload: Any) -> None:
        # The row itself is never saved from here; the parties' check for duplicates reads the hash from it.
        self.instance.document_sha256 = read_document(upload)[1]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        seen = given.get("seen")
        if self.instance.pk and seen is not None and seen != latest_entry(self.instance):
            raise ValidationError(str(ChangedMeanwhile.detail), code=ChangedMeanwhile.code)
        edition, chain, signed_on = given.get("edition"), given.get("chain"), given.get("signed_on")
        if edition and chain:
            ask(self, lambda: checks.check_place(edition, chain, given.get("segment")))
        if edition and signed_on:
            ask(self, lambda: checks.check_signed_on(edition, signed_on))
        if "amount" in given and "currency" in given:
            self._check_amount(given)
        return given

    def _check_amount(self, given: dict[str, Any]) -> None:
        amount, currency, hidden = given["amount"], given["currency"], given["is_undisclosed"]
        passed = ask(self, lambda: checks.check_amount(amount, currency, is_undisclosed=hidden))
        if passed and not hidden and self.is_recording and given.get("edition"):
            ask(self, lambda: checks.check_rate(given["edition"], currency, rates_of(given["edition"])))
        if hidden:
            given["currency"] = ""

    @property
    def is_recording(self) -> bool:
        """Whether the button pressed puts the agreement on record."""
        return RECORD in self.data or RECORD_AND_NEXT in self.data

    def as_input(self, parties: list[PartyInput]) -> AgreementInput:
        """Return the sheet with its parties as the actions take it. Only for a valid form."""
        return AgreementInput(**{name: self.cleaned_data[name] for name in ("edition", *SAID)}, parties=parties)


class PartyForm(forms.ModelForm):  # type: ignore[type-arg] # generic only in the stubs
    class Meta:
        model = Party
        fields = ("company", "outside_name", "country", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # In a table the column's head is all the label there is: each input says its own.
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.has_changed() or self.instance.pk:
            ask(self, lambda: checks.check_party(self.as_input()))
        if given.get("company"):
            given["country"] = ""
        return given

    def as_input(self) -> PartyInput:
        given = self.cleaned_data
        return PartyInput(given.get("company"), given.get("outside_name") or "", str(given.get("country") or ""), given.get("role") or "")


class PartyFormSet(BaseInlineFormSet[Party, Agreement, PartyForm]):
    """The parties. Checked together: two at least, none twice; and against what is on record already."""

    duplicates: list[Agreement]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.duplicates = []

    def clean(self) -> None:
        if any(self.errors):
            return
        parties = self.as_input()
        try:
            checks.check_parties(parties)
        except Refused as refusal:
            raise ValidationError(str(refusal.detail)) from refusal
        if self.instance.signed_on and self.instance.edition_id and NOT_A_DUPLICATE not in self.data:
            self._point_out_duplicates(parties)

    def as_input(self) -> list[PartyInput]:
        """Return the parties in their order, without empty rows and rows to be removed. Only for valid forms."""
        kept = [form for form in self.forms if form not in self.deleted_forms and (form.has_changed() or form.instance.pk)]
        return [form.as_input() for form in kept]

    def _point_out_duplicates(self, parties: list[PartyInput]) -> None:
        given = self.instance
        self.duplicates = likely_duplicates(
            given.edition,
            parties,
            signed_on=given.signed_on,
            amount=given.amount,
            document_sha256=given.document_sha256,
            leave_out=given.pk,
        )
        if self.duplicates:
            raise ValidationError(
                ngettext(
                    "An agreement like this one is written down already. Look at it below; tick the box if this is another one.",
                    "Agreements like this one are written down already. Look at them below; tick the box if this is another one.",
                    len(self.duplicates),
                ),
                code="likely_duplicate",
            )

    def add_fields(self, form: PartyForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["outside_name"].widget.attrs["placeholder"] = _("or the name of an outside party")


class VoidForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "cols": 80}))
