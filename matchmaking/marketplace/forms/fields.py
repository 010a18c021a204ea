"""Fields that read what people write: numbers with separators, countries by name or code."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from expo.foundation.countries import codes_by_name
from expo.foundation.sheets.columns import GROUP_MARKS, GROUPED, SEPARATORS
from matchmaking.marketplace.sheets import HS_MARKS


class KnownField(forms.ChoiceField):
    """A unit or a currency. A form can send one that the select does not have: then the known ones are named."""

    def validate(self, value: Any) -> None:
        try:
            super().validate(value)
        except forms.ValidationError as fault:
            if fault.code != "invalid_choice":
                raise
            known = _(", ").join(str(name) for code, name in self.widget.choices if code)
            words = _("“%(value)s” is not known here. Known are: %(known)s.")
            raise forms.ValidationError(words, params={"value": str(value)[:40], "known": known}, code="invalid_choice") from fault


class AmountField(forms.DecimalField):
    """A number; "12,000" and "12 000" are read as people mean them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal"}))
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_digits", 18)
        kwargs.setdefault("decimal_places", 3)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        text = str(value).strip() if value is not None else ""
        if GROUPED.fullmatch(text):
            text = GROUP_MARKS.sub("", text)
        try:
            return super().to_python(text)
        except forms.ValidationError as fault:
            words = _("“%(value)s” is not a number. Write digits only, for example 12000.")
            raise forms.ValidationError(words, params={"value": text[:40]}, code="invalid") from fault

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if hasattr(value, "normalize") else value


class WholeNumberField(forms.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric"}))
        super().__init__(**kwargs)


class HSCodeField(forms.CharField):
    """An HS code; "8541.29" and "8541 29" are read as people mean them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "maxlength": 20}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        return HS_MARKS.sub("", super().to_python(value) or "")


class CountriesField(forms.CharField):
    """Countries and regions by name, in either language, or by code; read as a list of codes."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 2000)
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        known = codes_by_name()
        codes, unknown = [], []
        for name in (part.strip() for part in SEPARATORS.split(super().to_python(value) or "")):
            if name.casefold() in known:
                codes.append(known[name.casefold()])
            elif name:
                unknown.append(name)
        if unknown:
            words = _("“%(names)s” is no country or region that the list knows. Write its usual name or its two-letter code.")
            raise forms.ValidationError(words, params={"names": _(", ").join(unknown)[:80]}, code="unknown_country")
        return sorted(set(codes))

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """Leave out the checks of a text's length: the value is a list by now."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(countries.name(code)) for code in value) if isinstance(value, (list, tuple)) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


def country_choices() -> list[tuple[str, Any]]:
    """Return all countries and regions, with an empty choice first."""
    return [("", _("Not stated")), *countries]
