from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.foundation.money import spoken, to_fen
from expo.foundation.units import UNITS, in_base, price_in_base


def test_a_quantity_in_tonnes_meets_one_in_kilograms() -> None:
    assert in_base(Decimal(2), "t") == in_base(Decimal(2000), "kg") == (Decimal(2000), "kg")


def test_a_price_a_tonne_is_a_thousandth_a_kilogram() -> None:
    assert price_in_base(Decimal(7200), "t") == (Decimal("7.2"), "kg")


def test_an_unknown_unit_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="unknown unit: stone"):
        in_base(Decimal(1), "stone")


@given(st.decimals(min_value=0, max_value=10**9, places=3), st.sampled_from(sorted(UNITS)))
def test_price_times_quantity_is_the_same_in_base_units(amount: Decimal, unit: str) -> None:
    quantity, _base = in_base(Decimal(3), unit)
    price, _base = price_in_base(amount, unit)
    assert abs(quantity * price - 3 * amount) < Decimal("1e-9")


def test_fen_are_rounded_half_up() -> None:
    assert to_fen(Decimal("0.005")) == Decimal("0.01")
    assert to_fen(Decimal("2.675")) == Decimal("2.68")
    assert to_fen(Decimal("2.674999")) == Decimal("2.67")


def test_money_is_said_with_its_code_and_without_empty_cents() -> None:
    assert spoken(Decimal("1234.50"), "CNY") == "CNY\N{NO-BREAK SPACE}1,234.50"
    assert spoken(Decimal("152310000000.00"), "CNY") == "CNY\N{NO-BREAK SPACE}152,310,000,000"
