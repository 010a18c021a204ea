"""The drawings: escaped, named, stable, and right about what they count. No database."""

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.foundation.drawing import charts, icons, network, plan, signs, svg

HOSTILE = '"><script>alert(1)</script>&'
SIX = [network.MapLine(code, code.lower()) for code in ("DT", "AM", "GA", "HL", "SV", "CE")]
STAGES = [("Upstream", "上游"), ("Midstream", "中游"), ("Downstream", "下游")]


def read(drawn):
    return ET.fromstring(drawn)


def by_class(drawn, name):
    return [node for node in read(drawn).iter() if name in node.get("class", "").split()]


def the_map(lines=SIX, crossings=(), services=None, title="The chains meet"):
    return network.network_map(network.NetworkMap(lines, title, STAGES, "Beijing", "22–26 June", crossings, services))


def hall(*booths, **more):
    return plan.PlanHall("Hall A", 32, 30, booths, [plan.PlanLine("SV", "sv")], **more)


def test_text_and_attributes_are_escaped():
    drawn = svg.element("g", svg.words(HOSTILE, 1, 2), aria_label=HOSTILE)
    assert "<script" not in drawn
    assert read(drawn).get("aria-label") == HOSTILE
    assert "".join(read(drawn).itertext()) == HOSTILE


@pytest.mark.parametrize(
    ("given_number", "printed"), [(0, "0"), (-0.001, "0"), (1.5, "1.5"), (2.0, "2"), (1 / 3, "0.33"), (1e6, "1000000")]
)
def test_lengths_are_printed_short_and_never_with_an_exponent(given_number, printed):
    assert svg.number(given_number) == printed


def test_none_leaves_an_attribute_out_and_names_become_svg_names():
    assert svg.element("path", class_="a", stroke_width=2, fill=None) == '<path class="a" stroke-width="2"/>'


def test_a_path_needs_two_points():
    with pytest.raises(ValueError, match="two points"):
        svg.rounded([(0, 0)])


@given(st.lists(st.tuples(st.floats(-900, 900), st.floats(-900, 900)), min_size=2, max_size=9))
def test_a_rounded_path_starts_and_ends_where_it_was_told(points):
    data = svg.rounded(points)
    assert data.startswith(f"M{svg.number(points[0][0])} {svg.number(points[0][1])}")
    assert data.endswith(f"L{svg.number(points[-1][0])} {svg.number(points[-1][1])}")
    assert "nan" not in data


@pytest.mark.parametrize("name", sorted(icons.SHAPES))
def test_every_icon_is_well_formed_and_silent(name):
    assert read(icons.icon(name)).get("aria-hidden") == "true"


def test_an_unknown_icon_is_an_error():
    with pytest.raises(KeyError):
        icons.icon("unicorn")


@pytest.mark.parametrize("stage", [*signs.STAGES, "service"])
def test_every_stage_has_its_own_mark(stage):
    others = {signs.stage_mark(other) for other in (*signs.STAGES, "service") if other != stage}
    assert signs.stage_mark(stage) not in others


def test_request_dots_are_hollow_for_requests_without_an_offer():
    drawn = read(signs.request_dots(25, 4, "25 requests, 4 without an offer"))
    hollow = [dot for dot in drawn if dot.get("fill") == "none"]
    assert (len(drawn), len(hollow)) == (25, 4)
    assert drawn.get("aria-label") == "25 requests, 4 without an offer"
    assert (drawn.get("width"), drawn.get("height")) == ("286", "26")


def test_no_request_draws_no_dots():
    assert signs.request_dots(0, 0, "none") == ""


def test_edition_marks_are_filled_where_the_company_took_part():
    drawn = signs.edition_marks([2023, 2024, 2025], [2024], "Took part: 2024")
    assert len(by_class(drawn, "void")) == 2


def test_a_requirement_line_draws_musts_larger_than_wishes():
    stations = by_class(signs.requirement_line([("fits", True), ("fits", False)], "Fits: 2"), "f")
    assert [station.get("r") for station in stations] == ["9", "6"]


def test_a_track_shows_what_is_done_where_it_stands_and_what_comes():
    drawn = signs.track(["Draft", "Review", "Published"], 1, "since 09:10")
    circles = [node for node in read(drawn).iter() if node.tag == "circle"]
    assert [circle.get("class") for circle in circles] == ["done", "cur", "next"]
    assert read(drawn).get("aria-label") == "Review. since 09:10"


def test_a_track_refuses_a_stop_it_does_not_have():
    with pytest.raises(ValueError, match="track"):
        signs.track(["Draft"], 1, "")


def test_a_tile_strip_draws_a_segment_that_waits_hollow():
    drawn = signs.tile_strip("SV", "sv", [[True, False], [False]], HOSTILE)
    assert len(by_class(drawn, "open")) == 1
    assert len(by_class(drawn, "tick")) == 2


@pytest.mark.parametrize("number", range(2, 10))
def test_the_map_draws_two_to_nine_lines(number):
    lines = [network.MapLine(f"L{i}", "dt") for i in range(number)]
    drawn = the_map(lines, services=network.MapLine("SS", "ss"))
    assert len(by_class(drawn, "rail")) == number + 1
    assert len(by_class(drawn, "plate")) == number + 1


def test_one_line_is_no_network():
    assert the_map(SIX[:1]) == ""


def test_the_map_is_named_and_escapes_what_it_prints():
    drawn = the_map(crossings=[network.Crossing("DT", "SV", "<b>Chips</b>")], title=HOSTILE)
    root = read(drawn)
    assert root.get("role") == "img"
    assert root.find("title").text == HOSTILE
    assert "<b>Chips</b>" in list(root.itertext())


def test_chains_that_share_a_segment_are_drawn_as_neighbours():
    crossings = [network.Crossing("DT", "SV", "Chips"), network.Crossing("CE", "SV", "Cells"), network.Crossing("GA", "HL", "Plants")]
    order = [line.code for line in network.order_lines(SIX, crossings)]
    neighbours = {frozenset(pair) for pair in pairwise(order)}
    assert {frozenset(("DT", "SV")), frozenset(("CE", "SV")), frozenset(("GA", "HL"))} <= neighbours


def test_without_crossings_the_lines_keep_their_order():
    assert network.order_lines(SIX, []) == SIX


def test_neighbouring_bends_are_never_at_the_same_place():
    crossings = [network.Crossing(a.code, b.code, "shared") for a, b in pairwise(SIX)]
    bends = network.place_bends(SIX, crossings)
    assert sorted(bends) == [1, 2, 3, 4, 5]
    assert all(bends[i].x != bends[i + 1].x for i in range(1, 5))


def test_a_long_name_at_an_interchange_is_cut():
    bends = network.place_bends(SIX[:2], [network.Crossing("DT", "AM", "x" * 60)])
    assert bends[1].label == "x" * 26 + "…"


@pytest.mark.parametrize(
    ("text", "shown"), [("Chips", "Chips"), ("动力电池", "动力电池"), ("动力电池材料", "动力电池…"), ("ab cd efgh", "ab cd ef…")]
)
def test_a_chinese_character_is_as_wide_as_two_letters(text, shown):
    assert network.cut(text, 8) == shown


def test_a_booth_is_a_link_in_its_chain_colour_out_of_the_tab_order():
    booth = plan.PlanBooth("SV 212", 2, 2, 6, 6, "sv", "/plan/?booth=SV+212", "SV 212, Harbourline Power")
    link = read(plan.floor_plan(plan.FloorPlan([hall(booth)], "Plan"))).find("a")
    assert (link.get("href"), link.get("tabindex"), link.get("data-colour")) == ("/plan/?booth=SV+212", "-1", "sv")
    assert link.get("aria-label") == "SV 212, Harbourline Power"
    assert link.find("text").text == "212"


def test_the_selected_booth_is_marked_and_pinned():
    booth = plan.PlanBooth("SV 212", 2, 2, 6, 6, "sv", "#", is_selected=True)
    drawn = plan.floor_plan(plan.FloorPlan([hall(booth)], "Plan"))
    assert len(by_class(drawn, "is-sel")) == 1
    assert len(by_class(drawn, "pin")) == 1


def test_a_small_booth_prints_no_number():
    booth = plan.PlanBooth("SV 212", 2, 2, 0.5, 0.5, "sv", "#")
    assert read(plan.floor_plan(plan.FloorPlan([hall(booth)], "Plan"))).find("a/text") is None


def test_halls_without_a_place_are_set_out_in_rows_of_three_with_a_concourse():
    drawn = plan.floor_plan(plan.FloorPlan([hall() for _ in range(4)], "Plan", "Concourse"))
    places = [(rect.get("x"), float(rect.get("y"))) for rect in by_class(drawn, "hall")]
    assert places[0][0] == places[3][0] == "0"
    assert places[0][1] == places[2][1] < places[3][1]
    assert len(by_class(drawn, "floor")) == 1


def test_halls_with_places_stay_there():
    halls = [hall(x_m=0, y_m=0), hall(x_m=40, y_m=10)]
    second = by_class(plan.floor_plan(plan.FloorPlan(halls, "Plan")), "hall")[1]
    assert float(second.get("x")) == pytest.approx(40 * plan.DRAWN_WIDTH / 72, abs=0.01)


def test_the_chain_line_runs_along_the_free_aisle_nearest_to_the_middle():
    booths = [plan.PlanBooth(f"SV 10{i}", 2, y, 6, 6, "sv") for i, y in enumerate((1, 7, 16, 22))]
    assert plan.free_aisle(hall(*booths)) == pytest.approx(14.5, abs=1)


def test_a_hall_full_of_booths_has_no_aisle():
    booth = plan.PlanBooth("SV 101", 0, 0, 32, 30, "sv")
    assert plan.free_aisle(hall(booth)) is None


def test_no_hall_draws_no_plan():
    assert plan.floor_plan(plan.FloorPlan([], "Plan")) == ""


def test_a_stacked_bar_shares_its_cell_by_value():
    parts = read(charts.stacked_bar([50, 25, 25], 100))
    assert [part.get("x") for part in parts] == ["0", "500", "750"]


def test_a_bar_leaves_out_empty_parts():
    assert len(read(charts.stacked_bar([5, 0, 5], 10))) == 2
    assert len(read(charts.stacked_bar([0, 0, 0], 0))) == 0


def test_a_share_line_prints_every_year_and_climbs_with_the_share():
    drawn = charts.share_line([("2023", 26), ("2024", 32), ("2025", 35)], "From abroad")
    heights = [float(node.get("cy")) for node in by_class(drawn, "node")]
    assert heights == sorted(heights, reverse=True)
    assert [text.text for text in by_class(drawn, "num")] == ["26%", "32%", "35%"]


@pytest.mark.parametrize("points", [[], [("2023", 26)]])
def test_one_share_is_no_line(points):
    assert charts.share_line(points, "From abroad") == ""


def test_columns_are_as_high_as_their_totals():
    rows = [charts.Column("2023", 100, "100"), charts.Column("2024", 200, "200+", 150, "150", "on site")]
    drawn = charts.columns(rows, "Visits")
    low, high = (float(rect.get("height")) for rect in by_class(drawn, "c-full"))
    assert high == pytest.approx(2 * low, abs=0.02)
    assert len(by_class(drawn, "cut")) == 1


def test_no_drawing_carries_a_style_attribute():
    booth = plan.PlanBooth("SV 212", 2, 2, 6, 6, "sv", "#", state="hot", in_zone=True)
    drawings = [
        the_map(services=network.MapLine("SS", "ss")),
        plan.floor_plan(plan.FloorPlan([hall(booth)], "Plan")),
        signs.open_line(),
        signs.zone_strip([("AI", "dt")], "AI"),
        icons.logo(),
        *(signs.verdict_mark(verdict) for verdict in ("fits", "partly", "misses", "unknown")),
    ]
    assert all("style=" not in drawn and read(drawn).tag == "svg" for drawn in drawings)


def test_beyond_three_rows_a_dot_stands_for_several_requests():
    drawn = signs.request_dots(1000, 1, "1,000 requests")
    assert (drawn.count("<circle"), drawn.count('fill="none"')) == (66, 1)
    assert signs.request_dots(67, 67, "name").count('fill="none"') == 66
    assert signs.request_dots(67, 0, "name").count('fill="none"') == 0
    assert signs.request_dots(66, 3, "name").count("<circle") == 66


def test_few_postings_are_dots_and_many_are_bars_of_one_scale():
    few = read(signs.balance(5, 2, 9))
    assert (len(few), sum(dot.get("fill") == "none" for dot in few)) == (5, 2)
    filled, hollow = read(signs.balance(50, 20, 100))
    assert (filled.get("width"), hollow.get("x"), hollow.get("width")) == ("300", "300", "200")


def test_a_single_one_of_thousands_is_seen():
    _filled, hollow = read(signs.balance(1000, 1, 1000))
    assert float(hollow.get("width")) >= 3
    [all_hollow] = read(signs.balance(3, 3, 5000))
    assert (all_hollow.get("fill"), float(all_hollow.get("width"))) == ("none", 6.0)
    assert len(read(signs.balance(7, 0, 5000))) == 1


def test_nothing_is_drawn_for_nothing():
    assert signs.balance(0, 0, 12) == signs.balance(3, 1, 0) == ""
