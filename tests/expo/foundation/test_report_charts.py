"""The charts of the closing report: escaped, named, in proportion, and whole as files. No database."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.foundation.drawing.bars import Bar, bar_chart, day_columns
from expo.foundation.drawing.chain_line import Link, Stop, chain_line
from expo.foundation.drawing.charts import Column, columns, share_line
from expo.foundation.drawing.flows import Flow, flow_picture
from expo.foundation.drawing.labels import shortened, width_of
from expo.foundation.drawing.portable import COLOURS, SVG, Frame, portable

HOSTILE = '"><script>alert(1)</script>&'
BARS = [Bar("Smart vehicle", [200, 0, 100], "300", "SV", "sv"), Bar("Clean energy", [50, 0, 25], "75", "CE", "ce")]
STOPS = [Stop("a", "Ores", "Upstream"), Stop("b", "Cells", "Upstream"), Stop("c", "Cars", "Downstream")]


def read(drawn):
    return ET.fromstring(drawn)


def by_class(drawn, name):
    return [node for node in read(drawn).iter() if name in node.get("class", "").split()]


def every_chart(label):
    return [
        bar_chart([Bar(label, [1, 0, 2], label, "SV", "sv")], label),
        day_columns([Bar(label, [1, 0, 2], label)], label),
        flow_picture([Flow(label, label, 3), Flow("rest", label, 1, rest=True)], label, heads=(label, label)),
        chain_line("SV", "sv", [Stop("a", label, label), Stop("b", label)], [Link("a", "b", 3, label)], label),
        share_line([(label, 26), (label, 32)], label),
        columns([Column(label, 3, label, 1, label, label)], label),
    ]


@pytest.mark.parametrize("drawn", every_chart(HOSTILE))
def test_every_chart_is_well_formed_escaped_and_named(drawn):
    assert "<script" not in drawn
    assert read(drawn).get("aria-label") == HOSTILE
    assert " style=" not in drawn


@pytest.mark.parametrize(
    "drawn",
    [
        bar_chart([], "n"),
        day_columns([], "n"),
        flow_picture([], "n"),
        flow_picture([Flow("a", "b", 0)], "n"),
        chain_line("SV", "", [], [], "n"),
    ],
)
def test_nothing_is_drawn_of_nothing(drawn):
    assert drawn == ""


def test_bars_are_as_long_as_their_figures():
    whole = [float(bar.get("width")) for bar in by_class(bar_chart(BARS, "n"), "k0")]
    assert whole[0] / whole[1] == pytest.approx(4, rel=0.01)


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999)), min_size=1, max_size=31))
def test_columns_of_days_stay_in_their_picture(counts):
    drawn = day_columns([Bar(str(day), [solid, 0, light], str(solid + light)) for day, (solid, light) in enumerate(counts)], "n")
    for part in [*by_class(drawn, "k0"), *by_class(drawn, "k2")]:
        top, high = float(part.get("y")), float(part.get("height"))
        assert top >= 0
        assert top + high <= 250.1


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz"), st.integers(1, 5000)), min_size=1, max_size=11))
def test_the_bands_of_a_place_are_together_as_thick_as_its_post(rows):
    drawn = flow_picture([Flow(start, end, value) for start, end, value in rows], "n")
    posts = [float(post.get("height")) for post in by_class(drawn, "c-full")]
    places = len({start for start, _end, _value in rows}) + len({end for _start, end, _value in rows})
    assert len(posts) == places
    assert len(by_class(drawn, "band")) == len(rows)
    assert sum(posts) >= 600 - 0.1 * places


def test_a_link_is_drawn_only_between_stops_of_the_line():
    links = [Link("a", "c", 40, "40"), Link("a", "b", 10, "10"), Link("c", "elsewhere", 5, "5")]
    drawn = chain_line("SV", "sv", STOPS, links, "n")
    assert [float(bow.get("stroke-width")) for bow in by_class(drawn, "bow")] == [8, 2]
    assert [node.text for node in by_class(drawn, "fig")] == ["10", "40"]
    # The first stop of a stage is a large one.
    assert (len(by_class(drawn, "node")), len(by_class(drawn, "stop-s"))) == (2, 1)


def test_words_without_room_are_shortened():
    assert shortened("Cells", 200, 15) == "Cells"
    short = shortened("Battery management systems and their components", 120, 15)
    assert short.endswith("…")
    assert width_of(short, 15) <= 120
    assert shortened("动力电池及其管理系统", 60, 15) == "动力电…"
    assert shortened("Cells", 3, 15) == ""


@pytest.mark.parametrize("drawn", every_chart("Cells & cars"))
def test_a_chart_as_a_file_carries_its_colours_name_and_description(drawn):
    frame = Frame("Agreements & intentions", "Two <kinds>.", [("k0", "Agreements"), ("k2", "Intentions")], "Source: the ledger", "en")
    file = read(portable(drawn, frame))
    assert file.tag == f"{{{SVG}}}svg"
    assert file.find(f"{{{SVG}}}title").text == "Agreements & intentions"
    assert file.find(f"{{{SVG}}}desc").text == "Two <kinds>."
    nodes = list(file.iter())
    assert not [node for node in nodes if node.get("class") or node.get("style")]
    assert all(node.get("fill") for node in nodes if node.tag.endswith("}text"))
    drawn_parts = [node for node in nodes if node.tag.rsplit("}")[-1] in {"rect", "path", "circle"}]
    assert all(node.get("fill") or node.get("stroke") for node in drawn_parts)
    assert "Cells & cars" in "".join(file.itertext())


def test_bars_of_a_chain_keep_its_colour_in_a_file():
    file = portable(bar_chart(BARS, "n"), Frame("t", "d"))
    assert COLOURS["sv"] in file
    assert COLOURS["ce"] in file


def test_no_chart_is_no_file_and_a_drawing_without_a_box_is_refused():
    assert portable("", Frame("t", "d")) == ""
    with pytest.raises(ValueError, match="viewBox"):
        portable("<svg/>", Frame("t", "d"))
