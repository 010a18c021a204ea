"""Days as pages say them."""

from datetime import date

import pytest
from django.utils import translation

from expo.foundation.dates import day_alone, day_and_month, long_day, short_day

DAY = date(2026, 6, 22)


@pytest.mark.parametrize(
    ("say", "english", "chinese"),
    [
        (long_day, "Mon 22 June 2026", "2026年6月22日（周一）"),
        (day_and_month, "Mon 22 June", "6月22日（周一）"),
        (short_day, "Mon 22", "22日（周一）"),
        (day_alone, "22 Jun", "22日"),
    ],
)
def test_a_day_as_each_place_has_room_for_it(say, english, chinese):
    with translation.override("en"):
        assert say(DAY) == english
    with translation.override("zh-hans"):
        assert say(DAY) == chinese
