"""The supply chain map as a picture: escaped, named, whole as a file. No database."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.foundation.drawing.portable import SVG, Frame, portable
from expo.foundation.drawing.supply_map import TOP, MapLink, MapStop, SupplyMap, supply_map

HOSTILE = '"><script>alert(1)</script>&'
STAGES = [("upstream", "Upstream"), ("midstream", "Midstream"), ("downstream", "Downstream"), ("service", "Services on this line")]
WORDS = {"published": "published links", "agreed": "agreements", "built": "how it is built", "supplied_by": "from", "supplies": "to"}


def drawn(stops, links=(), name="Map", **fields):
    return supply_map(SupplyMap(**{"code": "SV", "colour": "sv", "name": name, "stages": STAGES, "stops": stops, "links": links, "words_": WORDS, **fields}))  # fmt: skip


def stop(key, stage="upstream", **fields):
    return MapStop(key, key.title(), stage, **fields)


def texts(markup):
    return [node.text for node in ET.fromstring(markup).iter("text")]


def figures(markup, class_):
    """The numbers printed on links of a kind: on plates those of agreements, on ink those of published links."""
    return [node.text for node in ET.fromstring(markup).iter("text") if node.get("class") == class_ and node.text.isdigit()]


def test_every_word_is_escaped_and_the_picture_has_a_name():
    markup = drawn(
        [stop("a", lines=[HOSTILE], supplies=[("CE", HOSTILE)]), MapStop("b", HOSTILE, "midstream")], [MapLink("a", "b", 1, 2)], HOSTILE
    )
    assert "<script" not in markup
    assert " style=" not in markup
    assert ET.fromstring(markup).get("aria-label") == HOSTILE


def test_no_chain_without_stations_is_drawn():
    assert drawn([]) == ""


def test_a_link_says_its_numbers_and_one_that_is_only_built_says_none():
    stops = [stop("ores"), stop("cells"), stop("cars", "downstream"), stop("lathes", "service")]
    links = [MapLink("ores", "cells", 0, 14), MapLink("cells", "cars", 3, 9), MapLink("ores", "cars"), MapLink("lathes", "cars", 2)]
    markup = drawn(stops, links)
    assert figures(markup, "code") == ["14", "9"]
    assert figures(markup, "in") == ["3", "2"]
    assert {"published links", "agreements", "how it is built"} <= set(texts(markup))
    assert "agreements" not in texts(drawn(stops, [MapLink("cells", "cars", 3)]))


def test_links_that_lead_off_the_map_or_back_into_their_own_station_are_left_out():
    markup = drawn([stop("ores"), stop("cells")], [MapLink("ores", "elsewhere", 7), MapLink("cells", "cells", 8)])
    assert figures(markup, "in") == []


def test_stages_without_stations_take_no_room_and_services_stand_below():
    markup = drawn([stop("ores"), stop("cars", "downstream"), stop("lathes", "service")])
    assert [text for text in texts(markup) if text in dict(STAGES).values()] == ["Upstream", "Downstream", "Services on this line"]
    alone = [stop(f"s{number}", "service") for number in range(7)]
    cards = [node for node in ET.fromstring(drawn(alone)).iter("rect") if node.get("class") == "card"]
    assert len(cards) == 7
    assert min(float(card.get("y")) for card in cards) == TOP


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_map_is_a_file_of_its_own_in_its_colours(language):
    markup = drawn([stop("ores", supplies=[("CE", "ce")]), stop("cars", "downstream")], [MapLink("ores", "cars", 1, 2)])
    root = ET.fromstring(portable(markup, Frame("Map", "All of it", language=language)))
    assert root.tag == f"{{{SVG}}}svg"
    assert not any("class" in node.attrib or "data-chain" in node.attrib for node in root.iter())
    assert {"#bd4002", "#067a7d"} <= {node.get("fill") for node in root.iter()}


@given(
    st.lists(st.sampled_from([key for key, _name in STAGES]), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(0, 9), st.integers(0, 9)), max_size=20),
)
def test_whatever_is_linked_no_card_lies_on_another_and_all_lie_in_the_picture(stages, pairs):
    stops = [stop(f"k{number}", stage, lines=["x"] * (number % 5)) for number, stage in enumerate(stages)]
    links = [MapLink(f"k{start}", f"k{end}", published, agreed) for start, end, published, agreed in pairs]
    root = ET.fromstring(drawn(stops, links))
    _x, _y, wide, high = map(float, root.get("viewBox").split())
    cards = [node for node in root.iter("rect") if node.get("class") == "card"]
    boxes = [tuple(float(card.get(name)) for name in ("x", "y", "width", "height")) for card in cards]
    assert len(boxes) == len(stops)
    for number, (x, y, width, height) in enumerate(boxes):
        assert x >= 0
        assert x + width <= wide
        assert y + height <= high
        assert not any(abs(x - a) < width and y < b + d and b < y + height for a, b, _c, d in boxes[number + 1 :])
