"""What a company writes down about an agreement on its own desk: the sheet, and a row for each other party."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Chain, Edition, Segment
from expo.editions.queries import rates_of
from expo.foundation.errors import Refused
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.text import one_line, whole_number
from matchmaking.agreements import checks
from matchmaking.agreements.actions import LONGEST_REASON, AgreementInput
from matchmaking.agreements.actions.common import SAID
from matchmaking.agreements.checks import MOST_PARTIES, PartyInput
from matchmaking.agreements.documents import read_document
from matchmaking.agreements.forms.fields import AmountField, ChainsField, ask
from matchmaking.agreements.models import Agreement, Party
from matchmaking.marketplace.forms.fields import country_choices
from matchmaking.marketplace.forms.postings import SegmentsField
from matchmaking.participants.models import Company, Registration, Visitor
from matchmaking.participants.names import name_key
from matchmaking.participants.queries import chains_of, segments_of

BLANK_ROWS = 1
LONGEST_TITLE, LONGEST_NAME = 200, 160
CURRENCIES = [("", _("Currency")), *CURRENCY_CHOICES]
ROLES = [("", _("Not said")), (Party.Role.SUPPLIER, _("Supplier")), (Party.Role.CUSTOMER, _("Customer")), (Party.Role.OTHER, _("Other"))]
KINDS = [
    (Agreement.Kind.AGREEMENT, _("Agreement"), _("Binding: a contract, a framework or cooperation agreement, an order.")),
    (Agreement.Kind.INTENTION, _("Intention"), _("Not binding yet: a letter of intent, a memorandum of understanding.")),
]
SIGHTS = [
    (Agreement.Visibility.PUBLIC, _("Public"), _("Everybody reads title, parties, amount and segment on the pages of the expo.")),
    (Agreement.Visibility.ANONYMOUS, _("Without names"), _("Everybody reads that there is one: kind, chain, day and amount. No title, no party.")),
    (Agreement.Visibility.TOTALS_ONLY, _("In totals only"), _("No row is shown to anybody but the parties and the organiser. It counts in the totals.")),
]  # fmt: skip


class OwnAgreementForm(forms.Form):
    """The sheet without the other parties. It asks the room's checks, so that each sentence stands at its field; the action decides."""

    own_role = forms.ChoiceField(label=_("You are the"), choices=ROLES, required=False)
    title = forms.CharField(
        label=_("What was agreed"), max_length=LONGEST_TITLE, help_text=_("In a few words, for example “400 t of cathode foil a year”.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Agreement.Kind.choices, widget=forms.RadioSelect, initial=Agreement.Kind.AGREEMENT)
    chain = ChainsField(label=_("Chain"), queryset=Chain.objects.none(), empty_label=_("Choose"))
    segment = SegmentsField(label=_("Segment"), queryset=Segment.objects.none(), empty_label=_("Not stated"), required=False)
    signed_on = forms.DateField(label=_("Signed on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    amount = AmountField(help_text=_("The whole agreement, for example 1,500,000."))
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES, required=False)
    is_undisclosed = forms.BooleanField(label=_("The amount is not disclosed"), required=False)
    visibility = forms.ChoiceField(
        label=_("Who sees it"), choices=Agreement.Visibility.choices, widget=forms.RadioSelect, initial=Agreement.Visibility.PUBLIC
    )
    document = forms.FileField(
        label=_("Document"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
        help_text=_("If there is one: the signed paper as a PDF, up to 20 MB. Only the parties and the organiser can open it."),
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    # The amount is owed unless it is not disclosed; of the others the empty choice says that nothing need be chosen.
    hides_optional = True

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition = edition
        chains = chains_of(edition)
        self.fields["chain"].queryset = chains if edition.areas.exists() else Chain.objects.all()  # type: ignore[attr-defined] # a choice of rows
        self.fields["segment"].queryset = segments_of(edition)  # type: ignore[attr-defined] # as above
        self.rates = rates_of(edition)
        self.fields["currency"].help_text = _t("The expo states a rate for %(known)s.") % {
            "known": _t(", ").join(sorted(self.rates)) or "–"
        }
        self.fields["currency"].error_messages["invalid_choice"] = _t("“%(value)s” is not a currency that is known here.")
        if edition.starts_on and edition.ends_on:
            self.fields["signed_on"].widget.attrs |= {"min": edition.starts_on.isoformat(), "max": edition.ends_on.isoformat()}

    @property
    def kind_cards(self) -> list[tuple[Any, Any, Any]]:
        """The choices of the kind, each with what it means."""
        return [(radio, name, note) for radio, (_value, name, note) in zip(self["kind"], KINDS, strict=True)]

    @property
    def sight_cards(self) -> list[tuple[Any, Any, Any]]:
        """The choices of who sees it, each with what they see."""
        return [(radio, name, note) for radio, (_value, name, note) in zip(self["visibility"], SIGHTS, strict=True)]

    def clean_title(self) -> str:
        return one_line(self.cleaned_data["title"])

    def clean_document(self) -> Any:
        upload = self.cleaned_data.get("document")
        if upload:
            ask(self, lambda: read_document(upload))
        return upload or None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "title" in given:
            ask(self, lambda: checks.check_title(given["title"]))
        if given.get("chain"):
            ask(self, lambda: checks.check_place(self.edition, given["chain"], given.get("segment")))
        if given.get("signed_on"):
            ask(self, lambda: checks.check_signed_on(self.edition, given["signed_on"]))
        if "amount" in given and "currency" in given:
            self._check_amount(given["amount"], given["currency"], is_undisclosed=given["is_undisclosed"])
        return given

    def _check_amount(self, amount: Any, currency: str, *, is_undisclosed: bool) -> None:
        passed = ask(self, lambda: checks.check_amount(amount, currency, is_undisclosed=is_undisclosed))
        if passed and not is_undisclosed and currency not in self.rates:
            self.add_error("currency", no_rate(self.edition, currency, self.rates))

    def as_input(self, own: Company, others: Sequence[PartyInput]) -> AgreementInput:
        """Return the sheet with its parties as the actions take it. Only for a valid form."""
        mine = PartyInput(own, role=self.cleaned_data["own_role"])
        return AgreementInput(edition=self.edition, **{name: self.cleaned_data[name] for name in SAID}, parties=[mine, *others])


def no_rate(edition: Edition, currency: str, rates: Mapping[str, Any]) -> str:
    """Return why an amount in the currency cannot be counted, and what can be done by who is no organiser."""
    known = _t(", ").join(sorted(rates))
    words = _t("%(edition)s states no exchange rate for %(code)s. It states one for: %(known)s. Ask the organiser for another.")
    return words % {"edition": edition.short_name, "code": currency, "known": known or "–"}


class PartyRow(forms.Form):
    """Another party: one that stands there already, or a name that is looked up among the companies of the edition."""

    key = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Company or organisation"),
        max_length=LONGEST_NAME,
        required=False,
        widget=forms.TextInput(attrs={"list": "met", "autocomplete": "off"}),
    )
    country = forms.ChoiceField(label=_("Country/region"), required=False, choices=country_choices)
    role = forms.ChoiceField(label=_("It is the"), choices=ROLES, required=False)
    drop = forms.BooleanField(label=_("Remove"), required=False)

    hides_optional = True
    company: Company | None = None

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in the row, or what stands there is to go."""
        given = self.cleaned_data
        return bool(given.get("drop")) or (self.company is None and not given.get("name") and not given.get("country"))

    def as_input(self) -> PartyInput:
        given = self.cleaned_data
        if self.company is not None:
            return PartyInput(self.company, role=given.get("role") or "")
        return PartyInput(None, given.get("name") or "", given.get("country") or "", role=given.get("role") or "")


class _PartyRows(forms.BaseFormSet):  # type: ignore[type-arg] # generic only in the stubs
    """The rows of the other parties. Names are looked up among the companies that take part and that the visitor may see."""

    def __init__(self, *args: Any, edition: Edition, visitor: Visitor, own: Company, known: Iterable[Company], **kwargs: Any) -> None:
        self.edition, self.visitor, self.own = edition, visitor, own
        self.known = {company.pk: company for company in known}
        super().__init__(*args, **kwargs)
        for row in self.forms:
            row.company = self.known.get(whole_number(str(row["key"].value() or "")) or 0)

    def clean(self) -> None:
        if any(self.errors):
            return
        for row in self.kept:
            if row.company is None:
                self._look_up(row)
        if any(row.errors for row in self.forms):
            return
        try:
            checks.check_parties([PartyInput(self.own), *self.as_input()])
        except Refused as refusal:
            raise ValidationError([text for texts in refusal.fields.values() for text in texts]) from refusal

    def _look_up(self, row: Any) -> None:
        name, country = row.cleaned_data.get("name", ""), row.cleaned_data.get("country", "")
        found = list(_named(self.edition, self.visitor, name, country)[:2])
        if len(found) == 1:
            row.company = found[0]
            return
        if len(found) > 1:
            row.add_error("country", _t("Several companies of this name take part. Choose the country or region."))
            return
        try:
            checks.check_party(row.as_input())
        except Refused as refusal:
            for field, texts in refusal.fields.items():
                row.add_error("name" if field in {"outside_name", "parties"} else field, texts)

    @property
    def kept(self) -> list[Any]:
        """The rows in which something stands."""
        return [row for row in self.forms if not row.is_blank]

    def as_input(self) -> list[PartyInput]:
        """Return the parties in their order. Only for valid rows."""
        return [row.as_input() for row in self.kept]


def _named(edition: Edition, visitor: Visitor, name: str, country: str) -> Any:
    """Return the companies of this name that take part in the edition and that the visitor may see."""
    key = name_key(name)
    if not key:
        return Company.objects.none()
    there = Registration.objects.filter(edition=edition, status=Registration.Status.VERIFIED).values("company")
    found = Company.objects.visible_to(visitor).filter(Q(name_key=key) | Q(name_zh=name), pk__in=there)
    return (found.filter(country=country) if country else found).order_by("pk")


PartyRows = forms.formset_factory(PartyRow, formset=_PartyRows, extra=BLANK_ROWS, max_num=MOST_PARTIES - 1, absolute_max=MOST_PARTIES + 8)


class AnswerForm(forms.Form):
    """What a party answers on its desk. The version that was read goes with it, so that nobody confirms what they have not seen."""

    party = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    seen = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    reason = forms.CharField(label=_("What is not right"), max_length=LONGEST_REASON, required=False, strip=True)


class LinkForm(forms.Form):
    """Where the address for an outside party goes."""

    party = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    email = forms.EmailField(label=_("E-mail address"), max_length=254)


class IntroducedForm(forms.Form):
    """Which company brought the parties together: named as it is called here."""

    company = forms.CharField(label=_("Company"), max_length=LONGEST_NAME)
    note = forms.CharField(label=_("How"), max_length=LONGEST_REASON, required=False)

    def __init__(self, *args: Any, edition: Edition, visitor: Visitor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition, self.visitor = edition, visitor

    def clean_company(self) -> Company:
        name = one_line(self.cleaned_data["company"])
        found = list(_named(self.edition, self.visitor, name, "")[:2])
        if len(found) != 1:
            words = _t("No company that takes part is called “%(name)s”.") if not found else _t("Several companies are called “%(name)s”.")
            raise ValidationError(words % {"name": name})
        company: Company = found[0]
        return company


class ClaimForm(forms.Form):
    """Which agreement one's own company brought about: by its number, as everybody reads it."""

    company = forms.ModelChoiceField(label=_("Your company"), queryset=Company.objects.none(), empty_label=None)
    number = forms.CharField(label=_("Number of the agreement"), max_length=60)
    note = forms.CharField(label=_("How"), max_length=LONGEST_REASON, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, visitor: Visitor, companies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visitor = visitor
        self.fields["company"].queryset = companies  # type: ignore[attr-defined] # a choice of rows
        self.fields["number"].help_text = _t("As it stands in the public list, for example 2026-0007.")

    def clean_number(self) -> Agreement:
        label = one_line(self.cleaned_data["number"])
        edition, _dash, digits = label.rpartition("-")
        number = whole_number(digits)
        rows = Agreement.objects.visible_to(self.visitor).filter(edition__slug=edition, number=number if number is not None else 0)
        found: Agreement | None = rows.first()
        if found is None:
            raise ValidationError(_t("No agreement with the number “%(number)s” stands in a public list.") % {"number": label})
        return found


class IntroducedAnswerForm(forms.Form):
    party = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    answer = forms.ChoiceField(choices=[("yes", _("Yes")), ("no", _("No"))])


class ByLinkForm(forms.Form):
    """What somebody answers who came by link: they say who they are."""

    answer = forms.ChoiceField(choices=[("confirmed", _("Confirm")), ("disputed", _("This is not right"))])
    person_name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Write your name.")},
    )
    reason = forms.CharField(
        label=_("What is not right"), max_length=LONGEST_REASON, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_person_name(self) -> str:
        name = one_line(self.cleaned_data["person_name"])
        if not name:
            raise ValidationError(_t("Write your name."), code="required")
        return name

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("answer") == "disputed" and not (given.get("reason") or "").strip():
            self.add_error("reason", _t("Say what is not right, so that it can be corrected."))
        return given
