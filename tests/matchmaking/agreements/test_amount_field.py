from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from matchmaking.agreements.forms.fields import AmountField


@pytest.mark.parametrize(
    ("typed", "read"), [("1,000,000.50", "1000000.50"), ("1 000", "1000"), ("１２３", "123"), (" 7.25 ", "7.25"), ("1，000", "1000")]
)
def test_an_amount_is_read_as_it_is_written(typed, read):
    assert AmountField().clean(typed) == Decimal(read)


@pytest.mark.parametrize("typed", ["1e5", "1E30", "1_000", "NaN", "sNaN", "Infinity", "1,5", "1.000,00", "0x10", "½", "一万"])
def test_what_only_programs_write_or_what_may_mean_two_things_is_no_amount(typed):
    with pytest.raises(ValidationError, match="Enter a number"):
        AmountField().clean(typed)
