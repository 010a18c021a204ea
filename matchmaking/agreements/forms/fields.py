"""Fields and manners that forms of agreements share."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Refused
from expo.foundation.fields import TypedDecimalField
from matchmaking.participants.forms import show_refusal

PROGRAMS_WRITE = re.compile(r"[eE_]")


class AmountField(TypedDecimalField):
    """An amount of an agreement, which need not be disclosed. What only programs write is not guessed at: 1e5, 1_000."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(**{"label": _("Amount"), "required": False, "max_digits": 18, "decimal_places": 2, "widget": widget, **kwargs})

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override] # as its parent
        if isinstance(value, str) and PROGRAMS_WRITE.search(value):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class ChainsField(forms.ModelChoiceField):  # type: ignore[type-arg] # generic only in the stubs
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} · {obj.name}"


def ask(form: forms.BaseForm, check: Callable[[], Any]) -> bool:
    """Ask one of the room's checks, and say what it refuses at its field. Returns whether it passed."""
    try:
        check()
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    return True
