"""The filters that are on, in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from expo.editions.models import Stage
from expo.foundation.places import country_name
from matchmaking.marketplace import wording

Words = Callable[[str, str], str]


@dataclass(frozen=True)
class Chip:
    """One value of a filter: its name and value in the address, and its words."""

    name: str
    value: str
    text: str


def chips_of(values: Mapping[str, Any], words: Words) -> list[Chip]:
    """Return a chip for each value that is on. `words(name, value)` names chains, segments and certificates."""
    chips: list[Chip] = []
    for name, say in _CHIPS.items():
        value = values.get(name)
        if value is not None and value is not False and value not in ("", []):
            each = value if isinstance(value, list) else [value]
            chips.extend(Chip(name, str(one), say(one, values, words)) for one in each)
    return chips


def _price(amount: Decimal, values: Mapping[str, Any]) -> str:
    unit = values.get("unit")
    money = f"{values.get('currency') or 'CNY'} {wording.number(amount)}"
    return f"{money} / {wording.one(unit)}" if unit else money


def _quantity(amount: Decimal, values: Mapping[str, Any], _words: Words) -> str:
    unit = values.get("unit")
    return _("Order of %(amount)s") % {"amount": wording.amount(amount, unit) if unit else wording.number(amount)}


def _weeks(value: Decimal) -> str:
    return ngettext("%(count)s week", "%(count)s weeks", int(value)) % {"count": wording.number(value)}


_CHIPS: Mapping[str, Callable[[Any, Mapping[str, Any], Words], str]] = {
    "q": lambda value, _values, _words: f"“{value}”",
    "chain": lambda value, _values, words: words("chain", value),
    "segment": lambda value, _values, words: words("segment", value),
    "stage": lambda value, _values, _words: str(Stage(value).label),
    "certificate": lambda value, _values, words: words("certificate", value),
    "country": lambda value, _values, _words: country_name(value),
    "origin": lambda value, _values, _words: _("Origin: %(place)s") % {"place": country_name(value)},
    "hs": lambda value, _values, _words: _("HS %(code)s") % {"code": value},
    "price_min": lambda value, values, _words: _("From %(price)s") % {"price": _price(value, values)},
    "price_max": lambda value, values, _words: _("Up to %(price)s") % {"price": _price(value, values)},
    "quantity": _quantity,
    "lead_min": lambda value, _values, _words: _("Lead time from %(time)s") % {"time": _weeks(value)},
    "lead_max": lambda value, _values, _words: _("Lead time up to %(time)s") % {"time": _weeks(value)},
    "debut": lambda _value, _values, _words: _("Debut"),
    "open": lambda _value, _values, _words: _("Without an offer"),
}
