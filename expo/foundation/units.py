"""Units of trade, and how they compare: a quantity in tonnes meets one in kilograms."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Unit:
    """One unit: its code, the base unit it converts to, and how many of them it holds."""

    code: str
    base: str
    factor: Decimal
    name: str | Promise


_ROWS: list[tuple[str, str, str, str | Promise]] = [
    ("pc", "pc", "1", _("pieces")),
    ("set", "set", "1", _("sets")),
    ("kg", "kg", "1", _("kilograms")),
    ("g", "kg", "0.001", _("grams")),
    ("t", "kg", "1000", _("tonnes")),
    ("m", "m", "1", _("metres")),
    ("km", "m", "1000", _("kilometres")),
    ("m2", "m2", "1", _("square metres")),
    ("m3", "m3", "1", _("cubic metres")),
    ("l", "m3", "0.001", _("litres")),
    ("kW", "kW", "1", _("kilowatts")),
    ("MW", "kW", "1000", _("megawatts")),
    ("kWh", "kWh", "1", _("kilowatt-hours")),
    ("MWh", "kWh", "1000", _("megawatt-hours")),
    ("Wp", "Wp", "1", _("watts peak")),
    ("TEU", "TEU", "1", _("containers (TEU)")),
    ("h", "h", "1", _("hours")),
    ("day", "day", "1", _("days of work")),
    ("month", "month", "1", _("months of service")),
    ("project", "project", "1", _("projects")),
    ("licence", "licence", "1", _("licences")),
]
UNITS = {code: Unit(code, base, Decimal(factor), name) for code, base, factor, name in _ROWS}
UNIT_CHOICES = [(unit.code, unit.name) for unit in UNITS.values()]


def in_base(amount: Decimal, unit: str) -> tuple[Decimal, str]:
    """Return the amount in base units with the base's code: 2 t -> (2000, "kg").

    Raises:
        ValueError: the unit is unknown.
    """
    if unit not in UNITS:
        raise ValueError(f"unknown unit: {unit}")
    known = UNITS[unit]
    return amount * known.factor, known.base


def price_in_base(price: Decimal, unit: str) -> tuple[Decimal, str]:
    """Return a price per `unit` as a price per base unit: 7,200 a tonne -> (7.2, "kg"). Raises as `in_base`."""
    factor, base = in_base(Decimal(1), unit)
    return price / factor, base
