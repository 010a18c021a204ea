import pytest

from matchmaking.matching.engine.facts import OfferFacts, RequestFacts
from matchmaking.matching.engine.figures import figures_in
from matchmaking.matching.engine.forms import plain
from matchmaking.matching.engine.glossary import Concept, Glossary
from matchmaking.matching.engine.ranking import Postings, rank_offers
from matchmaking.matching.engine.reading import Reader

READER = Reader(
    Glossary(
        [
            Concept("switch", "equipment", "dt", "", ("network switch",), ("交换机",)),
            Concept("generator", "equipment", "ce", "", ("generator",), ("发电机",)),
            Concept("amorphous", "material", "am", "", ("amorphous alloy",), ("非晶合金",)),
            Concept("sterile", "property", "hl", "sterility", ("sterile",), ("无菌",)),
            Concept("non-sterile", "property", "hl", "sterility", ("non-sterile",), ("非无菌",)),
            Concept("api", "material", "hl", "", ("API substance",), ("原料药",)),
            Concept("paracetamol", "material", "hl", "api", ("paracetamol",), ("对乙酰氨基酚",)),
            Concept("tablet", "good", "hl", "", ("tablet",), ("片剂",)),
        ]
    )
)


def read(title, language="zh"):
    return READER.read(title, language=language)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3 × 240 mm²", "3×240 平方毫米"),
        ("900 kg/h", "0.9 吨/小时"),
        ("60 g/m²", "60 gsm"),
        ("2.5 g/cm³", "2.5 g/cc"),
        ("400GBASE-DR4", "400G DR4"),
        ("48 core", "48 芯"),
        ("NPK 15-15-15", "复合肥 15:15:15"),
        ("stainless coil 304", "EN 1.4301 coil"),
        ("316L 不锈钢", "stainless 1.4404"),
        ("120 hp", "120 马力"),
    ],
)
def test_the_trade_writes_one_figure_in_several_ways(one, other):
    assert set(figures_in(plain(one))) & set(figures_in(plain(other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NPK 15-15-15", "NPK 20-10-10"),
        ("304 stainless coil", "430 不锈钢卷"),
        ("70 mm²", "70 mm"),
        ("stainless bowl 304 mm", "304 不锈钢"),
    ],
)
def test_other_figures_are_told_apart(one, other):
    assert not set(figures_in(plain(one))) & set(figures_in(plain(other)))


def test_a_stainless_grade_is_no_volume():
    assert {figure.dimension for figure in figures_in("stainless tube 316L")} == {"stainless steel"}


@pytest.mark.parametrize(("title", "head"), [("非网管交换机", "switch"), ("非洲市场发电机", "generator"), ("非晶合金", "amorphous")])
def test_a_chinese_non_denies_one_word(title, head):
    assert read(title).heads[head] == 1


def test_what_is_not_sterile_is_read_as_that():
    assert set(read("非无菌片剂").properties["sterility"]) == {"non-sterile"}


def test_not_less_than_denies_nothing():
    assert read("Not less than 10 kW generator", "en").heads == {"generator": 1}
    assert read("Not a generator", "en").heads == {}


def test_a_kind_of_the_last_thing_heads_the_title():
    assert read("对乙酰氨基酚原料药").heads == {"paracetamol": 1, "api": 0.4}
    assert read("对乙酰氨基酚片剂").heads["tablet"] == 1


def test_a_film_and_its_coating_are_two_figures():
    assert figures_in("9+3μm") == figures_in("9 μm, 3 μm")


@pytest.mark.parametrize(
    ("asked", "given", "listed"),
    [
        ("Film 9 μm, 3 μm", ["Film 9 μm", "Film 3 μm", "Film 5 μm", "Film 9 μm, 5 μm"], {"0", "1"}),
        ("Film 9 μm", ["Film 9 μm", "Film 3 μm"], {"0"}),
    ],
)
def test_what_meets_one_figure_of_a_title_does_not_clash_with_the_next(asked, given, listed):
    postings = Postings([RequestFacts("r", title=asked)], [OfferFacts(str(n), title=title) for n, title in enumerate(given)], READER)
    assert {match.offer for match in rank_offers(postings)["r"]} == listed
