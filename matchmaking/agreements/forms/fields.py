"""Fields and manners that forms of agreements share."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Refused
from expo.foundation.fields import TypedDecimalField
from matchmaking.participants.forms import show_refusal


class AmountField(TypedDecimalField):
    """An amount of an agreement, which need not be disclosed."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(**{"label": _("Amount"), "required": False, "max_digits": 18, "decimal_places": 2, "widget": widget, **kwargs})


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
