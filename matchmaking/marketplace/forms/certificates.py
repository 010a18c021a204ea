from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from expo.foundation.dates import span
from expo.foundation.errors import Refused
from matchmaking.marketplace.actions import HeldCertificate
from matchmaking.marketplace.models import Certificate, Offer
from matchmaking.marketplace.normalise import certificate_key
from matchmaking.marketplace.proofs import check_pdf

BLANK_ROWS = 2


class CertificateForm(forms.Form):
    name = forms.CharField(
        label=_("Certificate"), max_length=80, required=False, widget=forms.TextInput(attrs={"list": "known-certificates"})
    )
    valid_until = forms.DateField(label=_("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    file = forms.FileField(label=_("Proof (PDF)"), required=False, widget=forms.FileInput(attrs={"accept": "application/pdf"}))
    drop = forms.BooleanField(label=_("Remove"), required=False)

    hides_optional = True
    is_there = is_proven = False

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload:
            try:
                check_pdf(upload)
            except Refused as refused:
                raise ValidationError(str(refused.detail), code=refused.code) from refused
        return upload

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not values.get("name") and (values.get("valid_until") or values.get("file")) and not values.get("drop"):
            self.add_error("name", _("Name the certificate that this date or file belongs to."))
        until = values.get("valid_until")
        if until and until < timezone.localdate() and not values.get("drop"):
            self.add_error("valid_until", _("This ended on %(date)s. Give the renewed date, or remove it.") % {"date": span(until)})
        return values


class _Certificates(forms.BaseFormSet):  # type: ignore[type-arg] # generic only in the stubs
    def known(self) -> list[str]:
        """Names of certificates that postings use, for the browser to suggest. One query."""
        return list(Certificate.objects.order_by("name").values_list("name", flat=True)[:200])

    def mark(self, held: Mapping[str, bool]) -> None:
        """Tell each row whether the offer holds its certificate already, and with a proof. `held`: key -> has a proof."""
        for form in self.forms:
            key = certificate_key(str(form["name"].value() or ""))
            form.is_there, form.is_proven = key in held, held.get(key, False)


CertificateFormSet = forms.formset_factory(CertificateForm, formset=_Certificates, extra=BLANK_ROWS, max_num=20, absolute_max=40)


def held_certificates(formset: Any) -> list[HeldCertificate]:
    """Return what a valid formset states, without the rows that are empty or to be removed."""
    rows = [values for values in formset.cleaned_data if values and values.get("name") and not values.get("drop")]
    return [HeldCertificate(values["name"], values.get("valid_until"), values.get("file") or None) for values in rows]


def initial_certificates(offer: Offer | None) -> tuple[list[dict[str, Any]], dict[str, bool]]:
    """Return what the offer holds now as the rows' first values, and which of it has a proof."""
    if offer is None:
        return [], {}
    rows = list(offer.certificates.select_related("certificate").order_by("certificate__name"))
    first = [{"name": row.certificate.name, "valid_until": row.valid_until} for row in rows]
    return first, {row.certificate.key: bool(row.file) for row in rows}
