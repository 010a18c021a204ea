"""The heat grid: shades by share, one path for each shade, hours only where there is room."""

import pytest

from expo.foundation.drawing.heat import HeatDay, HeatLine, heat_grid, level

HOURS = ["09:00", "09:30", "10:00", "10:30"]


@pytest.mark.parametrize(
    ("share", "shade"),
    [(None, "hx"), (0, "h0"), (0.01, "h1"), (0.25, "h1"), (0.5, "h2"), (0.75, "h3"), (0.99, "h4"), (1, "h5"), (1.2, "h5")],
)
def test_a_share_has_its_shade(share, shade):
    assert level(share) == shade


def test_all_cells_of_a_shade_are_one_path():
    drawn = heat_grid([HeatDay("Mon 1", HOURS)], [HeatLine("N1", [0, 0, 1, 1]), HeatLine("N2", [0, 1, None, 0])], "How full")
    assert drawn.count("<path") == 3
    assert drawn.count('class="h0"') == 1
    assert 'role="img" aria-label="How full"' in drawn


def test_names_are_escaped():
    drawn = heat_grid([HeatDay("<Mon>", ["09:00"])], [HeatLine("N1 & N2", [0.5])], '"full"')
    assert "&lt;Mon&gt;" in drawn
    assert "N1 &amp; N2" in drawn
    assert "&quot;full&quot;" in drawn


def test_hours_are_printed_where_there_is_room_and_at_the_beginning_of_each_day():
    drawn = heat_grid([HeatDay("Mon 1", HOURS * 2), HeatDay("Tue 2", ["09:00"])], [HeatLine("N1", [0] * 9)], "How full")
    assert drawn.count(">09:00<") == 2
    assert drawn.count('class="hour"') < 9


def test_nothing_is_drawn_of_nothing_and_a_line_needs_a_share_for_each_time():
    assert heat_grid([], [HeatLine("N1", [])], "How full") == ""
    assert heat_grid([HeatDay("Mon 1", HOURS)], [], "How full") == ""
    with pytest.raises(ValueError, match="zip"):
        heat_grid([HeatDay("Mon 1", HOURS)], [HeatLine("N1", [0])], "How full")
