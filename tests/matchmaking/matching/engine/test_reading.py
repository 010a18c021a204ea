import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaking.matching.engine.facts import OfferFacts, RequestFacts
from matchmaking.matching.engine.glossary import Concept, Glossary
from matchmaking.matching.engine.lexicon import Words
from matchmaking.matching.engine.packing import packed, reading_version, text_digest, unpacked
from matchmaking.matching.engine.reading import PARTS_KEPT, Reader, Reading

GLOSSARY = Glossary(
    [
        Concept("ball-screw", "good", "am", "lead-screw", ("ball screw",), ("滚珠丝杠",)),
        Concept("lead-screw", "good", "am", "", ("lead screw",), ("丝杠",)),
        Concept("ground", "property", "am", "finish", ("ground",), ("研磨级",)),
        Concept("factoring", "service", "ss", "", ("factoring",), ("保理",)),
    ]
)
LEXICON = Words({"丝杠": "screw", "螺母": "nut"})
READER = Reader(GLOSSARY, LEXICON)
sentences = st.lists(
    st.sampled_from(["Ground ball screw, 40 mm", "滚珠丝杠,研磨级 C3", "not ground", "不含螺母", "At least 40 mm", "factoring", "ISO 9001", "螺母 M8", ""]),
    max_size=5,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(sentences, sentences, st.sampled_from(["en", "zh"]), st.sampled_from(["am", "ss"])), max_size=6))
def test_what_was_read_before_changes_nothing(postings):
    reader = Reader(GLOSSARY, LEXICON)
    for title, description, language, chain in postings:
        said = (" ".join(title), ". ".join(description))
        fresh = Reader(GLOSSARY, LEXICON).read(*said, language=language, chain=chain)
        assert reader.read(*said, language=language, chain=chain) == fresh
        assert reader.read(*said, language=language, chain=chain) == fresh


def test_no_sentence_says_what_a_thing_of_another_one_is():
    reading = READER.read("Bearing", "Not ground. Ball screw", language="en")
    assert reading.heads["ball-screw"] > 0
    assert "finish" not in reading.properties


@pytest.mark.parametrize(
    ("text", "figures"), [("min. 40 mm", 1), ("approx. 40 mm", 1), ("40 mm. 50 mm", 2), ("40 mm。50 mm", 2), ("Length 1.5 m", 1)]
)
def test_a_sentence_does_not_end_inside_a_figure(text, figures):
    found = READER.read("Bearing", text, language="en").figures
    assert len(found) == figures
    assert found == READER.read("Bearing", f"{text}。", language="en").figures


def test_what_a_reader_remembers_is_bounded():
    assert READER._kept.cache_info().maxsize == PARTS_KEPT
    before = READER._kept.cache_info().currsize
    READER.read("Bearing", "滚珠丝杠 40 mm " * 300, language="zh")
    assert READER._kept.cache_info().currsize <= before + 3


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=200), st.sampled_from(["en", "zh"]), st.frozensets(st.text(max_size=12), max_size=3))
def test_a_packed_reading_comes_out_as_it_went_in(title, description, language, certificates):
    reading = READER.read(title, f"{description} 滚珠丝杠 40 mm, ground", language=language, chain="am", certificates=certificates)
    assert unpacked(packed(reading)) == reading
    assert packed(unpacked(packed(reading))) == packed(reading)


def test_nothing_read_is_packed_too():
    assert unpacked(packed(Reading())) == Reading()


@pytest.mark.parametrize("damaged", [b"", b"rubbish", packed(Reading())[:-3], zlib.compress(b"[1]"), zlib.compress(b"7")])
def test_damaged_bytes_are_no_reading(damaged):
    with pytest.raises(ValueError, match="not a reading"):
        unpacked(damaged)


def test_a_digest_tells_all_that_a_reading_depends_on_and_nothing_else():
    offer = OfferFacts("1", title="Ball screw", description="Ground", certificates=frozenset({"CE"}))
    request = RequestFacts("1", title="Ball screw", description="Ground", certificates=frozenset({"CE"}))
    same = [replace(offer, id="2", hs_code="848340", lead_time_days=3, segment="x")]
    other = [replace(offer, **change) for change in ({"title": "Screw"}, {"description": ""}, {"language": "zh"}, {"chain": "am"}, {"certificates": frozenset()})]  # fmt: skip
    assert {text_digest(one) for one in same} == {text_digest(offer)}
    assert len({text_digest(one) for one in (offer, request, *other)}) == 7
    assert text_digest(replace(request, certificates=frozenset())) == text_digest(request)
    assert text_digest(replace(offer, title="\ud800")) != text_digest(offer)


def test_the_version_of_reading_is_a_digest_of_the_code():
    assert len(reading_version()) == 16


def own(title, language="en", description=""):
    found = READER.read(title, description, language=language).figures
    return {figure.dimension for figure in found if not figure.of_use}, {figure.dimension for figure in found if figure.of_use}


@pytest.mark.parametrize(
    ("title", "language", "of_thing", "of_use"),
    [
        ("Silicon carbide modules for an 800 V axle", "en", set(), {"voltage"}),
        ("Silicon carbide modules for an 800 V axle, 1,200 V", "en", {"voltage"}, {"voltage"}),
        ("800V车桥用1200V碳化硅模块", "zh", {"voltage"}, {"voltage"}),
        ("适用于800V平台的1200V碳化硅模块", "zh", {"voltage"}, {"voltage"}),
        ("Rotor blades for 5.6 MW turbines, 82 m", "en", {"length"}, {"power"}),
        ("82米叶片，用于5.6MW风机", "zh", {"length"}, {"power"}),
        ("Refrigerated bodies for 7.5 t chassis", "en", set(), {"mass"}),
        ("Carriers for 12 inch and 8 inch wafers", "en", set(), {"length"}),
        ("Reactor vessel for batches of 500 L", "en", set(), {"volume"}),
        ("Cable, rated for 1,500 V DC", "en", {"voltage"}, set()),
        ("Connector for 1,500 V", "en", {"voltage"}, set()),
        ("Oven for operation up to 300 °C", "en", {"temperature"}, set()),
        ("Bearings with 20 mm bore", "en", {"length"}, set()),
        ("水泵，适用于85℃工况", "zh", {"temperature"}, set()),
        ("LFP pack for vans, 358 V / 58 kWh", "en", {"voltage", "energy"}, set()),
    ],
)
def test_a_figure_of_what_a_thing_is_for_is_not_its_own(title, language, of_thing, of_use):
    assert own(title, language) == (of_thing, of_use)


@pytest.mark.parametrize(
    ("text", "of_thing", "of_use"),
    [
        ("Suitable for 800 V platforms with a rating of 1.2 kV and 20 mΩ.", {"voltage", "resistance"}, {"voltage"}),
        ("用于800V车桥，耐压1200V。", {"voltage"}, {"voltage"}),
        ("Tested for 1,000 hours at 85 °C.", {"temperature"}, set()),
        ("Compatible with 19 inch racks. 48 V.", {"voltage"}, {"length"}),
    ],
)
def test_a_description_tells_its_own_figures_from_those_of_the_use(text, of_thing, of_use):
    assert own("Module", description=text) == (of_thing, of_use)


def test_the_title_in_the_other_language_is_a_title():
    one = READER.read("Widget", language="en", title_other="研磨级滚珠丝杠，40 mm，用于800V车桥")
    assert one.heads["ball-screw"] == 1
    assert one.properties["finish"]["ground"] == 1
    assert {(figure.dimension, figure.of_use): weight for figure, weight in one.figures.items()} == {
        ("length", False): 1,
        ("voltage", True): 0.6,
    }
    assert one.weights("asked")["c:ball-screw"] == 1
    as_text = READER.read("Widget", "研磨级滚珠丝杠，40 mm", language="en")
    assert as_text.heads["ball-screw"] < 1


def test_words_of_the_other_title_are_found_and_not_asked_for():
    one, both = (READER.read("Widget", language="en", title_other=other) for other in ("", "螺母"))
    assert one.weights("asked") == {name: weight for name, weight in both.weights("asked").items() if weight and name != "x:nut"}
    assert both.weights("given")["w:螺母"] == 1
    assert both.weights("asked")["x:nut"] == 1


def test_a_service_is_known_by_either_title():
    assert READER.read("Zeta", language="en", title_other="设备租赁").kind == "service"


CELLS = Reader(
    Glossary(
        [
            Concept("battery-cell", "good", "sv", "", ("battery cell",), ("电芯",)),
            Concept("prismatic-cell", "good", "sv", "battery-cell", ("prismatic cell",), ("方形电芯",)),
            Concept("lfp-cell", "good", "sv", "battery-cell", ("LFP cell",), ("磷酸铁锂电芯",)),
            Concept("fuel-cell", "good", "ce", "", ("fuel cell",), ("燃料电池",)),
        ]
    )
)


@pytest.mark.parametrize(
    ("title", "language"),
    [("LFP prismatic cell, 280 Ah", "en"), ("LFP prismatic cells", "en"), ("磷酸铁锂方形电芯，280Ah", "zh")],
)
def test_a_thing_of_two_kinds_is_headed_by_both(title, language):
    assert CELLS.read(title, language=language).heads == {"prismatic-cell": 1.0, "lfp-cell": 1.0, "battery-cell": 0.4}


def test_things_that_only_end_alike_are_no_two_kinds_of_one():
    assert CELLS.read("LFP fuel cell", language="en").heads == {"fuel-cell": 1.0}
